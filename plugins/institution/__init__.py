"""Organs and institutions: retired staff who live elsewhere (schemes 2 (5) and 3 no. 6)."""

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
_SECTORS = ("4", "6")
LONG = 6  # months after which the relation follows to where one lives

GROUPS = (
    FocusGroup(
        "institution-retired-elsewhere",
        Words("异地居住的离退休干部职工", "Retired staff who live elsewhere"),
        "schemes 2 (5), 3 no. 6",
        All(
            (
                OneOf("sector", _SECTORS),
                Is("occupation_group", "retired"),
                Any_((Is("lives_elsewhere", True), Is("floating", True))),
            )
        ),
    ),
)

QUESTIONS = (
    Question(
        "institution-who-keeps-in-touch",
        Words("由谁定期联系", "Who keeps in touch?"),
        "schemes 2 (5), 3 no. 6",
        Kind.TEXT,
        All((Is("occupation_group", "retired"), Is("lives_elsewhere", True))),
    ),
)


@hookimpl
def sector() -> Sector:
    return Sector(
        "institution", Words("机关事业单位", "Organs, institutions"), frozenset(_SECTORS), "0.1"
    )


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
    away = known["occupation_group"] == "retired" and known["lives_elsewhere"]
    if away and not known["lost"] and (known["months_lost"] or 0) >= LONG:
        yield Finding(
            "institution-retired-out-of-touch",
            Severity.EXPLAIN,
            Words(
                "离退休党员异地居住，已满 6 个月没有联系：请写明联系人，或把组织关系转到居住地",
                "Retired, lives elsewhere, and not heard of for six months: name who keeps in"
                " touch, or transfer the relation to where they live",
            ),
            source="scheme 4 (三)1",
        )
