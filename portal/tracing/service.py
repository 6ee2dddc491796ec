"""Searching for members out of contact: a first contact log and its outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from portal import access, audit
from portal.access import Action
from portal.audit import Act
from portal.core import clock
from portal.core.errors import Invalid, OutOfTurn, Problem
from portal.core.words import Words
from portal.screening import facts
from portal.screening import service as screening
from portal.tracing.models import Contact

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.core.precision import Day
    from portal.screening.models import Record


def add_contact(
    session: Session, actor: Actor, record_id: uuid.UUID, *,
    on: Day, channel: str, result: str, responsible: str, course: str = "",
    corrects: uuid.UUID | None = None,
) -> Contact:  # fmt: skip
    """Write down one attempt to reach a member; nothing written is ever changed.

    Args:
        session: the caller's session.
        actor: the branch's clerk or secretary.
        record_id: the record of the member who is searched for.
        on: the day of the attempt.
        channel: a code of `facts.CHANNELS`.
        result: a code of `facts.RESULTS`.
        responsible: who made the attempt.
        course: how it went, in free words.
        corrects: the entry that this one puts right.

    Raises:
        Invalid: a day in the future or an unknown code.
        OutOfTurn: the actor is the one who is searched for.
    """
    record = screening.get_record(session, actor, record_id)
    access.require(actor, Action.RECORD_SCREEN, record.path)
    access.refuse_oneself(actor, record.member_id)
    faults = list(_faults(on, channel, result, responsible))
    if faults:
        raise Invalid(*faults)
    contact = Contact(
        tenant_id=record.tenant_id, record_id=record.id, path=record.path, on=on, channel=channel,
        result=result, responsible=responsible.strip(), course=course.strip() or None,
        corrects=corrects, at=clock.now(), by=actor.user_id,
    )  # fmt: skip
    session.add(contact)
    session.flush()
    audit.record(
        session, actor, Act.CONTACT_ADD, record.path, f"contact:{contact.id}", channel=channel,
        result=result,
    )  # fmt: skip
    return contact


def _faults(on: Day, channel: str, result: str, responsible: str) -> list[Problem]:
    faults = []
    if on.first() > clock.now().date():
        words = Words("联系日期在今天之后，请核对", "The day of the attempt lies in the future")
        faults.append(Problem("联系日期", words))
    if channel not in facts.CHANNELS:
        faults.append(Problem("联系渠道", Words("请选一种渠道", "Choose a channel")))
    if result not in facts.RESULTS:
        faults.append(Problem("联系结果", Words("请选一种结果", "Choose a result")))
    if not responsible.strip():
        faults.append(Problem("责任人", Words("请写明谁去联系的", "Say who made the attempt")))
    return faults


def list_contacts(session: Session, actor: Actor, record_id: uuid.UUID) -> Sequence[Contact]:
    """Return the contact log of one record in reach, the newest first."""
    record = screening.get_record(session, actor, record_id)
    return session.scalars(
        select(Contact)
        .where(Contact.tenant_id == record.tenant_id, Contact.record_id == record.id)
        .order_by(Contact.at.desc(), Contact.id.desc())
    ).all()


def channels_tried(session: Session, tenant_id: int, path: str) -> Mapping[uuid.UUID, int]:
    """Return for each record at `path` through how many channels the member was searched for."""
    rows = session.execute(
        select(Contact.record_id, func.count(Contact.channel.distinct()))
        .where(Contact.tenant_id == tenant_id, Contact.path == path)
        .group_by(Contact.record_id)
    )
    return dict(rows.all())


def set_outcome(
    session: Session, actor: Actor, record_id: uuid.UUID, outcome: str, *,
    version: int, found_on: Day | None = None, wish: str = "",
) -> Record:  # fmt: skip
    """Say whether a lost member was found. Found later, the person changes the register (D10).

    Raises:
        OutOfTurn: the member is not held to be lost, or nobody has been asked yet.
        Invalid: an unknown outcome.
    """
    record = screening.open_record(session, actor, record_id, version)
    if not record.lost:
        words = Words("先认定失联，再记查找结果", "Confirm the member is out of contact first")
        raise OutOfTurn(words)
    if outcome not in facts.FACTS["outcome"].values:
        words = Words("请选“取得联系”或“仍无法取得联系”", "Choose found or not found")
        raise Invalid(Problem("查找结果", words))
    if not list_contacts(session, actor, record_id):
        words = Words("还没有联系记录，请先记一次联系", "No attempt is on record; add one first")
        raise OutOfTurn(words)
    record.outcome = outcome
    record.found_on = found_on if outcome == "found" else None
    record.wish = wish.strip()[:200]
    audit.record(
        session, actor, Act.OUTCOME_SET, record.path, f"record:{record.id}", outcome=outcome
    )
    session.flush()
    return record


@dataclass(frozen=True, slots=True)
class Search:
    """How far the search for one member has come."""

    attempts: int
    channels: int
    last: Day | None


def searches(session: Session, actor: Actor, path: str) -> Mapping[uuid.UUID, Search]:
    """Return by record how far each search in reach at or below `path` has come."""
    rows = session.execute(
        select(
            Contact.record_id, func.count(), func.count(Contact.channel.distinct()),
            func.max(Contact.on, type_=Contact.on.type),
        )
        .where(access.reach(actor, Action.RECORD_VIEW, Contact), access.within(Contact, path))
        .group_by(Contact.record_id)
    )  # fmt: skip
    return {row[0]: Search(int(row[1]), int(row[2]), row[3]) for row in rows}
