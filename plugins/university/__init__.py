"""Universities: graduates whose relation stayed, staff who left, study abroad (scheme 3)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from portal.extension import (
    All,
    Between,
    Finding,
    FocusGroup,
    Is,
    Kind,
    OneOf,
    Question,
    Sector,
    Severity,
    Words,
    hookimpl,
    read_situations,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from portal.extension import Person, Situation

SITUATIONS = read_situations(Path(__file__).with_name("situations.toml"))
LONGEST = 24  # months for which a graduate's relation may stay at the school

GROUPS = (
    FocusGroup(
        "university-graduate",
        Words("组织关系保留在高校的毕业生", "Graduates whose relation stayed at the school"),
        "scheme 3 no. 3",
        All((Is("sector", "5"), Is("occupation_group", "graduate"))),
    ),
    FocusGroup(
        "university-staff-left",
        Words("离职教职工", "Staff who left"),
        "scheme 3 no. 3",
        All((Is("sector", "5"), OneOf("occupation_group", ("laid_off", "left_job")))),
    ),
    FocusGroup(
        "university-over-two-years",
        Words("毕业后满两年没有联系", "Graduates out of touch for two years"),
        "scheme 3 no. 3",
        All(
            (
                Is("sector", "5"),
                Is("occupation_group", "graduate"),
                Between("months_lost", LONGEST, None),
            )
        ),
    ),
    FocusGroup(
        "university-abroad",
        Words("出国（境）学习", "Study abroad"),
        "schemes 3 and 4 (3) 4–5",
        All((Is("sector", "5"), Is("circumstance", "5"))),
    ),
)

QUESTIONS = (
    Question(
        "university-why-kept",
        Words("组织关系为什么还在学校", "Why is the relation still at the school?"),
        "scheme 3 no. 3",
        Kind.CODE,
        Is("occupation_group", "graduate"),
        (
            ("job", Words("还没有落实工作", "No work yet")),
            ("study", Words("准备升学", "Going on to study")),
            ("abroad", Words("出国（境）", "Abroad")),
            ("other", Words("其他", "Other")),
        ),
    ),
)


@hookimpl
def sector() -> Sector:
    return Sector("university", Words("高校", "University"), frozenset({"5"}), "0.2")


@hookimpl
def focus_groups() -> Iterable[FocusGroup]:
    return GROUPS


@hookimpl
def situations() -> Iterable[Situation]:
    return SITUATIONS


@hookimpl
def questions() -> Iterable[Question]:
    return QUESTIONS


@hookimpl
def check_person(person: Person) -> Iterable[Finding]:
    known = person.facts
    if known["occupation_group"] == "graduate" and (known["months_lost"] or 0) >= LONGEST:
        yield Finding(
            "university-over-two-years",
            Severity.EXPLAIN,
            Words(
                "毕业生组织关系在学校保留一般不超过两年，这名党员已满两年没有联系：请说明为什么还没有转出",
                "A graduate's relation stays at the school for two years at most, and this member"
                " has been out of touch for two: say why it has not been transferred",
            ),
            source="scheme 3 no. 3",
        )
