"""Who had a hand in a return: whoever prepared or filed it never reviews it, nor the reverse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, or_, select

from portal.core.errors import OutOfTurn
from portal.core.words import Words
from portal.reporting.models import Explanation, Filing, Override, Remark, Return
from portal.scope import service as scope
from portal.screening.models import Record

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from portal.access import Actor

PREPARED = Words(
    "这份报表是您自己填报或上报的，须由别的同志审核",
    "You prepared or filed this yourself: somebody else must review it",
)
REVIEWED = Words(
    "这份报表您审核过，不能再由您填报或上报，请由本单位别的同志办理",
    "You reviewed this: somebody else of the unit has to prepare and file it",
)


@scope.through(scope.Reason.HANDS)
def refuse_preparer(session: Session, actor: Actor, item: Return) -> None:
    """Return quietly unless the actor prepared or filed this return, in whichever round.

    Raises:
        OutOfTurn: they did.
    """
    who = actor.user_id
    prepared = [
        exists().where(*_of(item, Filing), Filing.by == who),
        exists().where(*_of(item, Explanation), Explanation.by == who),
        exists().where(*_of(item, Override), Override.by == who),
        exists().where(*_of(item, Remark), Remark.answered_by == who),
        exists().where(
            Record.tenant_id == item.tenant_id,
            Record.campaign_id == item.campaign_id,
            Record.path == item.path,
            or_(Record.screened_by == who, Record.confirmed_by == who),
        ),
    ]
    if who is not None and session.scalar(select(or_(*prepared))):
        raise OutOfTurn(PREPARED)


@scope.through(scope.Reason.HANDS)
def refuse_reviewer(session: Session, actor: Actor, item: Return) -> None:
    """Return quietly unless the actor reviewed this return in an earlier round.

    Raises:
        OutOfTurn: they did.
    """
    who = actor.user_id
    if who is None:
        return
    remarked = exists().where(*_of(item, Remark), Remark.by == who)
    if who in {item.taken_up_by, item.decided_by} or session.scalar(select(remarked)):
        raise OutOfTurn(REVIEWED)


def _of(
    item: Return, table: type[Filing | Explanation | Override | Remark]
) -> tuple[ColumnElement[bool], ...]:
    return table.tenant_id == item.tenant_id, table.return_id == item.id
