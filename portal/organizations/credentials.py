"""Passwords of accounts: the one way to write one, and what makes it good enough."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from werkzeug.security import check_password_hash, generate_password_hash

from portal import audit
from portal.audit import Act
from portal.core import clock
from portal.core.errors import Invalid, NotFound, Problem
from portal.core.words import Words
from portal.organizations import passwords
from portal.organizations.appointments import USER
from portal.organizations.models import Account, Appointment, Unit
from portal.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.access import Actor

ONE_TIME = timedelta(hours=24)
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"

WRONG = Problem(
    "现在的密码",
    Words("现在的密码不对，密码没有改动", "is not the present one; nothing changed"),
    "current",
)
SAME = Problem(
    "新密码", Words("与现在的密码相同，请另设一个", "is the present one; choose another"), "same"
)


def one_time_password() -> str:
    """Return a password that is easy to read out and hard to guess (79 bits)."""
    while True:
        groups = ("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
        made = "-".join(groups)
        if all(passwords.weakness(made, each) is None for each in passwords.POLICIES.values()):
            return made


def hashed(password: str, method: str | None = None) -> str:
    """Return the hash of a password by `method`, or by the method of the settings."""
    return generate_password_hash(password, method=method or Settings().password_method)


def set_password(
    session: Session,
    account: Account,
    password: str,
    *,
    method: str | None = None,
    profile: str | None = None,
    with_factor: bool = False,
    one_time: bool = False,
) -> None:
    """Give an account a password, and end every session of it: the one way to write one.

    Args:
        session: the caller's session.
        account: whose.
        password: as typed.
        method: how it is hashed; the settings' way if not given.
        profile: which policy holds; the settings' one if not given.
        with_factor: the holder proves a second factor as well.
        one_time: somebody else gave it: it opens for a day and has to be changed.

    Raises:
        Invalid: it does not meet the policy.
    """
    policy = passwords.POLICIES[profile or Settings().password_profile]
    own = _known_of(session, account)
    if fault := passwords.weakness(password, policy, own=own, with_factor=with_factor):
        raise Invalid(Problem("新密码", fault, "weak"))
    now = clock.now()
    account.password = hashed(password, method)
    account.password_set_at = now
    account.secret_until = now + ONE_TIME if one_time else None
    account.must_change = one_time
    account.session_version = (account.session_version or 0) + 1


def _known_of(session: Session, account: Account) -> list[str]:
    """Return what others know of a person: their names, and those of the units they serve."""
    query = (
        select(Unit.name)
        .join(
            Appointment,
            (Appointment.tenant_id == Unit.tenant_id) & (Appointment.unit_id == Unit.id),
        )
        .where(Appointment.user_id == account.id)
    )
    units = session.scalars(query).all() if account.id is not None else []
    return [*(text for text in (account.username, account.full_name) if text), *units]


def give_up_password(account: Account) -> None:
    """Take the portal's password from who is vouched for outside: no way back in by an old one."""
    account.password, account.secret_until, account.must_change = None, None, False


def grown_old(account: Account, profile: str) -> bool:
    """Tell whether the profile asks for a new password by now."""
    age = passwords.POLICIES[profile].max_age
    if age is None:
        return False
    return account.password_set_at is None or account.password_set_at + age <= clock.now()


def change_password(
    session: Session,
    actor: Actor,
    current: str,
    new: str,
    *,
    password_method: str | None = None,
    profile: str | None = None,
    with_factor: bool = False,
) -> Account:
    """Set the actor's own password; every session of theirs ends.

    Raises:
        Invalid: the current one is wrong, or the new one too weak.
    """
    account = session.scalars(select(Account).where(Account.id == actor.user_id)).one_or_none()
    if account is None:
        raise NotFound(USER)
    if not check_password_hash(account.password or "", current):
        raise Invalid(WRONG)
    if new == current:
        raise Invalid(SAME)
    set_password(
        session, account, new, method=password_method, profile=profile, with_factor=with_factor
    )
    place = min((grant.place for grant in actor.grants), default="/")
    audit.record(session, actor, Act.PASSWORD_SET, place, f"user:{account.id}", by="self")
    session.flush()
    return account
