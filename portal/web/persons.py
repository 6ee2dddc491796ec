"""How a person is written on a page: the short line, the facts, what is masked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask_babel import gettext

from portal.core.words import Words
from portal.members import codes, roster
from portal.members.masking import masked_address, masked_id, masked_phone
from portal.members.models import Tie
from portal.organizations.models import Account
from portal.web import reveal_parts
from portal.web.edge import actor, db

if TYPE_CHECKING:
    from portal.core.precision import Day
    from portal.members.models import Member
    from portal.web.reveal_parts import Shown

NOTHING = Words("—", "—")
SHORT_STANDING = {"full": Words("正式", "full"), "probationary": Words("预备", "probationary")}
SENT = Words("已转出", "sent off")
_LONG_NUMBER = re.compile(r"\d{11,17}[\dXx]?")


def joined_words(*parts: Words | None, by: str = " · ") -> Words:
    """Return the parts that say something, joined."""
    said = [part for part in parts if part is not None and part.zh]
    return Words(by.join(p.zh for p in said), by.join(p.en for p in said)) if said else NOTHING


def day_words(day: Day | None) -> Words:
    """Return a day as precisely as it is known, or a dash."""
    return Words(day.text, day.text) if day else NOTHING


def coded(field: str, code: str) -> Words | None:
    """Return the words of a coded field, or None when nothing is known."""
    return codes.words(field, code) if code else None


def plain(text: str) -> Words | None:
    """Return a text as it is, or None when it is empty."""
    return Words(text, text) if text else None


def brief(member: Member) -> Words:
    """Return the line under a name: sex, year of birth, standing."""
    born = plain(member.born.text[:4]) if member.born else None
    standing = SENT if member.tie == Tie.SENT.value else SHORT_STANDING.get(member.standing)
    return joined_words(coded("gender", member.gender), born, standing)


def number_of(member: Member) -> str:
    """Return the ID number, masked, or a dash."""
    return masked_id(member.id_number) or NOTHING.zh


def phone_of(member: Member) -> str:
    """Return the mobile number, masked, or a dash."""
    return masked_phone(member.phone) or NOTHING.zh


def who(user_id: int | None) -> str:
    """Return the name of a colleague of one's own tenant who did something."""
    if user_id is None:
        return gettext("系统运维")
    found = db().get(Account, user_id)
    if found is None or found.tenant_id != actor().tenant_id:
        return NOTHING.zh
    return found.full_name or found.username


def facts_of(member: Member) -> tuple[tuple[Words, Words, Shown | None], ...]:
    """Return what stands beside a decision about a person: labels, values, what shows them."""
    return (
        (
            Words("入党 / 转正", "Joined / confirmed"),
            joined_words(day_words(member.joined), day_words(member.confirmed), by=" / "),
            None,
        ),
        (
            Words("学历 · 岗位", "Education · work"),
            joined_words(coded("education", member.education), plain(member.occupation)),
            None,
        ),
        (Words("党内职务", "Party post"), plain(member.party_post) or NOTHING, None),
        (
            Words("住址", "Address"),
            plain(masked_address(member.address)) or NOTHING,
            reveal_parts.of(member, "address"),
        ),
        (
            Words("电话", "Phone"),
            plain(masked_phone(member.phone)) or NOTHING,
            reveal_parts.of(member, "phone"),
        ),
        (Words("备注", "Remark"), plain(member.remark) or NOTHING, None),
    )


def without_numbers(text: str) -> str:
    """Return a text in which long numbers are masked: nobody knows what an odd column holds.

    >>> without_numbers("配偶 990101198703100014")
    '配偶 990101********0014'
    """
    return _LONG_NUMBER.sub(lambda found: masked_id(found[0]), text)


def masked(field: str, value: object) -> Words:
    """Return a stored value as a page shows it: named, dated, masked."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return Words("是", "Yes") if value else Words("否", "No")
    if field in roster.SENSITIVE:
        text = roster.masked(field, str(value))
        return Words(text, text)
    return codes.words(field, str(value))
