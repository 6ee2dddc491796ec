"""The questions that plugins add to a screening record, and the answers people gave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portal import audit
from portal.audit import Act
from portal.core.errors import Invalid, Problem
from portal.core.words import Words
from portal.extension import Kind
from portal.extension.conditions import holds
from portal.screening import facts, plugins
from portal.screening import service as screening

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.extension import Question
    from portal.screening.models import Record

LONGEST = 200
YES_OR_NO = {"yes": Words("是", "Yes"), "no": Words("否", "No")}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question asked of one member: by which plugin, and the answer so far, empty if none."""

    question: Question
    plugin: str
    value: str

    @property
    def choices(self) -> Mapping[str, Words]:
        """Return the answers to choose from; none where it is answered in words."""
        if self.question.kind == Kind.FLAG:
            return YES_OR_NO
        return dict(self.question.values)


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer to a question that is not asked any more: the plugin is off, gone, or changed."""

    code: str
    value: str
    plugin: str
    version: str


def list_asked(session: Session, record: Record) -> list[Asked]:
    """Return the questions that the plugins in force ask of the member of `record`."""
    known = facts.of(record)
    return [
        Asked(each, name, record.answers.get(each.code, {}).get("value", ""))
        for name in plugins.in_force(session, record.tenant_id, record.path, record.sector)
        for each in plugins.standard().questions[name]
        if holds(each.when, known)
    ]


def list_kept(record: Record, asked: list[Asked]) -> list[Kept]:
    """Return the answers on `record` to questions that are not among those `asked`."""
    now = {each.question.code for each in asked}
    return [
        Kept(code, said["value"], said["plugin"], said["version"])
        for code, said in record.answers.items()
        if code not in now
    ]


def answer(
    session: Session, actor: Actor, record_id: uuid.UUID, said: Mapping[str, str], *, version: int
) -> Record:
    """Note answers to questions of plugins, each with the plugin and its version; empty takes back.

    Answers to other questions stay as they are.

    Raises:
        Invalid: a question that is not asked here, an answer that is none of those offered, or
            too long a text.
    """
    record = screening.open_record(session, actor, record_id, version)
    asked = {each.question.code: each for each in list_asked(session, record)}
    if faults := [fault for code, text in said.items() if (fault := _fault(code, text, asked))]:
        raise Invalid(*faults)
    answers = {**record.answers}
    for code, text in said.items():
        answers.pop(code, None)
        if text.strip():
            answers[code] = _noted(asked[code], text.strip())
    record.answers = answers
    audit.record(
        session, actor, Act.RECORD_FINDING, record.path, f"record:{record.id}",
        answers=sorted(said),
    )  # fmt: skip
    session.flush()
    return record


def _noted(asked: Asked, text: str) -> dict[str, Any]:
    sector = plugins.standard().sectors[asked.plugin]
    return {"value": text, "plugin": sector.name, "version": sector.version}


def _fault(code: str, text: str, asked: Mapping[str, Asked]) -> Problem | None:
    if code not in asked:
        words = Words(
            "这里没有问这一项，可能插件刚关闭。请刷新页面再填",
            "This is not asked here; the plugin may just have been switched off. Reload the page",
        )
        return Problem(code, words, "P1")
    choices = asked[code].choices
    if text.strip() and choices and text not in choices:
        return Problem(code, Words("请从列出的答案里选", "Choose one of the answers listed"), "P1")
    if len(text.strip()) > LONGEST:
        words = Words(f"不超过 {LONGEST} 字，请写短些", f"Write {LONGEST} characters at most")
        return Problem(code, words, "P1")
    return None
