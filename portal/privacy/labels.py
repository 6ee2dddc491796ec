"""The label of every column: class, purpose and how long it is kept, from ``columns.toml`` (P1)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portal.core.words import Words
from portal.privacy.retention import CLOCKS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import MetaData

_EVERY_COLUMN = "*"


@dataclass(frozen=True, slots=True)
class Label:
    """What is known about a column: its class (S0 public … S4 restricted), purpose and clock."""

    table: str
    column: str
    sort: str
    purpose: str
    keep: str


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("columns.toml").read_text(encoding="utf-8"))


def classes() -> Mapping[str, Words]:
    """Return the classes of data, from public to restricted."""
    return {code: Words(**said) for code, said in _data()["classes"].items()}


def purposes() -> Mapping[str, Words]:
    """Return what data is kept for."""
    return {code: Words(**said) for code, said in _data()["purposes"].items()}


def labels(metadata: MetaData) -> dict[str, Label]:
    """Return the label of every column there is, by ``table.column``, and hang it on the column.

    Raises:
        ValueError: a column has no label or two, or a label no column, class, purpose or clock.
    """
    found: dict[str, Label] = {}
    faults = [f"no table {name}" for name in _data()["tables"] if name not in metadata.tables]
    for table in metadata.tables.values():
        columns = list(table.c.keys())
        for label in _of_table(table.name, columns):
            key = f"{label.table}.{label.column}"
            if key in found or label.column not in columns:
                faults.append(f"{key} has two labels" if key in found else f"no column {key}")
                continue
            faults += _unknown(label)
            found[key] = label
            table.c[label.column].info |= {
                "class": label.sort, "purpose": label.purpose, "retain": label.keep
            }  # fmt: skip
        faults += [
            f"{table.name}.{c} has none" for c in columns if f"{table.name}.{c}" not in found
        ]
    if faults:
        raise ValueError("columns.toml: " + "; ".join(faults))
    return found


def _of_table(table: str, columns: list[str]) -> Iterator[Label]:
    own: dict[str, Any] = _data()["tables"].get(table, {})
    said: set[str] = set()
    keep = own.get("keep", "")
    for kind, named in own.items():
        if kind == "keep":
            continue
        sort, purpose = kind.split()
        for column in columns if named == [_EVERY_COLUMN] else named:
            said.add(column)
            yield Label(table, column, sort, purpose, keep)
    for kind, named in _data()["every"].items() if own else ():
        sort, purpose = kind.split()
        for column in named:
            if column in columns and column not in said:
                yield Label(table, column, sort, purpose, keep)


def _unknown(label: Label) -> list[str]:
    return [
        f"{label.table}.{label.column}: no {word}"
        for word, known in (
            (label.sort, _data()["classes"]),
            (label.purpose, _data()["purposes"]),
            (label.keep, CLOCKS),
        )
        if word not in known
    ]
