"""Universities: graduates whose relation stayed, staff who left (scheme 3 no. 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.extension import All, FocusGroup, Is, OneOf, Sector, Words, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

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
)


@hookimpl
def sector() -> Sector:
    return Sector("university", Words("高校", "University"), frozenset({"5"}), "0.1")


@hookimpl
def focus_groups() -> Iterable[FocusGroup]:
    return GROUPS
