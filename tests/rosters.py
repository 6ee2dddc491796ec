"""Workbooks for tests, made on the spot: xlsx, xls and ods, with whatever cells a test wants."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import openpyxl
import xlsxwriter
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from portal.members import idnumber

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TITLES = ("姓名", "公民身份证号", "性别", "出生日期", "人员类别", "加入党组织日期", "手机号")


def number(sequence: int, born: str = "19870310") -> str:
    """Return an ID number of nobody, with its check digit."""
    first17 = f"990101{born}{sequence:03}"
    return first17 + idnumber.check_digit(first17)


def row(sequence: int, **change: Any) -> list[Any]:
    """Return a good row under TITLES; `change` replaces cells by title."""
    cells = {
        "姓名": f"王{'甲乙丙丁戊己庚辛壬癸'[sequence % 10]}",
        "公民身份证号": number(sequence),
        "性别": "男" if sequence % 2 else "女",
        "出生日期": "1987-03",
        "人员类别": "正式党员",
        "加入党组织日期": "2010-07",
        "手机号": f"1390000{sequence:04}",
    }
    return [change.get(title, cell) for title, cell in cells.items()]


def xlsx(*sheets: tuple[str, Sequence[Sequence[Any]]], merged: Sequence[str] = ()) -> bytes:
    """Return an xlsx with these sheets; `merged` are ranges of the first."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets:
        page = book.create_sheet(name)
        for cells in rows:
            page.append(list(cells))
    for cells in merged:
        book.worksheets[0].merge_cells(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xlsx_of_strings(rows: Sequence[Sequence[str]]) -> bytes:
    """Return an xlsx of one sheet in which every cell is text, whatever it looks like."""
    out = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, plain) as book:
        page = book.add_worksheet("名册")
        for at, cells in enumerate(rows):
            for place, cell in enumerate(cells):
                page.write_string(at, place, cell)
    return out.getvalue()


def roster(*rows: Sequence[Any], titles: Sequence[str] = TITLES) -> bytes:
    """Return an xlsx of one sheet with a header and these rows."""
    return xlsx(("名册", [titles, *rows]))


def xls(rows: Sequence[Sequence[Any]]) -> bytes:
    """Return the same as a workbook of Excel 97."""
    book = xlwt.Workbook()
    page = book.add_sheet("名册")
    for at, cells in enumerate(rows):
        for place, cell in enumerate(cells):
            page.write(at, place, cell)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ods(rows: Sequence[Sequence[Any]]) -> bytes:
    """Return the same as an OpenDocument spreadsheet."""
    book = OpenDocumentSpreadsheet()
    page = Table(name="名册")
    for cells in rows:
        line = TableRow()
        for cell in cells:
            box = TableCell(valuetype="string")
            box.addElement(P(text=str(cell)))
            line.addElement(box)
        page.addElement(line)
    book.spreadsheet.addElement(page)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def cells_of(data: bytes) -> Mapping[str, Any]:
    """Return the values of an xlsx's first sheet, by cell."""
    page = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    return {cell.coordinate: cell for line in page.iter_rows() for cell in line}
