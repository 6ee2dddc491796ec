"""The questions the portal asks its plugins.

A plugin answers those it cares about by defining a function of the same name, marked
``@hookimpl``. It may leave out parameters that it does not use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pluggy import HookimplMarker, HookspecMarker

if TYPE_CHECKING:
    from collections.abc import Iterable

    from portal.extension.contracts import (
        Advice,
        Finding,
        FocusGroup,
        Person,
        Question,
        Sector,
        Situation,
    )

hookspec = HookspecMarker("portal")
hookimpl = HookimplMarker("portal")


@hookspec(firstresult=True)
def sector() -> Sector | None:
    """Say who you are and which 党组织类别 you look after. Asked once, at start-up."""


@hookspec
def focus_groups() -> Iterable[FocusGroup] | None:
    """Offer the groups of members to look at closely, each with the rule that proposes it."""


@hookspec
def propose_focus(person: Person) -> Iterable[str] | None:
    """Name the codes of the focus groups you propose for `person`, beyond your rules."""


@hookspec
def check_person(person: Person) -> Iterable[Finding] | None:
    """Point out what is wrong or wants a sentence in one person's facts."""


@hookspec
def situations() -> Iterable[Situation] | None:
    """List the situations in which members drift away, each with its rule and its advice."""


@hookspec
def advise(person: Person) -> Iterable[Advice] | None:
    """Say which measure fits `person`, and why, beyond what your situations say."""


@hookspec
def questions() -> Iterable[Question] | None:
    """Add questions to the screening record, each with the rule that says of whom it is asked."""
