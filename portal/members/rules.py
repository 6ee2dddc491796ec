"""What must hold together in one row of the roster (forms.md D25), as a table of rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portal.core.precision import Day, whole_months
from portal.core.words import Words
from portal.members import idnumber
from portal.members.cells import ERROR, WARNING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

Fields = Mapping[str, Any]

_ADULT_YEARS = 18
_PROBATION_MONTHS = 24


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: the field it is told at, how grave a breach is, and when it is broken."""

    name: str
    field: str
    severity: str
    words: Words
    broken: Callable[[Fields, date], bool]


def _no_name(row: Fields, _today: date) -> bool:
    return not row.get("name")


def _born_otherwise(row: Fields, _today: date) -> bool:
    number, born = row.get("id_number"), row.get("born")
    if not number or born is None:
        return False
    by_number = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    return not by_number.startswith(born.text)


def _other_sex(row: Fields, _today: date) -> bool:
    number, sex = row.get("id_number"), row.get("gender")
    return bool(number) and bool(sex) and idnumber.gender(str(number)) != sex


def _last_month(day: Day) -> int:
    """Return the last month `day` can lie in, counted from year 0."""
    return int(day.text[:4]) * 12 + (int(day.text[5:7]) if len(day.text) > 4 else 12)  # noqa: PLR2004


def _joined_too_young(row: Fields, _today: date) -> bool:
    born, joined = row.get("born"), row.get("joined")
    if born is None and row.get("id_number"):
        by_number = idnumber.birth(row["id_number"])
        born = Day.of(by_number) if by_number else None
    if born is None or joined is None:
        return False
    earliest = f"{int(born.text[:4]) + _ADULT_YEARS:04}{born.text[4:]}"
    shared = min(len(earliest), len(joined.text))
    return bool(joined.text[:shared] < earliest[:shared])


def _confirmed_too_early(row: Fields, _today: date) -> bool:
    joined, confirmed = row.get("joined"), row.get("confirmed")
    if joined is None or confirmed is None:
        return False
    shared = min(len(joined.text), len(confirmed.text))
    return bool(confirmed.text[:shared] < joined.text[:shared])


def _probationary_yet_confirmed(row: Fields, _today: date) -> bool:
    return row.get("standing") == "probationary" and row.get("confirmed") is not None


def _probation_too_long(row: Fields, today: date) -> bool:
    joined = row.get("joined")
    if row.get("standing") != "probationary" or joined is None:
        return False
    return whole_months(joined.first(), today) > _PROBATION_MONTHS


def _in_the_future(field: str) -> Callable[[Fields, date], bool]:
    def broken(row: Fields, today: date) -> bool:
        value = row.get(field)
        return value is not None and value.text > today.isoformat()

    return broken


def _lost_without_date(row: Fields, _today: date) -> bool:
    return bool(row.get("lost_marked")) and not any(
        row.get(field) for field in ("lost_since", "dues_until", "last_meeting")
    )


def _nobody_to_match(row: Fields, _today: date) -> bool:
    return not row.get("id_number") and not row.get("staff_number")


_FUTURE = Words("这个日期还没有到，请核对年份", "This date lies in the future; check the year")

RULES: tuple[Rule, ...] = (
    Rule(
        "name-missing", "name", ERROR,
        Words("没有姓名，请补上；整行空着的可以不管", "There is no name; fill it in"),
        _no_name,
    ),
    Rule(
        "id-born", "born", WARNING,
        Words(
            "与身份证号里的出生日期不同。以档案为准的请保留并备好材料，填错的请改",
            "This differs from the birth in the ID number. Keep it if the personnel file says so, "
            "else mend it",
        ),
        _born_otherwise,
    ),
    Rule(
        "id-gender", "gender", WARNING,
        Words(
            "与身份证号第 17 位所示的性别不同，请核对",
            "This differs from the sex that digit 17 of the ID number shows; check it",
        ),
        _other_sex,
    ),
    Rule(
        "joined-adult", "joined", ERROR,
        Words(
            "入党时不满 18 周岁，请核对出生日期和入党日期",
            "Joined before the age of 18; check the dates of birth and of joining",
        ),
        _joined_too_young,
    ),
    Rule(
        "confirmed-after-joined", "confirmed", ERROR,
        Words(
            "转正早于入党，请核对这两个日期",
            "Confirmed before joining; check the two dates",
        ),
        _confirmed_too_early,
    ),
    Rule(
        "probationary-confirmed", "confirmed", ERROR,
        Words(
            "预备党员不应有转正日期。已转正的请把人员类别改成正式党员，没有转正的请清空这一格",
            "A probationary member has no date of confirmation: change the standing, or clear it",
        ),
        _probationary_yet_confirmed,
    ),
    Rule(
        "probation-long", "joined", WARNING,
        Words(
            "预备期已超过 2 年，请核对是否已经转正或延长",
            "On probation for more than two years; check whether it was ended or prolonged",
        ),
        _probation_too_long,
    ),
    Rule("born-future", "born", ERROR, _FUTURE, _in_the_future("born")),
    Rule("joined-future", "joined", ERROR, _FUTURE, _in_the_future("joined")),
    Rule("confirmed-future", "confirmed", ERROR, _FUTURE, _in_the_future("confirmed")),
    Rule("meeting-future", "last_meeting", ERROR, _FUTURE, _in_the_future("last_meeting")),
    Rule(
        "lost-since", "lost_marked", WARNING,
        Words(
            "标为失联，但没有失去联系日期，也没有党费和组织生活的日期，算不出失联多久",
            "Marked as lost, but with no date to count from: since when, dues or last meeting",
        ),
        _lost_without_date,
    ),
    Rule(
        "nobody-to-match", "name", WARNING,
        Words(
            "没有身份证号，也没有学工号，只能按姓名和出生日期认人，请尽量补上身份证号",
            "Neither ID number nor staff number: matched by name and birth only; add the ID number",
        ),
        _nobody_to_match,
    ),
)  # fmt: skip


def broken(row: Fields, today: date) -> Iterator[Rule]:
    """Yield the rules that a row breaks."""
    for rule in RULES:
        if rule.broken(row, today):
            yield rule
