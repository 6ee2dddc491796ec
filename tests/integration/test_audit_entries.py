"""The audit log: written with the change, read by the audit admin, page by page."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from portal import audit
from portal.access import Actor, Grant, Role
from portal.audit import Act, Entry
from portal.core import clock
from portal.core.database import transaction

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

CLERK = Actor(5, 1, frozenset({Grant(Role.CLERK, "/1/2/")}))
AUDITOR = Actor(9, 1, frozenset({Grant(Role.AUDIT_ADMIN, "/1/")}))


def note(session: Session, *, path: str = "/1/2/", who: Actor = CLERK, act: Act = Act.APPOINT):
    with transaction(session):
        audit.record(session, who, act, path, "unit:1", count=3)
    return session.scalars(select(Entry).order_by(Entry.number.desc()).limit(1)).one()


def test_an_entry_says_who_did_what_where_when_and_to_what(session: Session):
    entry = note(session)
    assert (entry.tenant_id, entry.user_id, entry.act) == (1, 5, "user:appoint")
    assert (entry.path, entry.subject, entry.detail) == ("/1/2/", "unit:1", {"count": 3})
    assert abs(clock.now() - entry.at) < timedelta(seconds=10)


def test_an_entry_is_kept_with_its_change_or_not_at_all(session: Session):
    def fail() -> None:
        with transaction(session):
            audit.record(session, CLERK, Act.APPOINT, "/1/", "unit:1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert session.scalar(select(func.count()).select_from(Entry)) == 0


def test_only_the_audit_admin_reads_and_only_of_their_place_and_tenant(session: Session):
    seen = note(session)
    note(session, path="/3/")
    note(session, who=Actor(5, 2, CLERK.grants))
    assert [entry.id for entry in audit.list_entries(session, AUDITOR)] == [seen.id]
    assert not audit.list_entries(session, CLERK)


def test_the_newest_come_first_in_pages(session: Session):
    numbers = [note(session).number for _ in range(5)]
    first = audit.list_entries(session, AUDITOR, limit=2)
    assert [entry.number for entry in first] == [numbers[4], numbers[3]]
    second = audit.list_entries(session, AUDITOR, limit=2, before=first[-1].number)
    assert [entry.number for entry in second] == [numbers[2], numbers[1]]


def test_entries_are_found_by_act_by_person_and_by_time(session: Session):
    mine, other = note(session), note(session, who=Actor(6, 1, CLERK.grants), act=Act.DISMISS)

    def found(**asked: object) -> list[object]:
        return [entry.id for entry in audit.list_entries(session, AUDITOR, **asked)]

    assert found(act="user:dismiss") == [other.id]
    assert found(user_id=5) == [mine.id]
    assert found(until=other.at) == ([mine.id] if mine.at < other.at else [])
    assert found(user_id=0) == []
    assert len(found()) == 2


def test_a_page_holds_fifty_unless_asked_otherwise(session: Session):
    with transaction(session):
        for _ in range(51):
            audit.record(session, CLERK, Act.APPOINT, "/1/", "unit:1")
    assert len(audit.list_entries(session, AUDITOR)) == 50
