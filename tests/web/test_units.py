from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from portal.core import clock
from portal.members.models import Member, Tie
from portal.organizations import service as organizations
from portal.organizations.models import Unit
from tests.web import world as made
from tests.web.clicking import after, post

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.web.conftest import SignIn
    from tests.web.world import World


TODAY = clock.today(ZoneInfo("Asia/Shanghai")).isoformat()


def at(world: World, code: str, step: str = "") -> str:
    return f"/units/{world.units[code].id}{step}"


def test_the_tree_opens_level_by_level(sign_in: SignIn, world: World):
    client = sign_in("system")
    top = client.get("/units", follow_redirects=True).text
    assert "定海区委组织部" in top
    assert "环南街道党工委" not in top
    below = client.get(at(world, "D1")).text
    assert "环南街道党工委" in below
    assert "北园社区党总支" not in below


def test_a_branch_sees_itself_and_nothing_beside_it(sign_in: SignIn, world: World):
    client = sign_in("clerk")
    text = client.get("/units", follow_redirects=True).text
    assert "北园社区党支部" in text
    assert "北园商贸党支部" not in text
    assert client.get(at(world, "B2")).status_code == 404
    assert client.get(at(world, "H1")).status_code == 404


def test_another_tenant_s_unit_is_not_there(sign_in: SignIn, session: Session):
    elsewhere = made.build(session, 2, "乙")
    assert sign_in("system").get(at(elsewhere, "B1")).status_code == 404


def test_names_of_staff_are_shown_to_superiors_alone(sign_in: SignIn, world: World):
    assert "何建国" in sign_in("organiser").get(at(world, "B1")).text
    assert "何建国" not in sign_in("clerk").get(at(world, "B1")).text


def test_a_unit_is_added_below_another(sign_in: SignIn, world: World):
    text = after(
        sign_in("system"), at(world, "D2", "/add"), kind="committee", code="H9", name="沈家门党工委"
    )
    assert "<h1>沈家门党工委</h1>" in text
    assert "已增加“沈家门党工委”" in text


def test_what_is_wrong_with_a_new_unit_stands_at_its_fields(sign_in: SignIn, world: World):
    answer = post(
        sign_in("system"), at(world, "D2", "/add"), kind="branch", code="B1", name="", phone="12"
    )
    assert answer.status_code == 422
    for told in ('href="#f-name"', 'href="#f-phone"', 'value="12"', 'aria-invalid="true"'):
        assert told in answer.text


@pytest.mark.parametrize("who", ["clerk", "organiser", "city", "sector", "auditor", "safety"])
@pytest.mark.parametrize("step", ["/add", "/change", "/move", "/dissolve"])
def test_only_the_system_admin_changes_the_tree(sign_in: SignIn, world: World, who: str, step: str):
    assert sign_in(who).get(at(world, "B1", step)).status_code == 404
    assert post(sign_in(who), at(world, "B1", step)).status_code == 404


def test_two_people_who_change_one_unit_do_not_overwrite_each_other(sign_in: SignIn, world: World):
    client = sign_in("system")
    facts = {"code": "B1", "name": "北园社区党支部", "version": "1"}
    assert "已保存" in after(client, at(world, "B1", "/change"), liaison="沈雪芬", **facts)
    answer = post(client, at(world, "B1", "/change"), liaison="何建国", **facts)
    assert answer.status_code == 409
    assert "别人刚刚改过" in answer.text


def test_a_move_is_shown_before_it_is_made(sign_in: SignIn, world: World, session: Session):
    client = sign_in("system")
    found = client.get(at(world, "B1", "/move?q=城隍"), follow_redirects=True).text
    assert "城隍社区党支部" in found
    new = str(world.units["H2"].id)
    preview = client.get(at(world, "B1", f"/move?unit={new}")).text
    assert "有岗位的人" in preview
    text = after(client, at(world, "B1", "/move"), unit=new, on=TODAY, reason="调整")
    assert "已移到“昌国街道党工委”下面" in text
    session.expire_all()
    moved = session.get_one(Unit, (1, world.units["B1"].id))
    assert moved.parent_id == world.units["H2"].id
    session.rollback()


def test_a_unit_cannot_be_moved_below_itself(sign_in: SignIn, world: World):
    below = str(world.units["B1"].id)
    answer = sign_in("system").get(at(world, "H1", f"/move?unit={below}"))
    assert answer.status_code == 422
    assert "不能" in answer.text


def test_a_day_that_is_none_is_told_at_its_field(sign_in: SignIn, world: World):
    unit = str(world.units["H2"].id)
    answer = post(sign_in("system"), at(world, "B1", "/move"), unit=unit, on="明天")
    assert answer.status_code == 422
    assert 'href="#f-on"' in answer.text


def test_a_unit_with_members_cannot_be_dissolved_and_an_empty_one_can(
    sign_in: SignIn, world: World, session: Session
):
    branch = world.units["B2"]
    session.add(
        Member(
            tenant_id=1, unit_id=branch.id, path=branch.path, name="试一", pinyin="shi yi",
            tie=Tie.ON_ROLL.value,
        )
    )  # fmt: skip
    session.commit()
    client = sign_in("system")
    assert " disabled" in client.get(at(world, "B2", "/dissolve")).text
    refused = post(client, at(world, "B2", "/dissolve"), on=TODAY)
    assert refused.status_code == 409
    assert "还不能撤销" in refused.text
    assert "已撤销" in after(client, at(world, "B3", "/dissolve"), on=TODAY)


def test_a_plugin_is_switched_on_for_a_subtree_and_off_again_below(
    sign_in: SignIn, world: World, session: Session
):
    client = sign_in("sector")
    assert "随上级 关" in client.get("/plugins").text

    def switch(code: str, on: str) -> str:
        return after(client, f"/plugins/{world.units[code].id}", plugin="township", on=on)

    assert "已在“定海区委组织部”打开" in switch("D1", "1")
    switch("H1", "0")
    session.expire_all()
    where = {code: world.units[code].path for code in ("B1", "H2")}
    session.rollback()
    on = {code: organizations.plugins_on(session, 1, path) for code, path in where.items()}
    assert on == {"B1": frozenset(), "H2": frozenset({"township"})}


def test_a_plugin_that_is_not_installed_is_not_there(sign_in: SignIn, world: World):
    answer = post(sign_in("sector"), f"/plugins/{world.units['D1'].id}", plugin="nope", on="1")
    assert answer.status_code == 404


def test_search_finds_units_and_names_persons_to_branch_and_committee_only(
    sign_in: SignIn, world: World, session: Session
):
    branch = world.units["B1"]
    session.add(
        Member(
            tenant_id=1, unit_id=branch.id, path=branch.path, name="北明", pinyin="bei ming bm",
            tie=Tie.ON_ROLL.value,
        )
    )  # fmt: skip
    session.commit()
    assert "北明" in sign_in("clerk").get("/search?q=北").text
    committee = sign_in("organiser").get("/search?q=北").text
    assert "北明" in committee
    assert "北园商贸党支部" in committee
    assert 'class="watermark"' in committee
    for who in ("sibling", "other", "reviewer", "city", "system"):
        assert "北明" not in sign_in(who).get("/search?q=北").text, who
