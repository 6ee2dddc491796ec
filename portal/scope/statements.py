"""Which scoped tables a statement touches, and whether it does so by mapped classes alone.

SQLAlchemy adds our conditions to mapped classes only. A table that comes in another way (a Core
table, a piece of text) is found here, so that the statement is not vouched for.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Table
from sqlalchemy.sql.elements import ColumnClause, TextClause
from sqlalchemy.sql.selectable import FromClause, SelectBase, TextualSelect

from portal.scope.rules import rules


class _NotByClasses(Exception):
    """A scoped table that no mapped class brought in."""


class _Block:
    """One SELECT: the tables it reads, and the classes that its columns belong to."""

    def __init__(self) -> None:
        self.tables: set[str] = set()
        self.classes: dict[Any, str] = {}


def named(statement: Any) -> dict[Any, str] | None:
    """Return the classes a statement touches, each with its table; None if not by classes alone."""
    found: dict[Any, str] = {}
    try:
        _read(statement, found)
    except _NotByClasses:
        return None
    return found


def _read(block_of: Any, found: dict[Any, str]) -> None:
    block = _Block()
    _walk(block_of, block, found)
    if block.tables - set(block.classes.values()):
        raise _NotByClasses
    found.update(block.classes)


def _walk(part: Any, block: _Block, found: dict[Any, str]) -> None:
    _note(part, block)
    for child in part.get_children():
        if isinstance(child, SelectBase):
            _read(child, found)
        else:
            _walk(child, block, found)


def _note(part: Any, block: _Block) -> None:
    if isinstance(part, TextualSelect):
        raise _NotByClasses
    if isinstance(part, TextClause) and scoped_in(part.text):
        raise _NotByClasses
    if isinstance(part, ColumnClause) and part.is_literal and scoped_in(part.name):
        raise _NotByClasses
    table = _table_of(part)
    if table is None:
        return
    mapper = part._annotations.get("parentmapper")  # noqa: SLF001  told nowhere else
    if mapper is not None:
        block.classes[mapper.class_] = table.name
    elif isinstance(part, Column):
        raise _NotByClasses
    else:
        block.tables.add(table.name)


def _table_of(part: Any) -> Table | None:
    """Return the scoped table that a part of a statement is, or is a column of."""
    table = getattr(part, "table", None) if isinstance(part, Column) else part
    if not isinstance(table, FromClause):
        return None
    while not isinstance(table, Table) and hasattr(table, "element"):
        table = table.element
    return table if isinstance(table, Table) and table.name in rules() else None


@lru_cache(maxsize=1)
def _words(_number: int) -> re.Pattern[str]:
    schema = r'(?:["`\[]?(?:main|temp|public)["`\]]?\s*\.\s*)?'
    return re.compile(rf"(?<![.\w])(?<!%\(){schema}[\"`\[]?({'|'.join(rules())})\b", re.IGNORECASE)


@lru_cache(maxsize=4096)
def scoped_in(statement: str) -> frozenset[str]:
    """Return the scoped tables that a piece of SQL names; a column after a dot is none."""
    return frozenset(name.lower() for name in _words(len(rules())).findall(statement))


@lru_cache(maxsize=4096)
def covers(vouched: frozenset[str], named: frozenset[str]) -> bool:
    """Tell whether all that is named was vouched for; some columns are called like a table."""
    known = rules()
    columns = {column for table in vouched if table for column in known[table].table.columns.keys()}
    return named - columns <= vouched
