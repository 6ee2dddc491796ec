"""The official tables and their balance rules, read from data files and checked when loaded."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portal.core.errors import NotFound
from portal.core.words import Words
from portal.extension.conditions import facts_named, from_json, to_json
from portal.extension.contracts import Field, Line, Rule, Severity, Table
from portal.screening import facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FOLDER = Path(__file__).parent / "forms"
TABLE = Words("表", "table")


class FormFault(ValueError):
    """A table file does not hold together: a fault of the distribution, found at start-up."""


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / name).read_text(encoding="utf-8"))


def _line(written: Mapping[str, Any]) -> Line:
    path = tuple(Words(zh, en) for zh, en in zip(written["zh"], written["en"], strict=True))
    return Line(written["code"], path, from_json(written["when"]))


def from_data(written: Mapping[str, Any]) -> Table:
    """Return the table that a file, or a frozen catalogue, states.

    Raises:
        FormFault: it names a fact that does not exist, or a code twice.
    """
    table = Table(
        code=written["code"],
        title=Words(written["title"]["zh"], written["title"]["en"]),
        rows=tuple(_line(each) for each in written.get("rows", ())),
        columns=tuple(_line(each) for each in written.get("columns", ())),
        fields=tuple(
            Field(each["name"], Words(each["zh"], each["en"]), each["width"])
            for each in written.get("fields", ())
        ),
        when=from_json(written.get("when", {"kind": "always"})),
        names_up_to=written.get("names_up_to", "committee"),
    )
    conditions = [table.when, *(line.when for line in (*table.rows, *table.columns))]
    unknown = frozenset().union(*map(facts_named, conditions)) - set(facts.NAMES)
    if unknown:
        raise FormFault(f"{table.code}: no such fact {sorted(unknown)}")
    if len(set(table.cells())) != len(table.cells()):
        raise FormFault(f"{table.code}: a row or column code stands twice")
    return table


def to_data(table: Table) -> dict[str, Any]:
    """Return `table` as JSON, the form in which a catalogue freezes it."""

    def line(each: Line) -> dict[str, Any]:
        return {
            "code": each.code,
            "zh": [words.zh for words in each.path],
            "en": [words.en for words in each.path],
            "when": to_json(each.when),
        }

    return {
        "code": table.code,
        "title": {"zh": table.title.zh, "en": table.title.en},
        "rows": [line(each) for each in table.rows],
        "columns": [line(each) for each in table.columns],
        "fields": [
            {"name": f.name, "zh": f.title.zh, "en": f.title.en, "width": f.width}
            for f in table.fields
        ],
        "when": to_json(table.when),
        "names_up_to": table.names_up_to,
    }


@cache
def shipped() -> dict[str, Table]:
    """Return the tables that come with the portal, by code, in their official order."""
    written = [_read(file.name) for file in _FOLDER.glob("t*.toml")]
    written.sort(key=lambda each: each["order"])
    return {each["code"]: from_data(each) for each in written}


def get(code: str) -> Table:
    """Return the shipped table `code`.

    Raises:
        NotFound: there is none.
    """
    if code not in shipped():
        raise NotFound(TABLE)
    return shipped()[code]


def number(code: str) -> str:
    """Return how people call the table: 表7 for ``t7``."""
    return f"表{code[1:]}" if code[1:].isdigit() else code


@cache
def rules(codes: tuple[str, ...]) -> tuple[Rule, ...]:
    """Return the balance rules that speak of tables `codes` only, with every ``*`` spelled out.

    Raises:
        FormFault: a rule names a cell that does not exist.
    """
    tables = [get(code) for code in codes]
    cells = {cell for table in tables for cell in table.cells()}
    found = []
    for written in _read("rules.toml")["rules"]:
        terms = [*written["left"], *written["right"]]
        if {term.lstrip("-").split(":")[0] for term in terms} <= set(codes):
            found += [_rule(written, each) for each in _spelled_out(terms, tables)]
    for rule in found:
        if strange := {t.lstrip("-") for t in (*rule.left, *rule.right)} - cells:
            raise FormFault(f"{rule.id}: no such cell {sorted(strange)}")
    return tuple(found)


def _spelled_out(terms: list[str], tables: Iterable[Table]) -> list[str]:
    """Return what ``*`` stands for in turn; one empty string when no term has one."""
    starred = next((term for term in terms if "*" in term), None)
    if starred is None:
        return [""]
    code, _, place = starred.lstrip("-").partition(":")
    table = next(each for each in tables if each.code == code)
    lines = table.rows if place.startswith("*") else table.columns
    return [line.code for line in lines]


def _rule(written: Mapping[str, Any], star: str) -> Rule:
    def spell(terms: list[str]) -> tuple[str, ...]:
        return tuple(term.replace("*", star) for term in terms)

    across = any(term.partition(":")[2].startswith("*") for term in written["left"])
    place = Words(
        f"（{star} {'行' if across else '栏'}）", f" ({'row' if across else 'col.'} {star})"
    )
    words = Words(written["zh"], written["en"])
    return Rule(
        id=f"{written['id']}.{star}" if star else written["id"],
        words=Words(words.zh + place.zh, words.en + place.en) if star else words,
        left=spell(written["left"]),
        op=written["op"],
        right=spell(written["right"]),
        severity=Severity(written["severity"]),
        source=written.get("source", ""),
    )
