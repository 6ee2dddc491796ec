"""Looking at the log: searching it, who saw a person, what an account saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import String, cast, or_, select

from portal import access
from portal.access import Action
from portal.audit.acts import Act
from portal.audit.models import Entry

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from portal.access import Actor

# Acts by which somebody comes to see a person, beside those of which the person is the subject.
SEEING = (Act.PERSON_SEE.value, Act.ROSTER_EXPORT.value, Act.ROSTER_EXPORT_PLAIN.value)


def list_entries(
    session: Session,
    actor: Actor,
    *,
    act: str = "",
    user_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    within: str = "",
    subject: str = "",
    result: str = "",
    before: int | None = None,
    limit: int = 50,
) -> Sequence[Entry]:
    """Return the newest entries in the audit admin's reach, one page of `limit`.

    Args:
        session: the caller's session.
        actor: who asks.
        act: only this act; empty for all.
        user_id: only what this person did.
        since: only from this instant on.
        until: only before this instant.
        within: only at this path or beneath it.
        subject: only what begins so, as ``return:`` or with its id.
        result: only entries with this result.
        before: the number of the last entry of the page before this one.
        limit: the size of the page.
    """
    query = select(Entry).where(access.reach(actor, Action.AUDIT_VIEW, Entry))
    for column, wanted in ((Entry.act, act), (Entry.result, result)):
        if wanted:
            query = query.where(column == wanted)
    if user_id is not None:
        query = query.where(Entry.user_id == user_id)
    if since is not None:
        query = query.where(Entry.at >= since)
    if until is not None:
        query = query.where(Entry.at < until)
    if within:
        query = query.where(access.within(Entry, within))
    if subject:
        query = query.where(Entry.subject.startswith(subject, autoescape=True))
    if before is not None:
        query = query.where(Entry.number < before)
    return session.scalars(query.order_by(Entry.number.desc()).limit(limit)).all()


def who_saw(
    session: Session, actor: Actor, member_id: uuid.UUID, *, before: int | None = None,
    limit: int = 50,
) -> Sequence[Entry]:  # fmt: skip
    """Return who saw or changed a person, the newest first (security.md O7)."""
    key = str(member_id)
    named = cast(Entry.detail, String).contains(key, autoescape=True)
    query = select(Entry).where(
        access.reach(actor, Action.AUDIT_VIEW, Entry),
        or_(Entry.subject == f"member:{key}", Entry.act.in_(SEEING) & named),
    )
    if before is not None:
        query = query.where(Entry.number < before)
    return session.scalars(query.order_by(Entry.number.desc()).limit(limit)).all()


def seen_by(
    session: Session, actor: Actor, user_id: int, *, before: int | None = None, limit: int = 50
) -> Sequence[Entry]:
    """Return what an account saw and took away, the newest first (security.md O7)."""
    query = select(Entry).where(
        access.reach(actor, Action.AUDIT_VIEW, Entry),
        Entry.user_id == user_id,
        or_(Entry.act.in_(SEEING), Entry.act.endswith("export"), Entry.act == Act.AUDIT_SEE.value),
    )
    if before is not None:
        query = query.where(Entry.number < before)
    return session.scalars(query.order_by(Entry.number.desc()).limit(limit)).all()
