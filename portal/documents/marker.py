"""Marking cells in the user's own workbook, in a process of its own.

Started by `portal.documents.annotate`: a line of JSON that says what to mark and the file's bytes
come in on standard input, the marked file goes out. It imports nothing of the portal but its own
kind.
"""

from __future__ import annotations

import io
import json
import sys
import warnings
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, PatternFill, Side
from openpyxl.utils import get_column_letter
from xlsxwriter.utility import xl_cell_to_rowcol

from portal.documents import fetters
from portal.documents.marks import COLOURS, LINE, WIDTH, Mark, lines, sentences

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BY = "四查"
_SCRATCH_MEGABYTES = 200


def main() -> None:
    """Read what to do, do it, and write the marked workbook."""
    wanted = json.loads(sys.stdin.buffer.readline())
    by_row: defaultdict[int, list[Mark]] = defaultdict(list)
    for cell, severity, sentence in wanted["marks"]:
        by_row[xl_cell_to_rowcol(cell)[0] + 1].append(Mark(cell, severity, sentence))
    data = sys.stdin.buffer.read()
    where = wanted["sheet"], wanted["header_row"], wanted["width"]
    sys.stdout.buffer.write(_in_place(data, *where, by_row, wanted["title"]))


def _in_place(
    data: bytes,
    sheet_name: str,
    header_row: int,
    width: int,
    by_row: Mapping[int, Sequence[Mark]],
    title: str,
) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what openpyxl cannot keep is told by the copy itself
        book = openpyxl.load_workbook(io.BytesIO(data))
    page = book[sheet_name]
    column = width + 1
    page.cell(header_row, column, title).fill = _fill("ask")
    page.column_dimensions[get_column_letter(column)].width = WIDTH
    for row, marks in by_row.items():
        for mark in marks:
            _mark(page[mark.cell], mark)
        if row != header_row:
            said = sentences(marks)
            page.cell(row, column, said).alignment = Alignment(wrap_text=True, vertical="top")
            page.row_dimensions[row].height = LINE * lines(said)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _mark(cell: Any, mark: Mark) -> None:
    before = cell.comment.text + "\n" if cell.comment else ""
    line = Side(style="medium", color=COLOURS[mark.severity][1])
    cell.fill = _fill(mark.severity)
    cell.border = Border(left=line, right=line, top=line, bottom=line)
    cell.comment = Comment(before + mark.sentence, _BY, width=280, height=110)


def _fill(severity: str) -> PatternFill:
    return PatternFill("solid", fgColor=COLOURS[severity][0])


if __name__ == "__main__":
    fetters.put_on(int(sys.argv[1]), int(sys.argv[2]), scratch_megabytes=_SCRATCH_MEGABYTES)
    main()
