"""What the reading of a roster brings to light: people, faults, questions, uniform writings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from portal.members import cells

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portal.core.words import Words
    from portal.members.cells import Reader


AGAIN = "again"
"""The answer that somebody who was purged is to be registered once more."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to tell about a cell: a fault, a question or a hint."""

    cell: str
    rule: str
    severity: str
    words: Words
    row: int = 0


@dataclass(frozen=True, slots=True)
class Ask:
    """A question a person must answer before the row is taken over."""

    cell: str
    row: int
    words: Words
    choices: tuple[str, ...]
    proposal: str = ""


@dataclass(frozen=True, slots=True)
class Normalised:
    """A cell that was made uniform: what stood there, what is taken, why."""

    cell: str
    was: str
    now: str
    note: Words


@dataclass(slots=True)
class Person:
    """One row of the sheet, as far as it can be read."""

    row: int
    fields: dict[str, Any]
    beside: dict[str, Any]
    originals: dict[str, str]
    extra: dict[str, str]
    held: bool = False
    """Whether something must be mended or answered before it can be taken over."""


@dataclass(frozen=True, slots=True)
class Place:
    """A column of the sheet: where it stands, how it is called, which field it is."""

    index: int
    label: str
    field: str
    letter: str
    read: Reader | None


@dataclass(slots=True)
class Sheetful:
    """Everything one sheet says."""

    places: list[Place]
    people: list[Person] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    normalised: list[Normalised] = field(default_factory=list)
    answers: Mapping[str, str] = field(default_factory=dict)
    _letters: dict[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Note which letter each field has."""
        self._letters = {place.field: place.letter for place in self.places if place.field}

    def cell(self, person: Person, name: str) -> str:
        """Return the cell in which `person` has the field `name`, or the one with the name."""
        letter = self._letters.get(name) or self._letters.get("name") or "A"
        return f"{letter}{person.row}"

    def tell(self, person: Person, name: str, rule: str, severity: str, words: Words) -> None:
        """Add a finding about a field of a person; an error holds the row back."""
        self.problems.append(Finding(self.cell(person, name), rule, severity, words, person.row))
        person.held = person.held or severity == cells.ERROR
