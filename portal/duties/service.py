"""The door of this part: proposals that another confirms, emergency access, one's own record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.duties.emergency import (
    end_access,
    get_access,
    is_under,
    list_accesses,
    note_use,
    open_access,
)
from portal.duties.proposals import (
    STEPS,
    confirm,
    decline,
    invite,
    propose_appointment,
    propose_dismissal,
    propose_for_account,
    withdraw,
)
from portal.duties.waiting import (
    get_proposal,
    list_proposals,
    may_decide,
    state_of,
    to_confirm,
)
from portal.members import service as members
from portal.organizations import service as organizations

if TYPE_CHECKING:
    import uuid

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.organizations.models import Account

__all__ = [
    "STEPS", "confirm", "decline", "end_access", "get_access", "get_proposal", "invite",
    "is_under", "link_member", "list_accesses", "list_proposals", "may_decide", "note_use",
    "open_access", "propose_appointment", "propose_dismissal", "propose_for_account", "state_of",
    "to_confirm", "withdraw",
]  # fmt: skip


def link_member(
    session: Session, actor: Actor, user_id: int, member_id: uuid.UUID | None
) -> Account:
    """Say which member the holder of an account is, so that they never act on their own record.

    Raises:
        NotFound: no such account, or no such member, within reach.
        NotAllowed: the holder has a post that the actor may not fill.
        OutOfTurn: it is the actor's own account.
    """
    if member_id is not None:
        members.get_member(session, actor, member_id)
    return organizations.link_member(session, actor, user_id, member_id)
