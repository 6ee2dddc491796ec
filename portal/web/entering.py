"""Letting somebody in who has given one proof: the same steps whoever looked at the proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.core.database import transaction
from portal.identity import service as identity
from portal.organizations import service as organizations
from portal.scope import service as scope
from portal.web import door

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.identity.service import Attempt, SignIn, Stage
    from portal.organizations.models import Account


def enter(tried: Attempt, *, right: bool, factor: bool = False) -> bool:
    """Let in who made the attempt: to the portal, or to the question for a code.

    Args:
        tried: the attempt, which has its place in the counts.
        right: whether the proof holds.
        factor: whether it was a second factor as well.
    """
    with transaction(door.db()) as session, scope.beyond(session, scope.Reason.SIGN_IN):
        who = organizations.find_account(session, tried.username)
        if not right or who is None:
            identity.fail(session, tried)
            return False
        scope.bind_account(session, who.tenant_id, who.id)
        asked = door.settings().second_factor
        stage = identity.next_stage(session, who, second_factor=asked, given=factor)
        if stage == identity.Stage.CODE:
            identity.half(session, tried)
        else:
            identity.succeed(session, tried)
        row, token = started(session, who, stage)
    door.remember(row, token, who)
    return True


def started(session: Session, who: Account, stage: Stage) -> tuple[SignIn, str]:
    """Open the session of somebody who has come as far as `stage`."""
    if stage != identity.Stage.CODE:
        profile = door.settings().password_profile
        identity.welcome(session, who, profile=profile, channel="web")
    return identity.start(session, who, door.visit(), stage)
