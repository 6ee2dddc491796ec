from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import openpyxl
import pytest

from portal.documents import official, unseen
from portal.documents.official import Column, Mark, Sheet
from tests import office

if TYPE_CHECKING:
    from pathlib import Path

MARK = Mark(
    "沈雪芬", "北园社区党支部", datetime(2026, 11, 20, 9, 30, tzinfo=UTC), "20261120-00ab12cd"
)
DANGEROUS = ("=1+1", "+1", "-1", "@SUM(A1)", "https://example.invalid/", "007", "\t=1+1", "＝1+1")


def grid(**changes: Any) -> Sheet:
    values: dict[str, Any] = {
        "number": "表4",
        "title": "外出流动党员情况汇总表",
        "unit": "环南街道党工委",
        "measure": "人",
        "status": "第 1 次上报",
        "columns": (
            Column(("合计",), "1"),
            Column(("在册党员", "合计"), "2"),
            Column(("在册党员", "其中", "正式"), "3"),
            Column(("在册党员", "其中", "预备"), "4"),
        ),
        "stub": (
            (("流出党员总数",), "01"),
            (("外出流向", "公有单位"), "02"),
            (("外出流向", "公有单位", "机关"), "03"),
            (("外出流向", "公有单位", "事业单位"), "04"),
            (("外出流向", "其他"), "05"),
        ),
        "rows": [[1000 * row + column for column in range(4)] for row in range(5)],
        "mark": MARK,
    }
    return Sheet(**{**values, **changes})


def register(*rows: tuple[str, ...]) -> Sheet:
    columns = (Column(("姓名",), "1"), Column(("备注",), "2", 20))
    return grid(number="表5", columns=columns, stub=(), rows=rows)


def opened(sheet: Sheet) -> Any:
    return openpyxl.load_workbook(BytesIO(official.workbook(sheet))).active


def merged(page: Any) -> set[str]:
    return {str(area) for area in page.merged_cells.ranges}


def test_headers_that_share_their_words_are_one_cell():
    page = opened(grid())

    # stub D1: 项目 in A:C, 代码 in D, figures from E; header in rows 4 to 6, codes in row 7
    assert {"A4:C6", "D4:D6", "E4:E6", "F4:H4", "F5:F6", "G5:H5", "A7:C7"} <= merged(page)
    assert [page[at].value for at in ("E4", "F4", "F5", "G5", "G6", "H6")] == [
        "合计", "在册党员", "合计", "其中", "正式", "预备",
    ]  # fmt: skip
    assert [cell.value for cell in page[7]] == ["甲", None, None, "乙", "1", "2", "3", "4"]


def test_a_row_that_sums_the_rows_below_puts_them_under_of_which():
    page = opened(grid())

    assert {"A8:C8", "A9:A12", "B9:C9", "B10:B11", "B12:C12"} <= merged(page)
    assert [page[at].value for at in ("A8", "A9", "B9", "B10", "C10", "C11", "B12")] == [
        "流出党员总数", "外出流向", "公有单位", "其中", "机关", "事业单位", "其他",
    ]  # fmt: skip


def test_figures_are_numbers_to_the_right_and_codes_are_text():
    page = opened(grid())

    assert page["E9"].value == 1000
    assert page["E9"].alignment.horizontal == "right"
    assert page["D8"].value == "01"


def test_what_somebody_typed_never_becomes_a_formula_a_link_or_a_number():
    page = opened(register(*(("某某", text) for text in DANGEROUS)))

    cells = [page.cell(6 + at, 3) for at in range(len(DANGEROUS))]
    assert [cell.value for cell in cells] == list(DANGEROUS)
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.hyperlink is None for cell in cells)
    assert all(cell.quotePrefix for cell in cells)


def test_a_register_numbers_its_rows_and_an_empty_one_says_so():
    page = opened(register(("甲", ""), ("乙", "")))
    numbers = [page.cell(row, 1).value for row in (6, 7)]
    assert [number.rstrip("\u200b\u200c") for number in numbers] == ["1", "2"]
    assert all(unseen.found(number) == {"00ab12cd"} for number in numbers)
    assert opened(register())["A6"].value == "（无）"


def test_it_prints_on_a4_across_with_its_header_on_every_page():
    page = opened(grid())

    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert page.page_setup.fitToHeight == 0
    assert page.print_title_rows == "$1:$7"
    assert "&P" in page.oddFooter.center.text


def test_the_mark_is_on_the_sheet_in_print_and_in_the_properties():
    sheet = grid(mark=Mark("张&三", "甲", MARK.at, "20261120-00ab12cd"))
    made = official.workbook(sheet)
    book = openpyxl.load_workbook(BytesIO(made))
    page = book.active

    assert page.cell(page.max_row, 1).value == sheet.mark.text
    assert "20261120-00ab12cd" in page.oddHeader.right.text
    assert book.properties.creator == "张&三"
    assert "20261120-00ab12cd" in ZipFile(BytesIO(made)).read("docProps/custom.xml").decode()


def test_the_foot_has_its_places_for_name_telephone_day_and_seal():
    page = opened(grid())
    text = " ".join(str(cell.value) for row in page.iter_rows(min_row=13) for cell in row)

    for place in ("单位负责人（签名）", "填表人", "联系电话", "报出日期", "公章"):
        assert place in text


@pytest.mark.office
def test_another_office_program_reads_the_same_and_computes_nothing(tmp_path: Path):
    rows = tuple(("某某", text) for text in DANGEROUS)
    file = tmp_path / "in.xlsx"
    file.write_bytes(official.workbook(register(*rows)))

    written = office.convert(file, "csv:Text - txt - csv (StarCalc):44,34,76,1")
    text = written.read_text(encoding="utf-8")
    assert all(each in text for each in DANGEROUS)
