"""What a benchmark hands back, and how the clock is read on a machine that others use, too."""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: what was measured, what it is divided by, and the target."""

    what: str
    ours: str
    divided_by: str
    ratio: str
    target: str
    met: bool | None


def ratio(
    what: str, ours: float, divided_by: str, base: float, *, unit: str, at_most: float = 0,
    limit: float = 0,
) -> Figure:  # fmt: skip
    """Return the line of a figure beside another; the target is `at_most` times, or a `limit`."""
    times = ours / base
    target = f"at most {limit:g} {unit}" if limit else f"at most {at_most:g}x"
    met = ours <= limit if limit else times <= at_most
    shown = f"{divided_by}: {base:,.4g} {unit}"
    return Figure(what, f"{ours:,.4g} {unit}", shown, f"{times:.2f}x", target, met)


def plain(what: str, ours: float, unit: str, *, at_most: float = 0, at_least: float = 0) -> Figure:
    """Return the line of a figure that stands by itself."""
    target = f"at most {at_most:g} {unit}" if at_most else f"at least {at_least:g} {unit}"
    met = ours <= at_most if at_most else ours >= at_least
    return Figure(what, f"{ours:,.4g} {unit}", "", "", target, met)


def seconds(act: Callable[[], object]) -> float:
    """Return how long `act` takes, once."""
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def best(*acts: Callable[[], object], times: int) -> list[float]:
    """Return the shortest time of each of `acts`, tried in turn so that noise meets them alike."""
    for act in acts:
        act()
    gc.collect()
    gc.disable()
    try:
        rounds = [[seconds(act) for act in acts] for _ in range(times)]
    finally:
        gc.enable()
    return [min(times) for times in zip(*rounds, strict=True)]
