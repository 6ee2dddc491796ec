"""What kind of value each hook hands over, held against what a plugin really gave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.core.words import Words
from portal.extension.conditions import Condition
from portal.extension.contracts import (
    Advice,
    Finding,
    FocusGroup,
    Kind,
    Measure,
    Question,
    Sector,
    Severity,
    Situation,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import UnionType

    Shape = type | UnionType

ANSWERS: Mapping[str, type] = {
    "focus_groups": FocusGroup,
    "propose_focus": str,
    "check_person": Finding,
    "situations": Situation,
    "advise": Advice,
    "questions": Question,
}

_FIELDS: Mapping[type, Mapping[str, Shape]] = {
    Sector: {"name": str, "title": Words, "sectors": frozenset, "version": str},
    FocusGroup: {"code": str, "title": Words, "source": str, "when": Condition},
    Finding: {"rule": str, "severity": Severity, "words": Words, "where": str, "source": str},
    Advice: {"measure": Measure, "words": Words, "source": str, "reason": Words | None},
    Situation: {"number": int, "title": Words, "when": Condition | None, "advice": Advice},
    Question: {
        "code": str,
        "title": Words,
        "source": str,
        "kind": Kind,
        "when": Condition,
        "values": tuple,
    },
    Words: {"zh": str, "en": str},
}


def wrong(item: object, kind: Shape) -> str:
    """Say what is wrong with `item` as a value of `kind`; nothing if nothing is.

    >>> wrong(Words("试", "Try"), Words), wrong(Words("试", 1), Words), wrong(None, Words | None)
    ('', 'en is 1, not str', '')
    """
    if not isinstance(item, kind):
        return f"{item!r} is no {getattr(kind, '__name__', kind)}"
    for name, inner in _FIELDS.get(type(item), {}).items():
        value = getattr(item, name)
        if not isinstance(value, inner):
            return f"{name} is {value!r}, not {getattr(inner, '__name__', inner)}"
        if deeper := wrong(value, inner):
            return f"{name}: {deeper}"
    return ""
