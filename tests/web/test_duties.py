"""Pages on which two people change posts, and on which a branch is opened in an emergency."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal import access
from portal.access import Role
from portal.audit import Entry
from portal.core import clock
from portal.members import service as members
from portal.organizations.models import Appointment, EmergencyAccess
from tests.web.clicking import after, post

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

    from tests.web.conftest import SignIn
    from tests.web.world import World

ONCE = re.compile(r'class="seed">([^<]+)<')
PROPOSAL = re.compile(r'href="(/proposals/[0-9a-f-]{36})"')
WHY = "汛情紧急，要马上联系在外党员"


def proposed(sign_in: SignIn, world: World, role: str = "district_reviewer") -> str:
    """Let the district leader propose the committee's organiser for a post; return where."""
    person, unit = world.people["organiser"].id, str(world.units["D1"].id)
    told = after(
        sign_in("leader"), f"/users/{person}/posts", unit=unit, role=role, reason="老同志退休"
    )
    assert "等另一位同志确认" in told
    found = PROPOSAL.search(sign_in("leader").get("/proposals").text)
    assert found is not None
    return found[1]


def held(session: Session, world: World, who: str) -> set[str]:
    session.rollback()
    roles = select(Appointment.role).where(Appointment.user_id == world.people[who].id)
    found = set(session.scalars(roles))
    session.rollback()  # no lock is held while pages are looked at
    return found


def test_a_post_is_proposed_seen_confirmed_and_then_held(
    sign_in: SignIn, world: World, session: Session
):
    address = proposed(sign_in, world)
    assert held(session, world, "organiser") == {"organiser"}
    safety = sign_in("safety")
    assert "1 项任免等您确认" in safety.get("/users").text
    page = safety.get(address).text
    assert "老同志退休" in page
    assert "王敏" in page
    assert "已确认" in after(safety, f"{address}/confirm")
    assert held(session, world, "organiser") == {"organiser", "district_reviewer"}


def test_a_refusal_is_written_down_and_read_by_who_proposed(sign_in: SignIn, world: World):
    address = proposed(sign_in, world)
    safety = sign_in("safety")
    assert post(safety, f"{address}/decline").status_code == 422
    after(safety, f"{address}/decline", answer="人选未经讨论")
    assert "人选未经讨论" in sign_in("leader").get(address).text
    assert "没有同意" in sign_in("leader").get("/inbox").text


def test_those_concerned_find_no_button_and_are_refused(sign_in: SignIn, world: World):
    address = proposed(sign_in, world)
    leader = sign_in("leader")
    assert f"{address}/confirm" not in leader.get(address).text
    answer = post(leader, f"{address}/confirm")
    assert answer.status_code == 409
    assert "不能自己确认" in answer.text
    for who in ("clerk", "auditor", "organiser", "other"):
        assert post(sign_in(who), f"{address}/confirm").status_code == 404
    assert "已撤回" in after(leader, f"{address}/withdraw")


def test_the_user_page_says_which_posts_take_another(sign_in: SignIn, world: World):
    person, unit = world.people["organiser"].id, world.units["D1"].id
    page = sign_in("leader").get(f"/users/{person}?unit={unit}").text
    assert "须另一人确认" in page
    assert "提议免去" in page
    assert "提议重设密码" in page
    clerk = sign_in("committee").get(f"/users/{world.people['clerk'].id}").text
    assert "提议" not in clerk


def test_without_a_reason_nothing_is_proposed(sign_in: SignIn, world: World):
    person, unit = world.people["organiser"].id, str(world.units["D1"].id)
    answer = post(sign_in("leader"), f"/users/{person}/posts", unit=unit, role="district_reviewer")
    assert answer.status_code == 422
    assert "请写明为什么" in answer.text
    assert not PROPOSAL.search(sign_in("leader").get("/proposals").text)


def test_an_invited_leader_signs_in_and_may_do_nothing_until_confirmed(
    sign_in: SignIn, world: World
):
    form = {"unit": str(world.units["H2"].id), "role": "committee_secretary",
            "username": "new-one", "full_name": "毛新", "reason": "新任"}  # fmt: skip
    answer = post(sign_in("leader"), "/users/invite", **form)
    assert "岗位还要另一位同志确认" in answer.text
    once = ONCE.search(answer.text)
    assert once is not None
    assert sign_in("new-one", once[1]).get("/me").location == "/me/password"


def test_a_reset_by_two_shows_the_password_once_to_who_confirms(sign_in: SignIn, world: World):
    person = world.people["leader"].id
    after(sign_in("city"), f"/users/{person}/password", reason="忘了密码")
    found = PROPOSAL.search(sign_in("safety").get("/proposals").text)
    assert found is not None
    answer = post(sign_in("safety"), f"{found[1]}/confirm")
    once = ONCE.search(answer.text)
    assert once is not None
    assert sign_in("leader", once[1]).get("/units").location == "/me/password"


@pytest.mark.parametrize("target", ["auditor", "safety"])
@pytest.mark.parametrize("who", ["system", "city", "safety", "inspector", "leader"])
def test_on_no_page_one_person_shuts_or_resets_the_audit_or_security_admin(
    sign_in: SignIn, world: World, session: Session, who: str, target: str
):
    client, person = sign_in(who), world.people[target].id
    key = session.scalars(select(Appointment.id).where(Appointment.user_id == person)).one()
    session.rollback()
    for step in ("account", "password", f"posts/{key}"):
        post(client, f"/users/{person}/{step}", active="0", reason="停用")
    assert held(session, world, target) == {Role.AUDIT_ADMIN.value if target == "auditor"
                                            else Role.SECURITY_ADMIN.value}  # fmt: skip
    assert sign_in(target).get("/me").status_code == 200


def test_every_page_that_changes_posts_or_opens_access_is_a_sensitive_act(app: Flask):
    fresh = {
        name for name, view in app.view_functions.items() if getattr(view, "page_fresh", False)
    }
    assert fresh >= {
        "users.invite", "users.appoint", "users.dismiss", "users.switch", "users.reset",
        "users.link", "proposals.confirm", "proposals.decline", "proposals.withdraw",
        "emergency.open",
    }  # fmt: skip


@pytest.fixture
def persons(session: Session, world: World) -> World:
    for code in ("B1", "B2"):
        members.add(session, access.operator(1), world.units[code], {"name": f"倪某{code}"})
    session.commit()
    return world


def opened(sign_in: SignIn, world: World, minutes: str = "30") -> str:
    form = {"unit": str(world.units["B1"].id), "minutes": minutes, "reason": WHY}
    answer = post(sign_in("leader"), "/emergency/open", **form)
    assert answer.status_code == 302
    return str(answer.location)


def test_a_district_leader_sees_a_branch_s_people_only_in_an_emergency(
    sign_in: SignIn, persons: World
):
    assert sign_in("leader").get("/members").status_code == 404
    address = opened(sign_in, persons)
    page = sign_in("leader").get(f"{address}/persons").text
    assert "倪某B1" in page
    assert "倪某B2" not in page
    link = re.findall(r'href="(/members/[0-9a-f-]{36})"', page)[0]
    assert "倪某B1" in sign_in("leader").get(link).text
    assert sign_in("reviewer").get(f"{address}/persons").status_code == 404


def test_it_is_over_on_the_pages_to_the_second(sign_in: SignIn, persons: World, session: Session):
    address = opened(sign_in, persons)
    client, end = sign_in("leader"), session.scalars(select(EmergencyAccess)).one().until
    session.rollback()
    with clock.pinned(end - timedelta(seconds=1)):
        assert client.get(f"{address}/persons").status_code == 200
    with clock.pinned(end):
        assert client.get(f"{address}/persons").status_code == 404
        assert client.get("/members").status_code == 404
        assert "已经结束" in client.get(address).text


def test_each_look_is_in_the_log_with_its_mark(sign_in: SignIn, persons: World, session: Session):
    address = opened(sign_in, persons)
    page = sign_in("leader").get(f"{address}/persons").text
    sign_in("leader").get(re.findall(r'href="(/members/[0-9a-f-]{36})"', page)[0])
    session.rollback()
    looks = [
        (look.subject, look.detail["emergency"])
        for look in session.scalars(
            select(Entry).where(Entry.act == "emergency:use").order_by(Entry.number)
        )
    ]
    session.rollback()
    mark = address.rpartition("/")[2].replace("-", "")
    assert looks == [("page:emergency.persons", mark), ("page:roster.show", mark)]
    assert "应急访问查看" in sign_in("auditor").get("/audit").text


def test_the_secretary_and_the_auditor_read_who_and_why(sign_in: SignIn, persons: World):
    address = opened(sign_in, persons)
    for who in ("secretary", "auditor"):
        assert "开启了应急访问" in sign_in(who).get("/inbox").text
        page = sign_in(who).get(address).text
        assert WHY in page
        assert "方志明" in page
        assert "北园社区党支部" in page
        assert sign_in(who).get("/emergency").status_code == 200
    assert sign_in("system").get(address).status_code == 404


def test_it_is_ended_on_the_page_before_its_time(sign_in: SignIn, persons: World):
    address = opened(sign_in, persons)
    assert "现在没有开着的应急访问" in after(sign_in("leader"), f"{address}/end")
    assert sign_in("leader").get(f"{address}/persons").status_code == 404


@pytest.mark.parametrize(
    ("minutes", "reason"), [("61", WHY), ("", WHY), ("1e3", WHY), ("-5", WHY), ("5", "急")]
)
def test_too_long_or_without_a_reason_is_told_at_its_field(
    sign_in: SignIn, world: World, minutes: str, reason: str
):
    form = {"unit": str(world.units["B1"].id), "minutes": minutes, "reason": reason}
    answer = post(sign_in("leader"), "/emergency/open", **form)
    assert answer.status_code == 422
    assert "field-error" in answer.text


def test_a_committee_says_which_member_a_clerk_is(sign_in: SignIn, persons: World):
    client, person = sign_in("committee"), persons.people["clerk"].id
    page = client.get(f"/users/{person}?member=倪某B1").text
    key = re.findall(r'name="member" value="([0-9a-f-]{36})"', page)[0]
    assert "取消关联" in after(client, f"/users/{person}/member", member=key)
    assert "本人党员档案" not in sign_in("safety").get(f"/users/{person}").text
    assert post(sign_in("safety"), f"/users/{person}/member", member=key).status_code == 404
    assert post(client, f"/users/{person}/member", member="nonsense").status_code == 404
