"""How long what is kept: the clocks of ``retention.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from portal.core.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping


class How(StrEnum):
    """What happens when the time is over."""

    APPROVAL = "approval"
    SWEEP = "sweep"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Clock:
    """How long one kind of thing is kept."""

    name: str
    words: Words
    how: How
    months: int = 0
    days: int = 0

    def oldest(self, today: date) -> date:
        """Return the day before which a thing of this kind is past its time.

        >>> Clock("x", Words("", ""), How.SWEEP, months=12).oldest(date(2028, 2, 29))
        datetime.date(2027, 2, 28)
        """
        month = today.year * 12 + today.month - 1 - self.months
        year, month = divmod(month, 12)
        start = _clipped(year, month + 1, today.day)
        return start - timedelta(days=self.days)


def _clipped(year: int, month: int, day: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, min(day, (following - timedelta(days=1)).day))


def _read() -> dict[str, Clock]:
    text = Path(__file__).with_name("retention.toml").read_text(encoding="utf-8")
    return {
        name: Clock(
            name, Words(said["zh"], said["en"]), How(said["how"]),
            said.get("months", 0), said.get("days", 0),
        )
        for name, said in tomllib.loads(text).items()
    }  # fmt: skip


CLOCKS: Mapping[str, Clock] = _read()
