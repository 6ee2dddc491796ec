"""Accounts: inviting, finding, shutting, and their passwords."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from portal import access, audit
from portal.access import Action, Actor, Role
from portal.audit import Act
from portal.core.errors import Invalid, NotAllowed, NotFound, OutOfTurn
from portal.organizations import posts
from portal.organizations.appointments import (
    OWN,
    USER,
    Post,
    actor_for,
    give,
    hands,
    held_posts,
    knows_of,
    may_appoint,
    over_all,
    without_posts,
)
from portal.organizations.credentials import one_time_password, set_password
from portal.organizations.models import Account, Appointment, Unit
from portal.organizations.units import get_root
from portal.scope import service as scope

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Holder:
    """An account, and the posts of its holder that the actor may know about."""

    account: Account
    posts: tuple[Post, ...]


@scope.through(scope.Reason.ACCOUNTS)
def find_account(session: Session, username: str) -> Account | None:
    """Return the account of that name, whatever its tenant, or None: for signing in."""
    name = posts.username(username)
    query = select(Account).where(func.lower(Account.username) == name)
    return session.scalars(query).one_or_none()


def note(session: Session, account: Account, act: Act, **detail: object) -> None:
    """Write down what happened to the sign-in of an account's holder, with ids and codes."""
    if account.tenant_id is None:
        return
    tenant_id, user_id = account.tenant_id, account.id
    with scope.beyond(session, scope.Reason.LOG, tenant_id):
        person = actor_for(session, user_id, tenant_id)
        place = min((grant.place for grant in person.grants), default="")
        place = place or get_root(session, tenant_id).path
        audit.record(session, person, act, place, f"user:{user_id}", **detail)


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
        within = or_(within, Account.id.in_(without_posts(session, actor.tenant_id)))
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

    The password is shown once; it has to be changed before anything else can be done. Where it
    takes two to give the post, the account has none yet: `duties.invite` proposes it.

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
        active=True,
        tenant_id=actor.tenant_id,
        session_version=-1,
        large_type=False,
    )
    set_password(session, account, password, method=password_method, one_time=True)
    session.add(account)
    session.flush()
    audit.record(
        session, actor, Act.USER_INVITE, unit.path, f"user:{account.id}", role=role,
        **hands(actor, None),
    )  # fmt: skip
    if not access.needs_two(actor, role, unit.path):
        give(session, actor, account.id, unit, role)
    return account, password


def disable_account(
    session: Session, actor: Actor, user_id: int, *, second: Actor | None = None
) -> Account:
    """Shut an account: its holder is signed out everywhere and cannot sign in.

    Raises:
        NotFound: no such account in the actor's reach.
        NotAllowed: the holder has a post that the actor may not fill.
        OutOfTurn: it is the actor's own, or that of an admin, which takes two (D5).
    """
    return _switch(session, actor, second, user_id, Act.USER_DISABLE)


def enable_account(
    session: Session, actor: Actor, user_id: int, *, second: Actor | None = None
) -> Account:
    """Open an account that was shut; refusals as in `disable_account`."""
    return _switch(session, actor, second, user_id, Act.USER_ENABLE)


def _switch(
    session: Session, actor: Actor, second: Actor | None, user_id: int, act: Act
) -> Account:
    account, place = subordinate(session, actor, user_id, second=second, of=access.GUARDED)
    account.active = act == Act.USER_ENABLE
    account.session_version = (account.session_version or 0) + 1
    audit.record(session, second or actor, act, place, f"user:{user_id}", **hands(actor, second))
    session.flush()
    return account


def subordinate(
    session: Session, actor: Actor, user_id: int, *,
    second: Actor | None = None, of: frozenset[Role] = access.APPOINTABLE,
) -> tuple[Account, str]:  # fmt: skip
    """Return an account all of whose posts the actor may fill, and the place to record it at.

    Posts that are among `of` take a second person wherever giving them does.

    Raises:
        NotFound: no such account in the actor's reach.
        NotAllowed: the holder has a post that the actor may not fill.
        OutOfTurn: it takes a second person, or it is the actor's own.
    """
    account = get_account(session, actor, user_id)
    if user_id in {actor.user_id, second.user_id if second else None}:
        raise OutOfTurn(OWN)
    held = held_posts(session, actor.tenant_id, user_id)
    for role, path in held:
        if not access.may_grant(actor, role, path):
            raise NotAllowed(Action.USER_INVITE, path)
        if role in of:
            access.require_hands(actor, second, role, path)
    return account, held[0][1] if held else actor.places(Action.USER_INVITE)[0]


def link_member(
    session: Session, actor: Actor, user_id: int, member_id: uuid.UUID | None
) -> Account:
    """Say which member the holder of an account is; None takes it back. Nobody says it themselves.

    `member_id` has been found within the actor's reach. Refusals as in `disable_account`.
    """
    account, place = subordinate(session, actor, user_id, of=frozenset())
    account.member_id = member_id
    audit.record(
        session, actor, Act.USER_LINK, place, f"user:{user_id}",
        member=str(member_id) if member_id else "",
    )  # fmt: skip
    session.flush()
    return account


def reset_password(
    session: Session, actor: Actor, user_id: int, *, second: Actor | None = None,
    password_method: str | None = None,
) -> str:  # fmt: skip
    """Return a new password for the first sign-in of somebody who lost theirs.

    Who hands the password over could sign in with it: so it takes two wherever the post does.

    Raises:
        NotFound: no such account in the actor's reach.
        NotAllowed: the holder has a post that the actor may not fill.
        OutOfTurn: it takes a second person, or it is the actor's own.
    """
    account, place = subordinate(session, actor, user_id, second=second)
    password = one_time_password()
    set_password(session, account, password, method=password_method, one_time=True)
    audit.record(
        session, second or actor, Act.PASSWORD_SET, place, f"user:{user_id}",
        **{"by": "superior", **hands(actor, second)},
    )  # fmt: skip
    session.flush()
    return password
