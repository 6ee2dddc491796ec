"""Telling people things, and their inbox. Everybody reads their own and nobody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from portal.core import clock
from portal.core.errors import NotFound
from portal.core.keys import uuid7
from portal.core.words import Words
from portal.notifications.models import Notice

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from portal.access import Actor

LONGEST = 500


def tell(
    session: Session,
    tenant_id: int,
    user_ids: Iterable[int],
    kind: str,
    words: Words,
    link: str = "",
) -> int:
    """Put a notice into the inbox of each of these people; return how many there were.

    Args:
        session: the caller's session.
        tenant_id: the tenant they belong to.
        user_ids: whom to tell; twice the same is told once.
        kind: a short word by which the inbox groups notices, such as ``chase``.
        words: the sentence; no name of a member, ID number or phone in it.
        link: where to go from it, a path of this site.
    """
    now = clock.now()
    rows = [
        {
            "tenant_id": tenant_id,
            "id": uuid7(),
            "user_id": user_id,
            "at": now,
            "kind": kind,
            "zh": _cut(words.zh),
            "en": _cut(words.en),
            "link": link,
        }
        for user_id in dict.fromkeys(user_ids)
    ]
    if rows:
        session.execute(insert(Notice), rows)
    return len(rows)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def inbox(
    session: Session,
    actor: Actor,
    *,
    unread: bool = False,
    before: uuid.UUID | None = None,
    limit: int = 50,
) -> Sequence[Notice]:
    """Return the actor's notices, the newest first.

    Args:
        session: the caller's session.
        actor: whose inbox.
        unread: only those not read yet.
        before: the id of the last notice of the page before.
        limit: the size of a page.
    """
    query = select(Notice).where(_own(actor))
    if unread:
        query = query.where(Notice.read_at.is_(None))
    if before is not None:
        query = query.where(Notice.id < before)
    return session.scalars(query.order_by(Notice.id.desc()).limit(limit)).all()


def count_unread(session: Session, actor: Actor) -> int:
    """Return how many notices the actor has not read."""
    query = select(func.count()).select_from(Notice)
    return session.scalar(query.where(_own(actor), Notice.read_at.is_(None))) or 0


def mark_read(session: Session, actor: Actor, notice_id: uuid.UUID) -> Notice:
    """Note that the actor has read a notice of theirs.

    Raises:
        NotFound: they have no such notice.
    """
    notice = session.scalars(
        select(Notice).where(_own(actor), Notice.id == notice_id)
    ).one_or_none()
    if notice is None:
        raise NotFound(Words("通知", "notice"))
    if notice.read_at is None:
        notice.read_at = clock.now()
        session.flush()
    return notice


def mark_all_read(session: Session, actor: Actor) -> None:
    """Note that the actor has read all there is."""
    session.execute(
        update(Notice).where(_own(actor), Notice.read_at.is_(None)).values(read_at=clock.now())
    )


def _own(actor: Actor) -> ColumnElement[bool]:
    return (Notice.tenant_id == actor.tenant_id) & (Notice.user_id == actor.user_id)
