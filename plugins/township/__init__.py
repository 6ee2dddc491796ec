"""Villages and communities: focus groups of schemes 2 (1)(2), 3 no. 1–2 and 4 no. 1–2."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from portal.extension import (
    All,
    Finding,
    FocusGroup,
    Is,
    Kind,
    Not,
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

GROUPS = (
    FocusGroup(
        "village-working-away",
        Words("外出务工经商", "Working or trading away"),
        "schemes 2 (1), 3 no. 1, 4 no. 1",
        All((Is("sector", "3"), Is("floating", True))),
    ),
    FocusGroup(
        "village-living-elsewhere",
        Words("异地居住", "Living elsewhere"),
        "schemes 2 (1), 3 no. 1, 4 no. 1",
        All((Is("sector", "3"), Is("lives_elsewhere", True), Not(Is("floating", True)))),
    ),
    FocusGroup(
        "village-graduate-back",
        Words("返乡大中专毕业生", "Graduates back in the village"),
        "schemes 2 (1), 3 no. 1, 4 no. 1",
        All((Is("sector", "3"), Is("occupation_group", "graduate"))),
    ),
    FocusGroup(
        "village-at-sea",
        Words("渔农村外出渔民", "Fishers out at sea"),
        "scheme 2 (1)",
        All(
            (
                Is("sector", "3"),
                Is("occupation_group", "farmer"),
                Is("floating", True),
                OneOf("destination_kind", ("", "other", "unknown")),  # no workplace on land
            )
        ),
    ),
    FocusGroup(
        "community-registered-elsewhere",
        Words("人户分离", "Living apart from the household register"),
        "schemes 2 (2), 3 no. 2, 4 no. 2",
        All((Is("sector", "7"), Is("lives_elsewhere", True))),
    ),
    FocusGroup(
        "community-graduate",
        Words("组织关系转入社区的大中专毕业生", "Graduates whose relation came to the community"),
        "schemes 2 (2), 3 no. 2, 4 no. 2",
        All((Is("sector", "7"), Is("occupation_group", "graduate"))),
    ),
    FocusGroup(
        "community-laid-off",
        Words("与原单位解除劳动关系", "Contract with the former employer ended"),
        "schemes 2 (2), 3 no. 2, 4 no. 2",
        All((Is("sector", "7"), OneOf("occupation_group", ("laid_off", "unemployed")))),
    ),
    FocusGroup(
        "community-retired",
        Words("纳入社区管理的离退休干部职工", "Retired staff under the community's care"),
        "schemes 2 (2), 3 no. 2, 4 no. 2",
        All((Is("sector", "7"), Is("occupation_group", "retired"))),
    ),
)

QUESTIONS = (
    Question(
        "township-contact-named",
        Words("外出前是否登记了联系人", "Was a contact written down before leaving?"),
        "scheme 4 (三)2",
        Kind.FLAG,
        Is("floating", True),
    ),
)


@hookimpl
def sector() -> Sector:
    return Sector("township", Words("镇街村社", "Township"), frozenset({"3", "7"}), "0.2")


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
    away = known["lives_elsewhere"] and not known["floating"] and not known["lost"]
    if away and not known["destination_kind"] and not known["destination_scope"]:
        yield Finding(
            "township-living-elsewhere-where",
            Severity.EXPLAIN,
            Words(
                "人户分离或异地居住的党员没有写去向：请在排查记录上补写，或说明为什么不掌握",
                "Lives apart from the household register, and nobody wrote where: add it to the"
                " record, or say why it is not known",
            ),
            source="scheme 4 no. 1–2",
        )
