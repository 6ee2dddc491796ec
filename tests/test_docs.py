"""What the handbooks promise to be complete about, held against the code."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from pathlib import Path

import click
import pytest

from portal import extension
from portal.access import Action, Role
from portal.cli import main
from portal.extension import (
    Advice,
    Finding,
    FocusGroup,
    Person,
    Question,
    Sector,
    Severity,
    Situation,
    hookspecs,
)
from portal.organizations.models import Kind
from portal.organizations.posts import ROLES
from portal.reporting.flow import STATE_WORDS
from portal.reporting.models import State
from portal.screening import facts
from portal.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)\s#]+)(#[^)\s]+)?\)")


def text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def pages() -> list[Path]:
    """Return every page for people, and no fragment."""
    return sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


def shown(file: Path) -> str:
    return str(file.relative_to(ROOT))


def rows(page: str) -> list[list[str]]:
    """Return the cells of every row of every table of a page, without heads and rules."""
    lines = [line.strip() for line in page.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    below = [at for at, row in enumerate(cells) if set("".join(row)) <= set("-: ")]
    heads = {at - 1 for at in below}
    return [row for at, row in enumerate(cells) if at not in {*below, *heads}]


def glossary() -> dict[str, set[str]]:
    """Return for each name of the code the Chinese words that stand beside it."""
    named: dict[str, set[str]] = {}
    for row in rows(text("glossary.md")):
        for name in re.findall(r"`([a-z_]+)`", row[0]):
            named.setdefault(name, set()).add(row[1])
    return named


NAMES = sorted(
    {*(role.value for role in Role), *(action.value.partition(":")[0] for action in Action)}
    | {*(state.value for state in State), *(severity.value for severity in Severity)}
    | {*(kind.value for kind in Kind), *facts.FINDINGS, *facts.NAMES}
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_the_code_stands_in_the_glossary(name):
    assert name in glossary()


def test_the_glossary_uses_the_words_of_the_pages():
    words = {role.value: said.zh for role, said in ROLES.items()}
    words |= {state: said.zh for state, said in STATE_WORDS.items()}
    words |= {fact.name: fact.words.zh for fact in facts.FACTS.values()}
    for name, zh in words.items():
        assert zh in glossary()[name]


@pytest.mark.parametrize("row", rows(text("glossary.md")), ids=lambda row: row[0])
def test_a_term_has_its_chinese_word_a_sentence_and_a_source(row):
    term, chinese, sentence, source = row

    assert term
    assert CHINESE.search(chinese)
    assert sentence.endswith(".")
    assert source


@pytest.mark.parametrize("file", pages(), ids=shown)
def test_a_link_leads_to_a_file_there_is(file):
    for target, _ in LINK.findall(file.read_text(encoding="utf-8")):
        assert (file.parent / target).exists(), target


def facts_table() -> list[str]:
    """Return the table of facts as docs/plugins.md has to show it."""
    lines = ["| Fact | Kind | 中文 | English | Values |", "|---|---|---|---|---|"]
    for fact in facts.FACTS.values():
        values = " · ".join(f"`{code}` {words.zh}" for code, words in fact.values.items())
        cells = (f"`{fact.name}`", fact.kind, fact.words.zh, fact.words.en, values)
        lines.append(f"| {' | '.join(cells)} |".replace("|  |", "| |"))
    return lines


def settings_table() -> list[str]:
    """Return the table of settings as docs/admin.md has to show it."""
    lines = ["| Variable | Default | What it is |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        plain = getattr(field.default, "get_secret_value", lambda at=field.default: at)()
        plain = str(plain).replace(str(Path.home()), "~")
        default = f"`{plain}`" if plain not in {"", "()"} else ""
        cells = (f"`PORTAL_{name.upper()}`", default, field.description or "")
        lines.append(f"| {' | '.join(cells)} |".replace("|  |", "| |"))
    return lines


@pytest.mark.parametrize(
    ("page", "table"), [("plugins.md", facts_table()), ("admin.md", settings_table())]
)
def test_a_table_of_names_is_complete_and_as_the_code_has_it(page, table):
    written = "\n".join(table)

    assert written in text(page), f"docs/{page} should show\n{written}"


HOOKS = {name: hook for name, hook in vars(hookspecs).items() if hasattr(hook, "portal_spec")}


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_is_explained_under_its_exact_signature(name):
    signature = str(inspect.signature(HOOKS[name])).replace("'", "")

    assert f"\n### `{name}{signature}`\n" in text("plugins.md")


@pytest.mark.parametrize("name", [name for name in extension.__all__ if name != "Condition"])
def test_whatever_a_plugin_may_import_is_explained(name):
    assert re.search(rf"`@?{name}\b", text("plugins.md"))


def test_the_guide_explains_every_field_of_what_a_plugin_hands_over():
    said = {row[0].strip("`"): row[1] for row in rows(text("plugins.md"))}
    for value in (Sector, FocusGroup, Person, Finding, Question, Situation, Advice):
        assert {f"`{field.name}`" for field in fields(value)} <= set(
            re.findall(r"`\w+`", said[value.__name__])
        )


def commands(group: click.Group, name: str = "portal") -> list[str]:
    """Return every command line there is, by its full name."""
    found = []
    for each, command in group.commands.items():
        below = isinstance(command, click.Group)
        found += commands(command, f"{name} {each}") if below else [f"{name} {each}"]
    return found


@pytest.mark.parametrize("name", commands(main))
def test_a_command_stands_in_the_handbook(name):
    assert f"| `{name}` |" in text("admin.md")


def test_the_handbook_names_no_command_there_is_not():
    named = set(re.findall(r"^\| `(portal [a-z -]+)` \|", text("admin.md"), re.MULTILINE))

    assert named == set(commands(main))


def shown_words() -> str:
    """Return everything that a page or a refusal may say in Chinese."""
    files = [*(ROOT / "portal").rglob("*.html"), *(ROOT / "portal").rglob("*.py")]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


@pytest.mark.parametrize("file", sorted((DOCS / "guide").glob("*.md")), ids=shown)
def test_a_guide_quotes_the_pages_word_by_word(file):
    said, page = shown_words(), file.read_text(encoding="utf-8")
    quoted = [part for quote in re.findall(r"【(.+?)】", page) for part in quote.split("…")]

    assert quoted
    assert [part for part in quoted if part.strip() not in said] == []


def test_every_post_has_its_guide():
    page = (DOCS / "guide" / "README.zh.md").read_text(encoding="utf-8")

    without = [said.zh for said in ROLES.values() if said.zh not in page]
    assert without == ["运维人员", "应急访问"], "the operator's, and no post at all"


@pytest.mark.parametrize("file", sorted((DOCS / "adr").glob("0*.md")), ids=shown)
def test_a_decision_says_why_what_and_what_follows_and_is_listed(file):
    page, index = file.read_text(encoding="utf-8"), text("adr/README.md")
    title = page.partition("\n")[0]

    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == [
        "Context", "Decision", "Status", "Consequences",
    ]  # fmt: skip
    assert f"| [{int(file.name[:4])}]({file.name}) | {title.partition('. ')[2]} |" in index
