"""Finding ID numbers and mobile numbers that stand in a text in full, by shape and check digit."""

from __future__ import annotations

import re

from portal.members import idnumber

# A number of its own: no part of a word or of a longer number, and no decimals of one.
_EDGE = r"(?<![0-9A-Za-z_\-])(?<!\d\.){}(?![0-9A-Za-z_\-])"
_ID = re.compile(_EDGE.format(r"\d{17}[\dXx]"))
_MOBILE = re.compile(_EDGE.format(r"(?:\+?86[ -]?)?(1[3-9]\d{9})"))


def find(text: str) -> set[str]:
    """Return the numbers that somebody's eyes should not meet unmasked.

    >>> sorted(find("身份证号990101198703100014，手机13900000001"))
    ['13900000001', '990101198703100014']
    >>> find("990101********0014 990101198703100015 2026112512345678 0.990101198703100014")
    set()
    """
    numbers = {found.upper() for found in _ID.findall(text)}
    return {number for number in numbers if idnumber.is_valid(number)} | set(_MOBILE.findall(text))
