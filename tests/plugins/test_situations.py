"""Situations are data: a file that people can edit, and that says where it is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal.extension import Measure, read_situations
from portal.extension.conditions import holds
from portal.extension.manager import PluginError, Plugins
from portal.screening import facts

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """
[[situations]]
number = 1
zh = "出海"
en = "At sea"
measure = "contact"
advice_zh = "船上联系人"
advice_en = "Name a contact on board"
source = "ours"
when = { sector = ["3"], floating = true, months_lost = { from = 3, to = 9 } }
unless = { certificate = true, gender = "2" }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "situations.toml"


def read(file: Path, text: str):
    file.write_text(text, encoding="utf-8")
    return read_situations(file)


@pytest.mark.parametrize(
    ("known", "met"),
    [
        ({"sector": "3", "floating": True, "months_lost": 3}, True),
        ({"sector": "3", "floating": True, "months_lost": 9}, True),
        ({"sector": "3", "floating": True, "months_lost": 10}, False),
        ({"sector": "3", "floating": True}, False),
        ({"sector": "4", "floating": True, "months_lost": 3}, False),
        ({"sector": "3", "floating": True, "months_lost": 3, "certificate": True}, False),
        ({"sector": "3", "floating": True, "months_lost": 3, "gender": "2"}, False),
    ],
)
def test_a_situation_holds_when_all_of_when_and_nothing_of_unless_holds(file, known, met):
    (situation,) = read(file, WHOLE)

    assert holds(situation.when, facts.nothing_known() | known) is met


def test_a_situation_says_measure_words_source_and_reason(file):
    (situation,) = read(file, WHOLE)

    assert situation.advice.measure is Measure.CONTACT
    assert situation.advice.words.en == "Name a contact on board"
    assert situation.advice.source == "ours"
    assert situation.advice.reason == situation.title


def test_a_situation_without_when_is_listed_and_never_proposed(file):
    (situation,) = read(file, WHOLE.partition("when")[0])

    assert situation.when is None


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ('"contact"', '"phone"', "phone"),
        ('en = "At sea"', "", "en"),
        ("to = 9", "until = 9", "until"),
        ("number = 1", 'number = "one"', "situation one"),
        ("[[situations]]", "[situations", "situations.toml"),
    ],
)
def test_a_file_that_is_wrong_is_refused_by_name_and_says_why(file, was, now, said):
    with pytest.raises(ValueError, match="situations") as refused:
        read(file, WHOLE.replace(was, now))

    assert said in str(refused.value)


def test_a_situation_that_names_no_fact_there_is_stops_the_start(file, write):
    file.write_text(WHOLE.replace("floating", "flaoting"), encoding="utf-8")
    code = f"""
from pathlib import Path
from portal.extension import read_situations

@hookimpl
def situations():
    return read_situations(Path({str(file)!r}))
"""
    with pytest.raises(PluginError, match=r"situation 1 names \['flaoting'"):
        Plugins([write("typo", code)], frozenset(facts.NAMES))
