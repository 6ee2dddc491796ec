"""State, private and social organizations: focus groups of schemes 2 (3), 3 no. 4, 4 no. 3."""

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
_SECTORS = ("1", "2", "8")
_LEFT = ("laid_off", "left_job", "unemployed", "retired")

GROUPS = (
    FocusGroup(
        "enterprise-contract-ended",
        Words("解除劳动关系", "Contract of employment ended"),
        "schemes 2 (3), 3 no. 4, 4 no. 3",
        All((OneOf("sector", _SECTORS), Is("occupation_group", "laid_off"))),
    ),
    FocusGroup(
        "enterprise-bankrupt",
        Words("破产改制、关停并转后关系未转出", "Bankrupt or restructured, relation not moved"),
        "scheme 4 no. 3; key fields of scheme 1 no. 8",
        All((OneOf("sector", _SECTORS), Is("circumstance", "2"))),
    ),
    FocusGroup(
        "enterprise-not-moved",
        Words("关停并转后关系没有转到社区", "Closed or merged, relation not yet at a community"),
        "scheme 4 no. 3; key fields of scheme 1 no. 8",
        All(
            (
                OneOf("sector", _SECTORS),
                OneOf("occupation_group", _LEFT),
                Is("nominal", "unsettled"),
            )
        ),
    ),
    FocusGroup(
        "enterprise-scattered",
        Words("离开企业后居住分散", "Left the enterprise and live scattered"),
        "scheme 4 no. 3",
        All(
            (
                OneOf("sector", _SECTORS),
                OneOf("occupation_group", _LEFT),
                Any_((Is("lives_elsewhere", True), Is("floating", True))),
            )
        ),
    ),
)

QUESTIONS = (
    Question(
        "enterprise-who-searches",
        Words("由哪个党组织负责查找", "Which organization does the search?"),
        "scheme 4 (二)1",
        Kind.TEXT,
        Is("circumstance", "2"),
    ),
)


@hookimpl
def sector() -> Sector:
    return Sector("enterprise", Words("企业和社会组织", "Enterprise"), frozenset(_SECTORS), "0.2")


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
    if known["lost"] and known["circumstance"] == "2" and known["outcome"] != "found":
        yield Finding(
            "enterprise-closed-no-contact",
            Severity.EXPLAIN,
            Words(
                "单位改制或破产后失去联系：请写明由谁负责查找；支部已不在的，由基层党委接手",
                "Out of contact since the employer closed or was converted: say who searches;"
                " where the branch is gone, the base committee takes over",
            ),
            source="scheme 4 (二)1",
        )
