"""Reminding branches of searches whose time limit comes near or has passed (mission T1)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import aliased

from portal.access import Role
from portal.core import clock
from portal.core.words import Words
from portal.notifications import service as notifications
from portal.organizations import service as organizations
from portal.scope import service as scope
from portal.screening.models import Record
from portal.tracing.models import Case

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

DAYS_AHEAD = 3
EVERY_DAYS = 7


def remind_all(session: Session) -> int:
    """Remind the branches of every tenant, on the day it is there; return how many were told."""
    told = 0
    for tenant in organizations.list_tenants(session):
        with scope.beyond(session, scope.Reason.REMINDING, tenant.id):
            today = clock.today(organizations.zone_of(session, tenant.id))
            told += remind(session, tenant.id, today)
    return told


def remind(session: Session, tenant_id: int, today: date) -> int:
    """Tell each branch of its searches that end within three days or are overdue.

    An open search is told of once when it comes near, and every week after its end. A branch that
    was told today is not told again, however often and by however many processes this is asked.

    Returns:
        How many branches were told.
    """
    due = _due(session, tenant_id, today)
    by_path: dict[str, list[Case]] = {}
    for case in due:
        by_path.setdefault(case.path, []).append(case)
    for path, cases in sorted(by_path.items()):
        overdue = sum(case.due_on < today for case in cases)
        people = organizations.recipients(session, tenant_id, path, (Role.CLERK, Role.SECRETARY))
        notifications.tell(
            session, tenant_id, people, "search", _sentence(len(cases), overdue), "/lost"
        )
        for case in cases:
            case.reminded_on = today
    session.flush()
    return len(by_path)


def _due(session: Session, tenant_id: int, today: date) -> Sequence[Case]:
    """Return the searches to be told of, held until this transaction ends."""
    told = aliased(Case)
    soon, week_ago = today + timedelta(days=DAYS_AHEAD), today - timedelta(days=EVERY_DAYS)
    return session.scalars(
        select(Case)
        .join(Record, and_(Record.tenant_id == Case.tenant_id, Record.id == Case.record_id))
        .where(
            Case.tenant_id == tenant_id, Record.lost, Record.outcome == "",
            or_(
                and_(Case.reminded_on.is_(None), Case.due_on <= soon),
                and_(Case.due_on < today, Case.reminded_on <= week_ago),
            ),
            ~exists().where(
                told.tenant_id == tenant_id, told.path == Case.path, told.reminded_on == today
            ),
        )
        .order_by(Case.path, Case.due_on, Case.id)
        .with_for_update(of=Case)
    ).all()  # fmt: skip


def _sentence(cases: int, overdue: int) -> Words:
    if overdue:
        return Words(
            f"{cases} 名失联党员的查找快到期或已过期，其中已过期 {overdue} 人",
            f"{cases} searches end soon or are overdue, {overdue} of them overdue",
        )
    return Words(
        f"{cases} 名失联党员的查找将在 {DAYS_AHEAD} 天内到期",
        f"{cases} searches end within {DAYS_AHEAD} days",
    )
