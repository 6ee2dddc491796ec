"""What the import page shows of a reading: the faulty rows as a sheet, faults by kind, figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portal.core.words import Words
from portal.members import codes, roster

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from portal.imports.findings import Ask, Finding
    from portal.imports.service import Columns, Reading
    from portal.members.codes import Code

ROWS = 200
CHIPS = 12


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the sheet: where, what stands there, its tone, what was there, what is wrong."""

    at: str
    text: str
    tone: str = ""
    was: str = ""
    words: Words | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the sheet."""

    number: int
    cells: Sequence[Cell]


@dataclass(slots=True)
class Group:
    """Faults of one kind: the sentence and the cells."""

    words: Words
    at: list[str] = field(default_factory=list)
    choices: Sequence[str] = ()
    proposal: str = ""


def rows_to_show(reading: Reading) -> list[int]:
    """Return the numbers of the rows that have something to show, the faulty ones first."""
    faulty = {one.row for one in reading.problems if one.row} | {one.row for one in reading.asks}
    uniform = {int("".join(filter(str.isdigit, one.cell))) for one in reading.normalised}
    return sorted([*sorted(faulty), *sorted(uniform - faulty)][:ROWS])


def sheet(reading: Reading, columns: Columns, texts: Mapping[int, Sequence[str]]) -> list[Row]:
    """Return the rows with their faults on them."""
    marks = _marks(reading)
    return [
        Row(
            number,
            [
                _marked(marks.get(f"{letter}{number}", Cell(f"{letter}{number}", "")), text)
                for letter, text in zip(columns.letters, shown, strict=True)
            ],
        )
        for number, shown in texts.items()
    ]


def _marked(mark: Cell, text: str) -> Cell:
    return Cell(mark.at, mark.text or text, mark.tone, mark.was, mark.words)


def _marks(reading: Reading) -> dict[str, Cell]:
    marks: dict[str, Cell] = {}
    for note in reading.normalised:
        marks[note.cell] = Cell(note.cell, note.now, "cell-fixed", note.was, note.note)
    for hint in reading.warnings:
        marks[hint.cell] = Cell(hint.cell, "", "cell-hint", "", hint.words)
    for ask in reading.asks:
        marks[ask.cell] = Cell(ask.cell, "", "cell-ask", "", ask.words)
    for error in reading.errors:
        marks[error.cell] = Cell(error.cell, "", "cell-bad", "", error.words)
    return marks


def by_rule(found: Iterable[Finding]) -> list[Group]:
    """Return findings grouped by their rule, in the order in which they first occur.

    Sentences of one rule that differ, because each names another row, are cut to what they share.
    """
    groups: dict[str, Group] = {}
    for one in found:
        group = groups.setdefault(one.rule, Group(one.words))
        if group.words != one.words:
            group.words = Words(one.words.zh.partition("：")[0], one.words.en.partition(":")[0])
        group.at.append(one.cell)
    return list(groups.values())


def questions(asks: Iterable[Ask]) -> list[Group]:
    """Return the questions grouped: one answer may serve for several cells."""
    groups: dict[tuple[str, str], Group] = {}
    for ask in asks:
        fresh = Group(ask.words, [], ask.choices, ask.proposal)
        groups.setdefault((ask.words.zh, ask.proposal), fresh).at.append(ask.cell)
    return list(groups.values())


def fields() -> list[tuple[str, Words]]:
    """Return what a column can be."""
    return [(column.field, column.words) for column in roster.COLUMNS]


def reasons() -> list[Code]:
    """Return why somebody can have left the roll."""
    return [code for code in codes.LEAVING if code.code != "undone"]
