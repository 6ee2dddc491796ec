"""Conditions over named facts: small frozen values that a table, a check or a plugin can state.

They are written as JSON in table files and in `portal tables --json`, evaluated over one
person's facts by `holds`, and compiled to SQL by `portal.reporting.grid`. All three agree: a
property test counts the same people each way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Always:
    """Every person."""


@dataclass(frozen=True, slots=True)
class Is:
    """The fact has this value."""

    fact: str
    value: str | int | bool


@dataclass(frozen=True, slots=True)
class OneOf:
    """The fact has one of these values."""

    fact: str
    values: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """The fact is a number from `low` to `high`, both included; None leaves that end open."""

    fact: str
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Has:
    """The fact holds several values, and this is one of them."""

    fact: str
    value: str


@dataclass(frozen=True, slots=True)
class All:
    """Every one of the conditions holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any_:  # noqa: N801  `Any` belongs to typing
    """At least one of the conditions holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    condition: Condition


Condition = Always | Is | OneOf | Between | Has | All | Any_ | Not


def holds(condition: Condition, facts: Facts) -> bool:  # noqa: PLR0911  one answer per kind
    """Tell whether one person's `facts` meet `condition`.

    A list fact is written with its values joined by ``|``. An unknown number is in no range.

    Raises:
        KeyError: the condition names a fact that the person's facts do not have.
    """
    match condition:
        case Always():
            return True
        case Is(fact, value):
            return bool(facts[fact] == value)
        case OneOf(fact, values):
            return facts[fact] in values
        case Between(fact, low, high):
            number = facts[fact]
            return (
                number is not None
                and (low is None or number >= low)
                and (high is None or number <= high)
            )
        case Has(fact, value):
            return value in str(facts[fact]).split("|")
        case All(conditions):
            return all(holds(each, facts) for each in conditions)
        case Any_(conditions):
            return any(holds(each, facts) for each in conditions)
        case Not(inner):
            return not holds(inner, facts)


def facts_named(condition: Condition) -> frozenset[str]:
    """Return the names of all facts that `condition` looks at."""
    match condition:
        case All(conditions) | Any_(conditions):
            return frozenset().union(*(facts_named(each) for each in conditions))
        case Not(inner):
            return facts_named(inner)
        case Always():
            return frozenset()
        case _:
            return frozenset({condition.fact})


def to_json(condition: Condition) -> dict[str, Any]:  # noqa: PLR0911  one answer per kind
    """Return `condition` as JSON, in the form that `portal tables --json` documents."""
    match condition:
        case Always():
            return {"kind": "always"}
        case Is(fact, value):
            return {"kind": "is", "fact": fact, "value": value}
        case OneOf(fact, values):
            return {"kind": "one_of", "fact": fact, "values": list(values)}
        case Between(fact, low, high):
            return {"kind": "between", "fact": fact, "low": low, "high": high}
        case Has(fact, value):
            return {"kind": "has", "fact": fact, "value": value}
        case All(conditions):
            return {"kind": "all", "conditions": [to_json(each) for each in conditions]}
        case Any_(conditions):
            return {"kind": "any", "conditions": [to_json(each) for each in conditions]}
        case Not(inner):
            return {"kind": "not", "condition": to_json(inner)}


def from_json(written: Mapping[str, Any]) -> Condition:
    """Return the condition that `written` states.

    Raises:
        ValueError: it is of no known kind, or lacks what its kind needs.
    """
    try:
        condition: Condition = _READERS[written["kind"]](written)
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a condition: {written!r}") from error
    return condition


def _several(written: Mapping[str, Any]) -> tuple[Condition, ...]:
    return tuple(from_json(each) for each in written["conditions"])


_READERS: dict[str, Any] = {
    "always": lambda _: Always(),
    "is": lambda w: Is(w["fact"], w["value"]),
    "one_of": lambda w: OneOf(w["fact"], tuple(w["values"])),
    "between": lambda w: Between(w["fact"], w.get("low"), w.get("high")),
    "has": lambda w: Has(w["fact"], w["value"]),
    "all": lambda w: All(_several(w)),
    "any": lambda w: Any_(_several(w)),
    "not": lambda w: Not(from_json(w["condition"])),
}
