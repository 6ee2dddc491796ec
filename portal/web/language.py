"""In which language a page speaks, and how it writes numbers and days."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flask import g, has_request_context, request, session

from portal.campaigns import service as campaigns
from portal.web import edge

if TYPE_CHECKING:
    from flask import Flask

    from portal.core.words import Words

LANGUAGES = {"zh_Hans": "中文", "en": "English"}
DEFAULT = "zh_Hans"
WEEKDAYS = "一二三四五六日"
NOTHING = "—"


def locale() -> str:
    """Return the language of this request: asked for, chosen before, the account's, Chinese."""
    if not has_request_context():
        return DEFAULT
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        session["locale"] = asked
        return asked
    who = edge.signed_in()
    wanted = session.get("locale") or (who.locale if who else None)
    return wanted if wanted in LANGUAGES else DEFAULT


def zone() -> ZoneInfo:
    """Return the time zone of the tenant, Shanghai for strangers."""
    if "zone" not in g:
        who = edge.signed_in()
        known = who is not None and who.tenant_id is not None
        g.zone = campaigns.zone_of(edge.db(), edge.actor().tenant_id) if known else _SHANGHAI
    found: ZoneInfo = g.zone
    return found


_SHANGHAI = ZoneInfo("Asia/Shanghai")


def words(said: Words | str) -> str:
    """Return `said` in the language of this request."""
    return said if isinstance(said, str) else said.in_language(locale())


def number(value: float | None) -> str:
    """Return `value` with thousands separators and a true minus; a dash for not applicable."""
    return NOTHING if value is None else f"{value:,}".replace("-", "−")


def _day_of(value: date | datetime) -> date:
    return value.astimezone(zone()).date() if isinstance(value, datetime) else value


def day(value: date | datetime | None) -> str:
    """Return a day as ``11月25日（周三）``."""
    if value is None:
        return NOTHING
    on = _day_of(value)
    if locale() == "en":
        return f"{on:%a} {on.day} {on:%b}"
    return f"{on.month}月{on.day}日（周{WEEKDAYS[on.weekday()]}）"


def full_day(value: date | datetime | None) -> str:
    """Return a day as ``2026年11月25日``, for what is signed and kept."""
    if value is None:
        return NOTHING
    on = _day_of(value)
    if locale() == "en":
        return f"{on.day} {on:%b %Y}"
    return f"{on.year}年{on.month}月{on.day}日"


def weekday(value: date) -> str:
    """Return the day of the week as ``周三``."""
    return f"{value:%a}" if locale() == "en" else f"周{WEEKDAYS[value.weekday()]}"


def short_day(value: date | datetime | None) -> str:
    """Return a day as ``11-25``, for dense cells."""
    return NOTHING if value is None else f"{_day_of(value):%m-%d}"


def moment(value: datetime | None) -> str:
    """Return an instant as ``11月18日 16:05`` in the tenant's zone."""
    if value is None:
        return NOTHING
    at = value.astimezone(zone())
    if locale() == "en":
        return f"{at.day} {at:%b %H:%M}"
    return f"{at.month}月{at.day}日 {at:%H:%M}"


def short_moment(value: datetime | None) -> str:
    """Return an instant as ``11-18 16:05``, for dense cells."""
    return NOTHING if value is None else f"{value.astimezone(zone()):%m-%d %H:%M}"


def full_moment(value: datetime | None) -> str:
    """Return an instant as ``2026-11-18 16:05:09``, for logs."""
    return NOTHING if value is None else f"{value.astimezone(zone()):%Y-%m-%d %H:%M:%S}"


def speak(app: Flask) -> None:
    """Give the templates of `app` their filters, and Babel the way it finds the language."""
    app.extensions["babel"].locale_selector = locale
    app.jinja_env.filters.update(
        w=words,
        number=number,
        day=day,
        full_day=full_day,
        weekday=weekday,
        short_day=short_day,
        moment=moment,
        short_moment=short_moment,
        full_moment=full_moment,
    )
