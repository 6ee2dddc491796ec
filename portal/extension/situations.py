"""Reading the situations of a plugin from its data file, which people can edit without code."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from portal.core.words import Words
from portal.extension.conditions import All, Any_, Between, Condition, Is, Not, OneOf
from portal.extension.contracts import Advice, Measure, Situation

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def read_situations(file: Path) -> tuple[Situation, ...]:
    """Return the situations written in a TOML file, in the order of the file.

    Raises:
        ValueError: the file is no TOML, or one of its situations lacks what it needs; the message
            names the file and the situation.
    """
    try:
        written = tomllib.loads(file.read_text(encoding="utf-8")).get("situations", [])
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{file.name}: {error}") from error
    return tuple(_situation(file, entry) for entry in written)


def _situation(file: Path, entry: Mapping[str, Any]) -> Situation:
    try:
        title = Words(entry["zh"], entry["en"])
        advice = Advice(
            Measure(entry["measure"]),
            Words(entry["advice_zh"], entry["advice_en"]),
            entry["source"],
            title,
        )
        return Situation(int(entry["number"]), title, _when(entry), advice)
    except (KeyError, TypeError, ValueError) as error:
        number = entry.get("number", "?")
        raise ValueError(f"{file.name}, situation {number}: {error}") from error


def _when(entry: Mapping[str, Any]) -> Condition | None:
    """Return the condition of an entry: all of `when`, none of `unless`; None without `when`."""
    if "when" not in entry:
        return None
    wanted = [_fact(name, value) for name, value in entry["when"].items()]
    unwanted = [_fact(name, value) for name, value in entry.get("unless", {}).items()]
    refused = [Not(Any_(tuple(unwanted)))] if unwanted else []
    return All((*wanted, *refused))


def _fact(name: str, value: Any) -> Condition:
    """Return what one line says: a value, one of several, or a range ``{ from, to }``.

    >>> _fact("months_lost", {"from": 6})
    Between(fact='months_lost', low=6, high=None)
    """
    if isinstance(value, dict):
        if strange := sorted(set(value) - {"from", "to"}):
            raise ValueError(f"{name}: a range has `from` and `to`, not {strange}")
        return Between(name, value.get("from"), value.get("to"))
    return OneOf(name, tuple(value)) if isinstance(value, list) else Is(name, value)
