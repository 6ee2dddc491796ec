"""Questions of plugins: asked of whom they concern, kept with plugin and version, never lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal import access
from portal.access import Grant, Role
from portal.core.errors import Invalid, NotAllowed, NotFound, Overtaken
from portal.extension.conditions import holds
from portal.extension.manager import Plugins
from portal.organizations import service as organizations
from portal.screening import answering, facts, plugins
from portal.screening import service as screening
from tests.plugins.test_manager import stopped
from tests.plugins.test_switching import OPERATOR, opened, units

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.screening.models import Record

__all__ = ["units"]

THREE = """
from portal.extension import Kind, Question

def one(code, kind, fact="on_roll", values=()):
    return Question(code, Words("问", "Asked"), "ours", kind, Is(fact, True), values)

@hookimpl
def questions():
    return [
        one("three-told", Kind.FLAG),
        one("three-where", Kind.CODE, values=(("here", Words("这里", "Here")),)),
        one("three-who", Kind.TEXT),
        one("three-away", Kind.TEXT, fact="floating"),
    ]
"""
QUESTION = "from portal.extension import Kind, Question\n@hookimpl\ndef questions():\n    return ["
QUESTION += (
    "Question('{code}', Words('问', 'Ask'), '', Kind.{kind}, Is('{fact}', True), {values})]\n"
)
ASK = {"code": "a", "kind": "TEXT", "fact": "lost", "values": "()"}


@pytest.fixture
def record(session: Session, units, install) -> Record:
    """The record of somebody in a community where a plugin asks three questions."""
    install("three", THREE)
    organizations.switch_plugin(session, OPERATOR, units["C"], "three", on=True)
    campaign = opened(session, units)
    ((record, _),) = screening.list_records(session, clerk(units), campaign, units["B1"].path)
    return record


def clerk(units, code: str = "B1") -> Actor:
    return access.Actor(1, 1, frozenset({Grant(Role.CLERK, units[code].path)}))


def say(session: Session, units, record: Record, said: dict[str, str], code: str = "B1") -> None:
    answering.answer(session, clerk(units, code), record.id, said, version=record.version)


def asked(session: Session, record: Record) -> dict[str, str]:
    return {e.question.code: e.value for e in answering.list_asked(session, record)}


def test_only_what_concerns_somebody_is_asked_of_them(session, record):
    assert asked(session, record) == {"three-told": "", "three-where": "", "three-who": ""}

    record.floating = True

    assert "three-away" in asked(session, record)


def test_an_answer_is_kept_with_the_plugin_and_its_version(session, units, record):
    say(session, units, record, {"three-told": "no", "three-who": " 王书记 "})
    say(session, units, record, {"three-where": "here"})

    assert record.answers == {
        "three-told": {"value": "no", "plugin": "three", "version": "0.1"},
        "three-who": {"value": "王书记", "plugin": "three", "version": "0.1"},
        "three-where": {"value": "here", "plugin": "three", "version": "0.1"},
    }


def test_an_answer_is_taken_back_by_leaving_it_empty(session, units, record):
    say(session, units, record, {"three-told": "yes", "three-who": "王书记"})
    say(session, units, record, {"three-told": "", "three-who": "李书记"})

    assert asked(session, record) == {"three-told": "", "three-where": "", "three-who": "李书记"}


@pytest.mark.parametrize(
    ("code", "text", "said"),
    [
        ("three-told", "perhaps", "请从列出的答案里选"),
        ("three-where", "there", "请从列出的答案里选"),
        ("three-who", "长" * 201, "不超过 200 字"),
        ("three-away", "海上", "没有问这一项"),
        ("made-up", "yes", "没有问这一项"),
    ],
)
def test_what_cannot_be_an_answer_is_refused_and_nothing_is_noted(
    session, units, record, code, text, said
):
    with pytest.raises(Invalid, match=said):
        say(session, units, record, {"three-told": "yes", code: text})

    assert record.answers == {}


def test_nobody_answers_for_another_branch_nor_over_somebody_else_s_change(session, units, record):
    with pytest.raises(NotFound):
        say(session, units, record, {"three-told": "yes"}, code="B2")
    with pytest.raises(NotAllowed):
        say(session, units, record, {"three-told": "yes"}, code="H1")
    with pytest.raises(Overtaken):
        answering.answer(session, clerk(units), record.id, {}, version=record.version + 1)


def test_an_answer_outlives_the_switch_and_the_plugin(session, units, record, install):
    say(session, units, record, {"three-told": "yes"})

    organizations.switch_plugin(session, OPERATOR, units["B1"], "three", on=False)
    off = answering.list_asked(session, record)
    assert off == []
    assert answering.list_kept(record, off) == [answering.Kept("three-told", "yes", "three", "0.1")]

    organizations.switch_plugin(session, OPERATOR, units["B1"], "three", on=True)
    back = answering.list_asked(session, record)
    assert back[0].value == "yes"
    assert answering.list_kept(record, back) == []

    plugins.standard.cache_clear()
    install("other", "")
    assert len(answering.list_kept(record, answering.list_asked(session, record))) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fact": "loost"}, "question a names .'loost'"),
        ({"kind": "CODE"}, "question a: values"),
        ({"values": "(('x', Words('一', 'x')),)"}, "question a: values"),
        ({"values": "['x']"}, "values is .'x'., not tuple"),
    ],
)
def test_a_question_that_is_wrong_stops_the_start(write, change, said):
    stopped(said, write("asks", QUESTION.format(**ASK | change)))


def test_two_questions_of_one_code_stop_the_start(write):
    first = write("first", QUESTION.format(**ASK))
    stopped("question a is taken", first, write("second", QUESTION.format(**ASK)))


@pytest.mark.parametrize(
    ("plugin", "known"),
    [
        ("township", {"sector": "3", "floating": True}),
        ("enterprise", {"sector": "2", "circumstance": "2"}),
        ("university", {"sector": "5", "occupation_group": "graduate"}),
        ("talent", {"sector": "9", "occupation_group": "other"}),
        ("institution", {"sector": "4", "occupation_group": "retired", "lives_elsewhere": True}),
    ],
)
def test_each_shipped_plugin_asks_of_whom_its_question_is_about(plugin, known):
    (question,) = Plugins([f"plugins.{plugin}"], frozenset(facts.NAMES)).questions[plugin]

    assert holds(question.when, facts.nothing_known() | known)
    at_work = facts.nothing_known() | {"occupation_group": "employed"}
    assert not holds(question.when, at_work)
