from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from portal.access import Role
from portal.core.words import Words
from portal.notifications import service as notifications
from portal.organizations import service as organizations
from tests.web import world as made
from tests.web.clicking import after, post
from tests.web.world import PASSWORD

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.web.conftest import SignIn
    from tests.web.world import World

ONCE = re.compile(r'class="seed">([^<]+)<')


def invite(world: World, code: str, role: Role, name: str = "mao-xin") -> dict[str, str]:
    return {
        "unit": str(world.units[code].id),
        "role": role.value,
        "username": name,
        "full_name": "毛新",
    }


def test_superiors_see_who_has_a_post_in_their_reach(sign_in: SignIn):
    text = sign_in("organiser").get("/users").text
    assert "沈雪芬" in text
    assert "王敏" in text
    assert "竺伟" not in text
    assert sign_in("clerk").get("/users").status_code == 404


def test_an_invited_person_signs_in_once_with_the_password_shown(sign_in: SignIn, world: World):
    answer = post(sign_in("committee"), "/users/invite", **invite(world, "B2", Role.SECRETARY))
    assert answer.status_code == 200
    once = ONCE.search(answer.text)
    assert once is not None
    assert sign_in("mao-xin", once[1]).get("/me").location == "/me/password"


@pytest.mark.parametrize(
    ("code", "role", "status"),
    [("H2", Role.ORGANISER, 404), ("H1", Role.COMMITTEE_SECRETARY, 403),
     ("D1", Role.DISTRICT_LEADER, 404), ("B1", Role.AUDIT_ADMIN, 403)],
)  # fmt: skip
def test_nobody_is_invited_above_or_beside_one_s_own_reach(
    sign_in: SignIn, world: World, code: str, role: Role, status: int
):
    answer = post(sign_in("organiser"), "/users/invite", **invite(world, code, role))
    assert answer.status_code == status


def test_the_form_offers_the_posts_one_may_fill(sign_in: SignIn, world: World):
    text = sign_in("organiser").get(f"/users/invite?unit={world.units['B1'].id}").text
    assert set(re.findall(r'name="role" value="(\w+)"', text)) == {"clerk", "secretary"}


def test_a_name_that_is_taken_is_told_at_its_field(sign_in: SignIn, world: World):
    form = invite(world, "B2", Role.CLERK, "clerk")
    answer = post(sign_in("committee"), "/users/invite", **form)
    assert answer.status_code == 422
    assert "已经有人使用" in answer.text
    assert 'value="毛新"' in answer.text


def test_a_post_that_is_none_is_told(sign_in: SignIn, world: World):
    form = {**invite(world, "B2", Role.CLERK), "role": "emperor"}
    answer = post(sign_in("committee"), "/users/invite", **form)
    assert answer.status_code == 422
    assert "请选一个岗位" in answer.text


def test_a_person_is_appointed_and_dismissed(sign_in: SignIn, world: World):
    person = world.people["clerk"].id
    client = sign_in("committee")
    unit = str(world.units["B2"].id)
    text = after(client, f"/users/{person}/posts", unit=unit, role="clerk")
    assert "北园商贸党支部" in text
    keys = re.findall(rf'action="(/users/{person}/posts/[^"]+)"', text)
    assert len(keys) == 2
    left = after(client, keys[1])
    assert len(re.findall(rf'action="/users/{person}/posts/', left)) == 1


def test_a_shut_account_signs_in_no_more_until_it_is_opened(sign_in: SignIn, world: World):
    person = world.people["clerk"].id
    chief = sign_in("committee")
    assert "已停用" in after(chief, f"/users/{person}/account", active="0")
    with pytest.raises(AssertionError):
        sign_in("clerk")
    after(chief, f"/users/{person}/account", active="1")
    assert sign_in("clerk").get("/me").status_code == 200


def test_a_lost_password_is_replaced_by_one_for_the_next_sign_in(sign_in: SignIn, world: World):
    person = world.people["clerk"].id
    answer = post(sign_in("committee"), f"/users/{person}/password")
    once = ONCE.search(answer.text)
    assert once is not None
    with pytest.raises(AssertionError):
        sign_in("clerk", PASSWORD)
    assert sign_in("clerk", once[1]).get("/units").location == "/me/password"


@pytest.mark.parametrize("step", ["/account", "/password"])
@pytest.mark.parametrize("target", ["leader", "other", "committee"])
def test_nobody_touches_an_account_above_beside_or_their_own(
    sign_in: SignIn, world: World, step: str, target: str
):
    who = "committee" if target != "committee" else "organiser"
    answer = post(sign_in(who), f"/users/{world.people[target].id}{step}", active="0")
    assert answer.status_code in {403, 404}
    assert sign_in(target).get("/me").status_code == 200


def test_one_s_own_account_is_for_others_to_change(sign_in: SignIn, world: World):
    person = world.people["committee"].id
    client = sign_in("committee")
    assert "请别人办理" in client.get(f"/users/{person}").text
    assert post(client, f"/users/{person}/account", active="0").status_code == 409


def test_a_person_of_another_tenant_is_not_there(sign_in: SignIn, session: Session):
    elsewhere = made.build(session, 2, "b")
    person = elsewhere.people["clerk"].id
    assert sign_in("system").get(f"/users/{person}").status_code == 404


def test_the_security_admin_finds_the_units_to_appoint_at(sign_in: SignIn, world: World):
    client = sign_in("safety")
    assert "北园社区党支部" in client.get("/users/invite?q=北园").text
    form = invite(world, "B1", Role.CLERK) | {"reason": "原填报员调走"}
    assert ONCE.search(post(client, "/users/invite", **form).text)


def test_a_notice_is_read_and_leads_on(sign_in: SignIn, world: World, session: Session):
    notifications.tell(
        session, 1, [world.people["clerk"].id], "chase", Words("请上报", "Please file"), "/help"
    )
    session.commit()
    client = sign_in("clerk")
    page = client.get("/inbox").text
    assert "1 条消息未读" in page
    address = re.findall(r'action="(/inbox/[0-9a-f-]{36})"', page)[0]
    assert post(sign_in("secretary"), address).status_code == 404
    assert post(client, address).location == "/help"
    assert "消息都看过了" in client.get("/inbox").text


def test_the_audit_admin_finds_who_did_what(sign_in: SignIn, world: World):
    post(sign_in("committee"), "/users/invite", **invite(world, "B2", Role.CLERK))
    client = sign_in("auditor")
    page = client.get("/audit?act=user:invite").text
    assert "陆海燕" in page
    assert "邀请用户" in page
    assert "北园商贸党支部" in page
    assert "没有符合的记录" in client.get("/audit?act=user:invite&who=clerk").text
    assert "没有符合的记录" in client.get("/audit?who=nobody-of-that-name").text
    assert "没有符合的记录" in client.get("/audit?until=2001-01-01").text
    assert client.get("/audit?until=nonsense").status_code == 200


def test_nobody_but_the_audit_admin_reads_the_log(sign_in: SignIn, world: World):
    others = [who for who in world.people if who != "auditor"]
    assert {sign_in(who).get("/audit").status_code for who in others} == {404}


def test_the_audit_admin_of_one_tenant_sees_nothing_of_another(sign_in: SignIn, session: Session):
    elsewhere = made.build(session, 2, "b")
    post(sign_in("clerkb"), "/me/choices", locale="en")
    page = sign_in("auditor").get("/audit").text
    assert str(elsewhere.units["C"].id) not in page
    assert organizations.get_root(session, 1).name in page
