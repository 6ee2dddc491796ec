"""The only place that asks what time it is. Instants are aware and in UTC."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

_pinned: ContextVar[datetime | None] = ContextVar("pinned", default=None)


def now() -> datetime:
    """Return the present instant."""
    return _pinned.get() or datetime.now(UTC)


def today(zone: ZoneInfo) -> date:
    """Return the calendar day it is now in `zone`."""
    return now().astimezone(zone).date()


@contextmanager
def pinned(instant: datetime) -> Iterator[None]:
    """Hold the clock at `instant` within the block, for tests and for replaying a day."""
    token = _pinned.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _pinned.reset(token)


def begin_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the moment at which `day` begins in `zone`."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def end_of(day: date, zone: ZoneInfo, closes: time | None = None) -> datetime:
    """Return the moment a deadline on `day` passes in `zone`.

    Args:
        day: the last day on which the thing may still be handed in.
        zone: the tenant's time zone.
        closes: the hour at which offices close; None for the end of the day itself.
    """
    if closes is None:
        return datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC)
    return datetime.combine(day, closes, zone).astimezone(UTC)
