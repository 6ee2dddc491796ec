"""Finding units, and writing down what is known about one."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from portal import access, audit
from portal.access import Action
from portal.audit import Act
from portal.core import clock, tree
from portal.core.errors import Invalid, NotFound, Overtaken, Problem
from portal.core.words import Words
from portal.organizations import facts as unit_facts
from portal.organizations.models import TenantRoot, Unit
from portal.scope import service as scope

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from portal.access import Actor

UNIT = Words("组织", "unit")
TENANT = Words("单位库", "tenant")


def get_tenant(session: Session, tenant_id: int) -> TenantRoot:
    """Return a tenant.

    Raises:
        NotFound: there is none such.
    """
    tenant = session.get(TenantRoot, tenant_id)
    if tenant is None:
        raise NotFound(TENANT)
    return tenant


def list_tenants(session: Session) -> Sequence[TenantRoot]:
    """Return every tenant of this database; for whoever stands at the machine."""
    with scope.beyond(session, scope.Reason.TENANTS):
        found = session.scalars(select(TenantRoot).order_by(TenantRoot.id)).all()
        for tenant in found:
            session.expunge(tenant)  # to be read, also by who is bound to none of them
    return found


def zone_of(session: Session, tenant_id: int) -> ZoneInfo:
    """Return the time zone of a tenant."""
    return ZoneInfo(get_tenant(session, tenant_id).zone)


def today(session: Session, tenant_id: int) -> date:
    """Return the calendar day it is for a tenant."""
    return clock.today(zone_of(session, tenant_id))


def reachable(actor: Actor, unit: Unit) -> Unit:
    """Return `unit` if the actor may know about it.

    Raises:
        NotFound: it belongs to another tenant or lies out of reach.
    """
    if unit.tenant_id != actor.tenant_id or not access.allows(actor, Action.UNIT_VIEW, unit.path):
        raise NotFound(UNIT)
    return unit


def code_taken(session: Session, actor: Actor, code: str, but: uuid.UUID | None) -> list[Problem]:
    """Return what is wrong with giving `code` to a unit, `but` being the one that may hold it."""
    held = session.scalar(
        select(Unit.id).where(Unit.tenant_id == actor.tenant_id, Unit.code == code.strip())
    )
    if held is None or held == but:
        return []
    words = Words(
        f"编码 {code} 已被别的组织使用，请换一个",
        f"code {code} is in use by another unit; choose another",
    )
    return [Problem(unit_facts.LABELS["code"].zh, words, "duplicate")]


def list_units(
    session: Session,
    actor: Actor,
    *,
    below: str | None = None,
    kind: str | None = None,
    search: str = "",
    dissolved: bool = False,
    limit: int | None = 50,
    after: str | None = None,
) -> Sequence[Unit]:
    """Return units in the actor's reach, by code.

    Args:
        session: the caller's session.
        actor: who asks.
        below: only the unit at this path and what is beneath it.
        kind: only this level.
        search: only those with this in a name or at the start of the code.
        dissolved: with those that have been dissolved.
        limit: the size of a page; None for all.
        after: the code of the last unit of the page before.
    """
    query = select(Unit).where(access.reach(actor, Action.UNIT_VIEW, Unit))
    if below is not None:
        query = query.where(access.within(Unit, below))
    if kind is not None:
        query = query.where(Unit.kind == kind)
    if search.strip():
        text = search.strip()
        query = query.where(
            or_(
                Unit.name.contains(text, autoescape=True),
                Unit.full_name.contains(text, autoescape=True),
                Unit.code.startswith(text, autoescape=True),
            )
        )
    if not dissolved:
        query = query.where(Unit.dissolved_on.is_(None))
    if after is not None:
        query = query.where(Unit.code > after)
    return session.scalars(query.order_by(Unit.code, Unit.id).limit(limit)).all()


def find_unit(session: Session, actor: Actor, unit_id: uuid.UUID) -> Unit | None:
    """Return a unit in the actor's reach, or None."""
    return session.scalars(
        select(Unit).where(Unit.id == unit_id, access.reach(actor, Action.UNIT_VIEW, Unit))
    ).one_or_none()


def find_units(
    session: Session, actor: Actor, unit_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, Unit]:
    """Return those of these units that are in the actor's reach, by id."""
    found = session.scalars(
        select(Unit).where(Unit.id.in_(unit_ids), access.reach(actor, Action.UNIT_VIEW, Unit))
    )
    return {unit.id: unit for unit in found}


def names_at(session: Session, tenant_id: int, paths: Collection[str]) -> dict[str, str]:
    """Return the names of the units that stand at these paths today."""
    query = select(Unit.path, Unit.name).where(Unit.tenant_id == tenant_id, Unit.path.in_(paths))
    return {row.path: row.name for row in session.execute(query)}


def get_unit(session: Session, actor: Actor, unit_id: uuid.UUID) -> Unit:
    """Return a unit in the actor's reach.

    Raises:
        NotFound: there is none such, or none that the actor may know about.
    """
    unit = find_unit(session, actor, unit_id)
    if unit is None:
        raise NotFound(UNIT)
    return unit


def find_unit_by_code(session: Session, actor: Actor, code: str) -> Unit | None:
    """Return the unit with that code in the actor's reach, or None."""
    return session.scalars(
        select(Unit).where(Unit.code == code.strip(), access.reach(actor, Action.UNIT_VIEW, Unit))
    ).one_or_none()


def get_unit_by_code(session: Session, actor: Actor, code: str) -> Unit:
    """Return the unit with that code in the actor's reach.

    Raises:
        NotFound: there is none such, or none that the actor may know about.
    """
    unit = find_unit_by_code(session, actor, code)
    if unit is None:
        raise NotFound(UNIT)
    return unit


def get_root(session: Session, tenant_id: int) -> Unit:
    """Return the root of a tenant's tree.

    Raises:
        NotFound: no tree has been planted.
    """
    root = session.scalars(
        select(Unit).where(Unit.tenant_id == tenant_id, Unit.parent_id.is_(None))
    ).first()
    if root is None:
        raise NotFound(UNIT)
    return root


def children(session: Session, actor: Actor, unit: Unit) -> Sequence[Unit]:
    """Return the units directly below `unit` that are in the actor's reach, by code."""
    return session.scalars(
        select(Unit)
        .where(
            access.reach(actor, Action.UNIT_VIEW, Unit),
            Unit.parent_id == unit.id,
            Unit.dissolved_on.is_(None),
        )
        .order_by(Unit.code, Unit.id)
    ).all()


def lineage(session: Session, tenant_id: int, path: str) -> list[Unit]:
    """Return the units from the root down to `path`."""
    found = session.scalars(
        select(Unit).where(Unit.tenant_id == tenant_id, Unit.path.in_(tree.lineage(path)))
    )
    return sorted(found, key=lambda unit: tree.depth(unit.path))


def change_unit(
    session: Session,
    actor: Actor,
    unit_id: uuid.UUID,
    facts: Mapping[str, str | None],
    *,
    version: int,
) -> Unit:
    """Write down what is known about a unit.

    Raises:
        NotFound: no such unit in the actor's reach.
        NotAllowed: the actor may see it, but not change it.
        Overtaken: it was changed since `version`.
        Invalid: with every fault of the facts.
    """
    unit = get_unit(session, actor, unit_id)
    access.require(actor, Action.UNIT_CHANGE, unit.path)
    if unit.version != version:
        raise Overtaken
    checked = unit_facts.checked(facts)
    if taken := code_taken(session, actor, checked.get("code", unit.code), unit.id):
        raise Invalid(*taken)
    changed = [name for name, value in checked.items() if (getattr(unit, name) or "") != value]
    for name in changed:
        setattr(unit, name, checked[name])
    if changed:
        audit.record(session, actor, Act.UNIT_CHANGE, unit.path, f"unit:{unit.id}", fields=changed)
        session.flush()
    return unit
