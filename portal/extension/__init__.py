"""Everything a plugin may import. What is not here is not promised to stay."""

from portal.core.words import Words
from portal.extension.conditions import (
    All,
    Always,
    Any_,
    Between,
    Condition,
    Has,
    Is,
    Not,
    OneOf,
)
from portal.extension.contracts import (
    Advice,
    Finding,
    FocusGroup,
    Kind,
    Measure,
    Person,
    Question,
    Sector,
    Severity,
    Situation,
)
from portal.extension.hookspecs import hookimpl
from portal.extension.situations import read_situations

__all__ = [
    "Advice",
    "All",
    "Always",
    "Any_",
    "Between",
    "Condition",
    "Finding",
    "FocusGroup",
    "Has",
    "Is",
    "Kind",
    "Measure",
    "Not",
    "OneOf",
    "Person",
    "Question",
    "Sector",
    "Severity",
    "Situation",
    "Words",
    "hookimpl",
    "read_situations",
]
