"""Reading a workbook in a process of its own, with a limit on memory and computing time.

Run as a script by `portal.documents.workbook`: the file's bytes come in on standard input, lines
of JSON go out. It imports nothing of the portal, so that it starts in a few milliseconds and
holds no key; a file that makes it fail takes nothing else down.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import sys
from typing import TYPE_CHECKING, Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

if sys.platform != "win32":
    import resource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CHUNK = 1_000
_MOST_COLUMNS = 256
_PLAIN = {str, float, int}


class _TooLarge(Exception):
    """The workbook has more rows or columns than is read."""


def main(most_rows: int, megabytes: int, seconds: int) -> None:
    """Write every visible sheet of the workbook on standard input, then how it ended."""
    _limit(megabytes, seconds)
    data = io.BytesIO(sys.stdin.buffer.read())

    encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode
    out = sys.stdout.buffer

    def say(thing: Any) -> None:
        out.write(encode(thing).encode() + b"\n")

    try:
        _read(CalamineWorkbook.from_filelike(data), most_rows, say)
    except PasswordError:
        say({"end": "password"})
    except _TooLarge as failure:
        say({"end": str(failure)})
    except (CalamineError, MemoryError, ValueError, OSError):
        say({"end": "broken"})
    else:
        say({"end": "read"})


def _limit(megabytes: int, seconds: int) -> None:
    if sys.platform == "win32":
        return
    size = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(workbook: CalamineWorkbook, most_rows: int, say: Callable[[Any], None]) -> None:
    for known in workbook.sheets_metadata:
        if known.visible != SheetVisibleEnum.Visible:
            continue
        sheet = workbook.get_sheet_by_name(known.name)
        if sheet.total_height > most_rows:
            raise _TooLarge("rows")
        if sheet.total_width > _MOST_COLUMNS:
            raise _TooLarge("columns")
        say({"sheet": known.name})
        chunk: list[list[Any]] = []
        for row in _rows(sheet):
            chunk.append(row)
            if len(chunk) == _CHUNK:
                say(chunk)
                chunk = []
        say(chunk)


def _rows(sheet: Any) -> Iterator[list[Any]]:
    if sheet.start is None:
        return
    margin = [""] * sheet.start[1]
    for row in sheet.iter_rows():
        cells = [cell if type(cell) in _PLAIN else _text(cell) for cell in row]
        while cells and cells[-1] == "":
            cells.pop()
        yield margin + cells if cells and margin else cells


def _text(cell: Any) -> str:
    """Return a date, a time or a truth as text; a day at midnight is a day."""
    if isinstance(cell, dt.datetime):
        at_midnight = cell.time() == dt.time()
        return cell.date().isoformat() if at_midnight else cell.isoformat(" ", "seconds")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return str(cell).upper() if isinstance(cell, bool) else str(cell)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:4]))
