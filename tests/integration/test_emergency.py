"""Emergency access: a reason, an hour at most, heard of at once, over to the second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal import access
from portal.access import Action, Role
from portal.audit import Entry
from portal.core import clock
from portal.core.errors import Invalid, NotAllowed, NotFound, OutOfTurn, Refusal
from portal.duties import service as duties
from portal.members import service as members
from portal.notifications import service as notifications
from portal.organizations import service as organizations
from portal.organizations.models import EmergencyAccess
from tests.integration.grown import Grown, grow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.access import Actor

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
WHY = "汛情紧急，要马上联系在外党员"


@pytest.fixture
def grown(session: Session) -> Grown:
    made = grow(session)
    for name, code, role in (
        ("leader", "D1", Role.DISTRICT_LEADER), ("beside", "D2", Role.DISTRICT_LEADER),
        ("auditor", "C", Role.AUDIT_ADMIN), ("safety", "C", Role.SECURITY_ADMIN),
        ("secretary", "B1", Role.SECRETARY), ("clerk", "B1", Role.CLERK),
        ("city", "C", Role.CITY_LEADER), ("system", "C", Role.SYSTEM_ADMIN),
    ):  # fmt: skip
        made.invite(name, code, role)
    for code in ("B1", "B2"):
        members.add(session, made.operator, made.units[code], {"name": f"某{code}"})
    session.commit()
    return made


def who(grown: Grown, name: str, at: datetime | None = None) -> Actor:
    account = organizations.find_account(grown.session, name)
    assert account is not None
    return organizations.actor_for(grown.session, account.id, 1, at)


def opened(grown: Grown, name: str = "leader", code: str = "B1", minutes: int = 60):
    with clock.pinned(NOON):
        return duties.open_access(
            grown.session, who(grown, name), grown.units[code], minutes=minutes, reason=WHY
        )


def names(grown: Grown, actor: Actor) -> list[str]:
    return [member.name for member in members.list_members(grown.session, actor)]


def test_it_opens_the_persons_of_one_branch_and_no_others(grown: Grown):
    assert names(grown, who(grown, "leader", NOON)) == []
    opened(grown)
    assert names(grown, who(grown, "leader", NOON)) == ["某B1"]


@pytest.mark.parametrize("minutes", [1, 17, 60])
def test_it_ends_by_itself_to_the_second(grown: Grown, minutes: int):
    opened(grown, minutes=minutes)
    end = NOON + timedelta(minutes=minutes)
    second = timedelta(seconds=1)
    for at, seen in ((NOON - second, []), (NOON, ["某B1"]), (end - second, ["某B1"]),
                     (end - timedelta(microseconds=1), ["某B1"]), (end, []),
                     (end + second, []), (end + timedelta(days=1), [])):  # fmt: skip
        assert names(grown, who(grown, "leader", at)) == seen, at
        with clock.pinned(at):
            assert names(grown, who(grown, "leader")) == seen, at


def test_it_shows_and_changes_nothing(grown: Grown):
    opened(grown)
    actor = who(grown, "leader", NOON)
    (member,) = members.list_members(grown.session, actor)
    with pytest.raises(NotAllowed):
        members.change(grown.session, actor, member.id, {"name": "改"}, version=member.version)
    for action in Action:
        may = access.allows(actor, action, grown.units["B1"].path)
        before = access.allows(
            who(grown, "leader", NOON - timedelta(days=1)), action, grown.units["B1"].path
        )
        assert may == (before or action in {Action.MEMBER_VIEW, Action.RECORD_VIEW}), action


def test_the_audit_admin_and_the_secretary_hear_at_once(grown: Grown):
    found = opened(grown)
    for name in ("auditor", "secretary"):
        (notice,) = notifications.inbox(grown.session, who(grown, name))
        assert notice.link == f"/emergency/{found.id}"
        assert (notice.kind, notice.at) == ("emergency", NOON)
    for name in ("clerk", "safety", "city"):
        assert notifications.inbox(grown.session, who(grown, name)) == []


def test_every_act_under_it_carries_its_mark(grown: Grown):
    found = opened(grown)
    with clock.pinned(NOON + timedelta(minutes=5)):
        actor = who(grown, "leader")
        duties.note_use(grown.session, actor, "page:roster.show")
        duties.end_access(grown.session, actor, found.id)
    grown.session.commit()
    entries = grown.session.scalars(
        select(Entry).where(Entry.act.startswith("emergency:")).order_by(Entry.number)
    ).all()
    assert [entry.act for entry in entries] == [
        "emergency:open", "emergency:use", "emergency:end",
    ]  # fmt: skip
    assert {entry.detail["emergency"] for entry in entries} == {found.id.hex}
    assert not any(WHY in str(entry.detail) for entry in entries)


def test_an_act_elsewhere_carries_no_mark(grown: Grown):
    opened(grown)
    actor = who(grown, "leader", NOON)
    assert access.basis_of(actor, grown.units["B1"].path)
    assert not access.basis_of(actor, grown.units["B2"].path)
    assert not access.basis_of(actor, grown.units["D1"].path)


@pytest.mark.parametrize("ending", ["leader", "safety"])
def test_it_can_be_ended_early(grown: Grown, ending: str):
    found = opened(grown)
    at = NOON + timedelta(minutes=10)
    with clock.pinned(at):
        duties.end_access(grown.session, who(grown, ending), found.id)
    assert names(grown, who(grown, "leader", at - timedelta(seconds=1))) == ["某B1"]
    assert names(grown, who(grown, "leader", at)) == []
    with clock.pinned(at), pytest.raises(OutOfTurn, match="已经结束"):
        duties.end_access(grown.session, who(grown, ending), found.id)


def test_others_do_not_end_it_and_those_beside_do_not_see_it(grown: Grown):
    found = opened(grown)
    with clock.pinned(NOON):
        for name in ("secretary", "city"):
            with pytest.raises(NotAllowed):
                duties.end_access(grown.session, who(grown, name), found.id)
        for name in ("beside", "clerk", "system"):
            assert duties.list_accesses(grown.session, who(grown, name)) == []
            with pytest.raises(NotFound):
                duties.end_access(grown.session, who(grown, name), found.id)
        for name in ("auditor", "secretary", "safety", "leader"):
            assert duties.list_accesses(grown.session, who(grown, name)) == [found]


@pytest.mark.parametrize(
    ("name", "code"),
    [("leader", "B4"), ("leader", "B1"), ("city", "B3"), ("leader", "H3"), ("beside", "B1"),
     ("clerk", "B1"), ("secretary", "B1"), ("system", "B1"), ("safety", "B1"), ("auditor", "B1"),
     ("leader", "H1"), ("leader", "D1")],
)  # fmt: skip
def test_only_a_superior_opens_it_and_only_on_a_branch(grown: Grown, name: str, code: str):
    may = name in {"leader", "city"} and code in {"B1", "B3", "B4"}
    if may:
        assert opened(grown, name, code).minutes == 60
        return
    with pytest.raises(Refusal):
        opened(grown, name, code)


@pytest.mark.parametrize("minutes", [0, -5, 61, 10_000])
def test_it_never_lasts_longer_than_an_hour(grown: Grown, minutes: int):
    with pytest.raises(Invalid, match="60"):
        opened(grown, minutes=minutes)
    found = opened(grown)
    with pytest.raises(IntegrityError):
        grown.session.execute(
            update(EmergencyAccess).where(EmergencyAccess.id == found.id).values(minutes=61)
        )


@pytest.mark.parametrize("reason", ["", "    ", "急"])
def test_it_wants_a_written_reason(grown: Grown, reason: str):
    with pytest.raises(Invalid, match="写明"):
        duties.open_access(
            grown.session, who(grown, "leader"), grown.units["B1"], minutes=5, reason=reason
        )


def test_it_is_open_once_at_a_time(grown: Grown):
    opened(grown)
    with pytest.raises(OutOfTurn, match="还没有结束"):
        opened(grown)


def test_it_ends_with_the_post_that_permitted_it(grown: Grown):
    opened(grown)
    actor = who(grown, "leader", NOON)
    (post,) = organizations.posts_of(grown.session, actor)
    organizations.appoint(
        grown.session, grown.operator, actor.user_id or 0, grown.units["H3"], Role.ORGANISER
    )
    organizations.dismiss(grown.session, grown.operator, post.appointment_id)
    assert names(grown, who(grown, "leader", NOON)) == []
