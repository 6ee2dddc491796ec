"""The life of a return, as a table (mission V2, V3): what is not listed cannot happen."""

from __future__ import annotations

from dataclasses import dataclass

from portal.access import Action
from portal.core.errors import OutOfTurn
from portal.core.words import Words
from portal.reporting.models import State


@dataclass(frozen=True, slots=True)
class Move:
    """One permitted step: its name, from where to where, and what it takes."""

    name: str
    words: Words
    source: State
    target: State
    action: Action


MOVES = (
    Move("file", Words("上报", "file"), State.OPEN, State.FILED, Action.REPORT_FILE),
    Move("file", Words("重报", "file again"), State.RETURNED, State.FILED, Action.REPORT_FILE),
    Move("recall", Words("撤回", "recall"), State.FILED, State.OPEN, Action.REPORT_FILE),
    Move("take_up", Words("受理", "take up"), State.FILED, State.TAKEN_UP, Action.REPORT_REVIEW),
    Move("put_back", Words("放回", "put back"), State.TAKEN_UP, State.FILED, Action.REPORT_REVIEW),
    Move("accept", Words("通过", "accept"), State.TAKEN_UP, State.ACCEPTED, Action.REPORT_REVIEW),
    Move("return", Words("退回", "return"), State.TAKEN_UP, State.RETURNED, Action.REPORT_REVIEW),
    Move("reopen", Words("要求补报", "reopen"), State.ACCEPTED, State.RETURNED,
         Action.REPORT_REVIEW),
)  # fmt: skip

STATE_WORDS: dict[str, Words] = {
    State.OPEN: Words("填写中", "Being filled in"),
    State.FILED: Words("已上报", "Filed"),
    State.TAKEN_UP: Words("审核中", "Under review"),
    State.ACCEPTED: Words("已通过", "Accepted"),
    State.RETURNED: Words("退回修改", "Returned"),
}


def move(name: str, state: str) -> Move:
    """Return the step `name` out of `state`.

    Raises:
        OutOfTurn: no such step leads out of it; the sentence says what the state is.
    """
    for each in MOVES:
        if each.name == name and each.source == state:
            return each
    wanted = next(each.words for each in MOVES if each.name == name)
    now = STATE_WORDS[state]
    raise OutOfTurn(
        Words(
            f"现在的状态是“{now.zh}”，不能{wanted.zh}。请刷新页面看最新情况，已填内容都在",
            f"It is “{now.en}” now, so one cannot {wanted.en}. Reload; nothing was lost",
        )
    )
