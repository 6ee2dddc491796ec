"""Refusals: the errors the portal raises on purpose.

Each says, in both languages, what a person can do about it. Parts raise them and never catch
them; the edges turn them into an answer in one place each (`portal.web.edge`,
`portal.api.edge`, `portal.cli.edge`).
"""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.words import Words


class Refusal(Exception):
    """The request was understood and turned down."""

    def __init__(self, words: Words) -> None:
        super().__init__(str(words))
        self.words = words


class NotFound(Refusal):
    """No such thing, or none that this actor may know about."""

    def __init__(self, kind: Words) -> None:
        super().__init__(
            Words(
                f"没有找到这个{kind.zh}，或不在您的管理范围内",
                f"There is no such {kind.en} within your reach",
            )
        )


class NotAllowed(Refusal):
    """The actor may see the thing, but holds no role that permits this act here."""

    def __init__(self, action: str, place: str, words: Words | None = None) -> None:
        super().__init__(
            words
            or Words(
                "您的岗位不能办理这一步，请由有权限的同志办理",
                f"Your post does not permit {action} here; ask someone who holds it",
            )
        )
        self.action = action
        self.place = place


class OutOfTurn(Refusal):
    """The thing is not in a state from which this step can be taken."""


class Away(Refusal):
    """Something outside that is needed for this step does not answer; nobody here can mend it."""


class Overtaken(Refusal):
    """Someone else changed the thing since this actor opened it."""

    def __init__(self) -> None:
        super().__init__(
            Words(
                "别人刚刚改过这一项，您的改动没有保存。请看过最新内容后再改",
                "Someone else changed this meanwhile; nothing of yours was saved. Look again",
            )
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with what was handed in: where, which rule, and how to mend it."""

    where: str
    words: Words
    rule: str = ""


class Invalid(Refusal):
    """What was handed in does not hold together; `problems` lists every fault found."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(
            Words(
                "；".join(f"{p.where}：{p.words.zh}" if p.where else p.words.zh for p in problems),
                "; ".join(f"{p.where}: {p.words.en}" if p.where else p.words.en for p in problems),
            )
        )
        self.problems = problems
