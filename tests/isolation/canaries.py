"""Who may read what: texts planted in every branch's rows, and the table of their readers.

A canary is a word such as ``kvpA1x``: what kind of text it stands in (``p``), and whose (``A1``).
Wherever one turns up in an answer, the reader must be in the row of its kind and stand at or
above its unit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_CLERKS = frozenset({"clerk", "secretary"})
_NAMES = _CLERKS | {"committee"}
_LINE = _NAMES | {"district", "city"}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of text: its letter, what it stands in, and the posts that may read it."""

    letter: str
    stands_in: str
    readers: frozenset[str]
    also_below: bool = False


KINDS = {
    kind.letter: kind
    for kind in (
        Kind("p", "a person: roster, record, contact log, snapshot; names stop here", _NAMES),
        Kind("r", "what table 6 prints of a person: it is filed up to the city by name", _LINE),
        Kind("b", "the name of a branch; the log says where something was done",
             _LINE | {"sector", "system", "security", "audit"}),
        Kind("u", "a unit: full name and information", _LINE | {"sector", "system", "security"}),
        Kind("c", "who is in charge and whom to ask: the units below call them",
             _LINE | {"sector", "system", "security"}, also_below=True),
        Kind("f", "a filing: narrative, explanations, typed figures, remarks, answers", _LINE),
        Kind("a", "an account: the name of a colleague",
             _LINE | {"system", "security", "audit"}),
        Kind("w", "an upload: its name and its rows", _CLERKS),
        Kind("o", "why a change of posts was proposed: for those who manage users",
             frozenset({"committee", "district", "city", "system", "security"})),
        Kind("e", "why somebody opened emergency access: for those who watch, and the secretary",
             frozenset({"secretary", "committee", "district", "city", "security", "audit"})),
        Kind("n", "a notice: for the one it was sent to", frozenset({"clerk"})),
    )
}  # fmt: skip

_CANARY = re.compile(rb"kv([a-z])([A-Z]\d)x")
_NUMBER = re.compile(rb"(?<!\d)(99\d{15}[\dXx]|139\d{8})(?!\d)")


def canary(letter: str, unit: str) -> str:
    """Return the word that marks texts of that kind of a unit."""
    return f"kv{KINDS[letter].letter}{unit}x"


def found_in(text: bytes) -> set[tuple[str, str]]:
    """Return the canaries in an answer: letter and unit."""
    return {(letter.decode(), unit.decode()) for letter, unit in _CANARY.findall(text)}


def numbers_in(text: bytes, known: Iterable[str]) -> set[str]:
    """Return the ID numbers and phones of members that stand in an answer in full."""
    return {number.decode() for number in _NUMBER.findall(text)} & set(known)


def is_leak(letter: str, unit_path: str, post: str, place: str) -> bool:
    """Tell whether somebody with `post` at `place` must not read this canary."""
    kind = KINDS[letter]
    in_line = unit_path.startswith(place) or (kind.also_below and place.startswith(unit_path))
    return post not in kind.readers or not in_line
