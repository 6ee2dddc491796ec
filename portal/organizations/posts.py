"""Which post belongs to which level, what posts are called, and what names do."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from portal.access import EXCLUSIVE, Role
from portal.core.errors import Invalid, Problem
from portal.core.words import Words
from portal.organizations.facts import KINDS
from portal.organizations.models import Kind

if TYPE_CHECKING:
    from portal.organizations.models import Unit

ROLES: dict[Role, Words] = {
    Role.CLERK: Words("支部填报员", "Branch clerk"),
    Role.SECRETARY: Words("支部书记", "Branch secretary"),
    Role.ORGANISER: Words("党委组织员", "Committee organiser"),
    Role.COMMITTEE_SECRETARY: Words("党委书记", "Committee secretary"),
    Role.DISTRICT_REVIEWER: Words("区县审核员", "District reviewer"),
    Role.DISTRICT_LEADER: Words("区县负责人", "District leader"),
    Role.CITY_INSPECTOR: Words("市级督查员", "City inspector"),
    Role.CITY_LEADER: Words("市级负责人", "City leader"),
    Role.SECTOR_ADMIN: Words("行业管理员", "Sector administrator"),
    Role.SYSTEM_ADMIN: Words("系统管理员", "System administrator"),
    Role.SECURITY_ADMIN: Words("安全保密管理员", "Security administrator"),
    Role.AUDIT_ADMIN: Words("安全审计员", "Audit administrator"),
    Role.OPERATOR: Words("运维人员", "Operator"),
    Role.EMERGENCY: Words("应急访问", "Emergency access"),
}

HELD = Words(
    "这位同志在这里已经担任这个岗位，无需重复任命", "This person holds that post here already"
)
THREE_PEOPLE = Words(
    "系统管理员、安全保密管理员、安全审计员必须由三个人分别担任，这位同志已担任其中一个。请换一位同志",
    "The system, security and audit administrators are three different people, and this person "
    "is one of them already. Choose somebody else",
)

_BRANCH = {Role.CLERK, Role.SECRETARY}
_COMMITTEE = {Role.ORGANISER, Role.COMMITTEE_SECRETARY}
# A branch's post reads names over all that stands beneath it, and names stop at the committee
# (mission W4): so it is held at a branch and nowhere above.
_AT: dict[Kind, set[Role]] = {
    Kind.CITY: {Role.CITY_INSPECTOR, Role.CITY_LEADER},
    Kind.DISTRICT: {Role.DISTRICT_REVIEWER, Role.DISTRICT_LEADER},
    Kind.COMMITTEE: _COMMITTEE,
    Kind.GENERAL_BRANCH: _COMMITTEE | _BRANCH,
    Kind.BRANCH: _BRANCH,
}

_USERNAME = re.compile(r"[a-z0-9\u4e00-\u9fff][a-z0-9\u4e00-\u9fff._-]{1,39}")


def roles_at(kind: Kind) -> frozenset[Role]:
    """Return the posts there are at a unit of `kind`."""
    return frozenset(_AT[kind] | EXCLUSIVE | {Role.SECTOR_ADMIN})


def wrong_level(unit: Unit, role: Role) -> Problem:
    """Return what to say when there is no such post at that unit."""
    post, level = ROLES[role], KINDS[Kind(unit.kind)]
    if unit.dissolved_on:
        words = Words(f"“{unit.name}”已经撤销，不能再任命", f"“{unit.name}” has been dissolved")
        return Problem(post.zh, words, "dissolved")
    return Problem(
        post.zh,
        Words(
            f"“{unit.name}”是{level.zh}，没有“{post.zh}”这个岗位。请选与层级相称的岗位",
            f"“{unit.name}” is a {level.en.lower()} and has no {post.en.lower()}; choose a post "
            "of its level",
        ),
        "level",
    )


def username(text: str) -> str:
    """Return a user name as it is kept: half-width and small."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def checked_names(name: str, full_name: str) -> str:
    """Return the user name as it is kept.

    Raises:
        Invalid: it, or the person's name, does not do.
    """
    kept, problems = username(name), []
    if not _USERNAME.fullmatch(kept):
        words = Words(
            "应为 2 到 40 个小写字母、数字、汉字或 . _ -，并以字母、数字或汉字开头",
            "takes 2 to 40 small letters, digits, Chinese characters or . _ - and no blank",
        )
        problems.append(Problem("用户名", words, "username"))
    if not full_name.strip() or len(full_name) > 120:  # noqa: PLR2004  the column's width
        words = Words("必须填写，最多 120 个字", "is required, at most 120 characters")
        problems.append(Problem("姓名", words, "full_name"))
    if problems:
        raise Invalid(*problems)
    return kept


def taken(name: str) -> Problem:
    """Return what to say when a user name is in use."""
    words = Words(f"“{name}”已经有人使用，请换一个", f"“{name}” is taken; choose another")
    return Problem("用户名", words, "taken")
