"""What people type stays text: no digit is lost on the way in, nothing computes on the way out."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.documents import official, workbook
from portal.documents.official import Column, Mark, Sheet
from portal.documents.separated import harmless
from portal.members import cells, idnumber, roster
from tests import office, rosters

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
DANGEROUS = (
    "=1+1", "+1+1", "-1+1", "@SUM(1,1)", "=1+1\t", "\t=1+1", "\r=1+1", "\n=1+1",
    "＝1+1", "＋1", "－1",
    "＠SUM(1,1)", '=cmd|"/C calc"!A0', '=HYPERLINK("http://example.invalid","x")', "=2+5+cmd",
    "{=1+1}", "'=1+1", "%0A=1+1", ";=1+1", '=DDE("a","b","c")',
)  # fmt: skip
CANARIES = {"2", "3", 2, 3}

_texts = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co")), max_size=12
).map(str.strip)
_digits = st.integers(0, 10**17 - 1).map(lambda n: f"{n:017d}")
_rows = st.lists(
    st.tuples(_texts, _digits.map(lambda d: d + idnumber.check_digit(d)),
              st.sampled_from(["007", "0580-1234567", "13900000000",
                               "１９８７", "1E5", "2026-01"])),
    min_size=25, max_size=25,
)  # fmt: skip


@settings(max_examples=40)
@given(_rows)
def test_a_thousand_rows_of_text_are_read_as_they_were_written(
    rows: list[tuple[str, str, str]],
) -> None:
    data = rosters.xlsx_of_strings([["姓名", "公民身份证号", "电话"], *rows])
    [sheet] = workbook.read(data, "名册.xlsx")
    for written, read in zip(rows, sheet.rows[1:], strict=True):
        whole = (*read, "", "", "")[:3]
        assert whole == written


@pytest.mark.parametrize("make", [rosters.xls, lambda rows: rosters.xlsx(("名册", rows))])
def test_an_id_number_that_is_a_number_is_refused_not_rounded(make) -> None:
    [sheet] = workbook.read(make([["姓名", "公民身份证号"], ["王甲", 990101198703100011]]), "名册")
    read = roster.reader("id_number", "公民身份证号")
    assert read is not None
    said = read(sheet.rows[1][1])
    assert said.fault
    assert said.fault.severity == cells.ERROR
    assert "文本" in said.fault.words.zh


def sheet_of(texts: tuple[str, ...]) -> Sheet:
    columns = (Column(("姓名",), "1"), Column(("备注",), "2"))
    mark = Mark("沈雪芬", "北园社区党支部", AT, "20261120-00ff12ab")
    rows = [(f"人{at}", text) for at, text in enumerate(texts)]
    return Sheet("表2", "党员名册", "北园社区党支部", "人", "草稿", columns, rows, mark)


def test_every_cell_of_an_export_is_text_and_says_so() -> None:
    data = official.workbook(sheet_of(DANGEROUS))
    page = openpyxl.load_workbook(io.BytesIO(data)).active
    cells = [cell for row in page.iter_rows(min_row=6) for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    dangerous = [cell for cell in cells if cell.value in DANGEROUS]
    assert len(dangerous) >= len(DANGEROUS) - 3
    assert all(cell.quotePrefix for cell in dangerous)


def test_an_export_holds_nothing_hidden_and_nothing_active() -> None:
    with zipfile.ZipFile(io.BytesIO(official.workbook(sheet_of(DANGEROUS)))) as package:
        names = package.namelist()
        sheet = package.read("xl/worksheets/sheet1.xml").decode()
        book = package.read("xl/workbook.xml").decode()
    assert not [
        n for n in names if "vba" in n or "external" in n or "comments" in n or "embed" in n
    ]
    assert "<f>" not in sheet
    assert "<f " not in sheet
    assert "hidden=" not in sheet
    assert 'state="' not in book


def test_an_export_read_in_again_is_the_same() -> None:
    [sheet] = workbook.read(official.workbook(sheet_of(DANGEROUS)), "表2.xlsx")
    found = [row[2] for row in sheet.rows[5:] if len(row) > 2]
    plain = [text for text in DANGEROUS if "\r" not in text]
    assert [text for text in found if text in plain] == plain


@pytest.mark.office
def test_another_office_program_computes_nothing_in_an_export(tmp_path: Path) -> None:
    file = tmp_path / "in.xlsx"
    file.write_bytes(official.workbook(sheet_of(DANGEROUS)))
    again = openpyxl.load_workbook(office.convert(file, "xlsx")).active
    cells = [cell for row in again.iter_rows(min_row=6, min_col=3) for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f" or cell.value in CANARIES]
    assert "=1+1" in {cell.value for cell in cells}


@pytest.mark.office
def test_another_office_program_computes_nothing_in_separated_text(tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    lines = [f'人{at},"{harmless(text)}"'.replace('""', '"') for at, text in
             enumerate(text.replace('"', "") for text in DANGEROUS)]  # fmt: skip
    file.write_text("\n".join(lines), encoding="utf-8")
    again = openpyxl.load_workbook(office.convert(file, "xlsx")).active
    assert not [
        cell for row in again.iter_rows() for cell in row
        if cell.data_type == "f" or cell.value in CANARIES
    ]  # fmt: skip
