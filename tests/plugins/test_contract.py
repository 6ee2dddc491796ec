"""What every plugin keeps to: those in plugins/, and whatever else is installed here."""

from __future__ import annotations

import ast
import re
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from portal.extension import All, Any_, Has, Is, Not, OneOf, Severity
from portal.extension.conditions import facts_named
from portal.extension.manager import GROUP, Plugins, installed
from portal.screening import facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal.core.words import Words
    from portal.extension import Condition, FocusGroup, Question, Sector, Situation

ROOT = Path(__file__).resolve().parents[2]
IN_TREE = sorted(f"plugins.{file.parent.name}" for file in ROOT.glob("plugins/*/__init__.py"))
EVERY = sorted({*IN_TREE, *installed()})
KNOWN = frozenset(facts.NAMES)
KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
MOST_LINES = 200

every = pytest.mark.parametrize("module", EVERY)


def sector_of(module: str) -> Sector:
    (sector,) = Plugins([module], KNOWN).sectors.values()
    return sector


def groups_of(module: str) -> tuple[FocusGroup, ...]:
    (groups,) = Plugins([module], KNOWN).groups.values()
    return groups


def situations_of(module: str) -> tuple[Situation, ...]:
    (situations,) = Plugins([module], KNOWN).situations.values()
    return situations


def questions_of(module: str) -> tuple[Question, ...]:
    (questions,) = Plugins([module], KNOWN).questions.values()
    return questions


def conditions_of(module: str) -> list[Condition]:
    """Return every condition that a plugin states: of groups, questions and situations."""
    whens = [group.when for group in groups_of(module)]
    whens += [each.when for each in questions_of(module)]
    return whens + [each.when for each in situations_of(module) if each.when is not None]


def files_of(module: str) -> list[Path]:
    """Return the Python files of a plugin: a package, or one module."""
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    file = Path(spec.origin)
    return sorted(file.parent.rglob("*.py")) if file.name == "__init__.py" else [file]


def said(condition: Condition) -> Iterator[tuple[str, Any]]:
    """Return every fact a condition looks at, with each value it looks for."""
    match condition:
        case Is(fact, value) | Has(fact, value):
            yield fact, value
        case OneOf(fact, values):
            yield from ((fact, value) for value in values)
        case All(conditions) | Any_(conditions):
            for each in conditions:
                yield from said(each)
        case Not(inner):
            yield from said(inner)


def speaks_both(words: Words) -> bool:
    return bool(CHINESE.search(words.zh)) and bool(words.en) and not CHINESE.search(words.en)


def test_every_plugin_in_the_tree_is_installed():
    assert set(IN_TREE) <= set(installed())


def test_all_plugins_together_make_one_portal():
    plugins = Plugins(EVERY, KNOWN)
    codes = [group.code for groups in plugins.groups.values() for group in groups]

    assert len(plugins.sectors) == len(EVERY)
    assert len(codes) == len(set(codes))


@every
def test_a_plugin_says_who_it_is_and_whom_it_looks_after(module):
    sector = sector_of(module)

    assert KEBAB.fullmatch(sector.name)
    assert speaks_both(sector.title)
    assert sector.sectors
    assert sector.sectors <= set(facts.FACTS["sector"].values)
    assert re.fullmatch(r"\d+(\.\d+)*", sector.version)


@every
def test_an_installed_plugin_is_found_under_its_own_name(module):
    names = {point.name for point in entry_points(group=GROUP) if point.value == module}

    assert names == {sector_of(module).name}


@every
def test_the_codes_of_a_plugin_are_unique_short_and_plain(module):
    codes = [group.code for group in groups_of(module)]

    assert len(codes) == len(set(codes))
    for code in codes:
        assert KEBAB.fullmatch(code)
        assert len(code) <= 40


@every
def test_a_plugin_speaks_both_languages_and_names_its_source(module):
    for group in groups_of(module):
        assert speaks_both(group.title)
        assert group.source


@every
def test_the_conditions_of_a_plugin_name_facts_and_values_there_are(module):
    for when in conditions_of(module):
        assert facts_named(when) <= KNOWN
        for fact, value in said(when):
            known = facts.FACTS[fact]
            if known.kind == "code":
                assert value in {"", *known.values}
            if known.kind == "flag":
                assert isinstance(value, bool)


@every
def test_a_plugin_speaks_of_no_sector_but_its_own(module):
    own = sector_of(module).sectors
    for when in conditions_of(module):
        assert {value for fact, value in said(when) if fact == "sector"} <= own


@every
def test_a_plugin_proposes_nothing_for_somebody_of_whom_nothing_is_known(module):
    plugins = Plugins([module], KNOWN)

    assert plugins.propose(plugins.sectors, facts.nothing_known()) == ()


@every
def test_a_plugin_advises_in_both_languages_and_names_reason_and_source(module):
    for each in situations_of(module):
        assert speaks_both(each.title)
        assert speaks_both(each.advice.words)
        assert each.advice.reason == each.title
        assert each.advice.source


@every
def test_a_plugin_asks_in_both_languages_under_codes_of_its_own(module):
    name = sector_of(module).name
    for each in questions_of(module):
        assert each.code.startswith(f"{name}-")
        assert len(each.code) <= 40
        assert each.source
        assert all(speaks_both(words) for words in (each.title, *dict(each.values).values()))


@every
def test_a_plugin_advises_nothing_for_somebody_of_whom_nothing_is_known(module):
    plugins = Plugins([module], KNOWN)

    assert plugins.advise(plugins.sectors, facts.nothing_known()) == ((), ())


@every
def test_the_check_of_a_plugin_runs_on_anybody_and_signs_what_it_finds(module):
    plugins = Plugins([module], KNOWN)
    (name,) = plugins.sectors
    for sector in sorted(plugins.sectors[name].sectors):
        for finding in plugins.check([name], facts.nothing_known() | {"sector": sector}):
            assert finding.rule.startswith(f"{name}-")
            assert finding.severity in Severity
            assert speaks_both(finding.words)


@every
def test_a_plugin_imports_nothing_of_the_portal_but_what_is_promised_to_stay(module):
    for file in files_of(module):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [each.name for each in node.names] if isinstance(node, ast.Import) else []
            ours = {name for name in names if name.partition(".")[0] == "portal"}
            assert ours <= {"portal.extension"}


@every
def test_a_plugin_is_small(module):
    lines = [
        line for file in files_of(module) for line in file.read_text(encoding="utf-8").splitlines()
    ]

    assert len(lines) < MOST_LINES
