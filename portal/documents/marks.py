"""What is said about cells, and how it looks: shared by those who write annotated copies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

COLOURS = {
    "error": ("FDE7E7", "B42318"),
    "ask": ("FFF4D6", "6B4700"),
    "warning": ("E8F1FB", "083E75"),
}
LINE = 15
WIDTH = 48


@dataclass(frozen=True, slots=True)
class Mark:
    """What is said about one cell."""

    cell: str
    severity: str
    sentence: str


def sentences(marks: Sequence[Mark]) -> str:
    """Return what stands in the last column beside a row."""
    return "\n".join(f"{mark.cell}：{mark.sentence}" for mark in marks)


def lines(text: str) -> int:
    """Return how many lines wrapped text takes up; a spreadsheet does not compute it."""
    return min(25, sum(1 + len(line) * 2 // WIDTH for line in text.splitlines()))
