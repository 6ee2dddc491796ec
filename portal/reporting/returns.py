"""Finding what a unit owes, within the actor's reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from portal import access
from portal.access import Action
from portal.campaigns import service as campaigns
from portal.campaigns.models import Campaign
from portal.core.errors import NotFound
from portal.core.words import Words
from portal.organizations import service as organizations
from portal.reporting.models import Return
from portal.scope import service as scope

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from portal.access import Actor

RETURN = Words("报表", "return")


def count_by_state(session: Session) -> Sequence[tuple[int, str, int]]:
    """Return tenant, state and number of returns; for whoever watches the machine."""
    query = select(Return.tenant_id, Return.state, func.count())
    found: list[tuple[int, str, int]] = []
    for tenant in organizations.list_tenants(session):
        with scope.beyond(session, scope.Reason.COUNTING, tenant.id):
            rows = session.execute(query.group_by(Return.tenant_id, Return.state))
            found += [(number, state, count) for number, state, count in rows]
    return found


def get_return(session: Session, actor: Actor, return_id: uuid.UUID) -> Return:
    """Return one return in the actor's reach.

    Raises:
        NotFound: there is none such, or none that the actor may know about.
    """
    item = session.scalars(
        select(Return).where(
            Return.id == return_id, access.reach(actor, Action.REPORT_VIEW, Return)
        )
    ).one_or_none()
    if item is None:
        raise NotFound(RETURN)
    return item


def find_return(
    session: Session, actor: Actor, campaign: Campaign, path: str, deliverable: str
) -> Return | None:
    """Return what the unit at `path` owes on `deliverable`, if it owes it and it is in reach."""
    return session.scalars(
        select(Return).where(
            Return.campaign_id == campaign.id,
            Return.path == path,
            Return.deliverable == deliverable,
            access.reach(actor, Action.REPORT_VIEW, Return),
        )
    ).one_or_none()


def list_returns(session: Session, actor: Actor, campaign: Campaign, path: str) -> Sequence[Return]:
    """Return everything that the unit at `path` owes, the earliest first."""
    return session.scalars(
        select(Return)
        .where(
            Return.campaign_id == campaign.id,
            Return.path == path,
            access.reach(actor, Action.REPORT_VIEW, Return),
        )
        .order_by(Return.due_at, Return.deliverable)
    ).all()


def list_owed(
    session: Session, actor: Actor, campaign: Campaign, *,
    path: str | None = None, state: str = "", deliverable: str = "",
    after: uuid.UUID | None = None, limit: int = 50,
) -> Sequence[Return]:  # fmt: skip
    """Return what is owed in the actor's reach, in the order in which it came to be owed.

    Args:
        session: the caller's session.
        actor: who asks.
        campaign: which campaign.
        path: only the unit at this path and what is beneath it.
        state: only returns in this state.
        deliverable: only this one.
        after: the id of the last return of the page before.
        limit: the size of the page.
    """
    query = select(Return).where(
        Return.campaign_id == campaign.id, access.reach(actor, Action.REPORT_VIEW, Return)
    )
    if path is not None:
        query = query.where(access.within(Return, path))
    if state:
        query = query.where(Return.state == state)
    if deliverable:
        query = query.where(Return.deliverable == deliverable)
    if after is not None:
        query = query.where(Return.id > after)
    return session.scalars(query.order_by(Return.id).limit(limit)).all()


def campaign_of(session: Session, item: Return) -> Campaign:
    """Return the campaign that a return belongs to."""
    return session.get_one(Campaign, (item.tenant_id, item.campaign_id))


def tables_return(session: Session, actor: Actor, campaign: Campaign, path: str) -> Return:
    """Return what the unit at `path` owes on the official tables.

    Raises:
        NotFound: it owes none, or is out of reach.
    """
    code = campaigns.plan_of(campaign).tables.code
    item = find_return(session, actor, campaign, path, code)
    if item is None:
        raise NotFound(RETURN)
    return item
