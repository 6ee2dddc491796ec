"""A number written in letters that nobody sees, to tell a file by a part of it.

Thirty-two letters of no width, one per bit. They stay when a program saves the file anew and
when rows are copied; the reading of a roster takes them off (`portal.members.tidy`).
"""

from __future__ import annotations

import re

_ZERO, _ONE = "\u200b", "\u200c"
_BITS = 32
_WRITTEN = re.compile(f"[{_ZERO}{_ONE}]{{{_BITS}}}")


def written(number: str) -> str:
    """Return the last eight hexadecimal digits of a number in letters nobody sees."""
    bits = f"{int(number[-8:], 16):0{_BITS}b}"
    return bits.translate({ord("0"): _ZERO, ord("1"): _ONE})


def found(text: str) -> set[str]:
    """Return the numbers that stand in a text unseen.

    >>> found("1" + written("20261120-00ab12cd"))
    {'00ab12cd'}
    """
    return {
        f"{int(bits.replace(_ZERO, '0').replace(_ONE, '1'), 2):08x}"
        for bits in _WRITTEN.findall(text)
    }
