"""Plugins that do not hold together stop the start; one that fails later hides nothing."""

from __future__ import annotations

import sys

import pytest

from portal.app import create_app
from portal.extension import Severity
from portal.extension.manager import PluginError, Plugins
from portal.screening import facts
from portal.settings import Settings

KNOWN = frozenset(facts.NAMES)
SOMEBODY = facts.nothing_known() | {"sector": "7", "lost": True}
GROUP = """
@hookimpl
def focus_groups():
    return [FocusGroup("{code}", Words("失联者", "Lost"), "a test", Is("{fact}", True))]
"""
MISSPELLED = """
@hookimpl
def propose_focuss(person):
    return []
"""
STRANGE_PARAMETER = """
@hookimpl
def propose_focus(somebody):
    return []
"""
WITHOUT_A_NAME = """
from portal.extension import hookimpl

@hookimpl
def sector():
    return None
"""
RAISES = """
@hookimpl
def propose_focus(person):
    raise RuntimeError

@hookimpl
def check_person(person):
    yield Finding("raises-a", Severity.HINT, Words("好", "good"))
    raise RuntimeError
"""
MEDDLES = """
@hookimpl
def propose_focus(person):
    person.facts["lost"] = False
    return []
"""
POINTS_OUT = """
@hookimpl
def check_person(person):
    if person.facts["lost"]:
        yield Finding("points-out-lost", Severity.EXPLAIN, Words("失联", "Lost"))
"""


def stopped(match: str, *modules: str) -> None:
    with pytest.raises(PluginError, match=match):
        Plugins(modules, KNOWN)


def test_a_misspelled_hook_stops_the_start(write):
    stopped("propose_focuss", write("misspelled", MISSPELLED))


def test_a_parameter_that_no_hook_hands_over_stops_the_start(write):
    stopped("somebody", write("strange", STRANGE_PARAMETER))


def test_two_plugins_of_one_name_stop_the_start(write):
    first = write("first", "")
    text = 'from first import *\n\n@hookimpl\ndef sector():\n    return Sector("first", '
    text += 'Words("试", "Try"), frozenset({"3"}), "9")\n'
    stopped("the name first is taken", first, write("second", text))


def test_two_groups_of_one_code_stop_the_start(write):
    first = write("one", GROUP.format(code="same", fact="lost"))
    stopped("same is taken", first, write("two", GROUP.format(code="same", fact="floating")))


def test_a_fact_that_does_not_exist_stops_the_start(write):
    stopped("loost", write("typo", GROUP.format(code="typo-lost", fact="loost")))


def test_a_plugin_that_does_not_say_who_it_is_stops_the_start(write):
    stopped("does not say", write("nameless", WITHOUT_A_NAME))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("at_import", "raise ValueError('at import')"),
        ("unwritten", "def focus_groups(:"),
        ("asking", "@hookimpl\ndef focus_groups():\n    raise ValueError('when asked')\n"),
    ],
)
def test_a_plugin_that_fails_at_the_start_stops_it_and_is_named(write, name, code):
    stopped(name, write(name, code))


def test_a_module_that_is_not_there_stops_the_start():
    stopped("plugins.nowhere", "plugins.nowhere")


def test_the_portal_itself_does_not_start_with_such_a_plugin(install):
    install("misspelled", MISSPELLED)

    with pytest.raises(PluginError):
        create_app(Settings())


def test_one_module_named_twice_is_one_plugin(write):
    name = write("once", "")

    assert list(Plugins([name, name], KNOWN).sectors) == ["once"]


def test_a_plugin_that_raises_proposes_nothing_and_others_still_do(write):
    raising = write("raises", RAISES)
    other = write("other", GROUP.format(code="other-lost", fact="lost"))

    plugins = Plugins([raising, other], KNOWN)

    assert plugins.propose(plugins.sectors, SOMEBODY) == ("other-lost",)


def test_a_plugin_that_raises_yields_a_finding_that_blocks_and_nothing_it_said_before(write):
    plugins = Plugins([write("raises", RAISES)], KNOWN)

    (finding,) = plugins.check(["raises"], SOMEBODY)

    assert finding.severity == Severity.ERROR
    assert finding.rule == "plugin:raises"
    assert "没有运行" in finding.words.zh
    assert "did not run" in finding.words.en


def test_a_plugin_cannot_change_what_it_is_shown(write):
    known = dict(SOMEBODY)

    assert Plugins([write("meddles", MEDDLES)], KNOWN).propose(["meddles"], known) == ()
    assert known == SOMEBODY


def test_a_plugin_points_out_what_it_finds_and_is_quiet_otherwise(write):
    plugins = Plugins([write("points", POINTS_OUT)], KNOWN)

    assert [found.rule for found in plugins.check(["points"], SOMEBODY)] == ["points-out-lost"]
    assert plugins.check(["points"], facts.nothing_known()) == []


def test_a_code_that_a_plugin_does_not_own_is_not_proposed(write):
    code = "@hookimpl\ndef propose_focus(person):\n    return ['somebody-elses']\n"

    assert Plugins([write("poacher", code)], KNOWN).propose(["poacher"], SOMEBODY) == ()


ADVISES = """
from portal.extension import Advice, Measure

@hookimpl
def advise(person):
    if person.facts["lost"]:
        yield Advice(Measure.KEEP, Words("先别动", "Leave it"), "ours")
"""
ADVICE_RAISES = """
@hookimpl
def advise(person):
    raise RuntimeError
"""
SLOW = """
import time
ASKED = []

@hookimpl
def check_person(person):
    ASKED.append(1)
    time.sleep(0.02)
    return []
"""


def test_a_plugin_that_raises_gives_no_advice_and_is_named_and_others_still_advise(write):
    names = [write("advises", ADVISES), write("speechless", ADVICE_RAISES)]

    advice, failed = Plugins(names, KNOWN).advise(names, SOMEBODY)

    assert [each.words.en for each in advice] == ["Leave it"]
    assert failed == ("speechless",)


def test_a_plugin_that_takes_too_long_counts_as_not_run_and_is_left_alone_for_a_while(write):
    name = write("slow", SLOW)
    plugins = Plugins([name], KNOWN, limit=0.01)

    answers = [plugins.check([name], SOMEBODY)[0].rule for _ in range(3)]

    assert answers == ["plugin:slow"] * 3
    assert len(sys.modules[name].ASKED) == 1


def test_a_plugin_within_its_time_is_asked_every_time(write):
    name = write("slow", SLOW)
    plugins = Plugins([name], KNOWN, limit=5)

    assert [plugins.check([name], SOMEBODY) for _ in range(2)] == [[], []]
    assert len(sys.modules[name].ASKED) == 2


@pytest.mark.parametrize(
    ("hook", "given"),
    [
        ("check_person(person)", "['a sentence']"),
        ("check_person(person)", "7"),
        ("check_person(person)", "[Finding('wrong-a', 'error', Words('一', 'one'))]"),
        ("check_person(person)", "[Finding('wrong-a', Severity.HINT, 'one language')]"),
        ("check_person(person)", "[Finding('wrong-a', Severity.HINT, Words('一', 1))]"),
    ],
)
def test_a_finding_of_the_wrong_kind_is_a_check_that_did_not_run(write, hook, given):
    name = write("wrong", f"@hookimpl\ndef {hook}:\n    return {given}\n")

    assert [each.rule for each in Plugins([name], KNOWN).check([name], SOMEBODY)] == [
        "plugin:wrong"
    ]


def test_advice_of_the_wrong_kind_is_no_advice(write):
    name = write("wrong", "@hookimpl\ndef advise(person):\n    return ['transfer']\n")

    assert Plugins([name], KNOWN).advise([name], SOMEBODY) == ((), (name,))


@pytest.mark.parametrize(
    ("hook", "given", "said"),
    [
        ("focus_groups", "[7]", "7 is no FocusGroup"),
        ("focus_groups", "[FocusGroup(7, Words('一', 'a'), '', Is('lost', True))]", "code is 7"),
        ("focus_groups", "[FocusGroup('a', 'b', '', Is('lost', True))]", "title is 'b', not Words"),
        ("focus_groups", "[FocusGroup('a', Words('一', 'a'), '', 'lost')]", "when is 'lost'"),
        ("situations", "['gone']", "'gone' is no Situation"),
    ],
)
def test_a_value_of_the_wrong_kind_stops_the_start_and_says_which(write, hook, given, said):
    stopped(said, write("wrong", f"@hookimpl\ndef {hook}():\n    return {given}\n"))


def test_a_name_that_is_no_sector_stops_the_start(write):
    code = "from portal.extension import hookimpl\n@hookimpl\ndef sector():\n    return 'me'\n"
    stopped("is no Sector", write("wrong", code))
