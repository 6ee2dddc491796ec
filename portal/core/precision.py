"""Days that may be known only to the month or the year.

A month is a month: it is kept as ``1987-10`` and never padded to a day that nobody wrote down.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import String
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

if TYPE_CHECKING:
    from sqlalchemy import Dialect

_WRITTEN = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")


@dataclass(frozen=True, slots=True, order=True)
class Day:
    """A day, a month or a year, as precisely as it is known.

    Ordered by its text, so that an unknown month sorts before the months of the same year.
    """

    text: str

    def __post_init__(self) -> None:
        """Refuse what is not a day, a month or a year of the calendar.

        Raises:
            ValueError: the text is not ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``, or no such day.
        """
        if not _WRITTEN.fullmatch(self.text):
            raise ValueError(f"not a day, month or year: {self.text!r}")
        self.first()

    def __str__(self) -> str:
        return self.text

    @classmethod
    def of(cls, day: date) -> Day:
        """Return `day` at full precision."""
        return cls(day.isoformat())

    @property
    def precision(self) -> str:
        """Return ``year``, ``month`` or ``day``."""
        return {4: "year", 7: "month"}.get(len(self.text), "day")

    def first(self) -> date:
        """Return the earliest day it can mean (forms.md §2.13: a month counts from its day 1)."""
        year, month, day = [*self.text.split("-"), "01", "01"][:3]
        return date(int(year), int(month), int(day))


def whole_months(since: date, until: date) -> int:
    """Return the number of whole months from `since` to `until`, never negative.

    >>> whole_months(date(2026, 2, 1), date(2026, 11, 25))
    9
    >>> whole_months(date(2026, 2, 28), date(2026, 3, 27))
    0
    """
    months = (until.year - since.year) * 12 + until.month - since.month
    return max(0, months - (until.day < since.day))


class DayType(TypeDecorator[Day]):
    """A `Day`, stored as its text: sorts and compares as the calendar does."""

    impl = String(10)
    cache_ok = True

    @override
    def process_bind_param(self, value: Day | None, dialect: Dialect) -> str | None:
        return None if value is None else value.text

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> Day | None:
        return None if value is None else Day(value)
