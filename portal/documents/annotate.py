"""A copy of the user's own workbook with the faulty cells marked, and a last column that says why.

An xlsx keeps its layout; of any other kind, and of very long lists, a plain copy of the values
is made, and likewise where the user's own file costs too much to open. The last column is
ignored when the copy is uploaded again.
"""

from __future__ import annotations

import io
import json
from collections import defaultdict
from typing import TYPE_CHECKING

import xlsxwriter
from xlsxwriter.utility import xl_cell_to_rowcol

from portal.documents import confined
from portal.documents.marks import COLOURS, LINE, WIDTH, Mark, lines, sentences

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from portal.documents.workbook import Sheet

__all__ = ["Mark", "annotated"]

_MARKER = "portal.documents.marker"
_MEGABYTES, _SECONDS, _WALL = 512, 20, 30
_MOST_KEPT_AS_IS = 5_000
_PLAIN = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


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
    is_xlsx = data.startswith(b"PK") and b"xl/workbook.xml" in data
    if is_xlsx and len(sheet.rows) <= _MOST_KEPT_AS_IS:
        said = {
            "sheet": sheet.name, "header_row": header_row, "width": width, "title": title,
            "marks": [(mark.cell, mark.severity, mark.sentence) for mark in marks],
        }  # fmt: skip
        order = json.dumps(said).encode() + b"\n"
        with confined.running(
            _MARKER, order + data, megabytes=_MEGABYTES, seconds=_SECONDS, wall=_WALL
        ) as answer:
            marked = answer.read()
        if marked.endswith(b"\0\0") and marked.startswith(b"PK"):  # a package that was ended
            return marked
    by_row: defaultdict[int, list[Mark]] = defaultdict(list)
    for mark in marks:
        by_row[xl_cell_to_rowcol(mark.cell)[0] + 1].append(mark)
    return _copied(sheet, header_row, width, by_row, title)


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
        for name, (fill, line) in COLOURS.items()
    }
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    page.set_column(0, width - 1, 16)
    page.set_column(width, width, WIDTH)
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
            said = sentences(marks)
            page.set_row(at, LINE * lines(said))
            page.write_string(at, width, said, wrapped)
        at += 1
    book.close()
    return out.getvalue()
