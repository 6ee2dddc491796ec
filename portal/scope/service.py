"""Binding a scope to a session, and the one door that leads beyond it.

The scope stands in the session's ``info``, put there by an edge when it knows its actor. A
session without one reads and writes nothing.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from portal.scope import guard
from portal.scope.guard import OutOfScope, current, is_owner
from portal.scope.reasons import OVER_TENANTS, Reason
from portal.scope.rules import Scope, of, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session

    from portal.access import Actor

__all__ = [
    "OutOfScope",
    "Reason",
    "Scope",
    "beyond",
    "bind",
    "bind_account",
    "current",
    "let_go",
    "of",
    "require",
    "through",
]

P = ParamSpec("P")
T = TypeVar("T")


def bind(session: Session, actor: Actor) -> None:
    """Let the session reach what `actor` may see and change, and nothing else, from now on."""
    _enter(session, of(actor))


def bind_account(session: Session, tenant: int | None, account: int) -> None:
    """Let the session reach one account and its tenant, until its posts are known."""
    _enter(session, Scope(tenant or 0, account))


def require(session: Session, row: Any) -> None:
    """Return quietly if `row` could be written now: for one that is written later, behind a door.

    Raises:
        OutOfScope: it lies outside the session's scope.
    """
    if not is_owner(session) and not guard.may_make(row, current(session)):
        raise OutOfScope(f"write {type(row).__name__}")


def let_go(session: Session) -> None:
    """Let the session reach nothing: whoever asks is a stranger from now on."""
    if session.info.get(guard.BASE) is not None:
        _change(session, guard.BASE, None)


def _enter(session: Session, scope: Scope) -> None:
    if session.info.get(guard.BASE) != scope:
        _change(session, guard.BASE, scope)


@contextmanager
def beyond(session: Session, reason: Reason, tenant: int | None = None) -> Iterator[None]:
    """Let the session reach its whole tenant within the block, for a reason that is listed.

    What is read here and lies outside is forgotten at the end: take values along, not rows.

    Args:
        session: the caller's session.
        reason: why; `reasons.WHY` has the sentence.
        tenant: whose rows, where no scope is bound yet. Never another than that of the scope.

    Raises:
        OutOfScope: no tenant is known, or another one than the session's.
    """
    if is_owner(session):
        yield
        return
    base, before = session.info.get(guard.BASE), session.info.get(guard.WIDE)
    here = base.tenant if base else tenant
    if reason not in OVER_TENANTS and (here is None or tenant not in {None, here}):
        raise OutOfScope(reason)
    account = base.account if base else None
    wide = whole(here or 0, account) if here is not None else Scope(0)
    if reason in OVER_TENANTS:
        wide = replace(wide, door=reason.value)
    _change(session, guard.WIDE, wide)
    try:
        yield
        session.flush()
    finally:
        _change(session, guard.WIDE, before)


def through(reason: Reason) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Let a whole verb, whose first argument is the session, reach `beyond` its actor's scope."""

    def decorate(verb: Callable[P, T]) -> Callable[P, T]:
        @wraps(verb)
        def inside(*args: P.args, **kwargs: P.kwargs) -> T:
            with beyond(cast("Session", args[0]), reason):
                return verb(*args, **kwargs)

        return inside

    return decorate


def _change(session: Session, place: str, scope: Scope | None) -> None:
    if session.is_active and (session.new or session.dirty or session.deleted):
        session.flush()
    session.info[place] = scope
    if is_owner(session):
        return
    if session.in_transaction() and session.is_active:
        guard.tell(session.connection(), session)
    guard.forget(session)
