"""What a worker looks after by itself: what is due every hour, and keeping the audit's heads."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.audit import heads
from portal.core import clock
from portal.core.database import transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sqlalchemy import Engine

    from portal.settings import Settings

log = logging.getLogger(__name__)

HEADS_SECONDS = 600


class Chore(Protocol):
    """Something to be looked after; asked every few seconds, it does so when it is due."""

    def attend(self, engine: Engine) -> None:
        """Do it, if it is due."""


class Every:
    """Does one thing, in a transaction of its own, in each period of the clock."""

    def __init__(self, seconds: int, do: Callable[[Session], object], failed: str) -> None:
        """Take how long a period is, what is to be done, and what the log says if it fails."""
        self._seconds, self._do, self._failed = seconds, do, failed
        self._done_in = -1

    def attend(self, engine: Engine) -> None:
        """Do it, if a period has begun since the last time; what failed is tried again."""
        period = int(clock.now().timestamp()) // self._seconds
        if period == self._done_in:
            return
        try:
            with Session(engine) as session, transaction(session):
                self._do(session)
        except (OSError, SQLAlchemyError):
            log.exception("%s; trying again", self._failed)
            return
        self._done_in = period


class KeepHeads:
    """Appends the heads of the audit to a file a day.

    At every full ten minutes of the clock, and so at the end of each day as well.
    """

    def __init__(self, folder: Path) -> None:
        """Take the folder to keep them in; best one that lies on another machine."""
        self._folder, self._kept_in = folder, -1

    def attend(self, engine: Engine) -> None:
        """Keep the heads, if ten minutes have begun since the last time."""
        now = clock.now()
        period = int(now.timestamp()) // HEADS_SECONDS
        if period == self._kept_in:
            return
        try:
            with Session(engine) as session:
                heads.append(self._folder / f"heads-{now:%Y-%m-%d}.jsonl", heads.signed(session))
        except (OSError, SQLAlchemyError):
            log.exception("the heads of the audit could not be kept; trying again")
            return
        self._kept_in = period


def of(settings: Settings) -> Sequence[Chore]:
    """Return what a worker under these settings has to look after."""
    return (KeepHeads(settings.heads_dir),) if settings.heads_dir is not None else ()
