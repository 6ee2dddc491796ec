"""Finding members within the actor's reach, and what was changed of one."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select

from portal import access
from portal.access import Action
from portal.core.errors import NotFound
from portal.core.words import Words
from portal.members import bulk, idnumber, roster
from portal.members.models import Change, Member

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from portal.access import Actor

MEMBER = Words("党员", "member")

_LAST_FOUR = re.compile(r"\d{3}[\dX]")
_LETTERS = re.compile(r"[a-z]+")
_COUNT_TO = 10_001


@dataclass(frozen=True, slots=True)
class Past:
    """One change of a member: what stood before and after, with sensitive values masked."""

    at: datetime
    by: int | None
    act: str
    fields: Mapping[str, tuple[str, str]]


def get_member(session: Session, actor: Actor, member_id: uuid.UUID) -> Member:
    """Return a member in the actor's reach.

    Raises:
        NotFound: there is none such, or none that the actor may know about.
    """
    member = session.scalars(
        select(Member).where(
            Member.id == member_id, access.reach(actor, Action.MEMBER_VIEW, Member)
        )
    ).one_or_none()
    if member is None:
        raise NotFound(MEMBER)
    return member


def list_members(
    session: Session,
    actor: Actor,
    *,
    path: str | None = None,
    search: str = "",
    tie: str | None = None,
    after: uuid.UUID | None = None,
    limit: int = 50,
) -> Sequence[Member]:
    """Return members in the actor's reach, by name, one page of `limit`.

    Args:
        session: the caller's session.
        actor: who asks.
        path: only the unit at this path and what is beneath it.
        search: part of a name, its pinyin or initials, the last four of an ID number, or a
            staff number.
        tie: a value of Tie; None for those who are audited: on the roll, or sent off without
            a receipt.
        after: the id of the last member of the page before.
        limit: the size of the page.
    """
    query = select(Member).where(_listed(actor, path, search, tie))
    last = _known(session, actor, after) if after else None
    if last is not None:
        query = query.where(
            or_(Member.name > last.name, and_(Member.name == last.name, Member.id > last.id))
        )
    return session.scalars(query.order_by(Member.name, Member.id).limit(limit)).all()


def _known(session: Session, actor: Actor, member_id: uuid.UUID) -> Member | None:
    """Return where the page before ended, if it was a member in reach: no page begins elsewhere."""
    return session.scalars(
        select(Member).where(
            Member.id == member_id, access.reach(actor, Action.MEMBER_VIEW, Member)
        )
    ).one_or_none()


def count(
    session: Session,
    actor: Actor,
    *,
    path: str | None = None,
    search: str = "",
    tie: str | None = None,
) -> int:
    """Return how many members `list_members` would list in all, counted to 10,001 at most."""
    some = select(Member.id).where(_listed(actor, path, search, tie)).limit(_COUNT_TO)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _listed(actor: Actor, path: str | None, search: str, tie: str | None) -> ColumnElement[bool]:
    parts = [
        access.reach(actor, Action.MEMBER_VIEW, Member),
        Member.tie.in_(bulk.AUDITED) if tie is None else Member.tie == tie,
    ]
    if path is not None:
        parts.append(access.within(Member, path))
    if search.strip():
        parts.append(_found_by(actor.tenant_id, search.strip()))
    return and_(*parts)


def _found_by(tenant_id: int, search: str) -> ColumnElement[bool]:
    text = search.replace(" ", "")
    letters = text.lower()
    ways = [Member.name.contains(text, autoescape=True), Member.staff_number == text]
    if _LETTERS.fullmatch(letters):
        ways += [Member.pinyin.startswith(letters), Member.pinyin.contains(f" {letters}")]
    if _LAST_FOUR.fullmatch(text.upper()):
        ways.append(Member.tail_digest.in_(bulk.tails_of(tenant_id, text.upper())))
    if idnumber.is_written_right(text.upper()):
        ways.append(Member.id_digest.in_(bulk.digests_of(tenant_id, text.upper())))
    return or_(*ways)


def history(session: Session, actor: Actor, member_id: uuid.UUID) -> list[Past]:
    """Return every change of a member, the latest first, sensitive values masked.

    Raises:
        NotFound: no such member within reach.
    """
    member = get_member(session, actor, member_id)
    lines = session.scalars(
        select(Change)
        .where(Change.tenant_id == actor.tenant_id, Change.member_id == member.id)
        .order_by(Change.version.desc(), Change.id.desc())
    )
    stood = {
        name: bulk.plain(bulk.value_of(member, name))
        for name in bulk.FIELDS
        if name != "extra_json"
    }
    past = []
    for line in lines:
        both = json.loads(line.fields_json or "{}") if line.act != "add" else _first(stood)
        stood |= {name: old for name, (old, _) in both.items()}
        past.append(Past(line.at, line.by, line.act, _shown(both)))
    return past


def _first(stood: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return what a member was added with: what stood before every later change."""
    return {
        name: [None, value]
        for name, value in stood.items()
        if value != bulk.plain(bulk.blank(name))
    }


def _shown(both: Mapping[str, list[Any]]) -> dict[str, tuple[str, str]]:
    return {
        name: (_text(name, old), _text(name, new))
        for name, (old, new) in both.items()
        if name != "extra_json"
    }


def _text(name: str, value: Any) -> str:
    return roster.masked(name, roster.shown(name, value))
