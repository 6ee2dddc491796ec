"""Finding exports: one's own, those below, and any one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select

from portal import access
from portal.access import Action
from portal.core.errors import NotFound
from portal.core.words import Words
from portal.exports.models import Export

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from portal.access import Actor

EXPORT = Words("导出记录", "export")
PAGE = 50


def _own(actor: Actor) -> ColumnElement[bool]:
    mine = Export.by.is_(None) if actor.user_id is None else Export.by == actor.user_id
    return and_(access.reach(actor, Action.REPORT_EXPORT, Export), mine)


def _overseen(actor: Actor) -> ColumnElement[bool]:
    return access.reach(actor, Action.EXPORT_OVERSEE, Export)


def get_export(session: Session, actor: Actor, export_id: uuid.UUID) -> Export:
    """Return an export of the actor's own, or one that they oversee.

    Raises:
        NotFound: there is none such, or none that the actor may know about.
    """
    found = session.scalars(
        select(Export).where(Export.id == export_id, or_(_own(actor), _overseen(actor)))
    ).one_or_none()
    if found is None:
        raise NotFound(EXPORT)
    return found


def get_own(session: Session, actor: Actor, export_id: uuid.UUID) -> Export:
    """Return an export that the actor asked for and may still have.

    Raises:
        NotFound: otherwise.
    """
    found = session.scalars(select(Export).where(Export.id == export_id, _own(actor))).one_or_none()
    if found is None:
        raise NotFound(EXPORT)
    return found


def list_own(session: Session, actor: Actor, *, limit: int = PAGE) -> Sequence[Export]:
    """Return what the actor asked for, the newest first."""
    query = select(Export).where(_own(actor))
    return session.scalars(query.order_by(Export.id.desc()).limit(limit)).all()


def list_below(
    session: Session, actor: Actor, *, before: uuid.UUID | None = None, limit: int = PAGE
) -> Sequence[Export]:
    """Return what others asked for in the units the actor oversees, the newest first."""
    query = select(Export).where(
        _overseen(actor), or_(Export.by.is_(None), Export.by != actor.user_id)
    )
    if before is not None:
        query = query.where(Export.id < before)
    return session.scalars(query.order_by(Export.id.desc()).limit(limit)).all()
