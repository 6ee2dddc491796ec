"""What became of a search. Each time it is said anew, what was said before stays on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from portal import audit
from portal.audit import Act
from portal.core import clock
from portal.core.errors import Invalid, OutOfTurn, Problem
from portal.core.words import Words
from portal.organizations import service as organizations
from portal.screening import facts
from portal.screening import service as screening
from portal.tracing import contacts
from portal.tracing.models import Case, OutcomeEntry

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterator, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.core.precision import Day
    from portal.screening.models import Record


def set_outcome(
    session: Session, actor: Actor, record_id: uuid.UUID, outcome: str, *,
    version: int, found_on: Day | None = None, wish: str = "",
) -> Record:  # fmt: skip
    """Say whether a lost member was found. Found later, the person changes the register (D10).

    What had been decided of the member's identity is open again when the outcome changes.

    Raises:
        OutOfTurn: the member is not held to be lost, or nobody has been asked yet.
        Invalid: an unknown outcome, or a day of finding in the future or before the last contact.
    """
    record = screening.open_record(session, actor, record_id, version)
    if not record.lost:
        words = Words("先认定失联，再记查找结果", "Confirm the member is out of contact first")
        raise OutOfTurn(words)
    if not contacts.list_contacts(session, actor, record_id):
        words = Words("还没有联系记录，请先记一次联系", "No attempt is on record; add one first")
        raise OutOfTurn(words)
    found_on = found_on if outcome == "found" else None
    if faults := list(
        _faults(record, outcome, found_on, organizations.today(session, actor.tenant_id))
    ):
        raise Invalid(*faults)
    was = record.outcome
    record.outcome, record.found_on = outcome, found_on
    record.wish = wish.strip()[:200]
    if was != outcome:
        _open_again(session, record)
    session.add(
        OutcomeEntry(
            tenant_id=record.tenant_id,
            record_id=record.id,
            path=record.path,
            outcome=outcome,
            found_on=found_on,
            at=clock.now(),
            by=actor.user_id,
        )
    )
    audit.record(
        session, actor, Act.OUTCOME_SET, record.path, f"record:{record.id}", outcome=outcome,
        was=was,
    )  # fmt: skip
    session.flush()
    return record


def _faults(record: Record, outcome: str, found_on: Day | None, today: date) -> Iterator[Problem]:
    if outcome not in facts.FACTS["outcome"].values:
        words = Words("请选“取得联系”或“仍无法取得联系”", "Choose found or not found")
        yield Problem("查找结果", words)
    if found_on is None:
        return
    if found_on.first() > today:
        words = Words("取得联系的日期在今天之后，请核对", "The day of finding lies in the future")
        yield Problem("取得联系日期", words)
    last = record.last_contact
    if last is not None and found_on.text < last.text[: len(found_on.text)]:
        words = Words(
            f"取得联系的日期早于最后一次联系 {last.text}，请核对",
            f"Found before the last contact on record ({last.text}); check the two days",
        )
        yield Problem("取得联系日期", words)


def _open_again(session: Session, record: Record) -> None:
    case = session.scalars(
        select(Case).where(Case.tenant_id == record.tenant_id, Case.record_id == record.id)
    ).one_or_none()
    if case is not None:
        case.way, case.way_note, case.way_at, case.way_by = "", "", None, None


def list_outcomes(session: Session, actor: Actor, record_id: uuid.UUID) -> Sequence[OutcomeEntry]:
    """Return what was said of the outcome, the newest first: the way between the registers."""
    record = screening.get_record(session, actor, record_id)
    return session.scalars(
        select(OutcomeEntry)
        .where(OutcomeEntry.tenant_id == record.tenant_id, OutcomeEntry.record_id == record.id)
        .order_by(OutcomeEntry.at.desc(), OutcomeEntry.id.desc())
    ).all()
