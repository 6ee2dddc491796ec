"""The form of one member: which fields, in which groups, and what a person typed into them.

An ID number, a phone and an address are never written into the page again: an empty field
leaves them as they are, and 无 takes them out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portal.core.words import Words
from portal.members import codes, roster
from portal.members.models import Tie
from portal.web import persons

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from portal.members.models import Member

GROUPS: tuple[tuple[Words, tuple[str, ...]], ...] = (
    (
        Words("本人", "The person"),
        ("name", "id_number", "gender", "ethnicity", "born", "education", "occupation",
         "staff_number"),
    ),
    (
        Words("党员身份", "Membership"),
        ("standing", "joined", "confirmed", "membership", "party_post", "tie", "letter_number",
         "letter_issued"),
    ),
    (Words("联系", "Contact"), ("phone", "landline", "address", "remark")),
    (
        Words("党费、组织生活和去向", "Dues, meetings, whereabouts"),
        ("dues_until", "last_meeting", "floating_marked", "destination", "lost_marked",
         "lost_since"),
    ),
)  # fmt: skip
FIELDS = tuple(name for _, names in GROUPS for name in names)
PLACES = {c.words.zh: (c.field, c.words.zh) for c in roster.STORED} | {
    c.field: (c.field, c.words.zh) for c in roster.STORED
}
HINTS = {
    "born": Words("如 1987-03 或 1987-03-07", "such as 1987-03 or 1987-03-07"),
    "joined": Words("写到月即可，如 2008-06", "the month will do, such as 2008-06"),
    "confirmed": Words("预备党员不填", "leave out while probationary"),
    "dues_until": Words("写到月即可，如 2026-10", "the month will do, such as 2026-10"),
    "destination": Words("写到县（市、区）", "down to the county"),
}
KEPT = Words(
    "现在是 {now}。不改就留空，删去就写“无”", "Now {now}. Empty keeps it, “无” takes it out"
)
_FLAGS = ("floating_marked", "lost_marked")


@dataclass(frozen=True, slots=True)
class Input:
    """One input of the form."""

    name: str
    label: Words
    value: str
    hint: Words | None
    options: Sequence[tuple[str, Words]] | None
    required: bool
    number: bool


def _options(name: str) -> Sequence[tuple[str, Words]] | None:
    if name in _FLAGS:
        return [(code.words.zh, code.words) for code in codes.YES_NO]
    if name == "occupation" or name not in codes.BY_FIELD:
        return None
    return [
        (code.words.zh, code.words)
        for code in codes.BY_FIELD[name]
        if not (name == "tie" and code.code == Tie.LEFT.value)
    ]


def shown(member: Member, name: str) -> str:
    """Return a field of a member as an input holds it."""
    value: Any = getattr(member, name)
    return "" if name in roster.SENSITIVE else roster.shown(name, value)


def _hint(member: Member | None, name: str) -> Words | None:
    if member is not None and name in roster.SENSITIVE and getattr(member, name):
        now = persons.masked(name, getattr(member, name)).zh
        return Words(KEPT.zh.format(now=now), KEPT.en.format(now=now))
    return HINTS.get(name)


def groups(member: Member | None, typed: Mapping[str, str]) -> list[tuple[Words, list[Input]]]:
    """Return the form, holding what was typed, else what stands in the roster."""
    return [(title, [_input(member, name, typed) for name in names]) for title, names in GROUPS]


def _input(member: Member | None, name: str, typed: Mapping[str, str]) -> Input:
    options = _options(name)
    stands = shown(member, name) if member else _fresh(name)
    if options and name not in ("standing", "membership", "tie", *_FLAGS):
        options = [("", Words("未填", "Not filled in")), *options]
    return Input(
        name, roster.BY_FIELD[name].words, typed.get(name, stands), _hint(member, name), options,
        required=name == "name", number=name in ("phone", "landline"),
    )  # fmt: skip


def _fresh(name: str) -> str:
    start = {"standing": "full", "membership": "normal", "tie": Tie.ON_ROLL.value}
    if name in start:
        return codes.words(name, start[name]).zh
    return codes.YES_NO.words("no").zh if name in _FLAGS else ""


def typed(form: Mapping[str, str], *, changing: bool = False) -> dict[str, str]:
    """Return what was typed, by field; when changing, an empty sensitive field stays out."""
    return {
        name: form[name]
        for name in FIELDS
        if name in form and not (changing and name in roster.SENSITIVE and not form[name].strip())
    }


def differences(member: Member, form: Mapping[str, str]) -> list[tuple[Words, Words, str]]:
    """Return where the roster says something else now than what was typed: field, now, typed."""
    return [
        (roster.BY_FIELD[name].words, persons.masked(name, getattr(member, name)),
         roster.masked(name, text.strip()))
        for name, text in typed(form, changing=True).items()
        if name in roster.SENSITIVE or shown(member, name) != text.strip()
    ]  # fmt: skip
