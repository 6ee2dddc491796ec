"""Telling people, and what they were told. Written in the act; nothing leaves before it commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from portal.core import clock
from portal.core.errors import NotFound
from portal.core.words import Words
from portal.notifications.models import Notice

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session

    from portal.access import Actor


def tell(
    session: Session, tenant_id: int, user_ids: Iterable[int], kind: str, words: Words,
    link: str = "",
) -> int:  # fmt: skip
    """Put one notice into the inbox of each of these people, once each; return how many."""
    people = sorted(set(user_ids))
    session.add_all(
        Notice(
            tenant_id=tenant_id, user_id=user_id, kind=kind, zh=words.zh[:500], en=words.en[:500],
            link=link,
        )  # fmt: skip
        for user_id in people
    )
    session.flush()
    return len(people)


def inbox(session: Session, actor: Actor, *, limit: int = 50) -> Sequence[Notice]:
    """Return the actor's own notices, the newest first."""
    return session.scalars(
        select(Notice)
        .where(Notice.tenant_id == actor.tenant_id, Notice.user_id == actor.user_id)
        .order_by(Notice.at.desc(), Notice.id.desc())
        .limit(limit)
    ).all()


def unread(session: Session, actor: Actor) -> int:
    """Return how many notices the actor has not read."""
    counted = session.scalar(
        select(func.count()).where(
            Notice.tenant_id == actor.tenant_id,
            Notice.user_id == actor.user_id,
            Notice.read_at.is_(None),
        )
    )
    return counted or 0


def mark_read(session: Session, actor: Actor, notice_id: uuid.UUID | None = None) -> None:
    """Mark one of the actor's own notices as read, or all of them.

    Raises:
        NotFound: no such notice, or somebody else's.
    """
    query = update(Notice).where(
        Notice.tenant_id == actor.tenant_id,
        Notice.user_id == actor.user_id,
        Notice.read_at.is_(None),
    )
    if notice_id is not None:
        mine = session.get(Notice, (actor.tenant_id, notice_id))
        if mine is None or mine.user_id != actor.user_id:
            raise NotFound(Words("消息", "notice"))
        query = query.where(Notice.id == notice_id)
    session.execute(query.values(read_at=clock.now()))
