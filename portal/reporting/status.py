"""Who has handed in what, and reminding those who have not (mission C4).

For every node ``on_time + late + missing + exempt = expected``; what is not due yet stands aside.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func, or_, select

from portal import access, audit
from portal.access import Action
from portal.audit import Act
from portal.campaigns import calendar
from portal.campaigns import service as campaigns
from portal.core import clock
from portal.core.errors import Invalid, NotFound, Problem
from portal.core.words import Words
from portal.notifications import service as notifications
from portal.organizations import service as organizations
from portal.organizations.models import Unit
from portal.reporting import telling
from portal.reporting.models import Chase, Return, State

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.campaigns.models import Campaign

_INSTANT = timedelta(microseconds=1)  # a deadline is the first instant after the last day


@dataclass(frozen=True, slots=True)
class Tally:
    """How many returns of a subtree are in which case, in returns."""

    on_time: int
    late: int
    missing: int
    exempt: int
    not_due: int

    @property
    def expected(self) -> int:
        """Return how many were due or handed in: the sum of the four."""
        return self.on_time + self.late + self.missing + self.exempt


@dataclass(frozen=True, slots=True)
class Line:
    """One unit of the board: what it owes, by deliverable."""

    unit: Unit
    items: Mapping[str, Return]


@dataclass(frozen=True, slots=True)
class Chased:
    """What became of a reminder to one unit."""

    unit: Unit
    sent: bool
    words: Words


def cell_state(item: Return | None, now: datetime) -> str:
    """Return the word class of one cell of the board.

    One of none, exempt, returned, review, accepted, late, on_time, missing, not_due: what waits
    for a person first, then how it was handed in.
    """
    if item is None:
        return "none"
    if item.exempt:
        return "exempt"
    if item.state == State.RETURNED:
        return "returned"
    if item.state == State.OPEN:
        return "missing" if now > item.due_at else "not_due"
    if item.state in (State.FILED, State.TAKEN_UP):
        return "review"
    return "late" if item.late else "on_time"


def board(session: Session, actor: Actor, campaign: Campaign, path: str) -> Sequence[Line]:
    """Return the direct children of the unit at `path` with what they owe.

    Raises:
        NotFound: out of the actor's reach.
    """
    _within_reach(actor, path)
    rows = session.execute(
        select(Unit, Return)
        .join(Return, and_(Return.tenant_id == Unit.tenant_id, Return.unit_id == Unit.id))
        .where(
            Return.tenant_id == campaign.tenant_id,
            Return.campaign_id == campaign.id,
            Return.parent_path == path,
        )
        .order_by(Unit.code, Return.due_at)
    )
    lines: dict[uuid.UUID, tuple[Unit, dict[str, Return]]] = {}
    for unit, item in rows:
        lines.setdefault(unit.id, (unit, {}))[1][item.deliverable] = item
    return [Line(unit, items) for unit, items in lines.values()]


def tally(
    session: Session, actor: Actor, campaign: Campaign, path: str, *, deliverable: str = ""
) -> Tally:
    """Count the returns of the units strictly below `path` by case."""
    _within_reach(actor, path)
    now = clock.now()
    # Who has taken a filing back has handed nothing in, as in the cells and in the coverage.
    handed_in = and_(Return.first_filed_at.is_not(None), Return.state != State.OPEN)
    open_ = and_(
        or_(Return.first_filed_at.is_(None), Return.state == State.OPEN), Return.exempt == ""
    )
    cases = [
        and_(handed_in, Return.exempt == "", Return.late.is_(False)),
        and_(handed_in, Return.exempt == "", Return.late.is_(True)),
        and_(open_, Return.due_at < now),
        Return.exempt != "",
        and_(open_, Return.due_at >= now),
    ]
    query = select(*(func.coalesce(func.sum(case((c, 1), else_=0)), 0) for c in cases)).where(
        Return.tenant_id == campaign.tenant_id,
        Return.campaign_id == campaign.id,
        access.within(Return, path),
        Return.path != path,
    )
    if deliverable:
        query = query.where(Return.deliverable == deliverable)
    return Tally(*(int(number) for number in session.execute(query).one()))


def chase(
    session: Session, actor: Actor, campaign: Campaign, unit_ids: Sequence[uuid.UUID], text: str
) -> list[Chased]:
    """Remind units of what they owe; each at most once a day, and only if something is overdue.

    In the text ``{单位}``, ``{欠报项目}`` and ``{工作日}`` stand for the unit, what it owes and for
    how many workdays.

    Raises:
        NotFound: one of the units is out of reach (then nobody is reminded). Invalid: no text.
    """
    if not text.strip():
        raise Invalid(Problem("内容", Words("请写催报内容", "Write what to remind them of")))
    units = [_chaseable(session, actor, unit_id) for unit_id in unit_ids]
    return [_chase_one(session, actor, campaign, unit, text.strip()) for unit in units]


def _chaseable(session: Session, actor: Actor, unit_id: uuid.UUID) -> Unit:
    unit = session.get(Unit, (actor.tenant_id, unit_id))
    if unit is None or not access.allows(actor, Action.REPORT_CHASE, unit.path):
        raise NotFound(Words("党组织", "unit"))
    return unit


def _chase_one(session: Session, actor: Actor, campaign: Campaign, unit: Unit, text: str) -> Chased:
    owed = overdue(session, campaign, unit)
    if not owed:
        words = Words("没有逾期未报的材料，不用催", "Nothing is overdue")
        return Chased(unit, False, words)
    day = clock.today(campaigns.zone_of(session, campaign.tenant_id))
    if last_chase(session, campaign, unit, day) is not None:
        return Chased(unit, False, Words("今天已经催过", "Already reminded today"))
    text = _filled_in(session, campaign, unit, owed, day, text)
    session.add(
        Chase(
            tenant_id=campaign.tenant_id,
            campaign_id=campaign.id,
            unit_id=unit.id,
            path=unit.path,
            day=day,
            owed=owed,
            text=text[:2000],
            at=clock.now(),
            by=actor.user_id,
        )
    )
    people = organizations.recipients(session, campaign.tenant_id, unit.path, telling.RESPONSIBLE)
    notifications.tell(
        session, campaign.tenant_id, people, "chase",
        Words(text[:500], f"You are reminded of {len(owed)} overdue deliverables: {text[:400]}"),
        "/work",
    )  # fmt: skip
    audit.record(
        session, actor, Act.REPORT_CHASE, unit.path, f"unit:{unit.id}", owed=owed, told=len(people)
    )
    session.flush()
    words = Words(f"已催报 {len(owed)} 项", f"Reminded of {len(owed)}")
    return Chased(unit, True, words)


def _filled_in(
    session: Session, campaign: Campaign, unit: Unit, owed: Sequence[str], day: date, text: str
) -> str:
    """Put the unit, what it owes and for how many workdays in the places kept for them."""
    plan = campaigns.plan_of(campaign)
    first = session.scalar(
        select(func.min(Return.due_at)).where(
            Return.tenant_id == campaign.tenant_id,
            Return.campaign_id == campaign.id,
            Return.path == unit.path,
            Return.deliverable.in_(owed),
        )
    )
    zone = campaigns.zone_of(session, campaign.tenant_id)
    due = (first - _INSTANT).astimezone(zone).date() if first else day
    names = "、".join(plan.deliverable(code).title.zh for code in owed)
    days = calendar.workdays_between(due, day)
    for place, said in (("单位", unit.name), ("欠报项目", names), ("工作日", str(days))):
        text = text.replace(f"{{{place}}}", said)
    return text


def overdue(session: Session, campaign: Campaign, unit: Unit) -> list[str]:
    """Return the deliverables that the unit has not handed in though they are due."""
    return list(
        session.scalars(
            select(Return.deliverable)
            .where(
                Return.tenant_id == campaign.tenant_id,
                Return.campaign_id == campaign.id,
                Return.path == unit.path,
                Return.state.in_((State.OPEN.value, State.RETURNED.value)),
                Return.exempt == "",
                Return.due_at < clock.now(),
            )
            .order_by(Return.due_at)
        )
    )


def count_overdue(session: Session, actor: Actor, campaign: Campaign, path: str) -> int:
    """Return how many returns of the direct children of the unit at `path` are overdue.

    Raises:
        NotFound: out of the actor's reach.
    """
    _within_reach(actor, path)
    found = session.scalar(
        select(func.count()).where(
            Return.tenant_id == campaign.tenant_id,
            Return.campaign_id == campaign.id,
            Return.parent_path == path,
            Return.state.in_((State.OPEN.value, State.RETURNED.value)),
            Return.exempt == "",
            Return.due_at < clock.now(),
        )
    )
    return found or 0


def last_chase(
    session: Session, campaign: Campaign, unit: Unit, day: object = None
) -> Chase | None:
    """Return the newest reminder to the unit, or the one of a given day."""
    query = select(Chase).where(
        Chase.tenant_id == campaign.tenant_id,
        Chase.campaign_id == campaign.id,
        Chase.unit_id == unit.id,
    )
    query = query.where(Chase.day == day) if day is not None else query
    return session.scalars(query.order_by(Chase.at.desc()).limit(1)).one_or_none()


def chases(
    session: Session, actor: Actor, campaign: Campaign, path: str, *, limit: int = 20
) -> Sequence[tuple[Chase, Unit]]:
    """Return the log of reminders at or below `path`, the newest first."""
    _within_reach(actor, path)
    rows = session.execute(
        select(Chase, Unit)
        .join(Unit, and_(Unit.tenant_id == Chase.tenant_id, Unit.id == Chase.unit_id))
        .where(
            Chase.tenant_id == campaign.tenant_id,
            Chase.campaign_id == campaign.id,
            access.within(Chase, path),
        )
        .order_by(Chase.at.desc())
        .limit(limit)
    )
    return list(rows)


def _within_reach(actor: Actor, path: str) -> None:
    if not access.allows(actor, Action.REPORT_VIEW, path):
        raise NotFound(Words("党组织", "unit"))
