"""The second person: agreeing to a large export, or not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal import access, audit
from portal.access import Action
from portal.audit import Act
from portal.core import clock
from portal.core.errors import NotAllowed, OutOfTurn, Overtaken
from portal.core.words import Words
from portal.exports.looking import get_export
from portal.exports.models import Export
from portal.exports.rules import APPROVERS, KEPT
from portal.notifications import service as notifications
from portal.organizations import service as organizations

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from portal.access import Actor

_NOT_WAITING = Words(
    "这次导出已经有人办过，或已过 24 小时作废。要用请重新申请",
    "This export was decided on already, or lapsed after 24 hours. Ask for it anew",
)
_ANOTHER = Words(
    "导出要由另一位同志批准：本单位负责同志，或上级负责同志。自己申请的，自己不能批准",
    "Another person must approve it: the signer of the same unit or of one above. Nobody approves "
    "their own",
)


def may_decide(session: Session, actor: Actor, export: Export) -> bool:
    """Tell whether the actor may agree to this export: by post, by place, and not to their own."""
    if export.by is None or export.by == actor.user_id:
        return False
    asker = organizations.actor_for(session, export.by, export.tenant_id)
    may = {role for grant in asker.grants for role in APPROVERS.get(grant.role, ())}
    fitting = frozenset(grant for grant in actor.grants if grant.role in may)
    return access.allows(replace(actor, grants=fitting), Action.EXPORT_APPROVE, export.path)


def list_waiting(session: Session, actor: Actor) -> Sequence[Export]:
    """Return the exports that wait for this person, the oldest first."""
    query = select(Export).where(
        access.reach(actor, Action.EXPORT_APPROVE, Export),
        Export.state == "waiting",
        Export.at > clock.now() - KEPT,
    )
    found = session.scalars(query.order_by(Export.id).limit(50)).all()
    return [export for export in found if may_decide(session, actor, export)]


def approve(session: Session, actor: Actor, export_id: uuid.UUID, *, version: int) -> Export:
    """Agree to an export; whoever asked may fetch it now.

    Raises:
        NotFound: no such export within reach.
        NotAllowed: it is the actor's own, or not theirs to decide.
        OutOfTurn: it is decided already, or lapsed.
        Overtaken: somebody was faster.
    """
    return _decide(session, actor, export_id, version, "ready", Act.EXPORT_APPROVE)


def refuse(session: Session, actor: Actor, export_id: uuid.UUID, *, version: int) -> Export:
    """Turn an export down; its file is of no use to anybody any more.

    Raises:
        NotFound: no such export within reach.
        NotAllowed: it is the actor's own, or not theirs to decide.
        OutOfTurn: it is decided already, or lapsed.
        Overtaken: somebody was faster.
    """
    return _decide(session, actor, export_id, version, "refused", Act.EXPORT_REFUSE)


def _decide(
    session: Session, actor: Actor, export_id: uuid.UUID, version: int, state: str, act: Act
) -> Export:
    export = get_export(session, actor, export_id)
    if not may_decide(session, actor, export):
        raise NotAllowed(Action.EXPORT_APPROVE, export.path, _ANOTHER)
    if export.state != "waiting" or export.at <= clock.now() - KEPT:
        raise OutOfTurn(_NOT_WAITING)
    if export.version != version:
        raise Overtaken
    export.state, export.approver, export.decided_at = state, actor.user_id, clock.now()
    session.flush()
    audit.record(session, actor, act, export.path, f"export:{export.id}", number=export.number)
    _tell(session, export)
    return export


def _tell(session: Session, export: Export) -> None:
    words = {
        "ready": Words("您申请的导出已批准，24 小时内可以取文件", "Your export was approved"),
        "refused": Words("您申请的导出没有批准", "Your export was not approved"),
    }[export.state]
    if export.by is not None:
        link = f"/exports/files/{export.id}"
        notifications.tell(session, export.tenant_id, [export.by], "export", words, link)
