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
    Finding,
    FocusGroup,
    Person,
    Sector,
    Severity,
)
from portal.extension.hookspecs import hookimpl

__all__ = [
    "All",
    "Always",
    "Any_",
    "Between",
    "Condition",
    "Finding",
    "FocusGroup",
    "Has",
    "Is",
    "Not",
    "OneOf",
    "Person",
    "Sector",
    "Severity",
    "Words",
    "hookimpl",
]
