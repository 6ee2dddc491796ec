"""What can be done in the background: kinds of jobs, and what does each.

A part above says at import what its kinds are; this part never imports upward.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portal.core.database import transaction

if TYPE_CHECKING:
    import uuid
    from contextlib import AbstractContextManager

    from sqlalchemy.orm import Session

    from portal.access import Actor


@dataclass(frozen=True, slots=True)
class Work:
    """What a handler is given to work with.

    `progress` says how far it has come. Call it often and *between* transactions: it raises
    `Cancelled` when somebody asked to stop, and the handler lets that pass. A job that the end of
    the service stopped is done again from the start, so doing it twice must do no harm.
    """

    session: Session
    actor: Actor
    job_id: uuid.UUID
    path: str
    arguments: Mapping[str, Any]
    progress: Callable[[int, int], None]

    def transaction(self) -> AbstractContextManager[Session]:
        """Open a transaction on the session; a job may have several, one after the other."""
        return transaction(self.session)


class Cancelled(Exception):
    """The job was asked to stop; what its last transaction committed stays."""


Handler = Callable[[Work], Mapping[str, Any] | None]

_handlers: dict[str, Handler] = {}


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Make a function the one that does jobs of `kind`; what it returns is the job's result."""

    def register(function: Handler) -> Handler:
        if _handlers.setdefault(kind, function) is not function:
            raise ValueError(f"two handlers for jobs of the kind {kind!r}")
        return function

    return register


def find_handler(kind: str) -> Handler | None:
    """Return what does jobs of `kind`, or None."""
    return _handlers.get(kind)
