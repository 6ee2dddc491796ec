"""The list of members a branch works through: who is on it, narrowed down, counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, or_, select

from portal import access
from portal.access import Action
from portal.members.models import Member
from portal.screening.models import Record

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.campaigns.models import Campaign


def audited(campaign: Campaign, path: str) -> ColumnElement[bool]:
    """Return the condition for the records that count at or below `path`."""
    return and_(
        Record.tenant_id == campaign.tenant_id,
        Record.campaign_id == campaign.id,
        access.within(Record, path),
        Record.withdrawn.is_(False),
    )


def list_records(
    session: Session, actor: Actor, campaign: Campaign, path: str, *,
    only: str = "all", after: tuple[str, uuid.UUID] | None = None, limit: int = 100,
) -> Sequence[tuple[Record, Member]]:  # fmt: skip
    """Return records with their members at or below `path`, by name.

    Args:
        session: the caller's session.
        actor: who asks; only records in reach are returned.
        campaign: which campaign.
        path: where.
        only: all, open (in doubt or not screened), proposed (a finding waits for a person),
            focus, lost, floating, nominal or receipt.
        after: name and member id of the last row of the page before.
        limit: the size of the page.
    """
    query = (
        select(Record, Member)
        .join(Member, and_(Member.tenant_id == Record.tenant_id, Member.id == Record.member_id))
        .where(audited(campaign, path), access.reach(actor, Action.RECORD_VIEW, Record))
        .order_by(Member.name, Member.id)
        .limit(limit)
    )
    if only != "all":
        query = query.where(_FILTERS[only]())
    if after is not None:
        query = query.where(
            or_(Member.name > after[0], and_(Member.name == after[0], Member.id > after[1]))
        )
    return [(record, member) for record, member in session.execute(query)]


_FILTERS: Mapping[str, Any] = {
    "open": lambda: or_(Record.screened.is_(False), Record.proposal != ""),
    "proposed": lambda: Record.proposal != "",
    "focus": lambda: or_(Record.focus != "", Record.focus_proposed != ""),
    "lost": lambda: Record.lost.is_(True),
    "floating": lambda: Record.floating.is_(True),
    "nominal": lambda: Record.nominal != "",
    "receipt": lambda: Record.receipt != "",
}
FILTERS = ("all", *_FILTERS)


def numbers(session: Session, actor: Actor, campaign: Campaign, path: str) -> Mapping[str, int]:
    """Return how many records in reach each filter of `list_records` leaves at or below `path`."""
    sums = [func.coalesce(func.sum(case((when(), 1), else_=0)), 0) for when in _FILTERS.values()]
    row = session.execute(
        select(func.count(), *sums).where(
            audited(campaign, path), access.reach(actor, Action.RECORD_VIEW, Record)
        )
    ).one()
    return dict(zip(FILTERS, (int(number) for number in row), strict=True))
