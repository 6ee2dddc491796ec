from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import audit
from portal.access import operator
from portal.cli import main
from portal.core.database import open_engine, transaction
from portal.core.precision import Day
from portal.documents import workbook
from portal.imports import mapping, reading
from portal.imports.models import Upload
from portal.members import codes, roster
from portal.members.models import Member
from portal.organizations import service as organizations
from tests import rosters

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    Run = Callable[..., Any]

KEYS = [
    "rows", "mapped", "unmapped", "new", "changed", "missing", "problems", "normalised",
    "annotated",
]  # fmt: skip


@pytest.fixture
def run(fresh_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line on a database with two branches in it."""
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    engine = open_engine(fresh_url, owner=True)
    with Session(engine) as session, transaction(session):
        city = organizations.plant(session, 1, "某市", "A")
        for code, name in (("A1", "北园党支部"), ("A2", "南园党支部")):
            organizations.add_below(session, operator(1), city, code=code, kind="branch", name=name)
    engine.dispose()

    def _run(*arguments: object, fails: bool = False) -> Any:
        done = CliRunner().invoke(
            main, ["roster", *map(str, arguments), "--database", fresh_url, "--json"]
        )
        assert done.exit_code == int(fails), done.output
        return done.output if fails else json.loads(done.output)

    return _run


def counted(url: str, table: Any) -> int:
    engine = open_engine(url, owner=True)
    with Session(engine) as session:
        total = session.scalar(select(func.count()).select_from(table)) or 0
    engine.dispose()
    return total


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A roster with one bad row and one doubtful month."""
    path = tmp_path / "北园.xlsx"
    path.write_bytes(
        rosters.roster(
            rosters.row(1, 手机号=13900000001.0),
            rosters.row(2, 公民身份证号="990101198703100015"),
            rosters.row(3, 出生日期=1987.1, 公民身份证号=rosters.number(3, "19871010")),
        )
    )
    return path


def test_a_dry_run_tells_everything_and_writes_nothing(
    run: Run, file: Path, fresh_url: str, tmp_path: Path
) -> None:
    answer = run("import", file, "--unit", "A1", "--dry-run")
    assert list(answer) == KEYS
    assert (answer["rows"], answer["new"], answer["changed"], answer["missing"]) == (3, 1, 0, 0)
    assert answer["mapped"]["公民身份证号"] == "id_number"
    assert {one["cell"]: one["rule"] for one in answer["problems"]} == {
        "B3": "id-check", "D4": "day-ambiguous",
    }  # fmt: skip
    assert " / " in answer["problems"][0]["message"]
    assert counted(fresh_url, Member) == counted(fresh_url, Upload) == 0
    assert list((tmp_path / "data" / "uploads").iterdir()) == []
    marked = openpyxl.load_workbook(answer["annotated"]).worksheets[0]
    assert "校验码" in marked["B3"].comment.text


def test_good_rows_come_in_and_a_second_time_changes_nothing(
    run: Run, file: Path, fresh_url: str
) -> None:
    assert run("import", file, "--unit", "A1")["new"] == 1
    assert counted(fresh_url, Member) == 1
    answer = run("import", file, "--unit", "A1", "--accept-proposals")
    assert (answer["new"], answer["changed"], answer["missing"]) == (1, 0, 0)
    answer = run("import", file, "--unit", "A1")
    assert (answer["new"], answer["changed"]) == (0, 0)
    assert counted(fresh_url, Member) == 2


def test_a_plain_export_read_again_changes_nothing(run: Run, tmp_path: Path) -> None:
    source, out = tmp_path / "源.xlsx", tmp_path / "出.xlsx"
    rows = [[*rosters.row(n), "书法", f"某市某路{n}号"] for n in range(1, 21)]
    source.write_bytes(rosters.roster(*rows, titles=[*rosters.TITLES, "爱好", "家庭住址"]))
    run("import", source, "--unit", "A1")
    assert run("export", "--unit", "A1", "--out", out, "--plain")["rows"] == 20
    answer = run("import", out, "--unit", "A1", "--dry-run")
    assert (answer["rows"], answer["new"], answer["changed"], answer["missing"]) == (20, 0, 0, 0)
    assert (answer["problems"], answer["annotated"]) == ([], None)
    elsewhere = run("import", out, "--unit", "A2", "--dry-run")
    assert {one["rule"] for one in elsewhere["problems"]} == {"branch-other", "id-conflict"}
    assert "北园" not in str([one["message"] for one in elsewhere["problems"]])


def test_a_masked_export_shows_no_number_and_read_again_changes_nothing(
    run: Run, tmp_path: Path, fresh_url: str
) -> None:
    source, out = tmp_path / "源.xlsx", tmp_path / "出.xlsx"
    source.write_bytes(rosters.roster(*[rosters.row(n) for n in range(1, 6)]))
    run("import", source, "--unit", "A1")
    run("export", "--unit", "A1", "--out", out)
    texts = {str(cell.value) for cell in rosters.cells_of(out.read_bytes()).values()}
    assert rosters.number(1) not in texts
    assert "13900000001" not in texts
    assert "139****0001" in texts
    answer = run("import", out, "--unit", "A1", "--dry-run")
    assert (answer["new"], answer["changed"], answer["missing"]) == (0, 0, 0)
    assert answer["problems"] == []
    engine = open_engine(fresh_url, owner=True)
    with Session(engine) as session:
        acts = session.scalars(select(audit.Entry.act)).all()
    engine.dispose()
    assert acts.count("roster:export") == 1


def test_a_formula_typed_into_a_roster_stays_text(run: Run, tmp_path: Path) -> None:
    source, out = tmp_path / "源.xlsx", tmp_path / "出.xlsx"
    source.write_bytes(
        rosters.xls([[*rosters.TITLES, "备注"], [*rosters.row(1), '=HYPERLINK("x")']])
    )
    run("import", source, "--unit", "A1")
    run("export", "--unit", "A1", "--out", out)
    cells = rosters.cells_of(out.read_bytes())
    [formula] = [cell for cell in cells.values() if str(cell.value).startswith("=HYPER")]
    assert formula.data_type == "s" or formula.quotePrefix


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(("import", "没有.xlsx", "--unit", "A1"), "读不了"),
     (("import", "北园.xlsx", "--unit", "Z9"), "没有找到"),
     (("import", "北园.xlsx", "--unit", "A1", "--sheet", "别的"), "没有叫“别的”的工作表")],
)  # fmt: skip
def test_a_refusal_is_told_in_both_languages(
    run: Run, file: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    assert file.exists()
    said = run(*arguments, fails=True)
    assert sentence in said


def days(first: str, last: str) -> some.SearchStrategy[Day]:
    def written(day: date) -> some.SearchStrategy[Day]:
        return some.sampled_from([Day(day.isoformat()), Day(day.isoformat()[:7])])

    return some.dates(Day(first).first(), Day(last).first()).flatmap(written)


def one_of(listed: codes.CodeList) -> some.SearchStrategy[str]:
    return some.sampled_from([code.code for code in listed])


NAMES = some.text("王李张曾仇单建国伟芳娜敏静丽强𠮷龘", min_size=2, max_size=4)
WORDS = some.text("某市区路号一二三 ABCabc（）、，=+-@0123456789", max_size=30).map(
    lambda text: f"={text}号"
)
PEOPLE = some.fixed_dictionaries(
    {"name": NAMES, "id_number": some.integers(0, 999).map(rosters.number)},
    optional={
        "gender": one_of(codes.GENDER),
        "ethnicity": one_of(codes.ETHNICITY),
        "education": one_of(codes.EDUCATION),
        "membership": one_of(codes.MEMBERSHIP),
        "occupation": one_of(codes.OCCUPATION),
        "born": days("1930-01-01", "1990-12-31"),
        "joined": days("2009-01-01", "2019-12-31"),
        "confirmed": days("2020-01-01", "2024-12-31"),
        "phone": some.integers(0, 9999).map(lambda number: f"1390000{number:04}"),
        "address": WORDS,
        "remark": WORDS,
        "lost_marked": some.booleans(),
    },
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(some.lists(PEOPLE, min_size=1, max_size=8, unique_by=lambda one: one["id_number"]))
def test_a_roster_written_down_reads_back_the_same(people: list[dict[str, Any]]) -> None:
    columns = [column for column in roster.COLUMNS if column.stored]
    rows = [
        [roster.shown(column.field, one.get(column.field)) for column in columns] for one in people
    ]
    data = rosters.xlsx_of_strings([[column.words.zh for column in columns], *rows])
    [sheet] = workbook.read(data, "名册.xlsx")
    header = mapping.find_header(sheet)
    assert header is not None
    labels = mapping.label_columns(header, sheet)
    fields = mapping.map_columns(labels, header, sheet, {})
    found = reading.read_people(sheet, header, labels, fields, {}, Day("2026-11-23").first())
    assert [person.fields for person in found.people] == people
    assert found.normalised == []
    assert not any(person.held for person in found.people)
