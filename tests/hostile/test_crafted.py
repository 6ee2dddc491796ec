from __future__ import annotations

import io
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import xlwt
from odf.opendocument import load
from odf.table import TableCell, TableRow

from portal.documents import confined, workbook
from portal.documents.refusals import SENTENCES
from portal.documents.workbook import Limits, Unreadable
from tests import rosters
from tests.hostile import maker

if TYPE_CHECKING:
    from collections.abc import Callable

INPUTS = Path(
    os.environ.get("PORTAL_INPUTS")
    or Path(__file__).resolve().parents[2].parent / "shared" / "data"
)
TEMPLATES = sorted(INPUTS.glob("workbooks/*.xlsx"))
MEGABYTE = 1024


def rule_of(data: bytes, **limits: Any) -> str:
    """Return the rule that refuses a file, having seen that it comes with a way out."""
    try:
        workbook.read(data, "名册.xlsx", Limits(**limits))
    except Unreadable as refused:
        [problem] = refused.problems
        assert problem.words.zh
        assert problem.words.en
        assert "{" not in problem.words.zh + problem.words.en
        return problem.rule
    return ""


def peak() -> int:
    """Return the most memory this process has had, in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.parametrize(
    ("make", "rule"), [pytest.param(make, rule, id=what) for what, make, rule in maker.CRAFTED]
)
def test_every_crafted_file_is_refused_or_read_right(make: Callable[[], bytes], rule: str) -> None:
    data = make()
    before = peak()
    assert rule_of(data) == rule
    assert peak() - before < 60 * MEGABYTE


def test_a_dimension_that_lies_loses_nobody() -> None:
    [sheet] = workbook.read(maker.lying_dimension(), "名册.xlsx")
    assert len(sheet.rows) == 400


def test_hidden_content_is_not_read_and_its_place_is_told() -> None:
    [sheet] = workbook.read(maker.very_hidden(), "名册.xlsx")
    assert sheet.name == "名册"
    assert sheet.hidden_sheets == ["机密"]

    rows = maker.in_sheet(b'<row r="3"', b'<row r="3" hidden="1"')
    [sheet] = workbook.read(rows, "名册.xlsx")
    assert sheet.hidden_rows == [3]
    assert len(sheet.rows) == 3
    assert sheet.rows[2] == ()

    cols = b'<cols><col min="2" max="2" width="9" hidden="1"/></cols><sheetData>'
    [sheet] = workbook.read(maker.in_sheet(b"<sheetData>", cols), "名册.xlsx")
    assert sheet.hidden_columns == [2]
    assert {row[1] for row in sheet.rows} == {""}


def test_a_formula_is_refused_by_its_place() -> None:
    with pytest.raises(Unreadable, match=r"名册!C2.*选择性粘贴：数值"):
        workbook.read(maker.formula("=1+1"), "名册.xlsx")


def test_old_and_open_workbooks_are_looked_into_as_well() -> None:
    book = xlwt.Workbook()
    page = book.add_sheet("名册")
    page.write(0, 0, "姓名")
    page.write(1, 2, xlwt.Formula("1+1"))
    old = io.BytesIO()
    book.save(old)
    assert rule_of(old.getvalue()) == "file-formula"

    open_one = load(io.BytesIO(rosters.ods(maker.GOOD)))
    [row, *_] = open_one.getElementsByType(TableRow)
    row.addElement(TableCell(formula="of:=1+1", valuetype="float", value="2"))
    out = io.BytesIO()
    open_one.save(out)
    assert rule_of(out.getvalue()) == "file-formula"


def test_hidden_rows_of_an_old_workbook_are_not_read() -> None:
    book = xlwt.Workbook()
    page = book.add_sheet("名册")
    for at, text in enumerate(["姓名", "王甲", "王乙"]):
        page.write(at, 0, text)
    page.row(1).hidden = True
    out = io.BytesIO()
    book.save(out)
    [sheet] = workbook.read(out.getvalue(), "名册.xls")
    assert sheet.hidden_rows == [2]
    assert sheet.rows == [("姓名",), (), ("王乙",)]


def test_a_child_that_takes_too_much_is_ended_and_that_is_said() -> None:
    wide = xlwt.Workbook()
    page = wide.add_sheet("名册")
    for row in range(0, 65_536, 4_000):
        page.write(row, 255, row)
        page.write(row, 0, row)
    page.write(65_535, 255, 1)
    out = io.BytesIO()
    wide.save(out)
    assert rule_of(out.getvalue(), memory_megabytes=300) == "file-costly"
    assert rule_of(maker.good(), wall_seconds=0) == "file-costly"


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import socket; socket.socket()",
        "import _socket; _socket.socket().connect(('127.0.0.1', 9))",
        "import subprocess; subprocess.run(['/bin/true'])",
        "import os; os.system('true')",
        "open('/tmp/child-was-here', 'w').write('x' * 9)",
    ],
)
def test_a_child_reaches_no_network_no_program_and_no_disk(attempt: str) -> None:
    tried = f"from portal.documents import fetters; fetters.put_on(512, 5); {attempt}; print('out')"
    ended = subprocess.run([sys.executable, "-c", tried], capture_output=True, check=False)
    assert ended.returncode != 0
    assert b"out" not in ended.stdout


def test_what_a_killed_parent_leaves_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left, fresh = tmp_path / f"{confined.SCRATCH}a", tmp_path / f"{confined.SCRATCH}b"
    for folder in (left, fresh):
        folder.mkdir()
        (folder / "sheet.xml").write_text("x")
    os.utime(left, (1, 1))

    assert confined.sweep_scratch() == 1
    assert not left.exists()
    assert fresh.exists()


def test_every_rule_speaks_both_languages() -> None:
    for zh, en in SENTENCES.values():
        assert zh
        assert en
        assert zh.count("{where}") == en.count("{where}")


@pytest.mark.skipif(not TEMPLATES, reason="no workbooks from outside; set PORTAL_INPUTS")
@pytest.mark.parametrize("file", TEMPLATES or [None], ids=lambda file: file.stem if file else "")
def test_official_templates_are_not_refused(file: Path) -> None:
    assert workbook.read(file.read_bytes(), file.name)
