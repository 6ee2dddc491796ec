"""Accounts: inviting, finding, shutting, and their passwords."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import or_, select
from werkzeug.security import generate_password_hash

from portal import access, audit
from portal.access import Action, Actor, Role
from portal.audit import Act
from portal.core.errors import Invalid, NotAllowed, NotFound, OutOfTurn, Problem
from portal.organizations import posts
from portal.organizations.appointments import (
    OWN,
    USER,
    Post,
    actor_for,
    give,
    knows_of,
    may_appoint,
    over_all,
)
from portal.organizations.models import Account, Appointment, Unit
from portal.organizations.units import get_root
from portal.scope import service as scope
from portal.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Holder:
    """An account, and the posts of its holder that the actor may know about."""

    account: Account
    posts: tuple[Post, ...]


@scope.through(scope.Reason.ACCOUNTS)
def find_account(session: Session, username: str) -> Account | None:
    """Return the account of that name, whatever its tenant, or None: for signing in."""
    name = posts.username(username)
    return session.scalars(select(Account).where(Account.username == name)).one_or_none()


def note(session: Session, account: Account, act: Act) -> None:
    """Write down that the holder of an account signed in or out, or tried to."""
    if account.tenant_id is None:
        return
    tenant_id, user_id = account.tenant_id, account.id
    with scope.beyond(session, scope.Reason.LOG, tenant_id):
        person = actor_for(session, user_id, tenant_id)
        top = get_root(session, tenant_id).path
        place = min((grant.place for grant in person.grants), default=top)
        audit.record(session, person, act, place, f"user:{user_id}")


def get_account(session: Session, actor: Actor, user_id: int) -> Account:
    """Return an account of which the actor may know: their own, or a post of it in their reach.

    Raises:
        NotFound: there is none such, or none that the actor may know about.
    """
    account = session.scalars(
        select(Account).where(Account.id == user_id, Account.tenant_id == actor.tenant_id)
    ).one_or_none()
    if account is None or not (user_id == actor.user_id or knows_of(session, actor, user_id)):
        raise NotFound(USER)
    return account


def accounts(
    session: Session,
    actor: Actor,
    *,
    search: str = "",
    below: str | None = None,
    after: int | None = None,
    limit: int | None = 50,
) -> list[Holder]:
    """Return the people who hold a post in the actor's reach, in the order they were invited.

    Args:
        session: the caller's session.
        actor: who asks.
        search: only those with this in their name or user name.
        below: only those with a post at this path or beneath it.
        after: the id of the last account of the page before.
        limit: the size of a page; None for all.
    """
    seen = select(Appointment.user_id).where(access.reach(actor, Action.USER_VIEW, Appointment))
    if below is not None:
        seen = seen.where(access.within(Appointment, below))
    within = Account.id.in_(seen)
    if below is None and over_all(actor):
        anybody = select(Appointment.user_id).where(Appointment.tenant_id == actor.tenant_id)
        within = or_(within, Account.id.not_in(anybody))
    query = select(Account).where(Account.tenant_id == actor.tenant_id, within)
    if search.strip():
        text = search.strip()
        query = query.where(
            or_(
                Account.username.contains(text.lower(), autoescape=True),
                Account.full_name.contains(text, autoescape=True),
            )
        )
    if after is not None:
        query = query.where(Account.id > after)
    found = session.scalars(query.order_by(Account.id).limit(limit)).all()
    held = _posts(session, actor, [account.id for account in found])
    return [Holder(account, tuple(held.get(account.id, ()))) for account in found]


def _posts(session: Session, actor: Actor, users: Sequence[int]) -> dict[int, list[Post]]:
    rows = session.execute(
        select(Appointment.user_id, Appointment.id, Appointment.role, Unit)
        .join(
            Unit,
            (Unit.tenant_id == Appointment.tenant_id) & (Unit.id == Appointment.unit_id),
        )
        .where(access.reach(actor, Action.USER_VIEW, Appointment), Appointment.user_id.in_(users))
        .order_by(Unit.code, Appointment.role, Appointment.id)
    )
    held: dict[int, list[Post]] = {}
    for user_id, key, role, unit in rows:
        held.setdefault(user_id, []).append(Post(key, Role(role), unit))
    return held


def one_time_password() -> str:
    """Return a password that is easy to read out and hard to guess (79 bits)."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def hashed(password: str, method: str | None = None) -> str:
    """Return the hash of a password by `method`, or by the method of the settings."""
    return generate_password_hash(password, method=method or Settings().password_method)


def invite(
    session: Session,
    actor: Actor,
    unit: Unit,
    role: Role,
    *,
    username: str,
    full_name: str,
    password_method: str | None = None,
) -> tuple[Account, str]:
    """Make an account with one post, and return it with a password for the first sign-in.

    The password is shown once; it has to be changed before anything else can be done.

    Raises:
        NotAllowed: the actor may not appoint anybody to `role` there.
        Invalid: the names do not do, or the user name is taken.
    """
    may_appoint(actor, unit, role)
    name = posts.checked_names(username, full_name)
    if find_account(session, name) is not None:
        raise Invalid(posts.taken(name))
    password = one_time_password()
    account = Account(
        username=name,
        first_name="",
        last_name=full_name.strip()[:64],
        full_name=full_name.strip(),
        email=f"{name}@portal.invalid",
        password=hashed(password, password_method),
        active=True,
        tenant_id=actor.tenant_id,
        must_change=True,
        session_version=0,
        large_type=False,
    )
    session.add(account)
    session.flush()
    audit.record(session, actor, Act.USER_INVITE, unit.path, f"user:{account.id}", role=role)
    give(session, actor, account.id, unit, role)
    return account, password


def disable_account(session: Session, actor: Actor, user_id: int) -> Account:
    """Shut an account: its holder is signed out everywhere and cannot sign in.

    Raises:
        NotFound: no such account in the actor's reach.
        NotAllowed: the holder has a post that the actor may not fill.
        OutOfTurn: it is the actor's own.
    """
    return _switch(session, actor, user_id, Act.USER_DISABLE, active=False)


def enable_account(session: Session, actor: Actor, user_id: int) -> Account:
    """Open an account that was shut; refusals as in `disable_account`."""
    return _switch(session, actor, user_id, Act.USER_ENABLE, active=True)


def _switch(session: Session, actor: Actor, user_id: int, act: Act, *, active: bool) -> Account:
    account, place = _subordinate(session, actor, user_id)
    account.active = active
    account.session_version = (account.session_version or 0) + 1
    audit.record(session, actor, act, place, f"user:{user_id}")
    session.flush()
    return account


def _subordinate(session: Session, actor: Actor, user_id: int) -> tuple[Account, str]:
    """Return an account all of whose posts the actor may fill, and the place to record it at."""
    account = get_account(session, actor, user_id)
    if user_id == actor.user_id:
        raise OutOfTurn(OWN)
    held = session.execute(
        select(Appointment.role, Appointment.path)
        .where(Appointment.tenant_id == actor.tenant_id, Appointment.user_id == user_id)
        .order_by(Appointment.path)
    ).all()
    for role, path in held:
        if not access.may_grant(actor, Role(role), path):
            raise NotAllowed(Action.USER_INVITE, path)
    return account, held[0][1] if held else actor.places(Action.USER_INVITE)[0]


def reset_password(
    session: Session, actor: Actor, user_id: int, *, password_method: str | None = None
) -> str:
    """Return a new password for the first sign-in of somebody who lost theirs.

    Raises:
        NotFound: no such account in the actor's reach.
        NotAllowed: the holder has a post that the actor may not fill.
        OutOfTurn: it is the actor's own.
    """
    account, place = _subordinate(session, actor, user_id)
    password = one_time_password()
    _set(account, password, password_method, must_change=True)
    audit.record(session, actor, Act.PASSWORD_SET, place, f"user:{user_id}", by="superior")
    session.flush()
    return password


def change_password(
    session: Session, actor: Actor, current: str, new: str, *, password_method: str | None = None
) -> Account:
    """Set the actor's own password; every other session of theirs ends.

    Raises:
        Invalid: the current one is wrong, or the new one too weak.
    """
    account = session.scalars(select(Account).where(Account.id == actor.user_id)).one_or_none()
    if account is None:
        raise NotFound(USER)
    problems: list[Problem] = posts.password_faults(account, current, new)
    if problems:
        raise Invalid(*problems)
    _set(account, new, password_method, must_change=False)
    place = min((grant.place for grant in actor.grants), default="/")
    audit.record(session, actor, Act.PASSWORD_SET, place, f"user:{account.id}", by="self")
    session.flush()
    return account


def _set(account: Account, password: str, method: str | None, *, must_change: bool) -> None:
    account.password = hashed(password, method)
    account.must_change = must_change
    account.session_version = (account.session_version or 0) + 1
