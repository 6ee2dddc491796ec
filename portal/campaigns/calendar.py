"""Days, workdays and deadlines. Pure: takes the day, does not ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

import holidays

from portal.core import clock

if TYPE_CHECKING:
    from datetime import datetime, time
    from zoneinfo import ZoneInfo

    from portal.campaigns.template import Deliverable


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day of the strip from today to the deadline."""

    day: date
    workday: bool
    today: bool
    due: bool


def on_day(written: str, starts_on: date) -> date:
    """Return the day that ``MM-DD`` means in a campaign that starts on `starts_on`.

    A month before the starting month belongs to the next year; 02-29 becomes the last of
    February where there is none.

    >>> on_day("01-15", date(2026, 11, 1))
    datetime.date(2027, 1, 15)
    """
    month, number = (int(part) for part in written.split("-"))
    year = starts_on.year + (month < starts_on.month)
    while True:
        try:
            return date(year, month, number)
        except ValueError:
            number -= 1


def due_day(deliverable: Deliverable, kind: str, starts_on: date) -> date | None:
    """Return the last day for units of `kind`, or None when they do not owe the deliverable."""
    written = deliverable.due.get(kind)
    return None if written is None else on_day(written, starts_on)


def due_at(day: date, zone: ZoneInfo, closes: time | None) -> datetime:
    """Return the instant after which a filing is late: marked, never refused."""
    return clock.end_of(day, zone, closes)


@cache
def _calendar(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("CN", years=year)


def is_workday(day: date) -> bool:
    """Tell whether offices work on `day`, make-up days counted (the coming year provisionally)."""
    return bool(_calendar(day.year).is_working_day(day))


def workdays_between(after: date, until: date) -> int:
    """Return the number of workdays after `after` up to and including `until`; 0 if none."""
    span = (until - after).days
    return sum(is_workday(after + timedelta(days=step)) for step in range(1, span + 1))


def strip(today: date, due: date, most: int = 9) -> tuple[CalendarDay, ...]:
    """Return the days from today to `due`, at most `most` of them, the due day always last."""
    span = max((due - today).days, 0)
    offsets = list(range(span + 1))
    if len(offsets) > most:
        offsets = [*offsets[: most - 1], span]
    days = [today + timedelta(days=offset) for offset in offsets]
    return tuple(CalendarDay(d, is_workday(d), d == today, d == due) for d in days)
