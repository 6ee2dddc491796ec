"""Counting rows, naming formulas and finding what is hidden, in the bytes of a sheet.

Part of the child process: it imports nothing of the portal. Not a parser: it goes by patterns
over whole rows, so that what a parser later says can be held against it (security.md U4).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MOST_COLUMNS = 256
MOST_MERGED = 200_000
_LONGEST_ROW = 8 * 1024 * 1024
_NAMED = 20

_ROW_ENDS = re.compile(rb"</(?:\w+:)?row\s*>")
_ROW = re.compile(rb"<(?:\w+:)?row(?:\s([^<>]*?))?(/?)>")
_NUMBER = re.compile(rb"(?:^|\s)r\s*=\s*[\"'](\d{1,9})[\"']")
_HIDDEN = re.compile(rb"(?:^|\s)hidden\s*=\s*[\"'](?:1|true)[\"']")
_CELL = re.compile(rb"<(?:\w+:)?c[\s>/]")
_PLACE = re.compile(rb"<(?:\w+:)?c\s[^<>]*?\br\s*=\s*[\"']([^\"'<>]*)[\"']")
_GOOD_PLACE = re.compile(rb"([A-Z]{1,3})([0-9]{1,9})")
_VALUE = re.compile(rb"<(?:\w+:)?(?:v(?:\s[^<>]*)?>[^<]|is[\s>])")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_FORMULA_AT = re.compile(
    rb"<(?:\w+:)?c\s[^<>]*?\br\s*=\s*[\"']([A-Z0-9]+)[\"'][^<>]*>\s*<(?:\w+:)?f[\s>/]"
)
_COLUMN = re.compile(rb"<(?:\w+:)?col\s([^<>]*)>")
_SPAN = re.compile(rb"(?:^|\s)(min|max)\s*=\s*[\"'](\d{1,6})[\"']")
_REF = re.compile(rb"<(?:\w+:)?(\w+)\s(?:[^<>]*?\s)?ref\s*=\s*[\"']([^\"'<>]*)[\"']")
_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")
_SAYS_ONLY = frozenset([b"dimension", b"autoFilter", b"sortState", b"sortCondition"])
_COMMENT = re.compile(rb"<!--|<!\[CDATA\[")


class TurnedAway(Exception):
    """The file breaks a rule; `where` says at which place, as far as that can be said."""

    def __init__(self, rule: str, where: str = "") -> None:
        super().__init__(rule)
        self.rule, self.where = rule, where


@dataclass(slots=True)
class Facts:
    """What the bytes of a sheet say, before any parser."""

    rows: int = 0
    last_valued: int = 0
    last_cell: int = 0
    formulas: int = 0
    formula_cells: list[str] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)


def column_number(letters: str) -> int:
    """Return the number of a column, from 1.

    >>> column_number("A"), column_number("IV"), column_number("XFD")
    (1, 256, 16384)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


class SheetScan:
    """One worksheet of an xlsx, fed in pieces."""

    def __init__(self, name: str, most_rows: int) -> None:
        """Take the name of the part and the number of rows that may hold something."""
        self._name, self._most = name, most_rows
        self._buffer = b""
        self._row, self._merged = 0, 0
        self._facts = Facts()

    def feed(self, chunk: bytes) -> None:
        """Look at what is whole in it; keep the rest for the next piece."""
        buffer = self._buffer + chunk
        start = 0
        for end in _ROW_ENDS.finditer(buffer):
            self._fragment(buffer[start : end.end()])
            start = end.end()
        self._buffer = buffer[start:]
        if len(self._buffer) > _LONGEST_ROW:
            raise TurnedAway("bomb", self._name)

    def close(self) -> dict[str, Facts]:
        """Look at what follows the last row, and return what was seen."""
        self._outside(self._buffer)
        for row in _ROW.finditer(self._buffer):
            self._begin(row)
        if _CELL.search(self._buffer):
            raise TurnedAway("broken", self._name)
        return {self._name: self._facts}

    def _fragment(self, text: bytes) -> None:
        """Look at everything up to the end of one row: what stands before it, and its cells."""
        opened = None
        before = 0
        for row in _ROW.finditer(text):
            if opened is None:
                self._outside(text[: row.start()])
            self._begin(row)
            opened, before = row, row.end()
        if opened is None or opened[2] or _COMMENT.search(text):
            raise TurnedAway("broken", self._name)
        self._cells(text[before:])

    def _begin(self, row: re.Match[bytes]) -> None:
        attributes = row[1] or b""
        number = _NUMBER.search(attributes)
        at = int(number[1]) if number else self._row + 1
        if at <= self._row:
            raise TurnedAway("broken", f"{self._name} 第 {at} 行")
        self._row = at
        self._facts.rows += 1
        if _HIDDEN.search(attributes):
            self._facts.hidden_rows.append(at)

    def _cells(self, body: bytes) -> None:
        if not _CELL.search(body):
            return
        places = _PLACE.findall(body)
        if places:
            self._in_bounds(places)
        elif self._row > self._most:
            raise TurnedAway("rows")
        facts = self._facts
        facts.last_cell = self._row
        if _VALUE.search(body):
            facts.last_valued = self._row
        if _FORMULA.search(body):
            facts.formulas += len(_FORMULA.findall(body))
            named = [place.decode() for place in _FORMULA_AT.findall(body)]
            facts.formula_cells += named[: _NAMED - len(facts.formula_cells)]

    def _in_bounds(self, places: list[bytes]) -> None:
        """Refuse a cell that stands in another row than it says, or far outside any roster."""
        mine = str(self._row).encode()
        for place in places:
            found = _GOOD_PLACE.fullmatch(place)
            if found is None or found[2] != mine:
                raise TurnedAway("far", place.decode("ascii", "replace")[:20])
            if len(found[1]) > 1 and column_number(found[1].decode()) > MOST_COLUMNS:
                raise TurnedAway("far", place.decode())
        if self._row > self._most:
            crowded = self._facts.rows * 2 > self._most
            raise TurnedAway("rows" if crowded else "far", places[0].decode())

    def _outside(self, text: bytes) -> None:
        """Look at what stands outside the rows: columns, merges, links, tables."""
        if b"<!--" in text:
            raise TurnedAway("broken", self._name)
        for column in _COLUMN.finditer(text):
            if _HIDDEN.search(column[1]):
                self._hide(dict(_SPAN.findall(column[1])))
        for tag, reference in _REF.findall(text):
            if tag not in _SAYS_ONLY:
                self._merged += _area(reference.decode("ascii", "replace"))
                if self._merged > MOST_MERGED:
                    raise TurnedAway("merge", reference.decode("ascii", "replace")[:40])

    def _hide(self, span: dict[bytes, bytes]) -> None:
        first = int(span.get(b"min", b"0"))
        last = min(int(span.get(b"max", b"0")), MOST_COLUMNS)
        self._facts.hidden_columns += range(first, last + 1)


def _area(reference: str) -> int:
    total = 0
    for part in reference.split():
        found = _RANGE.fullmatch(part)
        if found is None:
            raise TurnedAway("merge", reference[:40])
        left, top = column_number(found[1]), int(found[2])
        right = column_number(found[3]) if found[3] else left
        bottom = int(found[4]) if found[4] else top
        total += (abs(right - left) + 1) * (abs(bottom - top) + 1)
    return total


_TABLE = re.compile(rb"<table:table\s([^<>]*)>|<table:table-(column|row)(?:\s([^<>]*?))?(/?)>")
_REPEATED = re.compile(rb"number-(?:columns|rows)-repeated\s*=\s*[\"'](\d{1,7})[\"']")
_CELL_REPEATED = re.compile(rb"<table:table-cell\s([^<>]*?office:value-type[^<>]*)>")
_SEEN_NOT = re.compile(rb"table:visibility\s*=\s*[\"'](?:collapse|filter)[\"']")
_ODS_FORMULA = re.compile(rb"table:formula\s*=")
_ODS_VALUE = re.compile(rb"office:value-type\s*=|calcext:value-type\s*=|<text:p")


class SpreadsheetScan:
    """The content of an ods, all its tables."""

    def __init__(self, most_rows: int) -> None:
        """Take the number of rows that may hold something."""
        self._most, self._pieces = most_rows, list[bytes]()

    def feed(self, chunk: bytes) -> None:
        """Keep a piece; how much there may be was counted before."""
        self._pieces.append(chunk)

    def close(self) -> dict[str, Facts]:
        """Return the facts of every table, named by its place in the file."""
        text = b"".join(self._pieces)
        self._pieces.clear()
        if b"<!--" in text:
            raise TurnedAway("broken", "content.xml")
        facts: list[Facts] = []
        row = column = 0
        marks = list(_TABLE.finditer(text))
        for at, mark in enumerate(marks):
            if mark[2] is None:
                facts.append(Facts())
                row = column = 0
                continue
            if not facts:
                raise TurnedAway("broken", "content.xml")
            here, attributes = facts[-1], mark[3] or b""
            repeated = _REPEATED.search(attributes)
            times = int(repeated[1]) if repeated else 1
            hidden = bool(_SEEN_NOT.search(attributes))
            if mark[2] == b"column":
                if hidden and column < MOST_COLUMNS:
                    last = min(column + times, MOST_COLUMNS)
                    here.hidden_columns += range(column + 1, last + 1)
                column += times
                continue
            end = marks[at + 1].start() if at + 1 < len(marks) else len(text)
            self._one_row(here, text[mark.end() : end], row, times, hidden=hidden)
            row += times
        return {str(number): one for number, one in enumerate(facts)}

    def _one_row(self, facts: Facts, body: bytes, row: int, times: int, *, hidden: bool) -> None:
        facts.rows += 1
        if not _ODS_VALUE.search(body):
            return
        if row + times > self._most:
            raise TurnedAway(
                "rows" if facts.rows * 2 > self._most else "far", f"第 {row + times} 行"
            )
        for cell in _CELL_REPEATED.finditer(body):
            repeated = _REPEATED.search(cell[1])
            if repeated and int(repeated[1]) > MOST_COLUMNS:
                raise TurnedAway("far", f"第 {row + 1} 行")
        facts.last_valued = facts.last_cell = row + times
        if hidden:
            facts.hidden_rows += range(row + 1, row + times + 1)
        formulas = len(_ODS_FORMULA.findall(body))
        if formulas:
            facts.formulas += formulas
            if len(facts.formula_cells) < _NAMED:
                facts.formula_cells.append(f"第 {row + 1} 行")
