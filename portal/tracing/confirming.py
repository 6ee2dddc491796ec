"""The four ways in which a lost member's identity is settled (scheme 4 (二)2), read from data.

Pure: answers in, a way out. A rule proposes, a person decides.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from portal.core.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Way:
    """One way: which answers it rests on, what it leads to, which measures come into question."""

    code: str
    words: Words
    leads: Words
    measures: tuple[str, ...]
    source: str
    when: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Question:
    """One question about a member who was found, and the answers to it."""

    name: str
    words: Words
    answers: Mapping[str, Words]


_FILE = tomllib.loads((Path(__file__).parent / "ways.toml").read_text(encoding="utf-8"))

WAYS: Mapping[str, Way] = {
    entry["code"]: Way(
        entry["code"],
        Words(entry["zh"], entry["en"]),
        Words(entry["leads_zh"], entry["leads_en"]),
        tuple(entry["measures"]),
        entry["source"],
        {name: tuple(values) for name, values in entry["when"].items()},
    )
    for entry in _FILE["ways"]
}
QUESTIONS: Mapping[str, Question] = {
    name: Question(
        name,
        Words(entry["zh"], entry["en"]),
        {code: Words(*pair) for code, pair in entry.items() if code not in {"zh", "en"}},
    )
    for name, entry in _FILE["answers"].items()
}
MEASURES: Mapping[str, Words] = {code: Words(*pair) for code, pair in _FILE["measures"].items()}


def propose(outcome: str, answers: Mapping[str, str]) -> Way | None:
    """Return the first way that fits what the search and the inquiry brought, or None yet.

    >>> propose("not_found", {}).code
    'unreachable'
    >>> propose("found", {"wish": "stay"}).code
    'withheld'
    >>> propose("", {}) is None
    True
    """
    known = {"outcome": outcome, **answers}
    return next((way for way in WAYS.values() if _fits(way, known)), None)


def _fits(way: Way, known: Mapping[str, str]) -> bool:
    return all(known.get(name, "") in values for name, values in way.when.items())
