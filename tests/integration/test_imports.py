from __future__ import annotations

import io
import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from sqlalchemy import func, select

from portal import audit
from portal.access import Actor, Grant, Role, operator
from portal.campaigns import service as campaigns
from portal.core.errors import Invalid, NotAllowed, NotFound, OutOfTurn, Overtaken
from portal.core.precision import Day
from portal.documents import store
from portal.imports import service as imports
from portal.imports.models import Upload
from portal.jobs.runner import Runner
from portal.members import service as members
from portal.members.models import Change, Member
from portal.organizations import service as organizations
from portal.organizations.models import Unit
from portal.screening.models import Record
from tests import rosters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from portal.imports.service import Reading


@pytest.fixture(autouse=True)
def uploads(tmp_path: Path) -> Path:
    """A place for uploaded files."""
    store.put_in_place(tmp_path)
    return tmp_path / "uploads"


@pytest.fixture
def committee(session: Session) -> Unit:
    """A committee of a city."""
    city = organizations.plant(session, 1, "某市", "A")
    return organizations.add_below(
        session, operator(1), city, code="A0", kind="committee", name="某镇党委"
    )


@pytest.fixture
def branch(session: Session, committee: Unit) -> Unit:
    """A branch of the committee."""
    return organizations.add_below(
        session, operator(1), committee, code="A1", kind="branch", name="北园党支部"
    )


def clerk(unit: Unit) -> Actor:
    return Actor(7, unit.tenant_id, frozenset({Grant(Role.CLERK, unit.path)}))


def received(session: Session, unit: Unit, data: bytes, **options: Any) -> Upload:
    return imports.receive(session, clerk(unit), unit, "名册.xlsx", data, **options)


def read(session: Session, unit: Unit, data: bytes) -> Reading:
    return imports.inspect(session, clerk(unit), received(session, unit, data).id)


def taken(session: Session, unit: Unit, data: bytes) -> Upload:
    upload = received(session, unit, data)
    imports.take_over(session, clerk(unit), upload.id, version=upload.version)
    return upload


def on_roll(session: Session, unit: Unit) -> Sequence[Member]:
    return members.list_members(session, clerk(unit), limit=500)


def told(found: Reading) -> dict[str, str]:
    return {problem.cell: problem.rule for problem in found.problems}


def test_a_roster_comes_in_whole(session: Session, branch: Unit) -> None:
    upload = taken(session, branch, rosters.roster(*[rosters.row(n) for n in range(1, 51)]))
    assert upload.state == "taken"
    assert (upload.counts["new"], upload.counts["held"]) == (50, 0)
    roll = on_roll(session, branch)
    assert len(roll) == 50
    first = next(member for member in roll if member.id_number == rosters.number(1))
    assert (first.born, first.joined, first.gender) == (Day("1987-03"), Day("2010-07"), "1")
    acts = session.scalars(select(audit.Entry).where(audit.Entry.act == "roster:import")).all()
    assert [act.detail["new"] for act in acts] == [50]
    assert rosters.number(1) not in str(acts[0].detail)


def test_the_same_file_again_is_the_same_upload_and_changes_nothing(
    session: Session, branch: Unit
) -> None:
    data = rosters.roster(rosters.row(1), rosters.row(2))
    first = taken(session, branch, data)
    batch = first.batch_id
    again = received(session, branch, data)
    assert again.id == first.id
    found = imports.take_over(session, clerk(branch), again.id, version=again.version)
    assert (len(found.new), len(found.changed), found.same) == (0, 0, 2)
    assert again.batch_id == batch
    assert session.scalar(select(func.count()).select_from(Change)) == 2


def test_what_changed_is_shown_old_and_new_and_then_written(session: Session, branch: Unit) -> None:
    taken(session, branch, rosters.roster(rosters.row(1), rosters.row(2)))
    data = rosters.roster(rosters.row(1, 手机号="13900009999", 姓名="王新"), rosters.row(2))
    upload = received(session, branch, data)
    found = imports.inspect(session, clerk(branch), upload.id)
    assert [change.fields for change in found.changed] == [
        {"name": ("王乙", "王新"), "phone": ("139****0001", "139****9999")}
    ]
    imports.take_over(session, clerk(branch), upload.id, version=upload.version)
    [member] = members.list_members(session, clerk(branch), search="wangxin")
    assert (member.phone, member.version) == ("13900009999", 2)


def test_an_empty_cell_never_wipes_what_is_known(session: Session, branch: Unit) -> None:
    taken(session, branch, rosters.roster(rosters.row(1)))
    taken(session, branch, rosters.roster(rosters.row(1, 手机号="", 加入党组织日期="—")))
    [member] = on_roll(session, branch)
    assert (member.phone, member.joined) == ("13900000001", Day("2010-07"))


def test_a_month_does_not_overwrite_the_day_of_that_month(session: Session, branch: Unit) -> None:
    taken(session, branch, rosters.roster(rosters.row(1, 出生日期="1987-03-10")))
    found = read(session, branch, rosters.roster(rosters.row(1, 出生日期="1987.03")))
    assert (found.same, found.changed) == (1, [])


def test_who_is_missing_is_asked_about_and_never_deleted(session: Session, branch: Unit) -> None:
    taken(session, branch, rosters.roster(rosters.row(1), rosters.row(2), rosters.row(3)))
    upload = received(session, branch, rosters.roster(rosters.row(1)))
    found = imports.inspect(session, clerk(branch), upload.id)
    assert {one.name for one in found.missing} == {"王丙", "王丁"}
    imports.take_over(session, clerk(branch), upload.id, version=upload.version)
    assert len(on_roll(session, branch)) == 3
    gone, forgotten = sorted(found.missing, key=lambda one: one.name)
    answers = {str(gone.member_id): "died:2026-01-05", str(forgotten.member_id): "overlooked"}
    imports.answer(session, clerk(branch), upload.id, answers, version=upload.version)
    imports.take_over(session, clerk(branch), upload.id, version=upload.version)
    left = members.get_member(session, clerk(branch), gone.member_id)
    assert (left.tie, left.left_reason, left.left_on) == ("left", "died", date(2026, 1, 5))
    assert len(on_roll(session, branch)) == 2


@pytest.mark.parametrize("given", ["bored", "died:2999-01-01", "died:yesterday"])
def test_only_answers_that_were_offered_are_taken(
    session: Session, branch: Unit, given: str
) -> None:
    taken(session, branch, rosters.roster(rosters.row(1), rosters.row(2)))
    upload = received(session, branch, rosters.roster(rosters.row(1)))
    [missing] = imports.inspect(session, clerk(branch), upload.id).missing
    with pytest.raises(Invalid):
        imports.answer(
            session, clerk(branch), upload.id, {str(missing.member_id): given},
            version=upload.version,
        )  # fmt: skip


def test_an_import_is_taken_back_as_a_whole(session: Session, branch: Unit) -> None:
    taken(session, branch, rosters.roster(rosters.row(1)))
    upload = taken(
        session, branch, rosters.roster(rosters.row(1, 手机号="13900009999"), rosters.row(2))
    )
    imports.undo(session, clerk(branch), upload.id, version=upload.version)
    [member] = on_roll(session, branch)
    assert member.phone == "13900000001"
    [gone] = members.list_members(session, clerk(branch), tie="left")
    assert gone.left_reason == "undone"
    imports.take_over(session, clerk(branch), upload.id, version=upload.version)
    assert len(on_roll(session, branch)) == 2


def test_after_the_next_write_an_import_stays(session: Session, branch: Unit) -> None:
    upload = taken(session, branch, rosters.roster(rosters.row(1)))
    [member] = on_roll(session, branch)
    members.change(session, clerk(branch), member.id, {"party_post": "书记"}, version=1)
    with pytest.raises(OutOfTurn, match="1 名党员被改动"):
        imports.undo(session, clerk(branch), upload.id, version=upload.version)
    assert len(on_roll(session, branch)) == 1


def test_an_upload_somebody_else_changed_is_not_taken_over(session: Session, branch: Unit) -> None:
    upload = received(session, branch, rosters.roster(rosters.row(1)))
    with pytest.raises(Overtaken):
        imports.take_over(session, clerk(branch), upload.id, version=upload.version + 1)


def test_nobody_uploads_for_another_branch(session: Session, committee: Unit, branch: Unit) -> None:
    other = organizations.add_below(
        session, operator(1), committee, code="A2", kind="branch", name="南园党支部"
    )
    with pytest.raises(NotAllowed):
        imports.receive(session, clerk(other), branch, "名册.xlsx", rosters.roster(rosters.row(1)))
    upload = received(session, branch, rosters.roster(rosters.row(1)))
    with pytest.raises(NotFound):
        imports.inspect(session, clerk(other), upload.id)


def test_the_stored_file_is_sealed(session: Session, branch: Unit, uploads: Path) -> None:
    data = rosters.roster(rosters.row(1))
    received(session, branch, data)
    [file] = uploads.iterdir()
    assert b"PK" not in file.read_bytes()[:100]
    assert "名册" not in file.name


BAD_CELLS: Mapping[str, tuple[dict[str, Any], str, str]] = {
    "ID as a number": ({"公民身份证号": 9.90101198703100e17}, "B2", "id-number-cell"),
    "ID with a wrong check digit": ({"公民身份证号": "990101198703100015"}, "B2", "id-check"),
    "ID too short": ({"公民身份证号": "99010119870310"}, "B2", "id-shape"),
    "no name": ({"姓名": ""}, "A2", "name-missing"),
    "a two-digit year": ({"出生日期": "87.3"}, "D2", "day-short-year"),
    "no such day": ({"加入党组织日期": "2010-13"}, "F2", "day-calendar"),
    "joined as a child": ({"加入党组织日期": "2001-07"}, "F2", "joined-adult"),
    "an unknown standing": ({"人员类别": "积极分子"}, "E2", "standing"),
    "an unknown sex": ({"性别": "先生"}, "C2", "gender"),
}


@pytest.mark.parametrize(("change", "cell", "rule"), BAD_CELLS.values(), ids=BAD_CELLS)
def test_a_bad_cell_is_named_and_its_row_stays_out(
    session: Session, branch: Unit, change: dict[str, Any], cell: str, rule: str
) -> None:
    upload = received(session, branch, rosters.roster(rosters.row(1, **change), rosters.row(2)))
    found = imports.inspect(session, clerk(branch), upload.id)
    assert told(found).get(cell) == rule
    assert [row.name for row in found.new] == ["王丙"]
    assert all(problem.words.zh and problem.words.en for problem in found.problems)
    imports.take_over(session, clerk(branch), upload.id, version=upload.version)
    assert [member.name for member in on_roll(session, branch)] == ["王丙"]


TIDIED: Mapping[str, dict[str, Any]] = {
    "fifteen digits": {"公民身份证号": "990101870310001"},
    "full width": {"公民身份证号": "９９０１０１１９８７０３１０００１４"},
    "blanks": {"公民身份证号": " 990101 19870310 0014 ", "姓名": "王　乙"},
    "a month": {"出生日期": "1987年3月"},
    "eight digits": {"出生日期": 19870310.0},
    "a day serial": {"加入党组织日期": 40360.0},
    "a real date": {"加入党组织日期": date(2010, 7, 1)},
}


@pytest.mark.parametrize("change", TIDIED.values(), ids=TIDIED)
def test_what_can_be_read_safely_is_read_and_noted(
    session: Session, branch: Unit, change: dict[str, Any]
) -> None:
    found = read(session, branch, rosters.roster(rosters.row(1, **change)))
    assert (found.errors, found.asks, len(found.new)) == ([], [], 1)
    draft = found.plan.drafts[0].fields
    assert (draft["name"], draft["id_number"]) == ("王乙", rosters.number(1))
    assert draft["born"].text.startswith("1987-03")
    assert draft["joined"].text.startswith("2010-0")
    assert rosters.number(1) not in str(found.normalised)


def test_january_or_october_is_asked_and_the_id_number_proposes(
    session: Session, branch: Unit
) -> None:
    october = rosters.number(1, "19871010")
    data = rosters.roster(rosters.row(1, 出生日期=1987.1, 公民身份证号=october), rosters.row(2))
    upload = received(session, branch, data)
    found = imports.inspect(session, clerk(branch), upload.id)
    [ask] = found.asks
    assert (ask.cell, ask.choices, ask.proposal) == ("D2", ("1987-01", "1987-10"), "1987-10")
    assert found.held == 1
    imports.answer(session, clerk(branch), upload.id, {"D2": "1987-10"}, version=upload.version)
    imports.take_over(session, clerk(branch), upload.id, version=upload.version)
    [member] = members.list_members(session, clerk(branch), search=october)
    assert member.born == Day("1987-10")
    assert member.originals == {"born": "1987.1"}


def test_rows_that_share_an_id_number_both_stay_out(session: Session, branch: Unit) -> None:
    found = read(session, branch, rosters.roster(
        rosters.row(1), rosters.row(1, 姓名="王另"), rosters.row(2))
    )  # fmt: skip
    assert (told(found)["B2"], told(found)["B3"]) == ("id-double", "id-double")
    assert "第 3 行" in found.problems[0].words.zh
    assert len(found.new) == 1


def test_an_id_number_on_another_roll_is_only_said_to_conflict(
    session: Session, committee: Unit, branch: Unit
) -> None:
    other = organizations.add_below(
        session, operator(1), committee, code="A2", kind="branch", name="南园党支部"
    )
    taken(session, other, rosters.roster(rosters.row(1)))
    found = read(session, branch, rosters.roster(rosters.row(1), rosters.row(2)))
    [problem] = found.problems
    assert (problem.cell, problem.rule) == ("B2", "id-conflict")
    assert "上级" in problem.words.zh
    assert "南园" not in str(problem.words)
    assert len(found.new) == 1


def test_birth_and_sex_that_differ_from_the_id_number_are_pointed_out(
    session: Session, branch: Unit
) -> None:
    found = read(session, branch, rosters.roster(rosters.row(1, 出生日期="1987-04", 性别="女")))
    assert told(found) == {"D2": "id-born", "C2": "id-gender"}
    assert (found.held, len(found.new)) == (0, 1)


def test_headers_may_be_renamed_reordered_unknown_and_spread_over_two_rows(
    session: Session, branch: Unit
) -> None:
    data = rosters.xlsx(
        (
            "花名册",
            [
                ["北园党支部党员花名册"],
                ["填报单位：北园党支部"],
                ["序号", "联系方式", "", "*姓 名", "党员", "", "爱好"],
                ["", "手机", "座机", "", "身份证号码（18位）", "入党时间", ""],
                ["甲", "乙", 1, 2, 3, 4, 5],
                [1, 13900000001, "", "王乙", rosters.number(1), 201007, "书法"],
                [2],
                ["合计", "", "", 1],
                ["填表人：王甲", "", "", "审核人："],
            ],
        ),
        merged=["A1:G1", "A2:G2", "B3:C3", "E3:F3"],
    )
    found = read(session, branch, data)
    assert found.header_rows == (3, 4)
    assert found.mapping == {
        "序号": "serial", "手机": "phone", "座机": "landline", "*姓 名": "name",
        "身份证号码（18位）": "id_number", "入党时间": "joined",
    }  # fmt: skip
    assert found.unmapped == ["爱好"]
    assert (found.rows, len(found.new), found.errors) == (1, 1, [])
    taken(session, branch, data)
    [member] = on_roll(session, branch)
    assert member.extra_json == '{"爱好": "书法"}'


def test_two_columns_of_one_meaning_are_told_apart_and_one_is_read(
    session: Session, branch: Unit
) -> None:
    titles = ["姓名", "公民身份证号", "手机号", "手机号"]
    data = rosters.roster(["王乙", rosters.number(1), "13900000001", "13900000002"], titles=titles)
    upload = received(session, branch, data)
    found = imports.inspect(session, clerk(branch), upload.id)
    [problem] = found.problems
    assert (problem.cell, problem.rule) == ("D1", "header-double")
    assert "原样保留" in problem.words.zh
    assert found.unmapped == ["手机号（D列）"]
    imports.set_mapping(
        session, clerk(branch), upload.id,
        {"手机号（C列）": "", "手机号（D列）": "phone"}, version=upload.version,
    )  # fmt: skip
    imports.take_over(session, clerk(branch), upload.id, version=upload.version)
    assert on_roll(session, branch)[0].phone == "13900000002"


def test_a_mapping_is_remembered_for_the_unit(session: Session, branch: Unit) -> None:
    titles = ["姓名", "公民身份证号", "小灵通"]
    upload = received(
        session, branch, rosters.roster(["王乙", rosters.number(1), "13900000001"], titles=titles)
    )
    imports.set_mapping(
        session, clerk(branch), upload.id, {"小灵通": "phone"}, version=upload.version
    )
    data = rosters.roster(["王丙", rosters.number(2), "13900000002"], titles=titles)
    assert read(session, branch, data).mapping["小灵通"] == "phone"
    with pytest.raises(Invalid, match="一项只能对应一列"):
        imports.set_mapping(
            session, clerk(branch), upload.id, {"小灵通": "name", "姓名": "name"},
            version=upload.version,
        )  # fmt: skip


def test_a_roster_status_column_that_holds_standings_is_read_as_such(
    session: Session, branch: Unit
) -> None:
    data = rosters.roster(
        ["王乙", rosters.number(1), "预备党员"], titles=["姓名", "身份证号码", "党籍状态"]
    )
    assert read(session, branch, data).plan.drafts[0].fields["standing"] == "probationary"


def test_two_sheets_that_could_be_it_are_asked_about(session: Session, branch: Unit) -> None:
    data = rosters.xlsx(
        ("2025", [rosters.TITLES, rosters.row(1)]), ("2026", [rosters.TITLES, rosters.row(2)]),
        ("说明", [["随便写写"]]),
    )  # fmt: skip
    with pytest.raises(Invalid) as refused:
        received(session, branch, data)
    assert refused.value.problems[0].rule == "sheet-several"
    assert "“2025”、“2026”" in refused.value.words.zh
    upload = received(session, branch, data, sheet="2026")
    found = imports.inspect(session, clerk(branch), upload.id)
    assert [row.name for row in found.new] == ["王丙"]
    with pytest.raises(Invalid, match="没有叫“2027”的工作表"):
        received(session, branch, data, sheet="2027")


@pytest.mark.parametrize(
    ("rows", "rule"),
    [([["随便", "写写"], ["王甲", "男"]], "header-missing"),
     ([["姓名", "性别", "参教信教情况"], ["王甲", "男", "无"]], "header-forbidden")],
)  # fmt: skip
def test_a_sheet_that_is_no_roster_is_refused(
    session: Session, branch: Unit, rows: list[list[str]], rule: str
) -> None:
    with pytest.raises(Invalid) as refused:
        received(session, branch, rosters.xlsx(("名册", rows)))
    assert refused.value.problems[0].rule == rule
    assert session.scalars(select(Upload)).all() == []


def test_a_header_with_nobody_beneath_it_is_told_and_nobody_is_missing(
    session: Session, branch: Unit
) -> None:
    taken(session, branch, rosters.roster(rosters.row(1)))
    found = read(session, branch, rosters.roster())
    assert [problem.rule for problem in found.problems] == ["nobody"]
    assert (found.rows, found.missing) == (0, [])


def test_a_committees_roster_goes_to_the_branches_it_names(
    session: Session, committee: Unit, branch: Unit
) -> None:
    other = organizations.add_below(
        session, operator(1), committee, code="A2", kind="branch", name="南园党支部"
    )
    taken(session, other, rosters.roster(rosters.row(9)))
    data = rosters.roster(
        ["王乙", rosters.number(1), "北园党支部", ""],
        ["王丙", rosters.number(2), "", "A2"],
        ["王丁", rosters.number(3), "西园党支部", ""],
        titles=["姓名", "身份证号", "所在党支部", "党支部编码"],
    )
    upload = imports.receive(session, operator(1), committee, "名册.xlsx", data)
    found = imports.take_over(session, operator(1), upload.id, version=upload.version)
    assert told(found) == {"C4": "branch"}
    assert [one.name for one in found.missing] == ["王癸"]
    assert [member.name for member in on_roll(session, branch)] == ["王乙"]
    assert len(on_roll(session, other)) == 2


def test_an_annotated_copy_marks_the_cells_keeps_the_layout_and_is_read_like_the_original(
    session: Session, branch: Unit
) -> None:
    data = rosters.xlsx(
        (
            "名册",
            [["北园党员名册"], rosters.TITLES, rosters.row(1, 出生日期="87.3"), rosters.row(2)],
        ),
        merged=["A1:G1"],
    )
    upload = received(session, branch, data)
    copy = imports.annotated(session, clerk(branch), upload.id)
    assert copy is not None
    page = openpyxl.load_workbook(io.BytesIO(copy)).worksheets[0]
    assert "年份只写了两位" in page["D3"].comment.text
    assert page["D3"].fill.fgColor.rgb == "00FDE7E7"
    assert page["H2"].value == "系统检查结果（上传时忽略此列）"
    assert "D3" in page["H3"].value
    assert page["H4"].value is None
    assert "A1:G1" in {str(cells) for cells in page.merged_cells.ranges}
    again = read(session, branch, copy)
    assert (told(again), again.unmapped) == ({"D3": "day-short-year"}, [])


def test_there_is_no_annotated_copy_of_a_faultless_file(session: Session, branch: Unit) -> None:
    upload = received(session, branch, rosters.roster(rosters.row(1)))
    assert imports.annotated(session, clerk(branch), upload.id) is None


@pytest.mark.parametrize("make", [rosters.xls, rosters.ods])
def test_an_annotated_copy_of_an_old_workbook_is_an_xlsx(
    session: Session, branch: Unit, make: Any
) -> None:
    upload = received(session, branch, make([rosters.TITLES, rosters.row(1, 出生日期="87.3")]))
    copy = imports.annotated(session, clerk(branch), upload.id)
    assert copy is not None
    cells = rosters.cells_of(copy)
    assert cells["A2"].value == "王乙"
    assert "年份" in cells["D2"].comment.text


def test_a_large_roster_is_looked_through_and_taken_over_by_jobs(
    session: Session, engine: Engine, branch: Unit
) -> None:
    data = rosters.roster(rosters.row(1), rosters.row(2, 出生日期="87.3"))
    upload = imports.receive(session, operator(1), branch, "名册.xlsx", data)
    job_id = imports.start_reading(session, operator(1), upload).id
    session.commit()
    Runner(engine).perform(1, job_id)
    session.refresh(upload)
    assert (upload.counts["new"], upload.counts["errors"]) == (1, 1)
    job = imports.start_taking_over(session, operator(1), upload)
    job_id = job.id
    session.commit()
    Runner(engine).perform(1, job_id)
    session.refresh(job)
    assert (job.state, job.result["new"], job.done) == ("done", 1, 2)
    assert rosters.number(1) not in str(job.arguments | job.result)
    assert len(on_roll(session, branch)) == 1


def test_a_job_that_was_overtaken_writes_nothing_and_says_so(
    session: Session, engine: Engine, branch: Unit
) -> None:
    data = rosters.roster(rosters.row(1))
    upload = imports.receive(session, operator(1), branch, "名册.xlsx", data)
    job = imports.start_taking_over(session, operator(1), upload)
    imports.set_mapping(session, operator(1), upload.id, {"手机号": ""}, version=upload.version)
    job_id = job.id
    session.commit()
    Runner(engine).perform(1, job_id)
    session.refresh(job)
    assert job.state == "failed"
    assert "没有保存" in job.message_zh
    assert on_roll(session, branch) == []


def test_the_campaign_under_way_follows_the_roll(session: Session, branch: Unit) -> None:
    root = session.scalars(select(Unit).where(Unit.parent_id.is_(None))).one()
    campaign = campaigns.create(
        session, operator(1), root, "four-checks", code="2026", starts_on=date(2026, 10, 8)
    )
    upload = taken(session, branch, rosters.roster(rosters.row(1), rosters.row(2)))
    records = select(Record).where(Record.campaign_id == campaign.id).order_by(Record.id)
    assert len(session.scalars(records).all()) == 2
    taken(session, branch, rosters.roster(rosters.row(1, 性别="女"), rosters.row(2)))
    session.expire_all()
    assert [record.gender for record in session.scalars(records)] == ["2", "2"]
    with pytest.raises(OutOfTurn):
        imports.undo(session, clerk(branch), upload.id, version=upload.version)


def outside(pattern: str) -> list[Any]:
    """Return workbooks in use elsewhere that lie in PORTAL_INPUTS, beside those made here."""
    folder = os.environ.get("PORTAL_INPUTS")
    files = sorted(Path(folder).glob(pattern)) if folder else []
    return [pytest.param(file.read_bytes(), id=file.stem) for file in files]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(rosters.staff_information(), id="staff"),
        pytest.param(rosters.one_table(), id="one table"),
        *outside("workbooks/党员信息*.xlsx"),
    ],
)
def test_the_workbooks_of_a_university_are_read(
    session: Session, branch: Unit, data: bytes
) -> None:
    found = read(session, branch, data)
    fields = {"name", "staff_number", "joined", "confirmed", "branch_name", "branch_code"}
    assert fields <= set(found.mapping.values())
    assert {"standing", "membership"} & set(found.mapping.values())
    assert "党内奖励" in found.unmapped
    assert found.rows <= 1
    assert {problem.rule for problem in found.errors} <= {"nobody"}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(rosters.branches(), id="branches"),
        *outside("workbooks/党支部录入.xlsx"),
    ],
)
def test_a_workbook_of_branches_is_no_roster(session: Session, branch: Unit, data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        received(session, branch, data)
    assert refused.value.problems[0].rule == "header-missing"
