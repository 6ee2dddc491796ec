"""The named facts: everything a table, a check or a plugin may look at, and nothing else."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from portal.core.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portal.screening.models import Record

Kind = Literal["flag", "code", "number", "list"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: a column of the record under the name that conditions use.

    `kind` is flag (true or false), code (one of `values`, empty if none applies), number (whole,
    None if not known) or list (several values joined by ``|``).
    """

    name: str
    kind: Kind
    words: Words
    values: Mapping[str, Words]


def _said(written: Mapping[str, list[str]]) -> dict[str, Words]:
    return {code: Words(*pair) for code, pair in written.items()}


_FILE = tomllib.loads((Path(__file__).parent / "facts.toml").read_text(encoding="utf-8"))

FACTS: Mapping[str, Fact] = {
    entry["name"]: Fact(
        entry["name"],
        entry["kind"],
        Words(entry["zh"], entry["en"]),
        _said(entry.get("values", {})),
    )
    for entry in _FILE["facts"]
}
NAMES = tuple(FACTS)
CHANNELS = _said(_FILE["channels"])
RESULTS = _said(_FILE["results"])
VERIFIED_HOW = _said(_FILE["verified_how"])
FINDINGS = _said(_FILE["findings"])


_UNKNOWN: Mapping[Kind, Any] = {"flag": False, "code": "", "number": None, "list": ""}


def nothing_known() -> dict[str, Any]:
    """Return the facts of a person about whom nothing is known yet."""
    return {fact.name: _UNKNOWN[fact.kind] for fact in FACTS.values()}


def of(record: Record) -> dict[str, Any]:
    """Return the facts of one record by name, in the order of `NAMES`."""
    return {name: getattr(record, name) for name in NAMES}


def say(fact: str, value: Any) -> Words:
    """Return the words of one value of a fact: its label, 是/否, or the value itself."""
    kind = FACTS[fact].kind
    if kind == "flag":
        return Words("是", "Yes") if value else Words("否", "No")
    if kind == "code" and value in FACTS[fact].values:
        return FACTS[fact].values[value]
    return Words("—", "—") if value in (None, "") else Words(str(value), str(value))
