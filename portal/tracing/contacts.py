"""The contact log: one attempt to reach a member a row, typed by a person, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from portal import access, audit
from portal.access import Action
from portal.audit import Act
from portal.core import clock
from portal.core.errors import Invalid, NotFound, Problem
from portal.core.words import Words
from portal.members.models import Member
from portal.organizations import service as organizations
from portal.screening import facts
from portal.screening import service as screening
from portal.tracing.models import Contact

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.core.precision import Day
    from portal.screening.models import Record

CONTACT = Words("联系记录", "contact entry")


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
        NotFound: the entry to be put right is not one of this record.
        Invalid: a day in the future or before joining, an unknown code, an entry that was put
            right before.
        OutOfTurn: the actor is the one who is searched for.
    """
    record = screening.get_record(session, actor, record_id)
    access.require(actor, Action.RECORD_SCREEN, record.path)
    access.refuse_oneself(actor, record.member_id)
    joined = session.scalar(
        select(Member.joined).where(
            Member.tenant_id == record.tenant_id, Member.id == record.member_id
        )
    )
    faults = [
        *_faults_of_day(on, joined, organizations.today(session, actor.tenant_id)),
        *_faults(channel, result, responsible),
        *_faults_of_correction(session, record, corrects),
    ]  # fmt: skip
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
        result=result, **({"corrects": str(corrects)} if corrects else {}),
    )  # fmt: skip
    return contact


def _faults_of_day(on: Day, joined: Day | None, today: date) -> Iterator[Problem]:
    if on.first() > today:
        words = Words("联系日期在今天之后，请核对", "The day of the attempt lies in the future")
        yield Problem("联系日期", words)
    if joined is not None and on.text < joined.text[: len(on.text)]:
        words = Words(
            f"联系日期早于入党时间 {joined.text}，请核对是哪一个写错了",
            f"The attempt is dated before the member joined ({joined.text}); one of them is wrong",
        )
        yield Problem("联系日期", words)


def _faults(channel: str, result: str, responsible: str) -> Iterator[Problem]:
    if channel not in facts.CHANNELS:
        yield Problem("联系渠道", Words("请选一种渠道", "Choose a channel"))
    if result not in facts.RESULTS:
        yield Problem("联系结果", Words("请选一种结果", "Choose a result"))
    if not responsible.strip():
        yield Problem("责任人", Words("请写明谁去联系的", "Say who made the attempt"))


def _faults_of_correction(
    session: Session, record: Record, corrects: uuid.UUID | None
) -> Iterator[Problem]:
    if corrects is None:
        return
    old = session.scalars(_log(record).where(Contact.id == corrects)).one_or_none()
    if old is None:
        raise NotFound(CONTACT)
    if session.scalars(_log(record).where(Contact.corrects == corrects)).first() is not None:
        words = Words(
            "这一条已经更正过，请在更正后的那一条上再改",
            "This entry was put right already; correct the newer one instead",
        )
        yield Problem("更正", words)


def _log(record: Record) -> Select[Contact]:
    return select(Contact).where(
        Contact.tenant_id == record.tenant_id, Contact.record_id == record.id
    )


def list_contacts(session: Session, actor: Actor, record_id: uuid.UUID) -> Sequence[Contact]:
    """Return the contact log of one record in reach, the newest first."""
    record = screening.get_record(session, actor, record_id)
    return session.scalars(_log(record).order_by(Contact.at.desc(), Contact.id.desc())).all()


def get_contact(
    session: Session, actor: Actor, record_id: uuid.UUID, contact_id: uuid.UUID
) -> Contact:
    """Return one entry of the log of a record in reach.

    Raises:
        NotFound: the record has none such, or is out of reach.
    """
    record = screening.get_record(session, actor, record_id)
    found = session.scalars(_log(record).where(Contact.id == contact_id)).one_or_none()
    if found is None:
        raise NotFound(CONTACT)
    return found


def channels_tried(session: Session, tenant_id: int, path: str) -> Mapping[uuid.UUID, int]:
    """Return for each record at `path` through how many channels the member was searched for."""
    rows = session.execute(
        select(Contact.record_id, func.count(Contact.channel.distinct()))
        .where(Contact.tenant_id == tenant_id, Contact.path == path, _stands())
        .group_by(Contact.record_id)
    )
    return dict(rows.all())


def _stands() -> ColumnElement[bool]:
    """Keep the entries that no later one puts right."""
    newer = aliased(Contact, name="newer")
    return ~(
        select(newer.id)
        .where(newer.tenant_id == Contact.tenant_id, newer.corrects == Contact.id)
        .exists()
    )


@dataclass(frozen=True, slots=True)
class Search:
    """How far the search for one member has come; entries put right do not count."""

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
        .where(
            access.reach(actor, Action.RECORD_VIEW, Contact), access.within(Contact, path),
            _stands(),
        )
        .group_by(Contact.record_id)
    )  # fmt: skip
    return {row[0]: Search(int(row[1]), int(row[2]), row[3]) for row in rows}
