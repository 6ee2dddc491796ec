"""What every worker looks after for all parts: reminders, files past their time, heads kept."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from portal.exports import service as exports
from portal.identity import service as identity
from portal.imports import service as imports
from portal.jobs import chores
from portal.members import reveal_week
from portal.privacy import service as privacy
from portal.tracing import service as tracing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy.orm import Session

    from portal.jobs.chores import Chore
    from portal.settings import Settings

HOUR, TEN_MINUTES = 3600, 600


def sweep(session: Session) -> dict[str, int]:
    """Remove what is past its time and nobody decides on; return how many of each."""
    return {
        "uploads": imports.sweep(session),
        "exports": exports.sweep(session),
        "sign_ins": identity.sweep(session),
    }


def grave_folders(settings: Settings) -> list[Path]:
    """Return where the list of what was purged is kept: with the data, and with the heads."""
    return [settings.data_dir, *([settings.heads_dir] if settings.heads_dir else [])]


def chores_of(settings: Settings) -> Sequence[Chore]:
    """Return what a worker under these settings has to look after.

    The first three are due at every full hour, at which a day begins wherever a tenant is; a branch
    that was told today is not told again.
    """
    return (
        chores.Every(HOUR, tracing.remind_all, "branches could not be reminded of searches"),
        chores.Every(
            HOUR, reveal_week.tell_all, "secretaries could not be told whose numbers were shown"
        ),
        chores.Every(HOUR, sweep, "files past their time could not be removed"),
        chores.Every(
            TEN_MINUTES,
            partial(privacy.keep_graves, folders=grave_folders(settings)),
            "what was purged could not be listed outside the database",
        ),
        *chores.of(settings),
    )
