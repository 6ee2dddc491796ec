from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from portal.documents import layout, workbook
from portal.documents.workbook import Limits, Unreadable
from portal.imports import mapping
from tests import rosters

GOOD = [rosters.TITLES, rosters.row(1), rosters.row(2)]


def refusal(data: bytes, name: str = "名册.xlsx", **limits: Any) -> tuple[str, str]:
    with pytest.raises(Unreadable) as refused:
        workbook.read(data, name, Limits(**limits))
    [problem] = refused.value.problems
    assert problem.words.en
    return problem.rule, problem.words.zh


@pytest.mark.parametrize(
    "make", [rosters.xls, rosters.ods, lambda rows: rosters.xlsx(("名册", rows))]
)
def test_three_kinds_of_workbook_say_the_same(make: Any) -> None:
    [sheet] = workbook.read(make(GOOD), "名册")
    assert sheet.name == "名册"
    assert [list(row) for row in sheet.rows] == [list(row) for row in GOOD]


def with_entry(name: str) -> bytes:
    out = io.BytesIO(rosters.roster(rosters.row(1)))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(name, b"x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "rule", "sentence"),
    [
        (b"", "空.xlsx", "file-empty", "空的"),
        (rosters.xlsx(("Sheet1", [])), "空.xlsx", "file-empty", "空的"),
        (with_entry("xl/vbaProject.bin"), "宏.xlsx", "file-macros", "另存为"),
        (rosters.roster(rosters.row(1)), "名册.xlsm", "file-macros", "另存为"),
        (rosters.roster(rosters.row(1)), "名册.XLTM", "file-macros", "另存为"),
        (workbook._OLE + b"\x00" * 600 + workbook._ENCRYPTED_PACKAGE, "密.xlsx", "file-password",
         "取消密码"),
        (workbook._OLE + b"\x00" * 600, "坏.xls", "file-broken", "已损坏"),
        (b"PK\x03\x04 nonsense", "坏.xlsx", "file-broken", "已损坏"),
        (b"%PDF-1.7\x00\x01", "文档.pdf", "file-kind", ".xlsx"),
        ("姓名,公民身份证号\n王甲,1\n".encode(), "名册.csv", "file-csv", "丢位"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "名册.xls", "file-web-page", "网页"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_a_way_out(
    data: bytes, name: str, rule: str, sentence: str
) -> None:
    said = refusal(data, name)
    assert said[0] == rule
    assert sentence in said[1]


def test_a_zip_of_something_else_is_no_workbook() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert refusal(out.getvalue(), "报告.docx")[0] == "file-kind"


def test_size_is_limited_in_bytes_and_rows() -> None:
    many = rosters.roster(*[rosters.row(1)] * 150)
    assert refusal(many + b"\x00" * 1024 * 1024, megabytes=1)[0] == "file-large"
    assert refusal(many, rows=20)[0] == "file-rows"


def test_a_file_that_unpacks_to_nonsense_is_not_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"\x00" * 5_000_000)
    assert refusal(out.getvalue())[0] == "file-bomb"


def test_hidden_sheets_are_not_read() -> None:
    import openpyxl  # noqa: PLC0415

    book = openpyxl.load_workbook(io.BytesIO(rosters.xlsx(("名册", GOOD), ("字典", GOOD))))
    book["字典"].sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    assert [sheet.name for sheet in workbook.read(out.getvalue(), "名册.xlsx")] == ["名册"]


def header_of(rows: list[list[Any]]) -> layout.Header | None:
    return layout.locate(rows, mapping._is_known, mapping._is_name)


def test_the_header_is_found_beneath_titles_and_a_filling_unit() -> None:
    rows = [
        ["某党支部党员名册"],
        [],
        ["填报单位：北园党支部", "", "2026-11-19"],
        list(rosters.TITLES),
    ]
    found = header_of(rows)
    assert found is not None
    assert (found.first, found.last) == (3, 3)


def test_a_header_of_two_rows_is_put_together() -> None:
    found = header_of([
        ["序号", "姓名", "联系电话", "", "入党情况", ""],
        ["", "", "手机号", "固定电话", "入党时间", "转正时间"],
        ["1", "王甲", "13900000001", "", "2010-07", "2011-07"],
    ])  # fmt: skip
    assert found is not None
    assert found.last == 1
    assert found.titles == ("序号", "姓名", "手机号", "固定电话", "入党时间", "转正时间")


def test_a_sheet_without_titles_has_no_header() -> None:
    assert header_of([["王甲", "男"], ["王乙", "女"]]) is None


@pytest.mark.parametrize(
    "row",
    [["甲", "乙", "1", "2", "3"], [1.0, 2.0, 3.0], ["必填", "", "必填"], ["甲", "乙", 1.0, 2.0]],
)
def test_a_row_that_numbers_the_columns_is_nobody(row: list[Any]) -> None:
    assert layout.is_numbering(row)


@pytest.mark.parametrize(
    "row",
    [["合计", "", 12.0], ["小 计"], ["备注：本表一式两份"], ["", "", "1、红色为必填\n2、请填全称"],
     ["填表人：", "", "审核人："]],
)  # fmt: skip
def test_totals_and_notes_are_nobody(row: list[Any]) -> None:
    assert layout.is_remark(row)


def test_a_person_is_no_numbering_and_no_note() -> None:
    assert not layout.is_numbering(rosters.row(1))
    assert not layout.is_remark(rosters.row(1))
