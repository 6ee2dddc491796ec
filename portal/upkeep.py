"""What every worker looks after for all parts: reminders, files past their time, heads kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.exports import service as exports
from portal.imports import service as imports
from portal.jobs import chores
from portal.tracing import service as tracing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from portal.jobs.chores import Chore
    from portal.settings import Settings

HOUR = 3600


def sweep(session: Session) -> dict[str, int]:
    """Remove uploads and exports that are past their time; return how many of each."""
    return {"uploads": imports.sweep(session), "exports": exports.sweep(session)}


def chores_of(settings: Settings) -> Sequence[Chore]:
    """Return what a worker under these settings has to look after.

    The first two are due at every full hour, at which a day begins wherever a tenant is; a branch
    that was told today is not told again.
    """
    return (
        chores.Every(HOUR, tracing.remind_all, "branches could not be reminded of searches"),
        chores.Every(HOUR, sweep, "files past their time could not be removed"),
        *chores.of(settings),
    )
