"""Citizen identity numbers, GB 11643-1999: check digit, birth, sex, and the 15-digit form."""

from __future__ import annotations

import re
from datetime import date
from operator import mul

UNREAL_PREFIX = "99"
"""Area prefix never assigned: made-up people carry it, so that no number is somebody's."""

_PROVINCES = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ZEROS = sum(_WEIGHTS) * ord("0")
_CHECK_DIGITS = "10X98765432"
_WRITTEN = re.compile(r"[0-9]{17}[0-9X]")
_OLD = re.compile(r"[0-9]{15}")


def check_digit(first17: str) -> str:
    """Return the eighteenth digit that belongs to the first seventeen.

    >>> check_digit("99010119870310001")
    '4'
    """
    total = sum(map(mul, _WEIGHTS, first17.encode())) - _ZEROS
    return _CHECK_DIGITS[total % 11]


def is_written_right(text: str) -> bool:
    """Tell whether `text` has the shape of an 18-digit number, its check digit aside."""
    return _WRITTEN.fullmatch(text) is not None


def is_old(text: str) -> bool:
    """Tell whether `text` has the shape of a 15-digit number."""
    return _OLD.fullmatch(text) is not None


def is_valid(text: str) -> bool:
    """Tell whether `text` is an 18-digit number with a day of birth and its check digit.

    The area may be one that no longer exists: it is a hint for people, never a reason to refuse.
    """
    return (
        _WRITTEN.fullmatch(text) is not None
        and birth(text) is not None
        and check_digit(text[:17]) == text[17]
    )


def lengthened(old: str) -> str:
    """Return the 18-digit form of a 15-digit number.

    >>> lengthened("990101870310001")
    '990101198703100014'
    """
    first17 = f"{old[:6]}19{old[6:]}"
    return first17 + check_digit(first17)


def birth(number: str) -> date | None:
    """Return the day of birth an 18-digit number carries, or None if there is no such day."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def gender(number: str) -> str:
    """Return the sex an 18-digit number carries: ``1`` male, ``2`` female (GB/T 2261.1)."""
    return "1" if int(number[16]) % 2 else "2"


def is_known_area(number: str) -> bool:
    """Tell whether the number begins with a province, or with the made-up people's prefix."""
    return number.startswith(UNREAL_PREFIX) or _PROVINCES.match(number) is not None
