"""Who is appointed to what, and therefore acts where."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal import access, audit
from portal.access import APPOINTABLE, EXCLUSIVE, Action, Actor, Grant, Role
from portal.audit import Act
from portal.core import clock, tree
from portal.core.errors import Invalid, NotAllowed, NotFound, OutOfTurn
from portal.core.words import Words
from portal.organizations import posts
from portal.organizations.models import Account, Appointment, EmergencyAccess, Kind, Unit
from portal.organizations.units import UNIT, reachable
from portal.scope import service as scope

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.orm import Session

USER = Words("用户", "user")
OWN = Words(
    "不能改动自己的任职或账号，请由别的有权限的同志办理",
    "Nobody changes their own posts or account; ask somebody else who may",
)


@dataclass(frozen=True, slots=True)
class Post:
    """A role somebody holds at a unit."""

    appointment_id: uuid.UUID
    role: Role
    unit: Unit


def actor_for(
    session: Session, user_id: int, tenant_id: int, at: datetime | None = None, *,
    hold: bool = False,
) -> Actor:  # fmt: skip
    """Return a person as an actor within one tenant, with what they are appointed to now.

    A disabled account, or one of another tenant, is an actor who may do nothing; a post at a
    unit that has been dissolved permits nothing either. An emergency access that is open opens
    its unit as long as the post that permitted it is held.

    Args:
        session: the caller's session.
        user_id: the person's account.
        tenant_id: the tenant.
        at: the instant at which an emergency access must be open; now unless it is given.
        hold: let nobody take these posts away, or shut the account, before this transaction
            ends: what is done in it was done by somebody who held them.
    """
    query = (
        select(Appointment.role, Appointment.path, Account.member_id)
        .join(Account, Account.id == Appointment.user_id)
        .join(
            Unit,
            (Unit.tenant_id == Appointment.tenant_id) & (Unit.id == Appointment.unit_id),
        )
        .where(
            Appointment.tenant_id == tenant_id,
            Appointment.user_id == user_id,
            Account.tenant_id == tenant_id,
            Account.active,
            Unit.dissolved_on.is_(None),
        )
    )
    if hold:
        query = query.with_for_update(read=True, of=(Appointment, Account))
    with scope.beyond(session, scope.Reason.POSTS, tenant_id):
        held = session.execute(query).all()
    grants = frozenset(Grant(Role(role), path) for role, path, _ in held)
    actor = Actor(user_id, tenant_id, grants, held[0].member_id if held else None)
    with scope.beyond(session, scope.Reason.POSTS, tenant_id):
        opened = _opened(session, actor, at or clock.now())
    return replace(actor, grants=grants | opened) if opened else actor


def _opened(session: Session, actor: Actor, at: datetime) -> frozenset[Grant]:
    if not actor.places(Action.EMERGENCY_OPEN):
        return frozenset()
    recent = session.scalars(
        select(EmergencyAccess).where(
            EmergencyAccess.tenant_id == actor.tenant_id,
            EmergencyAccess.user_id == actor.user_id,
            EmergencyAccess.opened_at > at - timedelta(hours=1),
        )
    )
    return frozenset(
        Grant(Role.EMERGENCY, each.path, each.id.hex)
        for each in recent
        if each.is_open(at) and access.allows(actor, Action.EMERGENCY_OPEN, each.path)
    )


@scope.through(scope.Reason.POSTS)
def held_posts(session: Session, tenant_id: int, user_id: int) -> list[tuple[Role, str]]:
    """Return what a person is appointed to, and where; from the top of the tree.

    All of it, also beyond the actor's reach: one post that they may not fill keeps the account
    out of their hands.
    """
    rows = session.execute(
        select(Appointment.role, Appointment.path)
        .where(Appointment.tenant_id == tenant_id, Appointment.user_id == user_id)
        .order_by(Appointment.path, Appointment.role)
    )
    return [(Role(role), path) for role, path in rows]


@scope.through(scope.Reason.POSTS)
def without_posts(session: Session, tenant_id: int) -> list[int]:
    """Return the ids of the accounts that hold no post anywhere."""
    anybody = select(Appointment.user_id).where(Appointment.tenant_id == tenant_id)
    query = select(Account.id).where(Account.tenant_id == tenant_id, Account.id.not_in(anybody))
    return list(session.scalars(query))


def recipients(session: Session, tenant_id: int, path: str, roles: Collection[Role]) -> list[int]:
    """Return the ids of those who hold one of `roles` at the unit at `path` itself."""
    return list(
        session.scalars(
            select(Appointment.user_id)
            .join(Account, Account.id == Appointment.user_id)
            .where(
                Appointment.tenant_id == tenant_id,
                Appointment.path == path,
                Appointment.role.in_([role.value for role in roles]),
                Account.active,
            )
            .distinct()
            .order_by(Appointment.user_id)
        )
    )


def holders_over(session: Session, tenant_id: int, path: str, roles: Collection[Role]) -> list[int]:
    """Return the ids of those who hold one of `roles` at the unit at `path` or above it."""
    return list(
        session.scalars(
            select(Appointment.user_id)
            .join(Account, Account.id == Appointment.user_id)
            .where(
                Appointment.tenant_id == tenant_id,
                Appointment.path.in_(tree.lineage(path)),
                Appointment.role.in_([role.value for role in roles]),
                Account.active,
            )
            .distinct()
            .order_by(Appointment.user_id)
        )
    )


def roles_held(session: Session, tenant_id: int) -> frozenset[Role]:
    """Return the roles that somebody with an open account holds anywhere in a tenant."""
    held = session.scalars(
        select(Appointment.role)
        .join(Account, Account.id == Appointment.user_id)
        .where(Appointment.tenant_id == tenant_id, Account.active)
        .distinct()
    )
    return frozenset(Role(role) for role in held)


def appoint(
    session: Session, actor: Actor, user_id: int, unit: Unit, role: Role, *,
    second: Actor | None = None,
) -> Appointment:  # fmt: skip
    """Give a person a role at a unit; they are signed out everywhere.

    `second` is who confirms it, where it takes two.

    Raises:
        NotFound: the unit or the person is not there, or not for this actor.
        NotAllowed: the actor may not appoint anybody to `role` there.
        OutOfTurn: it takes a second person, it is their own post, they hold it already, or it
            excludes one they hold.
    """
    may_appoint(actor, unit, role)
    refuse_appointment(session, actor, user_id, unit, role)
    _not_their_own(second, user_id)
    access.require_hands(actor, second, role, unit.path)
    account = session.get_one(Account, user_id)
    account.session_version = (account.session_version or 0) + 1
    return give(session, actor, user_id, unit, role, second=second)


def refuse_appointment(
    session: Session, actor: Actor, user_id: int, unit: Unit, role: Role
) -> None:
    """Return quietly if the person may hold `role` there beside what they hold; see `appoint`."""
    _not_their_own(actor, user_id)
    account = session.scalars(
        select(Account).where(Account.id == user_id, Account.tenant_id == actor.tenant_id)
    ).one_or_none()
    if account is None:
        raise NotFound(USER)
    held = held_posts(session, actor.tenant_id, user_id)
    if (role, unit.path) in held:
        raise OutOfTurn(posts.HELD)
    if role in EXCLUSIVE and any(each in EXCLUSIVE for each, _ in held):
        raise OutOfTurn(posts.THREE_PEOPLE)


def _not_their_own(actor: Actor | None, user_id: int) -> None:
    if actor is not None and actor.user_id == user_id:
        raise OutOfTurn(OWN)


def may_appoint(actor: Actor, unit: Unit, role: Role) -> None:
    """Return quietly if the actor may appoint somebody to `role` at `unit`.

    Raises:
        NotFound: the unit is out of reach.
        NotAllowed: the actor may not fill that post.
        Invalid: there is no such post at a unit of that level.
    """
    if role not in APPOINTABLE or not access.may_grant(actor, role, unit.path):
        reachable(actor, unit)
        raise NotAllowed(Action.USER_INVITE, unit.path)
    if unit.tenant_id != actor.tenant_id:
        raise NotFound(UNIT)
    if unit.dissolved_on or role not in posts.roles_at(Kind(unit.kind)):
        raise Invalid(posts.wrong_level(unit, role))


def give(
    session: Session, actor: Actor, user_id: int, unit: Unit, role: Role, *,
    second: Actor | None = None,
) -> Appointment:  # fmt: skip
    """Write an appointment down; `may_appoint` and `require_hands` have been asked."""
    appointment = Appointment(
        tenant_id=actor.tenant_id,
        user_id=user_id,
        unit_id=unit.id,
        path=unit.path,
        role=role.value,
        by=actor.user_id,
        confirmed_by=second.user_id if second else None,
    )
    session.add(appointment)
    session.flush()
    audit.record(
        session, second or actor, Act.APPOINT, unit.path, f"user:{user_id}", role=role.value,
        **hands(actor, second),
    )  # fmt: skip
    return appointment


def hands(actor: Actor, second: Actor | None) -> dict[str, object]:
    """Return how the log marks who else had a hand in it: who proposed, or the operator alone."""
    if second is not None:
        return {"proposed_by": actor.user_id}
    return {"by": "operator"} if actor.user_id is None else {}


def get_appointment(session: Session, actor: Actor, appointment_id: uuid.UUID) -> Appointment:
    """Return an appointment of a person of whom the actor may know.

    Raises:
        NotFound: there is none such.
    """
    appointment = session.get(Appointment, (actor.tenant_id, appointment_id))
    if appointment is None or not knows_of(session, actor, appointment.user_id):
        raise NotFound(Words("任职", "appointment"))
    return appointment


def dismiss(
    session: Session, actor: Actor, appointment_id: uuid.UUID, *, second: Actor | None = None
) -> None:
    """Take a role from a person, who is signed out everywhere; it takes two to take what two gave.

    Raises:
        NotFound: no such appointment in the actor's reach.
        NotAllowed: the actor may not fill that post, so not vacate it either.
        OutOfTurn: it takes a second person, or it is their own.
    """
    appointment = get_appointment(session, actor, appointment_id)
    _not_their_own(actor, appointment.user_id)
    _not_their_own(second, appointment.user_id)
    access.require_hands(actor, second, Role(appointment.role), appointment.path)
    audit.record(
        session, second or actor, Act.DISMISS, appointment.path, f"user:{appointment.user_id}",
        role=appointment.role, **hands(actor, second),
    )  # fmt: skip
    account = session.get_one(Account, appointment.user_id)
    account.session_version = (account.session_version or 0) + 1
    session.delete(appointment)
    session.flush()


def posts_of(session: Session, actor: Actor) -> list[Post]:
    """Return the actor's own posts, by unit."""
    rows = session.execute(
        select(Appointment.id, Appointment.role, Unit)
        .join(
            Unit,
            (Unit.tenant_id == Appointment.tenant_id) & (Unit.id == Appointment.unit_id),
        )
        .where(
            Appointment.tenant_id == actor.tenant_id,
            Appointment.user_id == actor.user_id,
            Unit.dissolved_on.is_(None),
        )
        .order_by(Unit.path, Appointment.role)
    )
    return [Post(key, Role(role), unit) for key, role, unit in rows]


def knows_of(session: Session, actor: Actor, user_id: int) -> bool:
    """Tell whether a person holds a post in the actor's reach."""
    held = [path for _, path in held_posts(session, actor.tenant_id, user_id)]
    if not held:
        return over_all(actor)
    return any(
        access.allows(actor, action, path)
        for action in (Action.USER_VIEW, Action.USER_INVITE)
        for path in held
    )


def over_all(actor: Actor) -> bool:
    """Tell whether the actor may see people who hold no post anywhere."""
    places = {*actor.places(Action.USER_VIEW), *actor.places(Action.USER_INVITE)}
    return any(place.count("/") <= 2 for place in places)  # noqa: PLR2004  the root, or above


def hand_over(session: Session, actor: Actor, absorbed: Unit, into: Unit) -> None:
    """Move the appointments at `absorbed` to `into`; who holds the same post there keeps both."""
    held = {
        (each.user_id, each.role)
        for each in session.scalars(
            select(Appointment).where(
                Appointment.tenant_id == into.tenant_id, Appointment.unit_id == into.id
            )
        )
    }
    for each in session.scalars(
        select(Appointment).where(
            Appointment.tenant_id == absorbed.tenant_id, Appointment.unit_id == absorbed.id
        )
    ):
        if (each.user_id, each.role) not in held:
            each.unit_id, each.path = into.id, into.path
            audit.record(
                session, actor, Act.APPOINT, into.path, f"user:{each.user_id}", role=each.role,
                was=str(absorbed.id),
            )  # fmt: skip
    session.flush()
