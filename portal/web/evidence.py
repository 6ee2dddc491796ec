"""The evidence strip: twelve months of dues and meetings, as far as they are on record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal.core.words import Words

if TYPE_CHECKING:
    from datetime import date

    from portal.core.precision import Day
    from portal.screening.models import Record

MONTHS = 12
_YEAR = 12
_LEFT, _STEP = 65, 23


@dataclass(frozen=True, slots=True)
class Square:
    """One month: where it is drawn, its number, and what is recorded in it."""

    x: int
    month: int
    met: bool
    paid: bool

    @property
    def middle(self) -> int:
        """Return the middle of the square, for its number."""
        return self.x + 9


@dataclass(frozen=True, slots=True)
class Strip:
    """Twelve months up to now; `rule` is where the last contact ends, if it is in sight."""

    squares: tuple[Square, ...]
    rule: float | None
    label: Words


def _months(day: Day) -> int:
    first = day.first()
    return first.year * _YEAR + first.month - 1


def strip(record: Record, today: date) -> Strip:
    """Return the strip of one record, up to the month of `today`."""
    now = today.year * _YEAR + today.month - 1
    months = range(now - MONTHS + 1, now + 1)
    paid = _months(record.dues_until) if record.dues_until else 0
    met = _months(record.last_meeting) if record.last_meeting else 0
    squares = tuple(
        Square(_LEFT + _STEP * at, month % _YEAR + 1, month == met, month <= paid)
        for at, month in enumerate(months)
    )
    last = _months(record.last_contact) if record.last_contact else 0
    place = last - months[0]
    rule = _LEFT + _STEP * place + 20.5 if 0 <= place < MONTHS - 1 else None
    return Strip(squares, rule, _label(record))


def _label(record: Record) -> Words:
    met, paid = record.last_meeting, record.dues_until
    return Words(
        f"组织生活：{f'最近一次 {met.text}' if met else '没有记录'}；"
        f"党费：{f'交至 {paid.text}' if paid else '没有记录'}",
        f"Meetings: {f'last {met.text}' if met else 'none on record'}; "
        f"dues: {f'paid until {paid.text}' if paid else 'none on record'}",
    )
