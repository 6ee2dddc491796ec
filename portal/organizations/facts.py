"""What may be written about a unit, and how it is checked."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from portal.core.errors import Invalid, Problem
from portal.core.words import Words
from portal.organizations.models import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

LABELS: dict[str, Words] = {
    "code": Words("编码", "Code"),
    "kind": Words("层级", "Level"),
    "name": Words("简称", "Short name"),
    "full_name": Words("全称", "Full name"),
    "category": Words("组织类别", "Category"),
    "sector": Words("党组织类别", "Sector"),
    "first_responsible": Words("第一责任人", "First responsible person"),
    "directly_responsible": Words("直接责任人", "Directly responsible person"),
    "liaison": Words("联系人", "Liaison"),
    "phone": Words("联系电话", "Phone"),
    "information": Words("所在单位情况", "Unit information"),
}

KINDS: dict[Kind, Words] = {
    Kind.CITY: Words("市级", "City"),
    Kind.DISTRICT: Words("区县级", "District"),
    Kind.COMMITTEE: Words("基层党委", "Base committee"),
    Kind.GENERAL_BRANCH: Words("党总支", "General branch"),
    Kind.BRANCH: Words("党支部", "Branch"),
}

CATEGORIES: dict[str, Words] = {
    "611": Words("党委", "Committee"),
    "612": Words("党组", "Leading group"),
    "621": Words("党总支部", "General branch"),
    "631": Words("党支部", "Branch"),
    "632": Words("联合党支部", "Joint branch"),
    "911": Words("临时党委", "Provisional committee"),
    "921": Words("临时党总支部", "Provisional general branch"),
    "931": Words("临时党支部", "Provisional branch"),
    "932": Words("临时联合党支部", "Provisional joint branch"),
}

SECTORS: dict[str, Words] = {
    "1": Words("国有企业", "State-owned enterprise"),
    "2": Words("非公有制企业", "Private enterprise"),
    "3": Words("农村", "Village"),
    "4": Words("党政机关", "Party or government office"),
    "5": Words("学校", "School or university"),
    "6": Words("其他事业单位", "Other public institution"),
    "7": Words("街道社区", "Street or community"),
    "8": Words("社会组织", "Social organization"),
    "9": Words("其他", "Other"),
}

_LENGTHS = {"code": 40, "name": 120, "full_name": 200, "first_responsible": 120,
            "directly_responsible": 120, "liaison": 120, "information": 2000}  # fmt: skip
_NEEDED = ("code", "name")
_CHOICES = {"kind": {k.value for k in Kind}, "category": set(CATEGORIES), "sector": set(SECTORS)}
_PHONE = re.compile(r"1[3-9]\d{9}|(?:0\d{2,3}-?)?[2-9]\d{6,7}(?:-\d{1,6})?|[48]00\d{7}")
_CODE = re.compile(r"[^\s/|,;]{1,40}")


def phone(text: str) -> str:
    """Return a telephone number as it is kept: half-width, no blanks, a dash after the area code.

    Raises:
        ValueError: it is neither a mobile number nor a landline number.

    >>> phone("０５８０－2021234"), phone("139 0000 0001"), phone("（0580）2021234转8")
    ('0580-2021234', '13900000001', '0580-2021234-8')
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    plain = re.sub(r"[—–－]+", "-", plain)
    plain = re.sub(r"^\(?(0\d{2,3})\)[\s-]*", r"\1-", plain)
    plain = re.sub(r"\s*(?:转|ext\.?|x)\s*", "-", plain, flags=re.IGNORECASE)
    plain = re.sub(r"^(?:\+?86-?)(?=1[3-9]\d{9}$)", "", re.sub(r"\s", "", plain))
    if re.fullmatch(r"1[3-9]\d-\d{4}-\d{4}", plain):
        plain = plain.replace("-", "")
    if not _PHONE.fullmatch(plain):
        raise ValueError(f"not a telephone number: {len(text)} characters")
    return re.sub(r"^(0(?:10|2\d|[3-9]\d{2}))(?=[2-9]\d{6,7}(?:-|$))", r"\1-", plain)


def checked(given: Mapping[str, str | None]) -> dict[str, str]:
    """Return the facts as they are kept.

    Raises:
        Invalid: with every fault found, each at the label of its field.
    """
    facts = {name: (value or "").strip() for name, value in given.items()}
    problems = [problem for name, value in facts.items() for problem in _faults(name, value)]
    if problems:
        raise Invalid(*problems)
    if facts.get("phone"):
        facts["phone"] = phone(facts["phone"])
    return facts


def _faults(name: str, value: str) -> list[Problem]:
    if name not in LABELS:
        raise KeyError(name)
    where = LABELS[name].zh
    if not value:
        empty = Words("必须填写，请补上再保存", "is required; fill it in and save again")
        return [Problem(where, empty, "required")] if name in _NEEDED else []
    words = _fault(name, value)
    return [Problem(where, words, name)] if words else []


def _fault(name: str, value: str) -> Words | None:
    longest = _LENGTHS.get(name)
    if longest and len(value) > longest:
        return Words(f"最多 {longest} 个字，请缩短", f"takes at most {longest} characters")
    if name in _CHOICES and value not in _CHOICES[name]:
        return Words(f"没有“{value}”这一项，请从列表中选", f"“{value}” is not in the list")
    if name == "code" and not _CODE.fullmatch(value):
        return Words("不能有空格和 / | , ;", "takes no blanks and none of / | , ;")
    if name == "phone":
        return _phone_fault(value)
    return None


def _phone_fault(value: str) -> Words | None:
    try:
        phone(value)
    except ValueError:
        return Words(
            "应为 11 位手机号，或带区号的固定电话，如 0580-2021234",
            "must be an 11-digit mobile number or a landline with its area code, 0580-2021234",
        )
    return None
