"""The values plugins hand over and receive. Frozen, and free of tables and requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from portal.extension.conditions import Always, Condition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portal.core.words import Words


class Severity(StrEnum):
    """How much a rule that does not hold weighs (mission W5)."""

    ERROR = "error"
    EXPLAIN = "explain"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Sector:
    """Who a plugin is and which 党组织类别 (forms.md §2.2, codes 1–9) it looks after."""

    name: str
    title: Words
    sectors: frozenset[str]
    version: str


@dataclass(frozen=True, slots=True)
class FocusGroup:
    """A group of members to look at closely; proposed by rule, confirmed by a person."""

    code: str
    title: Words
    source: str
    when: Condition


@dataclass(frozen=True, slots=True)
class Person:
    """One member as a plugin sees them: facts by name, no name and no number."""

    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A row or a column of a grid: its code, its place in the header tree, whom it counts."""

    code: str
    path: tuple[Words, ...]
    when: Condition = Always()

    @property
    def title(self) -> Words:
        """Return the words closest to the figures."""
        return self.path[-1]


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a register: a fact or a field of the roster."""

    name: str
    title: Words
    width: int = 12


@dataclass(frozen=True, slots=True)
class Table:
    """An official table: a grid of counts, or a register with one row per person.

    `names_up_to` is the highest kind of unit whose staff see the rows of a register by name.
    """

    code: str
    title: Words
    rows: tuple[Line, ...] = ()
    columns: tuple[Line, ...] = ()
    fields: tuple[Field, ...] = ()
    when: Condition = Always()
    names_up_to: str = "committee"
    landscape: bool = True

    @property
    def is_register(self) -> bool:
        """Tell whether the table lists persons instead of counting them."""
        return bool(self.fields)

    def cells(self) -> tuple[str, ...]:
        """Return the cell codes in their fixed order; a register has one, its number of rows."""
        if self.is_register:
            return (f"{self.code}:rows",)
        return tuple(f"{self.code}:{r.code}.{c.code}" for r in self.rows for c in self.columns)


@dataclass(frozen=True, slots=True)
class Rule:
    """A balance rule over cells: Σ left (op) Σ right; a cell may be led by ``-``."""

    id: str
    words: Words
    left: tuple[str, ...]
    op: str
    right: tuple[str, ...]
    severity: Severity
    source: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check has to say about one person; the portal knows which one."""

    rule: str
    severity: Severity
    words: Words
    where: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict, hash=False)
