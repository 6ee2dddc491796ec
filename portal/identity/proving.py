"""Proving who one is: the same steps at every place that takes a password or a code.

1. `begin` looks the account up and takes a place in the counts.
2. `fits` compares the password. No transaction is open meanwhile: it takes a tenth of a second.
3. `conclude` counts and records.

Each does the same work whoever the name belongs to, and whether it is nobody's, shut or locked.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from werkzeug.security import check_password_hash

from portal import access, audit
from portal.access import Actor
from portal.audit import Act
from portal.core import clock
from portal.core.errors import Away
from portal.core.words import Words
from portal.identity import factors, outside, throttle
from portal.identity.models import Stage
from portal.notifications import service as notifications
from portal.organizations import service as organizations
from portal.scope import service as scope

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.identity.throttle import Counters
    from portal.organizations.models import Account


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to prove who one is. Plain values: no row is held while passwords are compared."""

    username: str
    counters: Counters
    hash: str
    usable: bool
    placed: bool
    outside: bool = False


@lru_cache(maxsize=4)
def _nobody_s_hash(method: str) -> str:
    """Return what the password of a name that nobody has is compared with."""
    return organizations.hashed("nobody has this password", method)


def begin(session: Session, username: str, address: str, method: str) -> Attempt:
    """Take a place for an attempt on the account called `username` from `address`."""
    name = organizations.username(username)
    counters = throttle.counters(name, address)
    account = organizations.find_account(session, name)
    placed = throttle.take(session, counters)
    elsewhere = outside.in_place().vouches_for(name)
    kept = None if account is None or elsewhere else account.password
    return Attempt(
        username=name,
        counters=counters,
        hash=kept or _nobody_s_hash(method),
        usable=account is not None and _is_usable(account, elsewhere=elsewhere),
        placed=placed,
        outside=elsewhere,
    )


def _is_usable(account: Account, *, elsewhere: bool) -> bool:
    until = None if elsewhere else account.secret_until
    return bool(account.active) and (until is None or clock.now() < until)


def fits(attempt: Attempt, password: str) -> bool:
    """Tell whether `password` is right and may be used; the work is the same if it may not.

    Raises:
        Away: a directory has to say, and does not answer. The password of an account that is kept
            here opens all the same.
    """
    may = attempt.usable and attempt.placed
    here = check_password_hash(attempt.hash, password) and not attempt.outside
    if here and may and outside.in_place().directory is None:
        return True
    try:
        there = outside.in_place().fits(attempt.username, password, known=attempt.outside and may)
    except Away:
        if here and may:
            return True
        raise
    return (there or here) and may


def fail(session: Session, attempt: Attempt) -> None:
    """Count and record an attempt that came to nothing; the sixth in a row tells its holder."""
    account = organizations.find_account(session, attempt.username)
    locked = attempt.placed and throttle.failed(session, attempt.counters)
    if account is None or account.tenant_id is None:
        nobody = Actor(None, throttle.NOBODY, frozenset())
        organizations.actor_for(session, throttle.NOBODY, throttle.NOBODY)
        if attempt.placed:
            audit.record(session, nobody, Act.SIGN_IN_FAILED, "/", "user:0")
        session.flush()
        return
    if attempt.placed:
        organizations.note(session, account, Act.SIGN_IN_FAILED)
    if locked:
        organizations.note(session, account, Act.SESSION_LOCKED)
        _tell_locked(session, account)
    session.flush()


def _tell_locked(session: Session, account: Account) -> None:
    words = Words(
        "您的账号连续输错，登录已暂停 15 分钟。如不是您本人，请联系安全保密管理员",
        "Signing in to your account was stopped for 15 minutes after repeated failures. If that "
        "was not you, tell the security administrator",
    )
    tenant_id, holder = account.tenant_id or 0, account.id
    with scope.beyond(session, scope.Reason.LOG, tenant_id):
        notifications.tell(session, tenant_id, [holder], "security", words, "/me/sessions")


def half(session: Session, attempt: Attempt) -> None:
    """Note that the password was right and the code is still to come."""
    throttle.give_back(session, attempt.counters)


def succeed(session: Session, attempt: Attempt) -> None:
    """Forget the failures before: the holder has proved who they are in full."""
    throttle.forget(session, attempt.counters)


def next_stage(
    session: Session, account: Account, *, second_factor: bool, given: bool = False
) -> Stage:
    """Return what follows a right password: a code, setting one up, or the portal.

    Args:
        session: the caller's session.
        account: whose password it was.
        second_factor: whether the settings ask for codes.
        given: whether a provider has asked for a second factor that counts here.
    """
    if given:
        return Stage.OPEN
    if factors.has_factor(session, account):
        return Stage.CODE
    actor = organizations.actor_for(session, account.id, account.tenant_id or 0)
    return Stage.ENROL if second_factor and access.needs_factor(actor) else Stage.OPEN


def welcome(session: Session, account: Account, *, profile: str, channel: str) -> None:
    """Record that somebody signed in, and ask for a new password if theirs has grown old."""
    account.login_count = (account.login_count or 0) + 1
    account.last_login = clock.now().replace(tzinfo=None)
    if outside.in_place().vouches_for(account.username):
        organizations.give_up_password(account)
    elif organizations.grown_old(account, profile):
        account.must_change = True
    organizations.note(session, account, Act.SIGN_IN, by=channel)
    session.flush()


def proved(session: Session, account: Account) -> None:
    """Record that somebody proved once more who they are."""
    organizations.note(session, account, Act.SESSION_PROVED)
    session.flush()
