"""What is past its time, and what keeps it all the same: a hold, or unfinished business."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.campaigns.models import Campaign
from portal.core import clock
from portal.core.words import Words
from portal.members.models import Member, Tie
from portal.organizations import service as organizations
from portal.privacy import holds
from portal.privacy.retention import CLOCKS
from portal.screening.models import Record
from portal.tracing.models import Contact

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Collection, Sequence
    from datetime import date

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

UNFINISHED = Words("有排查批次还没有结束", "a campaign the person is in is still open")
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Due:
    """One thing past its time; `why` says what keeps it, if something does."""

    kind: str
    id: uuid.UUID
    path: str
    member_id: uuid.UUID
    why: Words | None


def _members(tenant_id: int, oldest: date) -> Select[uuid.UUID, str, uuid.UUID]:
    return select(Member.id, Member.path, Member.id.label("member_id")).where(
        Member.tenant_id == tenant_id, Member.tie == Tie.LEFT.value, Member.left_on < oldest
    )


def _contacts(tenant_id: int, oldest: date) -> Select[uuid.UUID, str, uuid.UUID]:
    closed_before = datetime.combine(oldest, time.min, clock.now().tzinfo)
    return (
        select(Contact.id, Contact.path, Record.member_id)
        .join(Record, (Record.tenant_id == Contact.tenant_id) & (Record.id == Contact.record_id))
        .join(
            Campaign,
            (Campaign.tenant_id == Record.tenant_id) & (Campaign.id == Record.campaign_id),
        )
        .where(
            Contact.tenant_id == tenant_id,
            Campaign.state == "closed",
            Campaign.closed_at < closed_before,
        )
    )


# Kind, the query for what is past its time, and the column of its ids.
QUERIES: dict[str, tuple[Callable[[int, date], Select[uuid.UUID, str, uuid.UUID]], str]] = {
    "contact": (_contacts, "contact"),
    "member": (_members, "member"),
}
_IDS = {"contact": Contact.id, "member": Member.id}


def list_due(
    session: Session, tenant_id: int, kind: str, *, ids: Collection[uuid.UUID] | None = None
) -> list[Due]:
    """Return what of a kind is past its time today; of `ids` alone, if they are given."""
    today = organizations.today(session, tenant_id)
    query, column = QUERIES[kind][0](tenant_id, CLOCKS[kind].oldest(today)), _IDS[kind]
    if ids is not None:
        query = query.where(column.in_(ids))
    rows = session.execute(query.order_by(column)).all()
    held = holds.in_force(session, tenant_id)
    busy = _busy(session, tenant_id, [row.member_id for row in rows])
    return [
        Due(kind, row[0], row[1], row[2], _why(held, busy, row[1], row[2]))
        for row in rows
    ]  # fmt: skip


def _why(
    held: holds.InForce, busy: set[uuid.UUID], path: str, member_id: uuid.UUID
) -> Words | None:
    if held.covers(path, member_id):
        return holds.HELD
    return UNFINISHED if member_id in busy else None


def _busy(session: Session, tenant_id: int, members: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return which members take part in a campaign that is open."""
    found: set[uuid.UUID] = set()
    for start in range(0, len(members), _BATCH):
        found |= set(
            session.scalars(
                select(Record.member_id)
                .join(
                    Campaign,
                    (Campaign.tenant_id == Record.tenant_id) & (Campaign.id == Record.campaign_id),
                )
                .where(
                    Record.tenant_id == tenant_id,
                    Record.member_id.in_(members[start : start + _BATCH]),
                    Campaign.state != "closed",
                )
            )
        )
    return found


def counts(found: Sequence[Due]) -> dict[str, int]:
    """Return how many things of each kind may be destroyed."""
    return dict(Counter(each.kind for each in found if each.why is None))
