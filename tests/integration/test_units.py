"""Trees in the database: reach, change, growth, history, import."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal import access
from portal.access import Role
from portal.audit import Entry
from portal.core import clock, tree
from portal.core.errors import Invalid, NotAllowed, NotFound, OutOfTurn, Overtaken
from portal.core.words import Words
from portal.members import models as members
from portal.organizations import service as organizations
from portal.organizations.models import Unit
from tests.integration.grown import Grown, grow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

JUNE = datetime(2026, 6, 1, 4, tzinfo=UTC)
JULY = datetime(2026, 7, 1, 4, tzinfo=UTC)
CSV = (
    "code,name,level,parent\nC,某市,city,\nD,某区,district,C\nS,某街道,street,D\nV,某村,village,S\n"
)


@pytest.fixture
def grown(session: Session) -> Grown:
    with clock.pinned(JUNE):
        return grow(session)


def codes(units: object) -> list[str]:
    return [unit.code for unit in units]  # type: ignore[attr-defined]


def rows(text: str) -> list[organizations.Row]:
    return organizations.read(text.encode(), "t.csv").rows


def test_a_tree_has_paths_that_nest(grown: Grown):
    for unit in grown.units.values():
        if unit.parent_id:
            parent = grown.session.get_one(Unit, (1, unit.parent_id))
            assert tree.parent(unit.path) == parent.path


def test_a_list_stops_where_the_actor_reach_stops(grown: Grown):
    organiser = grown.actor("org", "H1", Role.ORGANISER)
    listed = organizations.list_units(grown.session, organiser)
    assert codes(listed) == ["B1", "B2", "G1", "H1"]
    with pytest.raises(NotFound):
        organizations.get_unit(grown.session, organiser, grown.units["H2"].id)
    assert organizations.find_unit_by_code(grown.session, organiser, "B3") is None


def test_a_list_is_searched_narrowed_and_paged(grown: Grown):
    def listed(**how: object) -> list[str]:
        return codes(organizations.list_units(grown.session, grown.operator, **how))  # type: ignore[arg-type]

    assert listed(kind="branch", limit=2) == ["B1", "B2"]
    assert listed(kind="branch", limit=2, after="B2") == ["B3", "B4"]
    assert listed(below=grown.units["H1"].path) == ["B1", "B2", "G1", "H1"]
    assert listed(search="织B3") == ["B3"]
    assert listed(search="%") == []


def test_children_and_lineage_go_down_and_up(grown: Grown):
    below = organizations.children(grown.session, grown.operator, grown.units["D1"])
    assert codes(below) == ["B4", "H1", "H2"]
    above = organizations.lineage(grown.session, 1, grown.units["B1"].path)
    assert codes(above) == ["C", "D1", "H1", "G1", "B1"]


def test_another_tenants_units_do_not_exist(grown: Grown, session: Session):
    other = grow(session, 2)
    assert not organizations.find_unit(session, other.operator, grown.units["B1"].id)
    with pytest.raises(NotFound):
        organizations.add_below(
            session, other.operator, grown.units["D1"], code="X", kind="branch", name="某支部"
        )


def test_a_tenant_number_is_used_once(grown: Grown, session: Session):
    with pytest.raises(Invalid, match="已有单位库"):
        organizations.plant(session, grown.tenant_id, "某市", "C")


def test_only_those_who_may_change_the_tree_add_to_it(grown: Grown):
    organiser = grown.actor("org", "H1", Role.ORGANISER)
    with pytest.raises(NotAllowed):
        organizations.add_below(
            grown.session, organiser, grown.units["H1"], code="X", kind="branch", name="某支部"
        )


@pytest.mark.parametrize(
    ("parent", "code", "kind", "words"),
    [
        ("B1", "X", "branch", "党支部下面不能再设"),
        ("D1", "X", "city", "市级也不能设在"),
        ("D1", "B1", "branch", "已被别的组织使用"),
        ("D1", "", "branch", "必须填写"),
        ("D1", "X", "nation", "没有“nation”这一项"),
    ],
)
def test_a_unit_that_cannot_stand_is_refused(
    grown: Grown, parent: str, code: str, kind: str, words: str
):
    with pytest.raises(Invalid, match=words):
        organizations.add_below(
            grown.session, grown.operator, grown.units[parent], code=code, kind=kind, name="某"
        )


def test_facts_are_changed_with_a_trace_and_the_phone_is_sealed(grown: Grown):
    unit = grown.units["H1"]
    changed = organizations.change_unit(
        grown.session,
        grown.operator,
        unit.id,
        {"liaison": "某人", "phone": "（0580）2021234", "sector": "7"},
        version=unit.version,
    )
    assert (changed.phone, changed.liaison, changed.sector) == ("0580-2021234", "某人", "7")
    assert b"2021234" not in (changed.phone_sealed or b"")
    grown.session.commit()
    entry = grown.session.scalars(select(Entry).where(Entry.act == "unit:change")).one()
    assert entry.detail == {"fields": ["liaison", "phone", "sector"]}


def test_who_comes_second_is_told_so(grown: Grown):
    unit = grown.units["H1"]
    version = unit.version
    for name in ("甲", "乙"):
        given = {"liaison": name}
        if name == "乙":
            with pytest.raises(Overtaken):
                organizations.change_unit(
                    grown.session, grown.operator, unit.id, given, version=version
                )
        else:
            organizations.change_unit(
                grown.session, grown.operator, unit.id, given, version=version
            )
    assert unit.liaison == "甲"


def test_a_move_is_previewed_and_takes_everything_along(grown: Grown):
    clerk = grown.actor("clerk", "B1", Role.CLERK)
    member = members.Member(
        tenant_id=1, unit_id=grown.units["B1"].id, path=grown.units["B1"].path, name="某人"
    )
    grown.session.add(member)
    grown.session.flush()
    counter = organizations.Counter(Words("党员", "members"), count_members)
    seen = organizations.preview_move(
        grown.session, grown.operator, grown.units["H1"], grown.units["D2"], counters=[counter]
    )
    assert (seen.units, seen.users, [n for _, n in seen.further]) == (4, 1, [1])
    with clock.pinned(JULY):
        organizations.move_unit(
            grown.session, grown.operator, grown.units["H1"], grown.units["D2"], reason="区划调整"
        )
    grown.session.expire_all()
    assert grown.units["B1"].path.startswith(grown.units["D2"].path)
    assert member.path == grown.units["B1"].path
    again = organizations.actor_for(grown.session, clerk.user_id or 0, 1)
    assert {grant.place for grant in again.grants} == {grown.units["B1"].path}
    assert organizations.astray(grown.session, 1) == {}


def count_members(session: Session, tenant_id: int, path: str) -> int:
    found = session.scalars(
        select(members.Member).where(
            members.Member.tenant_id == tenant_id, access.within(members.Member, path)
        )
    )
    return len(found.all())


def test_the_tree_of_a_day_is_remembered(grown: Grown):
    with clock.pinned(JULY):
        organizations.move_unit(grown.session, grown.operator, grown.units["H1"], grown.units["D2"])
    on = {
        day: {each.code: each for each in organizations.tree_on(grown.session, grown.operator, day)}
        for day in (date(2026, 5, 31), date(2026, 6, 30), date(2026, 7, 1))
    }
    assert on[date(2026, 5, 31)] == {}
    was, now = on[date(2026, 6, 30)], on[date(2026, 7, 1)]
    assert len(was) == len(now) == 11
    assert was["B1"].path.startswith(was["D1"].path)
    assert now["B1"].path.startswith(now["D2"].path)
    assert now["B1"].path == grown.units["B1"].path


def test_what_was_done_stays_recorded_where_it_was_done(grown: Grown):
    before = grown.units["B1"].path
    organizations.move_unit(grown.session, grown.operator, grown.units["H1"], grown.units["D2"])
    places = set(grown.session.scalars(select(Entry.path).where(Entry.act == "unit:add")))
    assert before in places


@pytest.mark.parametrize(
    ("code", "below"), [("D1", "H1"), ("H1", "H1"), ("C", "D1"), ("H1", "D1"), ("H1", "B4")]
)
def test_a_move_to_where_it_cannot_stand_is_refused(grown: Grown, code: str, below: str):
    with pytest.raises(Invalid, match="请另选上级"):
        organizations.preview_move(
            grown.session, grown.operator, grown.units[code], grown.units[below]
        )


def test_a_change_takes_effect_neither_tomorrow_nor_before_the_last(grown: Grown):
    for day in (date(2026, 5, 1), date(2027, 1, 1)):
        with clock.pinned(JULY), pytest.raises(Invalid, match="请改日期"):
            organizations.move_unit(
                grown.session, grown.operator, grown.units["H1"], grown.units["D2"], on=day
            )


def test_a_merge_adds_up_and_loses_nothing(grown: Grown):
    organiser = grown.invite("org", "H1", Role.ORGANISER)
    carried: list[tuple[str, str]] = []
    with clock.pinned(JULY):
        organizations.merge_units(
            grown.session,
            grown.operator,
            grown.units["H1"],
            grown.units["H2"],
            carry=[lambda _s, _a, old, new: carried.append((old.code, new.code))],
        )
    below = organizations.children(grown.session, grown.operator, grown.units["H2"])
    assert codes(below) == ["B2", "B3", "G1"]
    assert carried == [("H1", "H2")]
    assert grown.units["H1"].dissolved_on == date(2026, 7, 1)
    grants = organizations.actor_for(grown.session, organiser.id, 1).grants
    assert {grant.place for grant in grants} == {grown.units["H2"].path}
    then = organizations.tree_on(grown.session, grown.operator, date(2026, 6, 15))
    assert "H1" in codes(then)
    assert "H1" not in codes(organizations.list_units(grown.session, grown.operator))


def test_only_like_merges_with_like(grown: Grown):
    for one, other in (("H1", "D1"), ("B1", "H1"), ("H1", "H1")):
        with pytest.raises(Invalid, match="同一层级"):
            organizations.merge_units(
                grown.session, grown.operator, grown.units[one], grown.units[other]
            )


def test_a_split_sets_up_a_neighbour_with_some_of_the_children(grown: Grown):
    new = organizations.split_unit(
        grown.session, grown.operator, grown.units["H1"], [grown.units["B2"]], code="H9", name="新"
    )
    assert codes(organizations.children(grown.session, grown.operator, new)) == ["B2"]
    assert tree.parent(new.path) == grown.units["D1"].path


def test_a_unit_is_dissolved_when_nothing_stands_below_and_its_post_ends(grown: Grown):
    clerk = grown.invite("clerk", "B3", Role.CLERK)
    binding = organizations.Counter(Words("党员", "members"), lambda _s, _t, _p: 3, binds=True)
    with pytest.raises(OutOfTurn, match="党员 3"):
        organizations.dissolve_unit(
            grown.session, grown.operator, grown.units["B3"], counters=[binding]
        )
    with pytest.raises(OutOfTurn, match="下级组织 1"):
        organizations.dissolve_unit(grown.session, grown.operator, grown.units["H2"])
    organizations.dissolve_unit(grown.session, grown.operator, grown.units["B3"], reason="改制")
    assert organizations.actor_for(grown.session, clerk.id, 1).grants == frozenset()
    assert grown.session.get_one(Unit, (1, grown.units["B3"].id)).information == "改制"


def test_a_tree_is_planted_from_a_file_and_a_second_time_changes_nothing(session: Session):
    operator = access.operator(7)
    first = organizations.import_tree(session, operator, rows(CSV), name="某市库")
    second = organizations.import_tree(session, operator, rows(CSV))
    assert (first.added, second.added, second.unchanged) == (4, 0, 4)
    assert second.differing == []
    village = organizations.get_unit_by_code(session, operator, "V")
    assert (village.name, village.kind, village.sector) == ("某村党支部", "branch", "3")
    assert organizations.get_tenant(session, 7).name == "某市库"
    today = organizations.today(session, 7)
    assert len(organizations.tree_on(session, operator, today)) == 4


def test_a_longer_file_adds_what_is_new_and_tells_what_differs(session: Session):
    operator = access.operator(1)
    organizations.import_tree(session, operator, rows(CSV))
    longer = CSV.replace("V,某村,village,S", "V,别的村,village,D") + "V2,二村,village,S\n"
    outcome = organizations.import_tree(session, operator, rows(longer))
    assert (outcome.added, outcome.unchanged) == (1, 4)
    assert [problem.where for problem in outcome.differing] == ["第 5 行 (row 5)"] * 2
    assert organizations.get_unit_by_code(session, operator, "V").name == "某村党支部"


def test_a_file_with_several_roots_gets_one_above_them_by_name(session: Session):
    text = "code,name,level,parent\n1,甲区,district,\n2,乙区,district,\n3,丙村,village,2\n"
    with pytest.raises(Invalid, match="一棵树只有一个根"):
        organizations.import_tree(session, access.operator(1), rows(text))
    session.rollback()
    outcome = organizations.import_tree(session, access.operator(1), rows(text), name="某市")
    assert (outcome.root.name, outcome.root.kind, outcome.added) == ("某市委组织部", "city", 4)


def test_a_refused_file_plants_nothing(session: Session):
    with pytest.raises(Invalid):
        organizations.import_tree(session, access.operator(1), rows(CSV + "x,孤儿,village,404\n"))
    assert organizations.list_tenants(session) == []


def test_branches_without_codes_get_one_and_are_known_again(grown: Grown):
    text = "党支部名称,所属分党委编码,所属分党委,支部类别,联系电话\n"
    text += "一支部,H1,,教工,0580-2021234\n二支部,,组织H2,学生,\n"
    first = organizations.import_tree(grown.session, grown.operator, rows(text))
    second = organizations.import_tree(grown.session, grown.operator, rows(text))
    assert (first.added, second.added, second.unchanged) == (2, 0, 2)
    one = organizations.get_unit_by_code(grown.session, grown.operator, "H1-001")
    assert (one.name, one.sector, one.phone) == ("一支部", "5", "0580-2021234")
    assert "教工" in one.information
    assert organizations.get_unit_by_code(grown.session, grown.operator, "H2-001").name == "二支部"


def test_only_the_operator_plants_and_only_within_reach_is_hung(grown: Grown):
    admin = grown.actor("adm", "D1", Role.SYSTEM_ADMIN)
    text = "code,name,level,parent\nN,新村,village,{}\n"
    assert organizations.import_tree(grown.session, admin, rows(text.format("H1"))).added == 1
    with pytest.raises(NotFound):
        organizations.import_tree(grown.session, admin, rows(text.format("H3").replace("N,", "M,")))


def test_the_nearest_switch_of_a_plugin_counts(grown: Grown):
    admin = grown.actor("sec", "C", Role.SECTOR_ADMIN)
    switch = organizations.switch_plugin
    path = {code: unit.path for code, unit in grown.units.items()}
    assert organizations.plugins_on(grown.session, 1, path["B1"]) == frozenset()
    switch(grown.session, admin, grown.units["C"], "township", True)
    switch(grown.session, admin, grown.units["H1"], "township", False)
    assert organizations.plugins_on(grown.session, 1, path["B3"]) == {"township"}
    assert organizations.plugins_on(grown.session, 1, path["B1"]) == frozenset()
    switch(grown.session, admin, grown.units["H1"], "township", True)
    assert organizations.plugins_on(grown.session, 1, path["B1"]) == {"township"}
    all_of_them = organizations.switches(grown.session, 1)
    assert organizations.nearest(all_of_them, path["B1"]) == {"township"}
