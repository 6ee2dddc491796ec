"""The look into an Excel 97 file before any parser: its streams, and the records of its sheets.

Part of the child process: it imports nothing of the portal. Reads the compound file and the
record headers, no more ([MS-CFB], [MS-XLS]); an encrypted xlsx comes in the same container.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from portal.documents.cellscan import MOST_COLUMNS, Facts, TurnedAway

if TYPE_CHECKING:
    from collections.abc import Iterator

_FREE, _ENDS = 0xFFFFFFFF, 0xFFFFFFFE
_ENTRY = 128
_STREAM, _ROOT = 2, 5
_SMALL_STREAM = 4096
_BOF, _EOF, _FILEPASS, _BOUNDSHEET = 0x0809, 0x000A, 0x002F, 0x0085
_FORMULA, _ROW, _COLINFO, _SUPBOOK = 0x0006, 0x0208, 0x007D, 0x01AE
_VALUES = frozenset([0x0203, 0x027E, 0x00BD, 0x00FD, 0x0204, 0x0205, _FORMULA])
_OWN_BOOK = frozenset([0x0401, 0x3A01])
_WORKSHEET, _MACROSHEET = 0, 1
_NAMED = 20
_MOST_LETTERS = 26
_MACROS = ("_VBA_PROJECT", "VBA", "Macros")


def look(data: bytes) -> dict[str, Facts]:
    """Return the facts of every worksheet by its place in the file.

    Raises:
        TurnedAway: it is encrypted, has macros, embedded files or links, or does not hold together.
    """
    try:
        return _sheets(_Compound(data).workbook())
    except (struct.error, IndexError, RecursionError) as failure:
        raise TurnedAway("broken") from failure


class _Compound:
    """A compound file: sectors in chains, and a directory of streams."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._sector = 1 << struct.unpack_from("<H", data, 30)[0]
        if self._sector not in {512, 4096}:
            raise TurnedAway("broken")
        self._table = self._read_table()
        first = struct.unpack_from("<I", data, 48)[0]
        directory = b"".join(self._chain(first))
        self._entries = [
            directory[at : at + _ENTRY] for at in range(0, len(directory) - _ENTRY + 1, _ENTRY)
        ]

    def _at(self, number: int) -> bytes:
        start = (number + 1) * self._sector
        return self._data[start : start + self._sector]

    def _read_table(self) -> tuple[int, ...]:
        sectors = list(struct.unpack_from("<109I", self._data, 76))
        following, count = struct.unpack_from("<II", self._data, 68)
        per = self._sector // 4
        for _ in range(min(count, len(self._data) // self._sector)):
            more = struct.unpack(f"<{per}I", self._at(following))
            sectors += more[:-1]
            following = more[-1]
        raw = b"".join(self._at(number) for number in sectors if number < _ENDS - 3)
        return struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4])

    def _chain(self, number: int) -> Iterator[bytes]:
        left = len(self._data) // self._sector + 1
        while number < _ENDS - 3:
            left -= 1
            if left < 0:
                raise TurnedAway("broken")
            yield self._at(number)
            number = self._table[number]

    def workbook(self) -> bytes:
        """Return the stream of the workbook, having looked at the names of all others."""
        named = {}
        for entry in self._entries:
            length, kind = struct.unpack_from("<HB", entry, 64)
            name = entry[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
            if kind:
                _refuse_by_name(name)
                named[name] = entry
        found = named.get("Workbook") or named.get("Book")
        if found is None:
            raise TurnedAway("broken")
        start, size = struct.unpack_from("<II", found, 116)
        if size < _SMALL_STREAM:
            return self._small(start, size)
        return b"".join(self._chain(start))[:size]

    def _small(self, start: int, size: int) -> bytes:
        root = next((each for each in self._entries if each[66] == _ROOT), None)
        if root is None:
            raise TurnedAway("broken")
        pool = b"".join(self._chain(struct.unpack_from("<I", root, 116)[0]))
        first = struct.unpack_from("<I", self._data, 60)[0]
        raw = b"".join(self._chain(first))
        table = struct.unpack(f"<{len(raw) // 4}I", raw)
        pieces: list[bytes] = []
        number = start
        while number < _ENDS - 3 and len(pieces) <= len(table):
            pieces.append(pool[number * 64 : number * 64 + 64])
            number = table[number]
        return b"".join(pieces)[:size]


def _refuse_by_name(name: str) -> None:
    if name in {"EncryptedPackage", "EncryptionInfo"}:
        raise TurnedAway("password")
    if name.startswith(_MACROS):
        raise TurnedAway("macros", name)
    if name.startswith("MBD") or "Ole10Native" in name:
        raise TurnedAway("embedded", name)


def _records(stream: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield kind, place of the body and its length of every record."""
    at, end = 0, len(stream) - 4
    unpack = struct.Struct("<HH").unpack_from
    while at <= end:
        kind, length = unpack(stream, at)
        yield kind, at + 4, length
        at += 4 + length


def _sheets(stream: bytes) -> dict[str, Facts]:
    starts: dict[int, Facts] = {}
    here: Facts | None = None
    depth = 0
    for kind, at, length in _records(stream):
        if kind == _BOF:
            depth += 1
            here = starts.get(at - 4) if depth == 1 else here
        elif kind == _EOF:
            depth -= 1
        elif depth == 1:
            _global(starts, kind, stream[at : at + length])
            if here is not None:
                _note(here, kind, stream, at)
    return {str(number): facts for number, facts in enumerate(starts.values())}


def _global(starts: dict[int, Facts], kind: int, body: bytes) -> None:
    """Refuse what a workbook must not have, and note where its worksheets begin."""
    if kind == _FILEPASS:
        raise TurnedAway("password")
    if kind == _BOUNDSHEET:
        start, _, sort = struct.unpack_from("<IBB", body)
        if sort == _MACROSHEET:
            raise TurnedAway("macros")
        if sort == _WORKSHEET:
            starts[start] = Facts()
    if kind == _SUPBOOK and struct.unpack_from("<HH", body)[1] not in _OWN_BOOK:
        raise TurnedAway("links")


def _note(facts: Facts, kind: int, stream: bytes, at: int) -> None:
    if kind in _VALUES:
        row, column = struct.unpack_from("<HH", stream, at)
        facts.last_valued = facts.last_cell = max(facts.last_valued, row + 1)
        if kind == _FORMULA:
            facts.formulas += 1
            if len(facts.formula_cells) < _NAMED:
                facts.formula_cells.append(f"{_letters(column)}{row + 1}")
    elif kind == _ROW:
        row, flags = struct.unpack_from("<H10xH", stream, at)
        facts.rows += 1
        if flags & 0x20:
            facts.hidden_rows.append(row + 1)
    elif kind == _COLINFO:
        first, last, _, _, flags = struct.unpack_from("<5H", stream, at)
        if flags & 1:
            facts.hidden_columns += range(first + 1, min(last, MOST_COLUMNS - 1) + 2)


def _letters(column: int) -> str:
    high, low = divmod(column, _MOST_LETTERS)
    return (chr(64 + high) if high else "") + chr(65 + low)
