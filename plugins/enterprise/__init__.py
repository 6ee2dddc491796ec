"""State, private and social organizations: focus groups of schemes 2 (3), 3 no. 4, 4 no. 3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.extension import All, FocusGroup, Is, OneOf, Sector, Words, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

_SECTORS = ("1", "2", "8")

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
)


@hookimpl
def sector() -> Sector:
    return Sector("enterprise", Words("企业和社会组织", "Enterprise"), frozenset(_SECTORS), "0.1")


@hookimpl
def focus_groups() -> Iterable[FocusGroup]:
    return GROUPS
