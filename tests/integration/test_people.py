"""Accounts, posts and the actor made of them; and the inbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from werkzeug.security import check_password_hash

from portal.access import EXCLUSIVE, Grant, Role
from portal.audit import Entry
from portal.core.errors import Invalid, NotAllowed, NotFound, OutOfTurn
from portal.core.words import Words
from portal.notifications import service as notifications
from portal.organizations import service as organizations
from portal.organizations.models import Appointment
from tests.integration.grown import FAST, Grown, grow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@pytest.fixture
def grown(session: Session) -> Grown:
    return grow(session)


def test_an_invitation_makes_an_account_with_a_password_for_once(grown: Grown):
    account, password = organizations.invite(
        grown.session,
        grown.operator,
        grown.units["B1"],
        Role.CLERK,
        username="Wang01",
        full_name="王某",
        password_method=FAST,
    )
    assert (account.username, account.email) == ("wang01", "wang01@portal.invalid")
    assert check_password_hash(account.password or "", password)
    assert account.must_change
    actor = organizations.actor_for(grown.session, account.id, 1)
    assert actor.grants == {Grant(Role.CLERK, grown.units["B1"].path)}


def test_the_record_of_an_invitation_has_no_name_in_it(grown: Grown):
    grown.invite("wang01", "B1", Role.CLERK)
    grown.session.commit()
    found = grown.session.scalars(select(Entry).where(Entry.act.startswith("user:"))).all()
    assert found
    for entry in found:
        assert "wang" not in f"{entry.subject}{entry.detail}"
        assert "某" not in f"{entry.subject}{entry.detail}"


def test_a_user_name_is_taken_once_whatever_its_case(grown: Grown):
    grown.invite("wang", "B1", Role.CLERK)
    with pytest.raises(Invalid, match="已经有人使用"):
        grown.invite("WANG", "B2", Role.CLERK)


@pytest.mark.parametrize(
    ("role", "at", "target", "where", "outcome"),
    [
        (Role.ORGANISER, "H1", Role.CLERK, "B1", None),
        (Role.ORGANISER, "H1", Role.CLERK, "B3", NotFound),
        (Role.ORGANISER, "H1", Role.ORGANISER, "H1", NotAllowed),
        (Role.COMMITTEE_SECRETARY, "H1", Role.ORGANISER, "H1", None),
        (Role.DISTRICT_LEADER, "D1", Role.COMMITTEE_SECRETARY, "H2", None),
        (Role.DISTRICT_LEADER, "D1", Role.COMMITTEE_SECRETARY, "H3", NotFound),
        (Role.CLERK, "B1", Role.CLERK, "B1", NotAllowed),
        (Role.SYSTEM_ADMIN, "C", Role.SECURITY_ADMIN, "C", NotAllowed),
        (Role.AUDIT_ADMIN, "C", Role.CLERK, "B1", NotFound),
        (Role.CITY_LEADER, "C", Role.CLERK, "H1", Invalid),
    ],
)
def test_a_post_is_filled_from_above_and_only_in_reach(
    grown: Grown, role: Role, at: str, target: Role, where: str, outcome: type[Exception] | None
):
    actor = grown.actor("chief", at, role)
    if outcome is None:
        assert grown.invite("new", where, target, by=actor).active
    else:
        with pytest.raises(outcome):
            grown.invite("new", where, target, by=actor)


def test_nobody_appoints_dismisses_or_disables_themselves(grown: Grown):
    leader = grown.actor("leader", "C", Role.CITY_LEADER)
    own = grown.session.scalars(select(Appointment)).one()
    with pytest.raises(OutOfTurn, match="自己"):
        organizations.appoint(
            grown.session, leader, leader.user_id or 0, grown.units["D1"], Role.DISTRICT_LEADER
        )
    with pytest.raises(OutOfTurn, match="自己"):
        organizations.dismiss(grown.session, leader, own.id)
    with pytest.raises(OutOfTurn, match="自己"):
        organizations.disable_account(grown.session, leader, leader.user_id or 0)


def test_the_three_administrators_are_three_people(grown: Grown):
    first, *others = sorted(EXCLUSIVE)
    account = grown.invite("admin", "C", first)
    for role in others:
        with pytest.raises(OutOfTurn, match="三个人"):
            organizations.appoint(grown.session, grown.operator, account.id, grown.units["C"], role)
    unit = grown.units["C"]
    grown.session.add(
        Appointment(
            tenant_id=1, user_id=account.id, unit_id=unit.id, path=unit.path, role=others[0]
        )
    )
    with pytest.raises(IntegrityError):
        grown.session.flush()


def test_a_second_post_is_added_and_the_same_one_is_not(grown: Grown):
    account = grown.invite("wang", "B1", Role.CLERK)
    appoint = organizations.appoint
    appoint(grown.session, grown.operator, account.id, grown.units["B2"], Role.CLERK)
    with pytest.raises(OutOfTurn, match="已经担任"):
        appoint(grown.session, grown.operator, account.id, grown.units["B2"], Role.CLERK)
    actor = organizations.actor_for(grown.session, account.id, 1)
    held = organizations.posts_of(grown.session, actor)
    assert {post.unit.code for post in held} == {"B1", "B2"}


def test_somebody_of_another_tenant_is_nobody_here(grown: Grown, session: Session):
    other = grow(session, 2).invite("elsewhere", "B1", Role.CLERK)
    with pytest.raises(NotFound):
        organizations.appoint(session, grown.operator, other.id, grown.units["B1"], Role.CLERK)
    assert not organizations.actor_for(session, other.id, 1).grants


def test_a_disabled_account_may_do_nothing_and_comes_back_as_it_was(grown: Grown):
    organiser = grown.actor("org", "H1", Role.ORGANISER)
    clerk = grown.invite("clerk", "B1", Role.CLERK)
    was = clerk.session_version
    organizations.disable_account(grown.session, organiser, clerk.id)
    assert not organizations.actor_for(grown.session, clerk.id, 1).grants
    assert clerk.session_version != was
    organizations.enable_account(grown.session, organiser, clerk.id)
    assert organizations.actor_for(grown.session, clerk.id, 1).grants


def test_nobody_shuts_out_somebody_with_a_post_beyond_them(grown: Grown):
    organiser = grown.actor("org", "H1", Role.ORGANISER)
    clerk = grown.invite("clerk", "B1", Role.CLERK)
    organizations.appoint(
        grown.session, grown.operator, clerk.id, grown.units["H1"], Role.COMMITTEE_SECRETARY
    )
    for act in (organizations.disable_account, organizations.reset_password):
        with pytest.raises(NotAllowed):
            act(grown.session, organiser, clerk.id)


def test_a_dismissed_person_is_signed_out_and_holds_nothing(grown: Grown):
    organiser = grown.actor("org", "H1", Role.ORGANISER)
    clerk = grown.invite("clerk", "B1", Role.CLERK)
    held = grown.session.scalars(select(Appointment).where(Appointment.user_id == clerk.id)).one()
    organizations.dismiss(grown.session, organiser, held.id)
    assert not organizations.actor_for(grown.session, clerk.id, 1).grants
    assert clerk.session_version == 1


def test_a_list_of_people_shows_those_with_a_post_in_reach_and_those_posts(grown: Grown):
    organiser = grown.actor("org", "H1", Role.ORGANISER)
    clerk = grown.invite("clerk", "B1", Role.CLERK)
    grown.invite("other", "B3", Role.CLERK)
    organizations.appoint(grown.session, grown.operator, clerk.id, grown.units["B3"], Role.CLERK)
    held = {
        holder.account.username: [post.unit.code for post in holder.posts]
        for holder in organizations.accounts(grown.session, organiser)
    }
    assert held == {"org": ["H1"], "clerk": ["B1"]}
    found = organizations.accounts(grown.session, organiser, search="某clerk")
    assert [holder.account.username for holder in found] == ["clerk"]
    assert len(organizations.accounts(grown.session, grown.operator, limit=2)) == 2


def test_a_clerk_sees_no_list_of_people(grown: Grown):
    assert organizations.accounts(grown.session, grown.actor("cl", "B1", Role.CLERK)) == []


def test_a_reset_password_must_be_changed_and_a_change_wants_the_old_one(grown: Grown):
    clerk = grown.invite("clerk", "B1", Role.CLERK)
    first = organizations.reset_password(
        grown.session, grown.operator, clerk.id, password_method=FAST
    )
    actor = organizations.actor_for(grown.session, clerk.id, 1)
    change = organizations.change_password
    new = "四月的党费已经收齐了请放心吧今天"
    with pytest.raises(Invalid, match="现在的密码不对"):
        change(grown.session, actor, "wrong", new, password_method=FAST)
    change(grown.session, actor, first, new, password_method=FAST)
    assert not clerk.must_change
    assert check_password_hash(clerk.password or "", new)


def test_recipients_are_those_at_the_unit_itself(grown: Grown):
    one = grown.invite("one", "H1", Role.ORGANISER)
    gone = grown.invite("gone", "H1", Role.ORGANISER)
    grown.invite("below", "B1", Role.CLERK)
    organizations.disable_account(grown.session, grown.operator, gone.id)
    path = grown.units["H1"].path
    roles = [Role.ORGANISER, Role.COMMITTEE_SECRETARY, Role.CLERK]
    assert organizations.recipients(grown.session, 1, path, roles) == [one.id]


def test_a_notice_reaches_its_reader_and_nobody_else(grown: Grown):
    one, other = (grown.actor(name, "B1", Role.CLERK) for name in ("one", "other"))
    words = Words("请上报", "please file")
    to = one.user_id or 0
    assert notifications.tell(grown.session, 1, [to, to], "chase", words, "/returns") == 1
    (notice,) = notifications.inbox(grown.session, one)
    assert (notice.zh, notice.en, notice.link) == ("请上报", "please file", "/returns")
    assert notifications.inbox(grown.session, other) == []
    with pytest.raises(NotFound):
        notifications.mark_read(grown.session, other, notice.id)
    assert notifications.count_unread(grown.session, one) == 1
    notifications.mark_read(grown.session, one, notice.id)
    assert notifications.count_unread(grown.session, one) == 0
    assert notifications.inbox(grown.session, one, unread=True) == []


def test_an_inbox_is_paged_and_read_all_at_once(grown: Grown):
    one = grown.actor("one", "B1", Role.CLERK)
    for number in range(5):
        words = Words(f"第 {number} 条", f"no. {number}")
        notifications.tell(grown.session, 1, [one.user_id or 0], "test", words)
    first = notifications.inbox(grown.session, one, limit=2)
    second = notifications.inbox(grown.session, one, limit=9, before=first[-1].id)
    assert len({notice.id for notice in (*first, *second)}) == 5
    notifications.mark_all_read(grown.session, one)
    assert notifications.count_unread(grown.session, one) == 0
