"""Changes of posts by two people: proposed, confirmed by another, and never by those concerned."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from portal import access
from portal.access import APPOINTABLE, Role
from portal.audit import Entry
from portal.core import clock
from portal.core.errors import Invalid, NotAllowed, NotFound, OutOfTurn, Refusal
from portal.duties import service as duties
from portal.duties.models import Answer, AppointmentProposal, Step
from portal.notifications import service as notifications
from portal.organizations import service as organizations
from portal.organizations.models import Account, Appointment
from portal.organizations.posts import roles_at
from tests.integration.grown import FAST, grow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.access import Actor

PLACES = {
    Role.CLERK: "B1", Role.SECRETARY: "B2", Role.ORGANISER: "H1", Role.COMMITTEE_SECRETARY: "H1",
    Role.DISTRICT_REVIEWER: "D1", Role.DISTRICT_LEADER: "D1",
}  # fmt: skip


class House:
    """A grown tenant with one person for every post, and somebody with none."""

    def __init__(self, session: Session) -> None:
        self.grown = grow(session)
        self.session = session
        self.accounts = {
            role: self.grown.invite(role.value.replace("_", "-"), PLACES.get(role, "C"), role)
            for role in sorted(APPOINTABLE)
        }
        self.nobody = self.grown.invite("nobody", "B3", Role.CLERK)
        session.commit()

    def actor(self, role: Role) -> Actor:
        return organizations.actor_for(self.session, self.accounts[role].id, 1)

    def posts(self, account: Account) -> set[tuple[str, str]]:
        rows = self.session.execute(
            select(Appointment.role, Appointment.path).where(Appointment.user_id == account.id)
        )
        return {(role, path) for role, path in rows}


@pytest.fixture
def house(session: Session) -> House:
    return House(session)


def appoint_reviewer(house: House) -> AppointmentProposal:
    return duties.propose_appointment(
        house.session, house.actor(Role.DISTRICT_LEADER), house.nobody.id,
        house.grown.units["D1"], Role.DISTRICT_REVIEWER, "原审核员退休",
    )  # fmt: skip


def test_a_proposal_changes_nothing_until_another_confirms_it(house: House):
    before = house.posts(house.nobody)
    item = appoint_reviewer(house)
    assert house.posts(house.nobody) == before
    duties.confirm(house.session, house.actor(Role.SECURITY_ADMIN), item.id)
    gained = house.posts(house.nobody) - before
    assert gained == {("district_reviewer", house.grown.units["D1"].path)}
    given = house.session.scalars(
        select(Appointment).where(Appointment.user_id == house.nobody.id).order_by(Appointment.at)
    ).all()[-1]
    assert given.by == house.accounts[Role.DISTRICT_LEADER].id
    assert given.confirmed_by == house.accounts[Role.SECURITY_ADMIN].id


def test_both_stand_in_the_log_and_no_word_of_the_reason(house: House):
    item = appoint_reviewer(house)
    duties.confirm(house.session, house.actor(Role.SECURITY_ADMIN), item.id)
    house.session.commit()
    entries = house.session.scalars(
        select(Entry).where(Entry.subject == f"user:{house.nobody.id}").order_by(Entry.number)
    ).all()
    assert [entry.act for entry in entries[-3:]] == ["user:propose", "user:appoint", "user:confirm"]
    assert entries[-3].user_id == house.accounts[Role.DISTRICT_LEADER].id
    for entry in entries[-2:]:
        assert entry.user_id == house.accounts[Role.SECURITY_ADMIN].id
        assert entry.detail["proposed_by"] == house.accounts[Role.DISTRICT_LEADER].id
    assert not any("退休" in str(entry.detail) for entry in entries)


def test_whoever_could_confirm_is_told_and_so_is_who_proposed(house: House):
    item = appoint_reviewer(house)
    told = notifications.inbox(house.session, house.actor(Role.SECURITY_ADMIN))
    assert told[0].link == f"/proposals/{item.id}"
    assert notifications.inbox(house.session, house.actor(Role.SYSTEM_ADMIN)) == []
    duties.decline(house.session, house.actor(Role.CITY_LEADER), item.id, "人选还没有定")
    heard = notifications.inbox(house.session, house.actor(Role.DISTRICT_LEADER))
    assert "没有同意" in heard[0].zh


def test_neither_who_proposed_nor_whom_it_concerns_confirms(house: House):
    leader = house.actor(Role.DISTRICT_LEADER)
    item = duties.propose_appointment(
        house.session, leader, house.accounts[Role.SECURITY_ADMIN].id, house.grown.units["D1"],
        Role.DISTRICT_REVIEWER, "兼任",
    )  # fmt: skip
    for role in (Role.DISTRICT_LEADER, Role.SECURITY_ADMIN):
        with pytest.raises(OutOfTurn, match="自己确认"):
            duties.confirm(house.session, house.actor(role), item.id)
        with pytest.raises(OutOfTurn, match="自己确认"):
            duties.decline(house.session, house.actor(role), item.id, "不")


def test_nobody_proposes_for_themselves(house: House):
    for role in sorted(access.GRANTABLE.keys() - {Role.OPERATOR}):
        actor = house.actor(role)
        for wanted in sorted(APPOINTABLE):
            for code in ("C", "D1", "H1", "B1"):
                with pytest.raises(Refusal), house.session.begin_nested():
                    duties.propose_appointment(
                        house.session, actor, actor.user_id or 0, house.grown.units[code], wanted,
                        "为自己",
                    )  # fmt: skip


def test_alone_nobody_gives_a_post_beyond_the_own_branches(house: House):
    """Every role tries every role at every level, through the verb itself."""
    given = set()
    for role in sorted(APPOINTABLE):
        actor = house.actor(role)
        for wanted in sorted(APPOINTABLE):
            for code in ("C", "D1", "H1", "B1", "B3"):
                saved = house.session.begin_nested()
                try:
                    unit = house.grown.units[code]
                    organizations.appoint(house.session, actor, house.nobody.id, unit, wanted)
                    given.add((role, wanted, code))
                except Refusal:
                    pass
                saved.rollback()
    committee = (Role.ORGANISER, Role.COMMITTEE_SECRETARY)
    assert given == {
        (role, post, "B1") for role in committee for post in (Role.CLERK, Role.SECRETARY)
    }


def test_two_people_do_what_the_tables_say_and_nothing_else(house: House):
    """Every role proposes every post, every role answers: only what both may comes about."""
    for proposing in (Role.SYSTEM_ADMIN, Role.CITY_LEADER, Role.DISTRICT_LEADER):
        for wanted in sorted(roles_at("city") | roles_at("district")):
            unit = house.grown.units["D1" if wanted in roles_at("district") else "C"]
            _answered_by_everybody(house, proposing, wanted, unit)


def _answered_by_everybody(house: House, proposing: Role, wanted: Role, unit) -> None:
    first = house.actor(proposing)
    outer = house.session.begin_nested()
    try:
        item = duties.propose_appointment(
            house.session, first, house.nobody.id, unit, wanted, "换届"
        )
    except Refusal:
        assert not access.may_grant(first, wanted, unit.path)
        outer.rollback()
        return
    for answering in sorted(APPOINTABLE):
        second, inner = house.actor(answering), house.session.begin_nested()
        try:
            duties.confirm(house.session, second, item.id)
            done = True
        except Refusal:
            done = False
        inner.rollback()
        assert done == (answering != proposing and access.may_confirm(second, wanted, unit.path))
    outer.rollback()


def test_a_post_that_two_people_gave_is_taken_by_two(house: House):
    leader = house.actor(Role.DISTRICT_LEADER)
    held = house.session.scalars(
        select(Appointment).where(Appointment.role == "committee_secretary")
    ).one()
    with pytest.raises(OutOfTurn, match="两个人"):
        organizations.dismiss(house.session, leader, held.id)
    item = duties.propose_dismissal(house.session, leader, held.id, "调离")
    duties.confirm(house.session, house.actor(Role.CITY_LEADER), item.id)
    assert not house.posts(house.accounts[Role.COMMITTEE_SECRETARY])
    assert house.accounts[Role.COMMITTEE_SECRETARY].session_version == 1


def test_an_invitation_that_takes_two_makes_an_account_that_may_do_nothing_yet(house: House):
    made, password, item = duties.invite(
        house.session, house.actor(Role.DISTRICT_LEADER), house.grown.units["H2"],
        Role.COMMITTEE_SECRETARY, username="new", full_name="新某", reason="新任",
        password_method=FAST,
    )  # fmt: skip
    assert password
    assert item is not None
    assert not organizations.actor_for(house.session, made.id, 1).grants
    duties.confirm(house.session, house.actor(Role.SECURITY_ADMIN), item.id)
    assert organizations.actor_for(house.session, made.id, 1).holds(Role.COMMITTEE_SECRETARY)


def test_a_reset_password_opens_an_account_only_with_two(house: House):
    leader = house.actor(Role.CITY_LEADER)
    target = house.accounts[Role.DISTRICT_LEADER]
    with pytest.raises(OutOfTurn, match="两个人"):
        organizations.reset_password(house.session, leader, target.id)
    was = target.password
    item = duties.propose_for_account(house.session, leader, Step.RESET, target.id, "忘了密码")
    assert target.password == was
    safety = house.actor(Role.SECURITY_ADMIN)
    _, password = duties.confirm(house.session, safety, item.id, password_method=FAST)
    assert password
    assert target.must_change


@pytest.mark.parametrize("role", [Role.AUDIT_ADMIN, Role.SECURITY_ADMIN])
@pytest.mark.parametrize("alone", sorted(APPOINTABLE))
def test_no_one_person_touches_the_audit_or_security_admin(house: House, alone: Role, role: Role):
    """Shut, reset, dismiss: each alone, and each with oneself as the second."""
    target, actor = house.accounts[role], house.actor(alone)
    held = house.session.scalars(select(Appointment).where(Appointment.user_id == target.id)).one()
    for second in (None, actor):
        for act, key in ((organizations.disable_account, target.id),
                         (organizations.enable_account, target.id),
                         (organizations.reset_password, target.id),
                         (organizations.dismiss, held.id)):  # fmt: skip
            with pytest.raises(Refusal):
                act(house.session, actor, key, second=second)
    assert target.active
    assert house.posts(target)


def test_the_audit_admin_is_shut_out_by_two_of_whom_neither_is_the_system_admin(house: House):
    target = house.accounts[Role.AUDIT_ADMIN]
    with pytest.raises(Refusal):
        duties.propose_for_account(
            house.session, house.actor(Role.SYSTEM_ADMIN), Step.DISABLE, target.id, "停用"
        )
    item = duties.propose_for_account(
        house.session, house.actor(Role.CITY_LEADER), Step.DISABLE, target.id, "离岗"
    )
    with pytest.raises(NotAllowed):
        duties.confirm(house.session, house.actor(Role.SYSTEM_ADMIN), item.id)
    duties.confirm(house.session, house.actor(Role.SECURITY_ADMIN), item.id)
    assert not target.active


def test_a_proposal_lapses_after_seven_days_to_the_second(house: House):
    item = appoint_reviewer(house)
    end = item.expires_at
    with clock.pinned(end - timedelta(seconds=1)):
        assert duties.to_confirm(house.session, house.actor(Role.SECURITY_ADMIN)) == [item]
    with clock.pinned(end):
        assert duties.to_confirm(house.session, house.actor(Role.SECURITY_ADMIN)) == []
        with pytest.raises(OutOfTurn, match="过了期限"):
            duties.confirm(house.session, house.actor(Role.SECURITY_ADMIN), item.id)
        again = appoint_reviewer(house)
    assert item.state == Answer.EXPIRED.value
    assert again.id != item.id


def test_the_same_proposal_waits_once(house: House):
    appoint_reviewer(house)
    with pytest.raises(OutOfTurn, match="已经在等确认"):
        appoint_reviewer(house)


def test_a_proposal_is_answered_once(house: House):
    item = appoint_reviewer(house)
    duties.confirm(house.session, house.actor(Role.SECURITY_ADMIN), item.id)
    for act in (duties.confirm, lambda *keys: duties.decline(*keys, "晚了")):
        with pytest.raises(OutOfTurn, match="有了结果"):
            act(house.session, house.actor(Role.CITY_LEADER), item.id)


def test_only_who_proposed_takes_it_back(house: House):
    item = appoint_reviewer(house)
    with pytest.raises(NotAllowed):
        duties.withdraw(house.session, house.actor(Role.CITY_LEADER), item.id)
    duties.withdraw(house.session, house.actor(Role.DISTRICT_LEADER), item.id)
    assert item.state == Answer.WITHDRAWN.value


def test_a_proposal_without_a_reason_is_refused_and_so_is_declining_without_one(house: House):
    with pytest.raises(Invalid, match="写明为什么"):
        duties.propose_for_account(
            house.session, house.actor(Role.CITY_LEADER), Step.RESET,
            house.accounts[Role.DISTRICT_LEADER].id, "  ",
        )  # fmt: skip
    item = appoint_reviewer(house)
    with pytest.raises(Invalid, match="为什么不同意"):
        duties.decline(house.session, house.actor(Role.SECURITY_ADMIN), item.id, "")


def test_who_lost_the_right_to_propose_meanwhile_is_confirmed_no_more(house: House):
    item = appoint_reviewer(house)
    organizations.disable_account(
        house.session, house.grown.operator, house.accounts[Role.DISTRICT_LEADER].id
    )
    with pytest.raises(Refusal):
        duties.confirm(house.session, house.actor(Role.SECURITY_ADMIN), item.id)
    house.session.rollback()
    assert ("district_reviewer", house.grown.units["D1"].path) not in house.posts(house.nobody)


def test_a_proposal_beside_one_s_reach_is_not_there(house: House):
    item = appoint_reviewer(house)
    house.grown.invite("beside", "D2", Role.DISTRICT_LEADER)
    beside = house.session.scalars(select(Account).where(Account.username == "beside")).one()
    actor = organizations.actor_for(house.session, beside.id, 1)
    assert duties.list_proposals(house.session, actor) == []
    for act in (duties.get_proposal, duties.confirm, duties.withdraw):
        with pytest.raises(NotFound):
            act(house.session, actor, item.id)


def test_nothing_is_proposed_that_nobody_could_confirm(session: Session):
    grown = grow(session)
    leader = grown.actor("leader", "D1", Role.DISTRICT_LEADER)
    who = grown.invite("who", "B1", Role.CLERK)
    with pytest.raises(OutOfTurn, match="没有能确认"):
        duties.propose_appointment(
            session, leader, who.id, grown.units["D1"], Role.DISTRICT_REVIEWER, "任命"
        )


def test_the_operator_appoints_alone_and_the_log_says_so(house: House):
    entry = house.session.scalars(
        select(Entry).where(Entry.act == "user:appoint").order_by(Entry.number).limit(1)
    ).one()
    assert entry.user_id is None
    assert entry.detail["by"] == "operator"


@pytest.mark.parametrize("column", ["by", "confirmed_by"])
def test_the_database_knows_no_post_that_somebody_gave_themselves(house: House, column: str):
    with pytest.raises(IntegrityError):
        house.session.execute(update(Appointment).values({column: Appointment.user_id}))


@pytest.mark.parametrize("column", ["by", "user_id"])
def test_the_database_knows_no_proposal_answered_by_those_it_concerns(house: House, column: str):
    item = appoint_reviewer(house)
    house.session.flush()
    with pytest.raises(IntegrityError):
        house.session.execute(
            text(
                "UPDATE appointment_proposal SET state = 'confirmed', decided_by = "
                f'"{column}" WHERE id = :id'
            ).bindparams(id=item.id.bytes if session_is_sqlite(house.session) else item.id)
        )


def session_is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
