"""Showing one field of one member in full: with a reason, for minutes, counted (3.3)."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from portal import access, audit
from portal.access import Action
from portal.audit import Act
from portal.core import clock, crypto
from portal.core.errors import Invalid, NotFound, OutOfTurn, Problem
from portal.core.words import Words
from portal.members.directory import get_member
from portal.members.models import Reveal
from portal.organizations.models import Account

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.members.models import Member

_DATA = tomllib.loads(Path(__file__).with_name("reveal.toml").read_text(encoding="utf-8"))
FIELDS: Mapping[str, Words] = {key: Words(**said) for key, said in _DATA["fields"].items()}
REASONS: Mapping[str, Words] = {key: Words(**said) for key, said in _DATA["reasons"].items()}
LIMITS: Mapping[str, int] = _DATA["limits"]
UNUSUAL: Mapping[str, int] = _DATA["unusual"]

_SEAT_PLACE = "reveal.seat"
_LONGEST = 200
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Unusual:
    """A reveal that somebody should look at, and why."""

    reveal: Reveal
    why: tuple[Words, ...]


def _seats(tenant_id: int, seat: str) -> tuple[bytes, ...]:
    return crypto.ring().digests(_SEAT_PLACE, tenant_id, seat)


def reveal(
    session: Session,
    actor: Actor,
    member_id: uuid.UUID,
    field: str,
    reason: str,
    note: str,
    *,
    seat: str,
) -> Reveal:
    """Let the actor read one field of one member for a few minutes, in the session `seat`.

    Raises:
        NotFound: no such member within reach, or no such field.
        Invalid: no reason was chosen, or none was written.
        OutOfTurn: the actor has used up what a person may be shown in an hour or a day.
    """
    member = get_member(session, actor, member_id)
    access.require(actor, Action.MEMBER_REVEAL, member.path)
    if field not in FIELDS or actor.user_id is None:
        raise NotFound(Words("项目", "field"))
    problems = _problems(reason, note.strip())
    if problems:
        raise Invalid(*problems)
    now = clock.now()
    _keep_to_quota(session, actor, now)
    shown = Reveal(
        tenant_id=actor.tenant_id, member_id=member.id, path=member.path, field=field,
        user_id=actor.user_id, seat=crypto.ring().digest(_SEAT_PLACE, actor.tenant_id, seat),
        reason=reason, note=note.strip()[:_LONGEST], at=now,
        until=now + timedelta(minutes=LIMITS["minutes"]),
    )  # fmt: skip
    session.add(shown)
    session.flush()
    audit.record(
        session, actor, Act.MEMBER_REVEAL, member.path, f"member:{member.id}", field=field,
        reason=reason, reveal=str(shown.id),
    )  # fmt: skip
    return shown


def _problems(reason: str, note: str) -> list[Problem]:
    problems = []
    if reason not in REASONS:
        words = Words("请选一个事由，选好再按“显示”", "Choose a reason, then press “Show”")
        problems.append(Problem("reason", words, "reveal-reason"))
    if len(note) < LIMITS["shortest_note"]:
        n = LIMITS["shortest_note"]
        words = Words(
            f"请写明具体事由，至少 {n} 个字，如“核对介绍信第 12 号”",
            f"Say what for, in {n} characters or more, such as “compare with letter 12”",
        )
        problems.append(Problem("note", words, "reveal-note"))
    return problems


def _keep_to_quota(session: Session, actor: Actor, now: datetime) -> None:
    # Two at once must not both find room for one: whoever is second waits for the first.
    session.execute(select(Account.id).where(Account.id == actor.user_id).with_for_update())
    for name, span, zh, en in (
        ("per_hour", timedelta(hours=1), "一小时", "an hour"),
        ("per_day", timedelta(days=1), "一天", "a day"),
    ):
        used = session.scalar(
            select(func.count())
            .select_from(Reveal)
            .where(
                Reveal.tenant_id == actor.tenant_id,
                Reveal.user_id == actor.user_id,
                Reveal.at > now - span,
            )
        )
        if (used or 0) >= LIMITS[name]:
            raise OutOfTurn(
                Words(
                    f"{zh}内最多显示 {LIMITS[name]} 项，您已用完。请稍后再看，或由同事办理；"
                    "没有显示任何内容",
                    f"No more than {LIMITS[name]} fields are shown in {en}, and you have seen "
                    "that many. Try later, or ask a colleague; nothing was shown",
                )
            )


def live(
    session: Session, actor: Actor, member_ids: Sequence[uuid.UUID], *, seat: str
) -> dict[tuple[uuid.UUID, str], Reveal]:
    """Return what this person may read in full just now, in this session only."""
    if not seat or not member_ids or actor.user_id is None:
        return {}
    found = session.scalars(
        select(Reveal).where(
            access.reach(actor, Action.MEMBER_REVEAL, Reveal),
            Reveal.member_id.in_(member_ids),
            Reveal.user_id == actor.user_id,
            Reveal.seat.in_(_seats(actor.tenant_id, seat)),
            Reveal.until > clock.now(),
        )
    )
    return {(each.member_id, each.field): each for each in found}


def value(member: Member, field: str) -> str:
    """Return a field in full. Only for whoever was just permitted to read it."""
    return getattr(member, field) or "" if field in FIELDS else ""


def seen_of(session: Session, actor: Actor, member_id: uuid.UUID) -> Sequence[Reveal]:
    """Return who was shown what of a member, the latest first (谁看过).

    Raises:
        NotFound: no such member within reach.
    """
    member = get_member(session, actor, member_id)
    return session.scalars(
        select(Reveal)
        .where(Reveal.tenant_id == actor.tenant_id, Reveal.member_id == member.id)
        .order_by(Reveal.at.desc(), Reveal.id.desc())
        .limit(_PAGE)
    ).all()


def unusual(session: Session, actor: Actor, since: datetime, zone: ZoneInfo) -> list[Unusual]:
    """Return reveals at night, or of people who were shown too many in an hour, latest first."""
    rows = session.scalars(
        select(Reveal)
        .where(access.reach(actor, Action.REVEAL_WATCH, Reveal), Reveal.at >= since)
        .order_by(Reveal.at.desc(), Reveal.id.desc())
    ).all()
    many = _many(rows)
    found = []
    for row in rows:
        why = tuple(
            words
            for words, holds in (
                (Words("夜间", "at night"), _at_night(row.at.astimezone(zone).hour)),
                (Words("一小时内太多", "too many in an hour"), row.id in many),
            )
            if holds
        )
        if why:
            found.append(Unusual(row, why))
    return found


def _at_night(hour: int) -> bool:
    return hour >= UNUSUAL["night_from"] or hour < UNUSUAL["night_to"]


def _many(rows: Sequence[Reveal]) -> set[uuid.UUID]:
    """Return the ids of those that stand in an hour with more than is usual for one person."""
    hour, found = timedelta(hours=1), set()
    for user_id in Counter(row.user_id for row in rows):
        own = sorted((row for row in rows if row.user_id == user_id), key=lambda row: row.at)
        first = 0
        for last, row in enumerate(own):
            while row.at - own[first].at >= hour:
                first += 1
            if last - first + 1 > UNUSUAL["per_hour"]:
                found |= {each.id for each in own[first : last + 1]}
    return found
