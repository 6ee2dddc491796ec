"""What the evidence proposes. Pure: a rule proposes, a person confirms (mission S2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.core.precision import Day, whole_months

if TYPE_CHECKING:
    from datetime import date

OCCUPATIONS = {
    "migrant": ("外出务工", "务工经商"),
    "retired": ("离休", "退休", "退职", "内退"),
    "graduate": ("毕业未就业", "待就业", "未就业"),
    "student": ("学生", "研究生", "本科生"),
    "laid_off": ("解除劳动", "下岗", "企业破产"),
    "left_job": ("离职", "停薪留职"),
    "farmer": ("农", "渔", "牧", "乡村医生"),
    "self_employed": ("个体", "自由职业"),
    "military": ("军", "武警"),
    "unemployed": ("无业", "待安置"),
}


def occupation_group(words: str) -> str:
    """Return the group of a 工作岗位 as written (forms.md §2.6); empty when nothing is written.

    >>> occupation_group("退休人员"), occupation_group("企业管理岗位"), occupation_group("")
    ('retired', 'employed', '')
    """
    if not words.strip():
        return ""
    for group, signs in OCCUPATIONS.items():
        if any(sign in words for sign in signs):
            return group
    return "employed"


def education_band(code: str) -> str:
    """Return the band of an education code of the 党统 list (forms.md §2.5).

    >>> education_band("22"), education_band("61"), education_band("71"), education_band("")
    ('college', 'secondary', 'basic', '')
    """
    if not code:
        return ""
    if code[0] in "12":
        return "college"
    return "secondary" if code[0] in "46" else "basic"


def last_contact(*evidence: Day | None) -> Day | None:
    """Return the latest piece of evidence, or None when there is none (forms.md §1.1)."""
    return max((day for day in evidence if day is not None), default=None)


def months_lost(contact: Day | None, cut_off: date) -> int:
    """Return the whole months from the last contact to the cut-off; 0 when it is not known.

    A month counts from its first day (forms.md §2.13).
    """
    return 0 if contact is None else whole_months(contact.first(), cut_off)


def propose(
    *, months: int, lost_after: int, lost_marked: bool, floating_marked: bool, sent: bool
) -> str:
    """Return the findings that the evidence proposes, joined by ``|``; empty when none.

    >>> propose(months=9, lost_after=6, lost_marked=False, floating_marked=True, sent=False)
    'lost|floating'
    """
    found = {
        "lost": lost_marked or months >= lost_after,
        "floating": floating_marked,
        "receipt": sent,
    }
    return "|".join(name for name, so in found.items() if so)


def whole_years(day: Day | None, until: date) -> int | None:
    """Return the whole years from `day` to `until`; None when the day is not known."""
    return None if day is None else whole_months(day.first(), until) // 12
