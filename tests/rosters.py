"""Workbooks for tests, made on the spot: xlsx, xls and ods, with whatever cells a test wants."""

from __future__ import annotations

import io
from datetime import date
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


def _form(titles: str, *rows: Mapping[str, Any], room: int, merged: str) -> bytes:
    """Return a workbook as offices hand it round: few rows, then empty ones made ready to fill."""
    heads = titles.split()
    filled = [[cells.get(head) for head in heads] for cells in rows]
    empty = [[""] * len(heads)] * (room - len(rows))
    return xlsx(("Sheet1", [heads, *filled, *empty]), merged=[merged])


def staff_information() -> bytes:
    """Return a university's roster of its staff: no ID numbers, days as dates, a number as ID."""
    someone = {
        "学工号": 99312018275, "姓名": "张三", "所在分党委编码": "020100",
        "所在分党委": "中共某大学教育学部委员会", "所在党支部编码": "020100080",
        "所在党支部": "教育学部第一党支部", "党籍状态（正式党员或预备党员）": "正式党员",
        "提交书面申请书时间": date(2015, 11, 6),
        "确定为入党积极分子时间": date(2016, 4, 10),
        "入党时间": date(2017, 6, 9), "转正时间": date(2018, 6, 9),
    }  # fmt: skip
    titles = (
        "学工号 姓名 所在分党委编码 所在分党委 所在党支部编码 所在党支部"
        " 党籍状态（正式党员或预备党员） 组织关系转入时间 提交书面申请书时间"
        " 确定为入党积极分子时间 确定为发展对象时间 入党介绍人 入党时间 入党时所在党支部"
        " 转正时间 转正时所在党支部 党内职务 党内奖励 其他奖励"
    )
    return _form(titles, someone, room=39, merged="C7:I21")


def one_table() -> bytes:
    """Return a university's one table for all, as yet without anybody in it."""
    titles = (
        "学工号 姓名 身份证号码 二级党委名称 二级党委编码 所在党支部 党支部编码 党籍状态"
        " 组织关系转入时间 提交书面申请书时间 确定为入党积极分子时间 确定为发展对象时间"
        " 入党介绍人 加入党组织日期 入党时所在党支部 转为正式党员日期 转正时所在党支部"
        " 党内职务 党内奖励 其他奖励 来源 备注1 备注2 备注3"
    )
    return _form(titles, room=19, merged="C7:H14")


def branches() -> bytes:
    """Return a university's workbook of branches."""
    one = {
        "党支部名称": "教育管理学院党支部", "简称": "教育管理学院党支部",
        "成立时间": date(2017, 9, 1), "所属分党委": "中共某大学教育学部委员会",
        "所属分党委编码": "020100", "支部类别": "在职教工党支部", "所在单位属性": "事业单位",
        "是否是教工党支部": "是", "是否是专业教师党支部": "否", "是否建立在团队": "否",
    }  # fmt: skip
    titles = (
        "党支部名称 简称 成立时间 所属分党委 所属分党委编码 支部类别 所在单位属性"
        " 是否是教工党支部 是否是专业教师党支部 是否建立在团队 是否为大中型(企业)"
        " 是否国有独资(企业) 是否联合党支部(企业) 联系电话 传真 邮箱"
    )
    return _form(titles, one, room=1, merged="N3:P4")


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
