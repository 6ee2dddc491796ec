from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from sqlalchemy import select

from portal.audit import Act, Entry
from portal.core import clock
from portal.core.errors import Invalid, NotAllowed, NotFound, OutOfTurn
from portal.reporting import export
from tests import office, scene

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from portal.reporting.export import Export
    from tests.scene import Scene


@pytest.fixture
def under_way(session: Session) -> Scene:
    """A campaign in which the branch B1 has screened its five members."""
    built = scene.build(session)
    scene.screen(session, built)
    return built


def taken(session: Session, built: Scene, who: str, code: str, table: str) -> Export:
    actor = built.actor(session, who)
    with clock.pinned(scene.AT):
        return export.table(session, actor, built.campaign, built.path(code), table, reason="check")


def cells(made: Export) -> list[Any]:
    page = openpyxl.load_workbook(BytesIO(made.content)).active
    return [cell.value for row in page.iter_rows() for cell in row if cell.value is not None]


def test_a_branch_takes_away_its_draft_and_it_says_so(session: Session, under_way: Scene):
    made = taken(session, under_way, "clerk", "B1", "t7")

    assert made.name == "北园社区党支部 表7党员组织关系排查工作情况汇总表 20261120.xlsx"
    assert "草稿，尚未上报" in cells(made)
    assert cells(made).count("表7") == 0
    assert [value for value in cells(made) if isinstance(value, int)] == [
        5, 4, 3, 1, 1, 1, 0, 1, 0, 0, 2, 1, 1, 0, 1,
    ]  # fmt: skip


def test_what_is_filed_is_exported_as_it_was_filed(session: Session, under_way: Scene):
    scene.file(session, under_way)
    made = taken(session, under_way, "organiser", "B1", "表7")

    assert any("第 1 次上报 2026-11-20，已上报" in str(value) for value in cells(made))
    assert 5 in cells(made)


@pytest.mark.parametrize(
    ("table", "names"),
    [("t2", 5), ("t3", 1), ("t5", 1), ("t6", 1)],
)
def test_registers_list_the_persons_of_the_unit(
    session: Session, under_way: Scene, table: str, names: int
):
    made = taken(session, under_way, "clerk", "B1", table)

    assert made.rows == names
    assert sum(str(value).endswith("甲") and len(str(value)) == 3 for value in cells(made)) == names


def test_codes_are_printed_as_words_and_numbers_are_masked(session: Session, under_way: Scene):
    values = cells(taken(session, under_way, "clerk", "B1", "t2"))

    assert {"回族", "预备党员", "男", "1950.03.10"} <= set(values)
    numbers = [value for value in values if str(value).startswith("99")]
    assert len(numbers) == 5
    assert all("*" * 8 in number for number in numbers)
    assert not any(scene.id_number(at) in str(values) for at in range(8))
    assert not any(str(value).startswith("1390000") for value in values)


def test_only_the_lost_have_a_day_since_when_they_are_lost(session: Session, under_way: Scene):
    page = openpyxl.load_workbook(
        BytesIO(taken(session, under_way, "clerk", "B1", "t2").content)
    ).active
    titles = [cell.value for cell in page[4]]
    since = titles.index("失去联系日期") + 1
    dates = {page.cell(row, 2).value: page.cell(row, since).value for row in range(6, 11)}

    assert dates["丁一甲"] == "2026.01"
    assert dates["丁三甲"] in ("", None)


def test_a_committee_takes_away_what_its_branches_filed(session: Session, under_way: Scene):
    scene.file(session, under_way)

    made = taken(session, under_way, "organiser", "H1", "t5")

    assert "丁一甲" in cells(made)
    assert "戊一乙" not in cells(made)


def test_names_stop_where_the_scheme_stops_them(session: Session, under_way: Scene):
    scene.file(session, under_way)

    with pytest.raises(NotAllowed, match="表2《党员名册》的人员名单不报到您这一级"):
        taken(session, under_way, "reviewer", "D1", "t2")
    with pytest.raises(OutOfTurn, match="还没有上报"):
        taken(session, under_way, "inspector", "D1", "t6")


def test_the_register_of_those_not_found_goes_up_to_the_city(session: Session, under_way: Scene):
    scene.file(session, under_way)

    made = taken(session, under_way, "inspector", "B1", "t6")

    assert "丁二甲" in cells(made)


def test_nobody_takes_away_anothers_figures_before_they_are_filed(
    session: Session, under_way: Scene
):
    with pytest.raises(OutOfTurn, match="还没有上报"):
        taken(session, under_way, "organiser", "B1", "t7")


@pytest.mark.parametrize(("who", "code"), [("sibling", "B1"), ("other", "B1"), ("clerk", "H1")])
def test_what_is_out_of_reach_does_not_exist(
    session: Session, under_way: Scene, who: str, code: str
):
    with pytest.raises(NotFound):
        taken(session, under_way, who, code, "t7")


def test_there_is_no_export_without_a_reason(session: Session, under_way: Scene):
    actor = under_way.actor(session, "clerk")

    with pytest.raises(Invalid, match="请选导出用途"):
        export.table(session, actor, under_way.campaign, under_way.path("B1"), "t7", reason="")


def test_the_log_tells_from_a_file_who_took_it(session: Session, under_way: Scene):
    made = taken(session, under_way, "clerk", "B1", "t2")
    session.commit()

    entry = session.scalars(select(Entry).where(Entry.act == Act.REPORT_EXPORT)).one()
    assert entry.user_id == under_way.world.people["clerk"].id
    assert entry.detail == {
        "table": "t2", "export": made.number, "rows": 5, "reason": "check",
        "sha256": sha256(made.content).hexdigest(),
    }  # fmt: skip
    assert any(made.number in str(value) and "沈雪芬" in str(value) for value in cells(made))


@pytest.mark.office
@pytest.mark.parametrize("table", ["t2", "t4"])
def test_another_office_program_reads_every_table(
    session: Session, under_way: Scene, table: str, tmp_path: Path
):
    made = taken(session, under_way, "clerk", "B1", table)
    file = tmp_path / "in.xlsx"
    file.write_bytes(made.content)

    again = openpyxl.load_workbook(office.convert(file, "xlsx")).active
    before = openpyxl.load_workbook(BytesIO(made.content)).active
    assert sorted(map(str, again.merged_cells.ranges)) == sorted(
        map(str, before.merged_cells.ranges)
    )
    assert not any(cell.data_type == "f" for row in again.iter_rows() for cell in row)
