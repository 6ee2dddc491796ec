"""The values plugins hand over and receive. Frozen, and free of tables and requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from portal.core.words import Words
from portal.extension.conditions import Always, Condition

if TYPE_CHECKING:
    from collections.abc import Mapping


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
    source: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict, hash=False)


class Measure(StrEnum):
    """What can be done for a member who drifts away from the organization."""

    TRANSFER = "transfer"
    CERTIFICATE = "certificate"
    KEEP = "keep"
    CONTACT = "contact"
    CHOOSE_ONE = "choose_one"
    TAKE_OVER = "take_over"
    CLARIFY = "clarify"

    @property
    def words(self) -> Words:
        """Return the name of the measure in both languages."""
        return _MEASURES[self]


_MEASURES = {
    Measure.TRANSFER: Words("转移组织关系", "Transfer the relation"),
    Measure.CERTIFICATE: Words("发《流动党员活动证》", "Issue the floating-member certificate"),
    Measure.KEEP: Words("保留组织关系", "Keep the relation"),
    Measure.CONTACT: Words("定期联系", "Keep in touch at intervals"),
    Measure.CHOOSE_ONE: Words("明确归一个党组织管理", "Settle on one organization"),
    Measure.TAKE_OVER: Words("由基层党委接手", "The base committee takes over"),
    Measure.CLARIFY: Words("先核实情况", "Find out more first"),
}


class Kind(StrEnum):
    """How a question is answered: yes or no, one of several values, or in words."""

    FLAG = "flag"
    CODE = "code"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Question:
    """A question on the screening record, asked of those for whom `when` holds.

    `values` are the code and the words of each answer to a question of the kind `CODE`.
    """

    code: str
    title: Words
    source: str
    kind: Kind
    when: Condition
    values: tuple[tuple[str, Words], ...] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """Which measure fits one person and in what words, on what source, and for which reason."""

    measure: Measure
    words: Words
    source: str
    reason: Words | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """One of the situations in which members drift away, whom it holds for, and the advice.

    `when` is None where the facts do not tell: the situation is listed, and never proposed.
    """

    number: int
    title: Words
    when: Condition | None
    advice: Advice
