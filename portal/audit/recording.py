"""Recording an act. What is recorded waits in the session and is chained as it commits."""

from __future__ import annotations

import json
from contextvars import ContextVar
from typing import TYPE_CHECKING

from portal import access
from portal.audit import chain
from portal.audit.acts import Act
from portal.audit.models import Entry
from portal.core import clock, tree

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.access import Actor

RESULTS = {
    Act.DENIED: "denied",
    Act.SIGN_IN_FAILED: "failed",
    Act.PERSON_SEE: "seen",
    Act.AUDIT_SEE: "seen",
}

_address: ContextVar[str] = ContextVar("address", default="")


def coming_from(address: str | None) -> None:
    """Say where the request in hand came from; an edge does so before anything else."""
    _address.set((address or "")[:45])


def record(
    session: Session, actor: Actor, act: Act, path: str, subject: str, **detail: object
) -> None:
    """Add an entry to the caller's transaction: both are kept, or neither is.

    It gets its number and its hash at the very end, when the transaction commits, so that the
    chain is held no longer than it takes to write it (ADR 12).

    `detail` holds ids, codes and counts; never a name, an ID number or a phone (security.md L6).
    What is done under an emergency access carries its id (D6).
    """
    if basis := access.basis_of(actor, path):
        detail["emergency"] = basis
    entry = Entry(
        tenant_id=actor.tenant_id,
        user_id=actor.user_id,
        roles=_roles(actor, path),
        at=clock.now(),
        act=act.value,
        path=path,
        subject=_printable(subject)[:80],
        result=RESULTS.get(act, "done"),
        address=_address.get(),
        detail=json.loads(json.dumps(detail, allow_nan=False)),
        scheme=chain.SCHEME,
    )
    chain.wait(session, entry)


def _roles(actor: Actor, path: str) -> str:
    """Return the posts that the actor holds over `path`, or those held anywhere if none is."""
    over = {grant.role.value for grant in actor.grants if tree.is_within(path, grant.place)}
    return " ".join(sorted(over or {grant.role.value for grant in actor.grants}))[:120]


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text)
