"""Public employment and talent agencies: mobile talent (schemes 2 (4), 3 no. 5, 1 no. 8)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from portal.extension import (
    All,
    Any_,
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
_SECTORS = ("6", "9")
# Who has no post here, and whose relation is kept all the same.
_MOBILE = ("graduate", "laid_off", "left_job", "unemployed", "self_employed", "migrant")
_UNKNOWN = ("", "other")

GROUPS = (
    FocusGroup(
        "talent-mobile",
        Words("流动人才党员", "Mobile talent"),
        "schemes 2 (4), 3 no. 5; key fields of scheme 1 no. 8",
        All(
            (
                OneOf("sector", _SECTORS),
                Any_(
                    (
                        OneOf("occupation_group", _MOBILE),
                        Is("destination_kind", "talent_center"),
                    )
                ),
            )
        ),
    ),
    FocusGroup(
        "talent-occupation-unknown",
        Words("职业不明的流动人才党员", "Mobile talent of unknown occupation"),
        "key fields of scheme 1 no. 8",
        All((OneOf("sector", _SECTORS), OneOf("occupation_group", _UNKNOWN))),
    ),
)

QUESTIONS = (
    Question(
        "talent-file-kept",
        Words("人事档案存放在哪里", "Where is the personal file kept?"),
        "key fields of scheme 1 no. 8",
        Kind.CODE,
        OneOf("occupation_group", (*_MOBILE, *_UNKNOWN)),
        (
            ("here", Words("本机构", "At this agency")),
            ("elsewhere", Words("别处", "Elsewhere")),
            ("unknown", Words("不清楚", "Not known")),
        ),
    ),
)


@hookimpl
def sector() -> Sector:
    return Sector("talent", Words("人才服务机构", "Talent agencies"), frozenset(_SECTORS), "0.1")


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
    if person.facts["occupation_group"] in _UNKNOWN:
        yield Finding(
            "talent-occupation-unknown",
            Severity.EXPLAIN,
            Words(
                "这名党员的职业不明：请在名册上补写工作岗位，或说明怎样核实过",
                "This member's occupation is not known: write it on the roster, or say how it was"
                " inquired into",
            ),
            source="key fields of scheme 1 no. 8",
        )
