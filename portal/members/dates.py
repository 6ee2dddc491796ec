"""Reading a date however a roster writes it (forms.md §2.12), as precisely as it was written."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

from portal.core.precision import Day
from portal.core.words import Words
from portal.members import tidy
from portal.members.cells import ASK, ERROR, NOTHING, Fault, Raw, Read, as_text

UNIFORM = Words("日期写法统一", "date written one way")

_WRITTEN = re.compile(r"(\d{4})(?:[-/.年、·](\d{1,2}))?(?:[-/.月、·](\d{1,2}))?[日号]?月?年?")
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})?")
_TIME = re.compile(r"[T ]?\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$")
_SHORT_YEAR = re.compile(r"\d{2}[-/.年、]\d{1,2}.*")
_UNKNOWN = frozenset({"不详", "不明", "未知", "不清楚", "待查", "忘记"})
_HAN = str.maketrans("〇○零一二三四五六七八九壹贰叁肆伍陆柒捌玖拾", "000123456789123456789十")
_TEN = re.compile(r"(\d?)十(\d?)")
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
# Serial numbers of Excel's 1900 calendar that lie between 1927 and 2064.
_FIRST_SERIAL, _LAST_SERIAL = 10_000, 60_000
_EPOCH = date(1899, 12, 30)
_TENTHS = 10


def day(raw: Raw) -> Read:
    """Read a day, a month or a year.

    >>> day("1987年3月").value.text, day(198703.0).value.text, day(31840.0).value.text
    ('1987-03', '1987-03', '1987-03-04')
    >>> day(1987.1).fault.choices
    ('1987-01', '1987-10')
    """
    return _number(raw) if not isinstance(raw, str) else _text(raw)


def _number(number: float) -> Read:
    whole = int(number)
    if number == whole:
        if _FIRST_SERIAL <= whole <= _LAST_SERIAL:
            return Read(Day.of(_EPOCH + timedelta(days=whole)), UNIFORM)
        return _text(str(whole))
    if _FIRST_SERIAL <= whole <= _LAST_SERIAL:
        return Read(Day.of(_EPOCH + timedelta(days=whole)), UNIFORM)
    if not _FIRST_YEAR <= whole <= _LAST_YEAR:
        return Read(None, None, _SHORT if 0 < whole < 100 else _NOT_A_DATE)  # noqa: PLR2004
    month = round((number - whole) * 100)
    if month == _TENTHS:
        return Read(None, None, _january_or_october(whole))
    if month > _TENTHS and month % _TENTHS == 0:
        month //= _TENTHS
    return _built(as_text(number), whole, month, None)


def _text(written: str) -> Read:
    text = unicodedata.normalize("NFKC", tidy.trimmed(written)).strip("'‘’` .")
    if tidy.says_nothing(text):
        return NOTHING
    if text in _UNKNOWN:
        return Read(None, Words("不详，按未填处理", "unknown, taken as not filled in"))
    text = re.sub(r"\s+", "", _TIME.sub("", text))
    if not text.isascii():
        text = _TEN.sub(_tens, text.translate(_HAN))
    if (packed := _PACKED.fullmatch(text)) or (packed := _WRITTEN.fullmatch(text)):
        year, month, number = packed.groups()
        return _built(
            written, int(year), int(month) if month else None, int(number) if number else None
        )
    return Read(None, None, _SHORT if _SHORT_YEAR.fullmatch(text) else _NOT_A_DATE)


def _tens(found: re.Match[str]) -> str:
    return f"{found[1] or 1}{found[2] or 0}"


def _built(written: str, year: int, month: int | None, number: int | None) -> Read:
    parts = [f"{year:04}"]
    parts += [f"{part:02}" for part in (month, number) if part is not None]
    try:
        found = Day("-".join(parts))
    except ValueError:
        return Read(None, None, _NO_SUCH_DAY)
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return Read(None, None, _NOT_A_DATE)
    return Read(found, UNIFORM if found.text != written else None)


def _january_or_october(year: int) -> Fault:
    return Fault(
        "day-ambiguous",
        ASK,
        Words(
            f"“{year}.1”是 1 月还是 10 月？表格把 {year}.10 也存成 {year}.1。请选一个，"
            f"或在文件里写成 {year}-01 或 {year}-10",
            f"Is “{year}.1” January or October? A spreadsheet keeps {year}.10 as {year}.1, too. "
            f"Choose, or write {year}-01 or {year}-10 in the file",
        ),
        (f"{year}-01", f"{year}-10"),
    )


_SHORT = Fault(
    "day-short-year",
    ERROR,
    Words(
        "年份只写了两位，看不出是哪个世纪。请写四位年份，如 1987-03",
        "The year has two digits, which leaves the century open; write four, such as 1987-03",
    ),
)
_NOT_A_DATE = Fault(
    "day",
    ERROR,
    Words(
        "看不出是哪一天。请写成 1987-03 或 1987-03-07",
        "This cannot be read as a date; write 1987-03 or 1987-03-07",
    ),
)
_NO_SUCH_DAY = Fault(
    "day-calendar",
    ERROR,
    Words(
        "日历上没有这一天，请核对月和日",
        "There is no such day in the calendar; check month and day",
    ),
)
