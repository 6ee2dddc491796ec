"""Saying what a campaign's tables count, so that anybody can count again without us."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portal.extension.conditions import to_json
from portal.reporting import drill, forms, grid
from portal.screening import facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portal.core.words import Words
    from portal.extension.contracts import Line, Rule, Table
    from portal.reporting.catalogue import Frozen
    from portal.screening.facts import Fact

Json = dict[str, Any]


def tables(frozen: Frozen) -> list[Json]:
    """Return every table: header trees, codes, fields, and the condition behind each cell.

    Cells stand under their codes within the table, ``01.11``, and ``rows`` for the number of
    rows of a register; the terms of a balance rule are ``table:cell``, led by ``-`` to subtract.
    """
    rules = forms.rules(tuple(table.code for table in frozen.tables))
    return [_table(table, rules) for table in frozen.tables]


def _table(table: Table, rules: Sequence[Rule]) -> Json:
    return {
        "code": table.code,
        "number": forms.number(table.code),
        "title": _said(table.title),
        "register": table.is_register,
        "rows": [_line(line) for line in table.rows],
        "columns": [_line(line) for line in table.columns],
        "fields": [{"name": field.name, "title": _said(field.title)} for field in table.fields],
        "rules": [_rule(rule) for rule in rules if _speaks_of(rule, table.code)],
        "cells": {cell.partition(":")[2]: _cell(table, cell) for cell in table.cells()},
    }


def _said(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


def _line(line: Line) -> Json:
    return {"code": line.code, "path": [_said(words) for words in line.path]}


def _cell(table: Table, cell: str) -> Json:
    return {
        "condition": to_json(grid.condition_of(table, cell)),
        "words": _said(drill.words_of(table, cell)),
    }


def _speaks_of(rule: Rule, code: str) -> bool:
    return any(grid.split(term.lstrip("-"))[0] == code for term in (*rule.left, *rule.right))


def _rule(rule: Rule) -> Json:
    return {
        "id": rule.id, "words": _said(rule.words), "left": list(rule.left), "op": rule.op,
        "right": list(rule.right), "severity": rule.severity.value, "source": rule.source,
    }  # fmt: skip


def named_facts() -> list[Json]:
    """Return what each fact is called, of which kind it is, and the words of its values."""
    return [_fact(fact) for fact in facts.FACTS.values()]


def _fact(fact: Fact) -> Json:
    values = {code: _said(words) for code, words in fact.values.items()}
    return {"name": fact.name, "kind": fact.kind, "words": _said(fact.words), "values": values}
