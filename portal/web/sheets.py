"""Official tables as a page shows them: the header tree, the code row, the cells, the registers."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import current_app, url_for
from flask_babel import gettext

from portal.documents import official
from portal.extension.contracts import Severity
from portal.reporting import export, forms, grid
from portal.screening import facts
from portal.web import sights
from portal.web.language import words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from portal.extension.contracts import Table
    from portal.reporting.balance import Outcome
    from portal.reporting.snapshot import Person

MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Head:
    """A cell of the header tree."""

    text: str
    rowspan: int
    colspan: int


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure: its code in the catalogue, its tone (bad, ask or none), and if it was typed."""

    code: str
    value: int
    tone: str
    typed: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a grid; `level` is how deep its words stand in the tree of rows."""

    title: str
    level: int
    code: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of counts. With a single row it is shown without the column of row titles."""

    head: tuple[tuple[Head, ...], ...]
    codes: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def bare(self) -> bool:
        """Tell whether the rows need no titles: there is only one."""
        return len(self.lines) == 1


@dataclass(frozen=True, slots=True)
class Register:
    """A table of persons: column titles, and for each person the member and the texts."""

    titles: tuple[str, ...]
    rows: tuple[tuple[Person, tuple[str, ...]], ...]
    total: int


def number(table: Table) -> str:
    """Return how people call the table: 表7, Table 7."""
    return gettext("表%(n)s", n=table.code[1:]) if table.code[1:].isdigit() else table.code


def title(table: Table) -> str:
    """Return the number and the title of a table."""
    return f"{number(table)} {words(table.title)}"


def head_of(paths: Sequence[tuple[str, ...]]) -> tuple[tuple[Head, ...], ...]:
    """Return the rows of the header tree over columns with these paths of words."""
    depth = max((len(path) for path in paths), default=1)
    rows: list[list[tuple[int, Head]]] = [[] for _ in range(depth)]
    for block in official.blocks(paths):
        down = block.levels[1] - block.levels[0] + 1
        across = block.lines[1] - block.lines[0] + 1
        rows[block.levels[0]].append((block.lines[0], Head(block.text, down, across)))
    return tuple(tuple(head for _, head in sorted(row, key=lambda at: at[0])) for row in rows)


def grid_of(
    table: Table, figures: Mapping[str, int], tones: Mapping[str, str], typed: Collection[str]
) -> Grid:
    """Return a table of counts with its figures."""
    lines = []
    for row in table.rows:
        codes = [f"{table.code}:{row.code}.{column.code}" for column in table.columns]
        cells = tuple(Cell(c, figures[c], tones.get(c, ""), c in typed) for c in codes)
        lines.append(Line(words(row.title), len(row.path) - 1, row.code, cells))
    paths = [tuple(words(each) for each in column.path) for column in table.columns]
    return Grid(head_of(paths), tuple(c.code for c in table.columns), tuple(lines))


def register_of(table: Table, persons: Iterable[Person]) -> Register:
    """Return a table of persons, its first rows."""
    chosen = list(persons)
    rows = tuple(
        (person, tuple(words(export.shown(person, field.name)) for field in table.fields))
        for person in chosen[:MOST_ROWS]
    )
    return Register(tuple(words(field.title) for field in table.fields), rows, len(chosen))


@dataclass(frozen=True, slots=True)
class Listed:
    """A person behind a figure: name, masked number, unit, in short why, where the record is."""

    name: str
    number: str
    unit: str
    said: str
    href: str


SUMS = ("合计", "总数", "小计")


@dataclass(frozen=True, slots=True)
class Named:
    """A cell in words: its title, and whether it is a part (1) below the sum of its group."""

    cell: str
    title: str
    level: int


def named(table: Table) -> list[Named]:
    """Return the cells of a grid in words; parts stand indented below the sum of their group."""
    single = len(table.rows) == 1
    found, sums = [], set()
    for row in table.rows:
        for column in table.columns:
            path = column.path if single else (row.title, *column.path)
            said = [words(each) for each in path if each.zh != "其中"]
            level = int(said[0] in sums)
            if len(said) > 1 and path[-1].zh in SUMS:
                sums.add(said[0])
                said.pop()
            title = " · ".join(said[level:])
            found.append(Named(f"{table.code}:{row.code}.{column.code}", title, level))
    return found


def cell_title(table: Table, cell: str) -> str:
    """Return one cell in words."""
    return next((each.title for each in named(table) if each.cell == cell), words(table.title))


def people(persons: Iterable[Person], *, linked: bool) -> list[Listed]:
    """Return persons as a list behind a figure; with links to their records if `linked`."""
    persons = list(persons)
    for person in persons:
        sights.see(uuid.UUID(person["member"]))
    return [
        Listed(
            person["fields"]["name"],
            person["fields"]["id_number"],
            person["fields"]["unit"],
            _in_short(person["facts"], person["fields"]),
            address("screening.person", record_id=uuid.UUID(person["record"])) if linked else "",
        )
        for person in persons
    ]


def _in_short(known: Mapping[str, Any], fields: Mapping[str, Any]) -> str:
    said = [words(facts.say("standing", known["standing"]))]
    if known["lost"]:
        said.append(gettext("失联 %(n)s 个月", n=known["months_lost"]))
        said.append(gettext("%(n)s 种渠道", n=fields["channels"]))
    if known["outcome"]:
        said.append(words(facts.say("outcome", known["outcome"])))
    if known["floating"]:
        said.append(gettext("流动 %(place)s", place=fields["destination"]))
    if known["receipt"] == "missing":
        said.append(gettext("未收到回执"))
    return " · ".join(said)


def tones_of(outcomes: Iterable[Outcome]) -> dict[str, str]:
    """Return which cells a failed rule points at: bad for errors, ask for what wants words."""
    tones: dict[str, str] = {}
    for outcome in outcomes:
        if outcome.holds or outcome.severity == Severity.HINT:
            continue
        tone = "bad" if outcome.severity == Severity.ERROR else "ask"
        for cell, _ in (*outcome.left, *outcome.right):
            code = cell.lstrip("-")
            tones[code] = "bad" if "bad" in (tone, tones.get(code)) else tone
    return tones


def place_of(table: str, cell: str) -> str:
    """Return a place in a remark or a formula in short words: 表7 · 11 栏."""
    code, row, column = grid.split(cell)
    name = forms.number(table or code)
    if cell.endswith(":rows"):
        return gettext("%(table)s 人数", table=name)
    if not column:
        return name
    if row == "01" and table in ("", "t7") and code == "t7":
        return gettext("%(table)s · %(column)s 栏", table=name, column=column)
    return gettext("%(table)s · %(row)s 行 %(column)s 栏", table=name, row=row, column=column)


def place_in_full(tables: Iterable[Table], cell: str) -> str:
    """Return a cell in short words with its title: 表7 · 11 栏 失去联系."""
    code = grid.split(cell)[0]
    table = next((each for each in tables if each.code == code), None)
    place = place_of("", cell)
    return place if table is None or table.is_register else f"{place} {cell_title(table, cell)}"


def last_day(due: datetime) -> datetime:
    """Return an instant within the last day: a deadline itself is the first instant after it."""
    return due - timedelta(microseconds=1)


def address(endpoint: str, **values: Any) -> str:
    """Return the address of a page of another group, or nothing while there is no such page."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""
