"""Opening a campaign: records for the people, a frozen catalogue, and what everybody owes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import insert, select, update

from portal import access, audit
from portal.access import Action
from portal.audit import Act
from portal.campaigns import calendar
from portal.campaigns import service as campaigns
from portal.campaigns.models import InnerDate
from portal.core import clock, tree
from portal.core.database import tell_sizes
from portal.core.errors import Invalid, Problem
from portal.core.keys import uuid7
from portal.core.words import Words
from portal.organizations.models import TenantRoot, Unit
from portal.reporting import catalogue, forms, grid
from portal.reporting.models import Return, State, Subtotal
from portal.screening import service as screening
from portal.screening.models import Record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from numpy.typing import NDArray
    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.campaigns.models import Campaign
    from portal.campaigns.template import Plan

_BATCH = 5_000


def open_campaign(
    session: Session, actor: Actor, root: Unit, template: str, *,
    code: str, starts_on: date, title: str = "", cut_off: date | None = None,
    plan: Plan | None = None,
) -> Campaign:  # fmt: skip
    """Make a campaign and open it everywhere below `root`.

    Every audited member gets a record, the tables are frozen as catalogue 1, and every unit gets
    a return for each deliverable that its level owes.

    Raises:
        NotAllowed: the actor may not open campaigns there. Invalid: the code is taken.
    """
    campaign = campaigns.create(
        session, actor, root, template, code=code, starts_on=starts_on, title=title,
        cut_off=cut_off,
        plan=plan,
    )  # fmt: skip
    frozen = catalogue.freeze(session, actor, campaign)
    screening.enrol(session, actor, campaign, root.path)
    size = len(grid.cells_of([forms.from_data(t) for t in frozen.tables]))
    owe(session, campaign, root.path, np.zeros(size, dtype="<i4"))
    session.flush()
    tell_sizes(session, Record, Return, Subtotal)
    return campaign


def owe(session: Session, campaign: Campaign, path: str, nothing: NDArray[np.int32]) -> None:
    """Give every unit at or below `path` its returns, and every parent its subtotals."""
    tenant = session.get_one(TenantRoot, campaign.tenant_id)
    plan = campaigns.plan_of(campaign)
    units = session.scalars(
        select(Unit)
        .where(
            Unit.tenant_id == campaign.tenant_id,
            access.within(Unit, path),
            Unit.dissolved_on.is_(None),
        )
        .order_by(Unit.path)
    ).all()
    returns: list[dict[str, object]] = []
    expected: dict[tuple[str, str], int] = {}
    for deliverable in plan.deliverables:
        due = {
            kind: calendar.due_at(
                calendar.on_day(day, campaign.starts_on), ZoneInfo(tenant.zone), tenant.closes
            )
            for kind, day in deliverable.due.items()
        }
        for unit in units:
            if unit.kind not in due:
                continue
            above = tree.parent(unit.path) if unit.path != campaign.path else tree.ROOT
            returns.append(_owed(campaign, unit, above, deliverable.code, due[unit.kind]))
            if above != tree.ROOT:
                key = (deliverable.code, above)
                expected[key] = expected.get(key, 0) + 1
    _in_batches(session, Return, returns)
    _in_batches(
        session, Subtotal, [_subtotal(campaign, k, n, nothing) for k, n in expected.items()]
    )


def _owed(
    campaign: Campaign, unit: Unit, above: str, deliverable: str, due: datetime
) -> dict[str, object]:
    return {
        "tenant_id": campaign.tenant_id, "id": uuid7(), "campaign_id": campaign.id,
        "unit_id": unit.id, "path": unit.path, "parent_path": above, "deliverable": deliverable,
        "state": State.OPEN.value, "due_at": due, "exempt": "", "round": 0, "late": False,
        "version": 1,
    }  # fmt: skip


def _subtotal(
    campaign: Campaign, key: tuple[str, str], expected: int, nothing: NDArray[np.int32]
) -> dict[str, object]:
    return {
        "tenant_id": campaign.tenant_id, "id": uuid7(), "campaign_id": campaign.id,
        "deliverable": key[0], "path": key[1], "reported": grid.pack(nothing),
        "expected": expected, "filed": 0, "late": 0, "accepted": 0, "exempt": 0,
    }  # fmt: skip


def _in_batches(
    session: Session, table: type[Return | Subtotal], rows: Sequence[dict[str, object]]
) -> None:
    for start in range(0, len(rows), _BATCH):
        session.execute(insert(table), rows[start : start + _BATCH])


def set_inner_date(
    session: Session, actor: Actor, campaign: Campaign, path: str, deliverable: str, day: date,
    reason: str = "",
) -> int:  # fmt: skip
    """Set an earlier date for the units below `path`, or move it within the official one (C3).

    Args:
        session: the caller's session.
        actor: a superior of those units.
        campaign: the campaign.
        path: the superior's unit; the date holds for the units strictly beneath.
        deliverable: which deliverable.
        day: the last day; for no kind of unit does it move the deadline past the official one.
        reason: why a date already set is moved later; wanted then.

    Returns:
        The number of returns whose date changed.

    Raises:
        NotAllowed: not below this actor. Invalid: later than the official date, or no reason.
    """
    access.require(actor, Action.DEADLINE_SET, path)
    tenant = session.get_one(TenantRoot, campaign.tenant_id)
    wanted = calendar.due_at(day, ZoneInfo(tenant.zone), tenant.closes)
    known = session.scalars(
        select(InnerDate).where(
            InnerDate.tenant_id == campaign.tenant_id,
            InnerDate.campaign_id == campaign.id,
            InnerDate.path == path,
            InnerDate.deliverable == deliverable,
        )
    ).one_or_none()
    _refuse_date(campaign, deliverable, day, known, reason)
    if known is None:
        known = InnerDate(
            tenant_id=campaign.tenant_id,
            campaign_id=campaign.id,
            path=path,
            deliverable=deliverable,
            day=day,
            at=clock.now(),
        )
        session.add(known)
    elif day > known.day:
        known.kind = "extension"
    known.day, known.reason, known.at, known.by = day, reason.strip(), clock.now(), actor.user_id
    changed = sum(
        _move_due(session, campaign, path, deliverable, kind, min(wanted, official))
        for kind, official in _official(campaign, deliverable, tenant).items()
    )
    audit.record(
        session, actor, Act.DEADLINE_SET, path, f"campaign:{campaign.id}",
        deliverable=deliverable, day=day.isoformat(), kind=known.kind,
    )  # fmt: skip
    session.flush()
    return changed


def _official(campaign: Campaign, deliverable: str, tenant: TenantRoot) -> dict[str, datetime]:
    """Return the official deadline of each kind of unit."""
    due = campaigns.plan_of(campaign).deliverable(deliverable).due
    return {
        kind: calendar.due_at(
            calendar.on_day(day, campaign.starts_on), ZoneInfo(tenant.zone), tenant.closes
        )
        for kind, day in due.items()
    }


def _move_due(
    session: Session, campaign: Campaign, path: str, deliverable: str, kind: str, due: datetime
) -> int:
    """Set the deadline of the units of `kind` strictly below `path` that have not filed yet."""
    low, high = tree.bounds(path)
    units = select(Unit.id).where(
        Unit.tenant_id == campaign.tenant_id, Unit.kind == kind, Unit.path > low, Unit.path < high
    )
    changed = session.execute(
        update(Return)
        .where(
            Return.tenant_id == campaign.tenant_id, Return.campaign_id == campaign.id,
            Return.deliverable == deliverable, Return.unit_id.in_(units),
            Return.first_filed_at.is_(None), Return.due_at != due,
        )
        .values(due_at=due, version=Return.version + 1)
        .execution_options(synchronize_session="fetch")
    )  # fmt: skip
    return int(changed.rowcount)  # type: ignore[attr-defined]


def _refuse_date(
    campaign: Campaign, deliverable: str, day: date, known: InnerDate | None, reason: str
) -> None:
    written = campaigns.plan_of(campaign).deliverable(deliverable).due.values()
    official = max(calendar.on_day(each, campaign.starts_on) for each in written)
    if day > official:
        words = Words(
            f"内部期限不能晚于规定期限 {official.isoformat()}",
            f"An inner date cannot be later than the official one, {official.isoformat()}",
        )
        raise Invalid(Problem("期限", words, "C3"))
    if known is not None and day > known.day and not reason.strip():
        raise Invalid(Problem("理由", Words("延期须写理由", "An extension needs a reason"), "C3"))
