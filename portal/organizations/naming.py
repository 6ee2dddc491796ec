"""How a unit is called and classified when all that is known is its place and its level."""

from __future__ import annotations

import re

from portal.organizations.models import Kind

_LEVEL_WORDS = {
    Kind.CITY: "city prefecture municipality 市 地级市 市级 市委",
    Kind.DISTRICT: "district county banner 区 县 旗 区县 县区 区级 县级 区委 县委",
    Kind.COMMITTEE: "committee street town township subdistrict 街道 镇 乡 乡镇 镇街 街道办 "
    "党委 基层党委 工委 党工委 分党委",
    Kind.GENERAL_BRANCH: "general_branch general-branch 总支 党总支 总支部 党总支部",
    Kind.BRANCH: "branch village community neighbourhood neighborhood 村 行政村 建制村 社区 "
    "居委会 村委会 支部 党支部",
}
LEVELS = {word: kind for kind, words in _LEVEL_WORDS.items() for word in words.split()}

RANK = {kind: rank for rank, kind in enumerate(Kind)}

CATEGORY = {
    Kind.CITY: "611",
    Kind.DISTRICT: "611",
    Kind.COMMITTEE: "611",
    Kind.GENERAL_BRANCH: "621",
    Kind.BRANCH: "631",
}

_PARTY = re.compile(r"(?:支部|总支|党委|工委|党组|组织部|区委|市委|县委|支部委员会|总支部委员会)$")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_ZONE = re.compile(r"(?:开发区|高新区|管理区|管委会|新区|园区)$")
_VILLAGE = re.compile(r"(?:村民委员会|村委会)$")
_COMMUNITY = re.compile(r"(?:社区居民委员会|社区居委会|居民委员会|居委会|社区)$")


def level(word: str) -> Kind | None:
    """Return the kind a level word stands for; None for a word nobody has taught us.

    >>> level(" Street "), level("行政村"), level("grid")
    (<Kind.COMMITTEE: 'committee'>, <Kind.BRANCH: 'branch'>, None)
    """
    return LEVELS.get(word.strip().lower())


def sector(name: str) -> str:
    """Return the 党组织类别 (forms.md §2.2) a place's own name tells: 3, 7, else 9.

    >>> sector("义桥村委会"), sector("西安社区居委会"), sector("昌国街道")
    ('3', '7', '9')
    """
    if _VILLAGE.search(name) or name.endswith("村"):
        return "3"
    return "7" if _COMMUNITY.search(name) else "9"


def short_name(kind: Kind, place: str) -> str:
    """Return the short name of the unit of `kind` at `place`.

    >>> short_name(Kind.BRANCH, "西安社区居委会"), short_name(Kind.COMMITTEE, "昌国街道")
    ('西安社区党支部', '昌国街道党工委')
    >>> short_name(Kind.BRANCH, "义桥村委会"), short_name(Kind.BRANCH, "甬庆村村委会")
    ('义桥村党支部', '甬庆村党支部')
    >>> short_name(Kind.DISTRICT, "定海区"), short_name(Kind.BRANCH, "第一党支部")
    ('定海区委组织部', '第一党支部')
    """
    if not _CHINESE.search(place) or _PARTY.search(place):
        return place
    return _stem(kind, place) + _ending(kind, place)


def full_name(kind: Kind, place: str) -> str:
    """Return “中共” + the place + what the unit is (forms.md §1.4), as a seal would have it.

    >>> full_name(Kind.COMMITTEE, "白泉镇"), full_name(Kind.DISTRICT, "定海区")
    ('中共白泉镇委员会', '中共定海区委员会组织部')
    """
    if not _CHINESE.search(place) or _PARTY.search(place) or place.startswith("中共"):
        return place
    works = kind != Kind.BRANCH and (_ZONE.search(place) or place.endswith("街道"))
    if works:
        return f"中共{place}工作委员会"
    ending = {
        Kind.CITY: "委员会组织部",
        Kind.DISTRICT: "委员会组织部",
        Kind.COMMITTEE: "委员会",
        Kind.GENERAL_BRANCH: "总支部委员会",
        Kind.BRANCH: "支部委员会",
    }[kind]
    return f"中共{_stem(kind, place)}{ending}"


def _stem(kind: Kind, place: str) -> str:
    if kind not in {Kind.BRANCH, Kind.GENERAL_BRANCH}:
        return place
    if _VILLAGE.search(place):
        return _VILLAGE.sub("村", place).removesuffix("村").removesuffix("村") + "村"
    stem = _COMMUNITY.sub("", place)
    return f"{stem}社区" if stem and stem != place else place


def _ending(kind: Kind, place: str) -> str:
    if kind == Kind.BRANCH:
        return "党支部"
    if kind == Kind.GENERAL_BRANCH:
        return "党总支"
    if _ZONE.search(place) or place.endswith("街道"):
        return "党工委"
    if kind != Kind.COMMITTEE and place[-1] in "市区县旗州盟":
        return "委组织部"
    return "党委"
