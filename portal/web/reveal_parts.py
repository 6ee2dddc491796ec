"""A masked field on a page, and what stands beside it for whoever may have it shown."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import g, session

from portal import access
from portal.access import Action
from portal.core import clock
from portal.members import reveals, roster
from portal.web.edge import actor, db

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from portal.core.words import Words
    from portal.members.models import Member, Reveal


@dataclass(frozen=True, slots=True)
class Shown:
    """One field of one member: masked, or in full for as long as a reveal permits."""

    member_id: uuid.UUID
    field: str
    words: Words
    text: str
    until: datetime | None = None
    seconds: int = 0


def seat(*, made: bool = False) -> str:
    """Return what this session is known by to reveals; signing in anew forgets it."""
    if made and "seat" not in session:
        session["seat"] = secrets.token_urlsafe(18)
    return str(session.get("seat", ""))


def of(member: Member, field: str) -> Shown | None:
    """Return a field that this person may have shown, or None if there is nothing to show."""
    if not getattr(member, field) or not access.allows(actor(), Action.MEMBER_REVEAL, member.path):
        return None
    live = _live(member).get((member.id, field))
    if live is None:
        text = roster.masked(field, getattr(member, field))
        return Shown(member.id, field, reveals.FIELDS[field], text)
    left = max(1, int((live.until - clock.now()).total_seconds()) + 1)
    value = reveals.value(member, field)
    return Shown(member.id, field, reveals.FIELDS[field], value, live.until, left)


def look_again() -> None:
    """Forget what was in force before this request made a reveal."""
    g.pop("reveals", None)


def _live(member: Member) -> dict[tuple[uuid.UUID, str], Reveal]:
    if "reveals" not in g:
        g.reveals = {}
    if member.id not in g.reveals:
        g.reveals[member.id] = reveals.live(db(), actor(), [member.id], seat=seat())
    found: dict[tuple[uuid.UUID, str], Reveal] = g.reveals[member.id]
    return found
