"""Reading a workbook in a process of its own, with a limit on memory and computing time.

Started by `portal.documents.confined`: the file's bytes come in on standard input, lines of JSON
go out. It imports nothing of the portal but its own kind, so that it starts in a few milliseconds
and holds no key; a file that makes it fail takes nothing else down.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import sys
import zipfile
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from portal.documents import compound, fetters, prescan
from portal.documents.cellscan import MOST_COLUMNS, Facts, TurnedAway

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_CHUNK = 1_000
_CHUNK_LETTERS = 1_000_000
_MOST_SAID = 256 * 1024 * 1024
_LONGEST_CELL = 32_767
_PLAIN = {str, float, int}
_OLE = b"\xd0\xcf\x11\xe0"
_MAIN = re.compile(r"\{.*\}")


def main(most_rows: int, unpacked: int, ratio: int, entries: int) -> None:
    """Write every visible sheet of the workbook on standard input, then how it ended."""
    bounds = prescan.Bounds(most_rows, unpacked, entries, ratio)
    answer(sys.stdin.buffer.read(), bounds, _Speaker())


def answer(data: bytes, bounds: prescan.Bounds, say: Callable[[Any], None]) -> None:
    """Say what the workbook holds, then how it ended."""
    try:
        facts = _look(data, bounds)
        _read(CalamineWorkbook.from_filelike(io.BytesIO(data)), facts, bounds.rows, say)
    except TurnedAway as failure:
        say({"end": failure.rule, "where": failure.where})
    except PasswordError:
        say({"end": "password"})
    except (MemoryError, RecursionError):
        say({"end": "costly"})
    except (CalamineError, ValueError, OSError, KeyError, ET.ParseError):
        say({"end": "broken"})
    else:
        say({"end": "read"})


class _Speaker:
    """Writes lines of JSON, and not without end."""

    def __init__(self) -> None:
        self._encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode
        self._out, self._said = sys.stdout.buffer, 0

    def __call__(self, thing: Any) -> None:
        line = self._encode(thing).encode(errors="replace") + b"\n"
        self._said += len(line)
        if self._said > _MOST_SAID and isinstance(thing, list):
            raise TurnedAway("bomb")
        self._out.write(line)


def _look(data: bytes, bounds: prescan.Bounds) -> Mapping[str, Facts]:
    """Return what the bytes say of each sheet, by its name or by its place among the sheets."""
    if data.startswith(_OLE):
        return compound.look(data)
    package = prescan.look(data, bounds)
    return _by_name(data, package.sheets) if package.kind == "xlsx" else package.sheets


def _by_name(data: bytes, by_part: Mapping[str, Facts]) -> dict[str, Facts]:
    """Return the facts by the name a sheet has in the workbook."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        links = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
        book = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314  no DOCTYPE in it
    parts = {each.get("Id", ""): _part(each.get("Target", "")) for each in links}
    named = {}
    for sheet in book.iter():
        if _MAIN.sub("", sheet.tag) != "sheet":
            continue
        ids = [value for name, value in sheet.attrib.items() if name.endswith("}id")]
        part = parts.get(ids[0], "") if ids else ""
        if part in by_part:
            named[f"={sheet.get('name', '')}"] = by_part[part]
    return named


def _part(target: str) -> str:
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _read(
    workbook: CalamineWorkbook,
    facts: Mapping[str, Facts],
    most_rows: int,
    say: Callable[[Any], None],
) -> None:
    tables = -1
    for known in workbook.sheets_metadata:
        if known.typ == SheetTypeEnum.MacroSheet:
            raise TurnedAway("macros", known.name)
        tables += known.typ == SheetTypeEnum.WorkSheet
        if known.visible != SheetVisibleEnum.Visible:
            say({"unread": known.name})
            continue
        if known.typ != SheetTypeEnum.WorkSheet:
            continue
        fact = facts.get(f"={known.name}") or facts.get(str(tables)) or Facts()
        _one_sheet(workbook.get_sheet_by_name(known.name), known.name, fact, most_rows, say)


def _one_sheet(
    sheet: Any, name: str, facts: Facts, most_rows: int, say: Callable[[Any], None]
) -> None:
    if facts.formulas:
        more = f" 等 {facts.formulas} 处" if facts.formulas > 1 else ""
        raise TurnedAway("formula", f"{name}!{'、'.join(facts.formula_cells[:5])}{more}")
    if sheet.total_height > most_rows:
        raise TurnedAway("rows")
    if sheet.total_width > MOST_COLUMNS:
        raise TurnedAway("columns")
    last = sheet.end[0] + 1 if sheet.end is not None else 0
    if not facts.last_valued <= last <= facts.last_cell:
        raise TurnedAway("incomplete", f"{name}：{facts.last_valued} / {last}")
    hidden = set(facts.hidden_rows), {number - 1 for number in facts.hidden_columns}
    kept = {
        "hidden_rows": [number for number in facts.hidden_rows if number <= last],
        "hidden_columns": [at + 1 for at in sorted(hidden[1]) if at < sheet.total_width],
    }
    say({"sheet": name, **kept})
    _say_rows(sheet, hidden, say)


def _say_rows(sheet: Any, hidden: tuple[set[int], set[int]], say: Callable[[Any], None]) -> None:
    """Say the rows in pieces; what is hidden stays empty in its place."""
    chunk: list[list[Any]] = []
    letters = 0
    for number, row in enumerate(_rows(sheet, hidden[1]), start=1):
        shown = [] if number in hidden[0] else row
        chunk.append(shown)
        letters += sum([len(cell) for cell in shown if type(cell) is str])
        if len(chunk) == _CHUNK or letters > _CHUNK_LETTERS:
            say(chunk)
            chunk, letters = [], 0
    say(chunk)


def _rows(sheet: Any, hidden_columns: set[int]) -> Iterator[list[Any]]:
    if sheet.start is None:
        return
    margin = [""] * sheet.start[1]
    for row in sheet.iter_rows():
        cells = [cell if type(cell) in _PLAIN else _text(cell) for cell in row]
        if max([len(cell) for cell in cells if type(cell) is str], default=0) > _LONGEST_CELL:
            raise TurnedAway("cell")
        whole = margin + cells
        for at in hidden_columns:
            if at < len(whole):
                whole[at] = ""
        while whole and whole[-1] == "":
            whole.pop()
        yield whole


def _text(cell: Any) -> str:
    """Return a date, a time or a truth as text; a day at midnight is a day."""
    if isinstance(cell, dt.datetime):
        at_midnight = cell.time() == dt.time()
        return cell.date().isoformat() if at_midnight else cell.isoformat(" ", "seconds")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return str(cell).upper() if isinstance(cell, bool) else str(cell)


if __name__ == "__main__":
    fetters.put_on(int(sys.argv[1]), int(sys.argv[2]))
    main(*(int(argument) for argument in sys.argv[3:7]))
