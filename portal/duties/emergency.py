"""Emergency access: a superior opens one unit's persons for an hour at most, seen by all (D6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from portal import access, audit
from portal.access import Action, Role
from portal.audit import Act
from portal.core import clock
from portal.core.errors import Invalid, NotFound, OutOfTurn, Problem
from portal.core.words import Words
from portal.notifications import service as notifications
from portal.organizations import service as organizations
from portal.organizations.models import EmergencyAccess, Unit

if TYPE_CHECKING:
    import uuid

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from portal.access import Actor

LONGEST = 60
SHORTEST_REASON = 10
SHOWN = 100
ACCESS = Words("应急访问", "emergency access")

_HELD = Words(
    "您在这里的应急访问还没有结束，可以直接使用",
    "Your emergency access here is still open; use that one",
)
_OVER = Words("这次应急访问已经结束", "This emergency access is over already")
_NOT_ONE_UNIT = Words(
    "应急访问只能对一个支部开启，请选下面的支部",
    "Emergency access is for one branch at a time; choose a branch beneath this unit",
)


def open_access(
    session: Session, actor: Actor, unit: Unit, *, minutes: int, reason: str
) -> EmergencyAccess:
    """Open the persons of one branch to the actor; audit admins and its secretary hear at once.

    Raises:
        NotAllowed: no post of the actor's is superior to the branch.
        OutOfTurn: it is no branch, or their last access here is still open.
        Invalid: no written reason, or more than an hour.
    """
    access.require(actor, Action.EMERGENCY_OPEN, unit.path)
    below = select(Unit.id).where(Unit.tenant_id == unit.tenant_id, Unit.parent_id == unit.id)
    if session.scalar(below.limit(1)) is not None:
        raise OutOfTurn(_NOT_ONE_UNIT)
    if faults := _faults(minutes, reason):
        raise Invalid(*faults)
    if any(g.role == Role.EMERGENCY and g.place == unit.path for g in actor.grants):
        raise OutOfTurn(_HELD)
    opened = EmergencyAccess(
        tenant_id=actor.tenant_id, user_id=actor.user_id, unit_id=unit.id, path=unit.path,
        reason=reason.strip()[:500], opened_at=clock.now(), minutes=minutes,
    )  # fmt: skip
    session.add(opened)
    session.flush()
    audit.record(
        session, actor, Act.EMERGENCY_OPEN, unit.path, f"emergency:{opened.id}", minutes=minutes,
        emergency=opened.id.hex,
    )  # fmt: skip
    _tell(session, opened, unit)
    return opened


def _faults(minutes: int, reason: str) -> list[Problem]:
    faults = []
    if not 1 <= minutes <= LONGEST:
        words = Words("最少 1 分钟，最多 60 分钟", "takes 1 to 60 minutes")
        faults.append(Problem("时长", words, "minutes"))
    if len(reason.strip()) < SHORTEST_REASON:
        words = Words(
            "请写明什么事、为什么等不及（至少 10 个字），支部书记和审计员会看到",
            "Say what happened and why it cannot wait, in ten characters or more; the secretary"
            " and the audit administrator read it",
        )
        faults.append(Problem("理由", words, "reason"))
    return faults


def _tell(session: Session, opened: EmergencyAccess, unit: Unit) -> None:
    tenant, path = opened.tenant_id, opened.path
    told = [
        *organizations.holders_over(session, tenant, path, {Role.AUDIT_ADMIN}),
        *organizations.recipients(session, tenant, path, {Role.SECRETARY}),
    ]
    words = Words(
        f"上级对“{unit.name}”开启了应急访问，{opened.minutes} 分钟后自动结束",
        f"Somebody above opened emergency access to “{unit.name}”; it ends by itself after"
        f" {opened.minutes} minutes",
    )
    notifications.tell(session, tenant, told, "emergency", words, f"/emergency/{opened.id}")


def end_access(session: Session, actor: Actor, access_id: uuid.UUID) -> EmergencyAccess:
    """End an access before its time: one's own, or any as the security admin.

    Raises:
        NotFound: there is none such in reach.
        OutOfTurn: it is over already.
        NotAllowed: it is somebody else's.
    """
    found = get_access(session, actor, access_id)
    if found.user_id != actor.user_id:
        access.require(actor, Action.EMERGENCY_END, found.path)
    if not found.is_open(clock.now()):
        raise OutOfTurn(_OVER)
    found.ended_at, found.ended_by = clock.now(), actor.user_id
    audit.record(
        session, actor, Act.EMERGENCY_END, found.path, f"emergency:{found.id}",
        emergency=found.id.hex,
    )  # fmt: skip
    session.flush()
    return found


def get_access(session: Session, actor: Actor, access_id: uuid.UUID) -> EmergencyAccess:
    """Return an access in reach: one's own, or one that those who watch may see.

    Raises:
        NotFound: there is none such.
    """
    query = _seen(actor).where(EmergencyAccess.id == access_id)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(ACCESS)
    return found


def list_accesses(session: Session, actor: Actor) -> list[EmergencyAccess]:
    """Return the accesses in reach, open and past, the newest first."""
    newest = _seen(actor).order_by(EmergencyAccess.id.desc()).limit(SHOWN)
    return list(session.scalars(newest))


def _seen(actor: Actor) -> Select[EmergencyAccess]:
    own = (EmergencyAccess.tenant_id == actor.tenant_id) & (
        EmergencyAccess.user_id == actor.user_id
    )
    return select(EmergencyAccess).where(
        or_(own, access.reach(actor, Action.EMERGENCY_VIEW, EmergencyAccess))
    )


def is_under(actor: Actor) -> bool:
    """Tell whether the actor acts under an emergency access somewhere just now."""
    return any(grant.basis for grant in actor.grants)


def note_use(session: Session, actor: Actor, what: str) -> None:
    """Write down that persons were looked at under each access that is open."""
    for grant in sorted(actor.grants):
        if grant.basis:
            audit.record(session, actor, Act.EMERGENCY_USE, grant.place, what[:80])
    session.flush()
