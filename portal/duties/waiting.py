"""Finding what was proposed: what waits for whom, and how each proposal stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from portal import access
from portal.access import Action, Role
from portal.core import clock
from portal.core.errors import NotFound
from portal.core.words import Words
from portal.duties.models import Answer, AppointmentProposal

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from sqlalchemy.orm import Session

    from portal.access import Actor

SHOWN = 100
PROPOSAL = Words("任免提议", "proposal")


def get_proposal(session: Session, actor: Actor, proposal_id: uuid.UUID) -> AppointmentProposal:
    """Return a proposal in reach.

    Raises:
        NotFound: there is none such.
    """
    found = session.scalars(
        select(AppointmentProposal).where(
            access.reach(actor, Action.USER_VIEW, AppointmentProposal),
            AppointmentProposal.id == proposal_id,
        )
    ).one_or_none()
    if found is None:
        raise NotFound(PROPOSAL)
    return found


def list_proposals(session: Session, actor: Actor) -> list[AppointmentProposal]:
    """Return the proposals in reach, the newest first."""
    return list(
        session.scalars(
            select(AppointmentProposal)
            .where(access.reach(actor, Action.USER_VIEW, AppointmentProposal))
            .order_by(AppointmentProposal.id.desc())
            .limit(SHOWN)
        )
    )


def to_confirm(session: Session, actor: Actor) -> list[AppointmentProposal]:
    """Return the proposals that wait for this actor, the oldest first."""
    waiting = session.scalars(
        select(AppointmentProposal)
        .where(
            access.reach(actor, Action.USER_VIEW, AppointmentProposal),
            AppointmentProposal.state == Answer.WAITING.value,
            AppointmentProposal.expires_at > clock.now(),
        )
        .order_by(AppointmentProposal.id)
        .limit(SHOWN)
    )
    return [item for item in waiting if may_decide(actor, item)]


def state_of(item: AppointmentProposal, now: datetime) -> Answer:
    """Return how a proposal stands at `now`: one whose time is over has expired."""
    lapsed = item.state == Answer.WAITING.value and item.expires_at <= now
    return Answer.EXPIRED if lapsed else Answer(item.state)


def may_decide(actor: Actor, item: AppointmentProposal) -> bool:
    """Tell whether the actor may confirm or decline: neither who proposed nor whom it concerns."""
    return actor.user_id not in {None, item.by, item.user_id} and access.may_confirm(
        actor, Role(item.role), item.path
    )
