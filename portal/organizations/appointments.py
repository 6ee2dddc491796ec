"""Who is appointed to what, and therefore acts where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal import access, audit
from portal.access import EXCLUSIVE, Action, Actor, Grant, Role
from portal.audit import Act
from portal.core.errors import Invalid, NotAllowed, NotFound, OutOfTurn
from portal.core.words import Words
from portal.organizations import posts
from portal.organizations.models import Account, Appointment, Kind, Unit
from portal.organizations.units import UNIT, reachable
from portal.scope import service as scope

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection

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


def actor_for(session: Session, user_id: int, tenant_id: int) -> Actor:
    """Return a person as an actor within one tenant, with what they are appointed to now.

    A disabled account, or one of another tenant, is an actor who may do nothing; a post at a
    unit that has been dissolved permits nothing either.
    """
    with scope.beyond(session, scope.Reason.POSTS, tenant_id):
        held = session.execute(
            select(Appointment.role, Appointment.path)
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
        ).all()
    return Actor(user_id, tenant_id, frozenset(Grant(Role(role), path) for role, path in held))


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


def roles_held(session: Session, tenant_id: int) -> frozenset[Role]:
    """Return the roles that somebody with an open account holds anywhere in a tenant."""
    held = session.scalars(
        select(Appointment.role)
        .join(Account, Account.id == Appointment.user_id)
        .where(Appointment.tenant_id == tenant_id, Account.active)
        .distinct()
    )
    return frozenset(Role(role) for role in held)


def appoint(session: Session, actor: Actor, user_id: int, unit: Unit, role: Role) -> Appointment:
    """Give a person a role at a unit.

    Raises:
        NotFound: the unit or the person is not there, or not for this actor.
        NotAllowed: the actor may not appoint anybody to `role` there.
        OutOfTurn: it is their own post, they hold it already, or it excludes one they hold.
    """
    may_appoint(actor, unit, role)
    if user_id == actor.user_id:
        raise OutOfTurn(OWN)
    account = session.scalars(
        select(Account).where(Account.id == user_id, Account.tenant_id == actor.tenant_id)
    ).one_or_none()
    if account is None:
        raise NotFound(USER)
    held = session.execute(
        select(Appointment.role, Appointment.unit_id).where(
            Appointment.tenant_id == actor.tenant_id, Appointment.user_id == user_id
        )
    ).all()
    if (role.value, unit.id) in {(each, where) for each, where in held}:
        raise OutOfTurn(posts.HELD)
    if role in EXCLUSIVE and any(Role(each) in EXCLUSIVE for each, _ in held):
        raise OutOfTurn(posts.THREE_PEOPLE)
    return give(session, actor, user_id, unit, role)


def may_appoint(actor: Actor, unit: Unit, role: Role) -> None:
    """Return quietly if the actor may appoint somebody to `role` at `unit`.

    Raises:
        NotFound: the unit is out of reach.
        NotAllowed: the actor may not fill that post.
        Invalid: there is no such post at a unit of that level.
    """
    if role == Role.OPERATOR or not access.may_grant(actor, role, unit.path):
        reachable(actor, unit)
        raise NotAllowed(Action.USER_INVITE, unit.path)
    if unit.tenant_id != actor.tenant_id:
        raise NotFound(UNIT)
    if unit.dissolved_on or role not in posts.roles_at(Kind(unit.kind)):
        raise Invalid(posts.wrong_level(unit, role))


def give(session: Session, actor: Actor, user_id: int, unit: Unit, role: Role) -> Appointment:
    """Write an appointment down; `may_appoint` has been asked."""
    appointment = Appointment(
        tenant_id=actor.tenant_id,
        user_id=user_id,
        unit_id=unit.id,
        path=unit.path,
        role=role.value,
        by=actor.user_id,
    )
    session.add(appointment)
    session.flush()
    audit.record(session, actor, Act.APPOINT, unit.path, f"user:{user_id}", role=role.value)
    return appointment


def dismiss(session: Session, actor: Actor, appointment_id: uuid.UUID) -> None:
    """Take a role from a person, who is signed out everywhere.

    Raises:
        NotFound: no such appointment in the actor's reach.
        NotAllowed: the actor may not fill that post, so not vacate it either.
        OutOfTurn: it is the actor's own.
    """
    appointment = session.get(Appointment, (actor.tenant_id, appointment_id))
    if appointment is None or not knows_of(session, actor, appointment.user_id):
        raise NotFound(Words("任职", "appointment"))
    if appointment.user_id == actor.user_id:
        raise OutOfTurn(OWN)
    if not access.may_grant(actor, Role(appointment.role), appointment.path):
        raise NotAllowed(Action.USER_INVITE, appointment.path)
    audit.record(
        session, actor, Act.DISMISS, appointment.path, f"user:{appointment.user_id}",
        role=appointment.role,
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
    held = session.scalars(
        select(Appointment.path).where(
            Appointment.tenant_id == actor.tenant_id, Appointment.user_id == user_id
        )
    ).all()
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
