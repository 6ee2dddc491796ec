"""A copy of the user's own workbook with the faulty cells marked, and a last column that says why.

An xlsx keeps its layout; of any other kind, and of very long lists, a plain copy of the values
is made. The last column is ignored when the copy is uploaded again.
"""

from __future__ import annotations

import io
import warnings
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import openpyxl
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, PatternFill, Side
from openpyxl.utils import get_column_letter
from xlsxwriter.utility import xl_cell_to_rowcol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from portal.documents.workbook import Sheet

_BY = "四查"
_COLOURS = {
    "error": ("FDE7E7", "B42318"),
    "ask": ("FFF4D6", "6B4700"),
    "warning": ("E8F1FB", "083E75"),
}
_LINE = 15
_WIDTH = 48
_MOST_KEPT_AS_IS = 5_000
_PLAIN = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


@dataclass(frozen=True, slots=True)
class Mark:
    """What is said about one cell."""

    cell: str
    severity: str
    sentence: str


def annotated(
    data: bytes,
    sheet: Sheet,
    header_row: int,
    width: int,
    marks: Sequence[Mark],
    title: str,
) -> bytes:
    """Return an xlsx copy of a workbook with `marks` on the cells of one sheet.

    Args:
        data: the workbook as it was handed in.
        sheet: the sheet the marks belong to.
        header_row: the last row of its header, from 1.
        width: the number of its columns that count; the sentences stand in the next one.
        marks: what to say, by cell.
        title: the title of the column of sentences.
    """
    by_row: defaultdict[int, list[Mark]] = defaultdict(list)
    for mark in marks:
        by_row[xl_cell_to_rowcol(mark.cell)[0] + 1].append(mark)
    is_xlsx = data.startswith(b"PK") and b"xl/workbook.xml" in data
    if is_xlsx and len(sheet.rows) <= _MOST_KEPT_AS_IS:
        return _in_place(data, sheet.name, header_row, width, by_row, title)
    return _copied(sheet, header_row, width, by_row, title)


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
    page.column_dimensions[get_column_letter(column)].width = _WIDTH
    for row, marks in by_row.items():
        for mark in marks:
            _mark(page[mark.cell], mark)
        if row != header_row:
            said = _sentences(marks)
            page.cell(row, column, said).alignment = Alignment(wrap_text=True, vertical="top")
            page.row_dimensions[row].height = _LINE * _lines(said)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _mark(cell: Any, mark: Mark) -> None:
    before = cell.comment.text + "\n" if cell.comment else ""
    line = Side(style="medium", color=_COLOURS[mark.severity][1])
    cell.fill = _fill(mark.severity)
    cell.border = Border(left=line, right=line, top=line, bottom=line)
    cell.comment = Comment(before + mark.sentence, _BY, width=280, height=110)


def _fill(severity: str) -> PatternFill:
    return PatternFill("solid", fgColor=_COLOURS[severity][0])


def _sentences(marks: Sequence[Mark]) -> str:
    return "\n".join(f"{mark.cell}：{mark.sentence}" for mark in marks)


def _lines(text: str) -> int:
    """Return how many lines wrapped text takes up; a spreadsheet does not compute it."""
    return min(25, sum(1 + len(line) * 2 // _WIDTH for line in text.splitlines()))


def _copied(
    sheet: Sheet,
    header_row: int,
    width: int,
    by_row: Mapping[int, Sequence[Mark]],
    title: str,
) -> bytes:
    """Return the values of a sheet as xlsx; of a long one only the header and the faulty rows."""
    whole = len(sheet.rows) <= _MOST_KEPT_AS_IS
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, _PLAIN)
    page = book.add_worksheet(sheet.name[:31])
    looks = {
        name: book.add_format({"bg_color": f"#{fill}", "border": 2, "border_color": f"#{line}"})
        for name, (fill, line) in _COLOURS.items()
    }
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    page.set_column(0, width - 1, 16)
    page.set_column(width, width, _WIDTH)
    at = 0
    for number, row in enumerate(sheet.rows, start=1):
        if not whole and number > header_row and number not in by_row:
            continue
        marks = by_row.get(number, ())
        marked = {xl_cell_to_rowcol(mark.cell)[1]: mark for mark in marks}
        for place in range(max(len(row), max(marked, default=-1) + 1)):
            value = row[place] if place < len(row) else ""
            look = looks[marked[place].severity] if place in marked else None
            if isinstance(value, str):
                page.write_string(at, place, value, look)
            else:
                page.write_number(at, place, value, look)
            if place in marked:
                page.write_comment(at, place, marked[place].sentence)
        if number == header_row:
            page.write_string(at, width, title, looks["ask"])
        elif marks:
            said = _sentences(marks)
            page.set_row(at, _LINE * _lines(said))
            page.write_string(at, width, said, wrapped)
        at += 1
    book.close()
    return out.getvalue()
