"""Flows: states and the steps between them, written as a table a clerk could check."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

from portal.core.errors import OutOfTurn
from portal.core.words import Words

if TYPE_CHECKING:
    from datetime import datetime
    from enum import StrEnum

S = TypeVar("S", bound="StrEnum")


@dataclass(frozen=True, slots=True)
class Step(Generic[S]):
    """One permitted move. `wait` is how long the thing must have been in `source` first."""

    name: str
    source: S
    target: S
    action: str
    wait: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Flow(Generic[S]):
    """A start state and every step there is. What is not listed cannot happen."""

    start: S
    steps: tuple[Step[S], ...]

    def steps_from(self, state: S) -> tuple[Step[S], ...]:
        """Return the steps that lead out of `state`, in the order they are written."""
        return tuple(step for step in self.steps if step.source == state)

    def step(self, name: str, state: S, since: datetime, at: datetime) -> Step[S]:
        """Return the step `name` out of `state`, entered at `since`, taken at `at`.

        Raises:
            OutOfTurn: no such step leads out of `state`, or its waiting time has not passed.
        """
        for step in self.steps_from(state):
            if step.name == name and at >= since + step.wait:
                return step
        raise OutOfTurn(
            Words(f"现在的状态是“{state}”，不能“{name}”", f"cannot {name}: it is {state}")
        )
