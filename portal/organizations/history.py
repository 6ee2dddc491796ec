"""Under whom a unit stood, from when and until when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal import access
from portal.access import Action
from portal.core import tree
from portal.core.errors import Invalid, Problem
from portal.core.words import Words
from portal.organizations.models import Unit, UnitLink
from portal.organizations.planting import link
from portal.organizations.units import reachable, today

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from portal.access import Actor


@dataclass(frozen=True, slots=True)
class Stood:
    """A unit where it stood on some day."""

    unit_id: uuid.UUID
    parent_id: uuid.UUID | None
    path: str
    code: str
    kind: str
    name: str


def tree_on(session: Session, actor: Actor, day: date) -> list[Stood]:
    """Return the units as they stood on `day`, parents first, each with its path on that day.

    Those count that are in the actor's reach where they stand today.
    """
    rows = session.execute(
        select(UnitLink.parent_id, Unit.id, Unit.path, Unit.code, Unit.kind, Unit.name)
        .join(Unit, (Unit.tenant_id == UnitLink.tenant_id) & (Unit.id == UnitLink.unit_id))
        .where(
            UnitLink.tenant_id == actor.tenant_id,
            UnitLink.valid_from <= day,
            (UnitLink.valid_to.is_(None)) | (UnitLink.valid_to > day),
        )
        .order_by(Unit.code, Unit.id)
    )
    below: dict[uuid.UUID | None, list[tuple[uuid.UUID, str, str, str, str]]] = {}
    for parent_id, unit_id, path, code, kind, name in rows:
        below.setdefault(parent_id, []).append((unit_id, path, code, kind, name))
    stood: list[Stood] = []
    queue: list[tuple[uuid.UUID | None, str]] = [(None, tree.ROOT)]
    for parent_id, above in queue:  # it grows while it is walked
        for unit_id, path, code, kind, name in below.get(parent_id, ()):
            place = tree.below(above, tree.number(path))
            queue.append((unit_id, place))
            if access.allows(actor, Action.UNIT_VIEW, path):
                stood.append(Stood(unit_id, parent_id, place, code, kind, name))
    return stood


def links_of(session: Session, actor: Actor, unit: Unit) -> Sequence[UnitLink]:
    """Return under whom `unit` has stood, the oldest first."""
    reachable(actor, unit)
    return session.scalars(
        select(UnitLink)
        .where(UnitLink.tenant_id == actor.tenant_id, UnitLink.unit_id == unit.id)
        .order_by(UnitLink.valid_from, UnitLink.id)
    ).all()


def effective(session: Session, unit: Unit, on: date | None) -> date:
    """Return the day a change of `unit` takes effect: `on`, or today.

    Raises:
        Invalid: it lies ahead, or before the unit came to where it stands.
    """
    now = today(session, unit.tenant_id)
    day = on or now
    current = _current(session, unit)
    if day > now or (current and day < current.valid_from):
        words = Words(
            "生效日期不能晚于今天，也不能早于它到现在上级之下的那一天。请改日期",
            "takes effect today at the latest, and no earlier than it came to its present place",
        )
        raise Invalid(Problem("生效日期", words, "day"))
    return day


def _current(session: Session, unit: Unit) -> UnitLink | None:
    return session.scalars(
        select(UnitLink).where(
            UnitLink.tenant_id == unit.tenant_id,
            UnitLink.unit_id == unit.id,
            UnitLink.valid_to.is_(None),
        )
    ).one_or_none()


def relink(session: Session, unit: Unit, parent: Unit, day: date, reason: str) -> None:
    """Write down that `unit` stands below `parent` from `day`, and nowhere else any more."""
    current = _current(session, unit)
    if current and current.valid_from == day:
        current.parent_id, current.reason = parent.id, reason[:200]
        session.flush()
        return
    if current:
        current.valid_to = day
    link(session, unit, parent, day, reason)


def end(session: Session, unit: Unit, day: date) -> None:
    """Write down that `unit` is no more from `day`."""
    current = _current(session, unit)
    if current:
        current.valid_to = day
    unit.dissolved_on = day
    session.flush()
