"""Telling branch secretaries, once a week, how often numbers of their people were shown (3.3)."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import exists, select

from portal.access import Role
from portal.core import clock
from portal.core.words import Words
from portal.members.models import Reveal
from portal.notifications import service as notifications
from portal.notifications.models import Notice
from portal.organizations import service as organizations
from portal.scope import service as scope

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

KIND = "reveals"
WEEK = timedelta(days=7)


def tell_all(session: Session) -> int:
    """Tell the secretaries of every tenant of the week before; return how many people it was."""
    told = 0
    for tenant in organizations.list_tenants(session):
        with scope.beyond(session, scope.Reason.REMINDING, tenant.id):
            zone = organizations.zone_of(session, tenant.id)
            today = clock.today(zone)
            monday = datetime.combine(today - timedelta(days=today.weekday()), time.min, zone)
            told += _tell(session, tenant.id, monday)
    return told


def _tell(session: Session, tenant_id: int, monday: datetime) -> int:
    """Tell of the seven days before `monday`; who was told since then is not told again."""
    # The rows are held until the end: two workers at once tell once.
    shown = session.scalars(
        select(Reveal)
        .where(
            Reveal.tenant_id == tenant_id, Reveal.at >= monday - WEEK, Reveal.at < monday
        )
        .order_by(Reveal.id)
        .with_for_update()
    ).all()  # fmt: skip
    by_path: dict[str, list[Reveal]] = defaultdict(list)
    for each in shown:
        by_path[each.path].append(each)
    by_holder: dict[int, list[Reveal]] = defaultdict(list)
    for path, reveals in by_path.items():
        for holder in organizations.recipients(session, tenant_id, path, (Role.SECRETARY,)):
            by_holder[holder] += reveals
    fresh = [each for each in sorted(by_holder) if not _knows(session, tenant_id, each, monday)]
    for holder in fresh:
        reveals = by_holder[holder]
        words = _sentence(len(reveals), len({each.member_id for each in reveals}))
        notifications.tell(session, tenant_id, [holder], KIND, words, "/members")
    session.flush()
    return len(fresh)


def _knows(session: Session, tenant_id: int, user_id: int, monday: datetime) -> bool:
    told = exists().where(
        Notice.tenant_id == tenant_id, Notice.user_id == user_id, Notice.kind == KIND,
        Notice.at >= monday,
    )  # fmt: skip
    return bool(session.scalar(select(told)))


def _sentence(times: int, people: int) -> Words:
    return Words(
        f"上周本支部党员的完整号码、住址被显示 {times} 次，涉及 {people} 人。谁看的、为什么看，"
        "在党员页上写着；有疑问请找安全保密管理员",
        f"Last week numbers or addresses of {people} members of your branch were shown in full, "
        f"{times} times. Who looked and why stands on each member's page; ask the security "
        "administrator if in doubt",
    )
