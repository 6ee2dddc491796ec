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
from sqlalchemy.sql.selectable import AliasedReturnsRows, FromClause, SelectBase, TextualSelect

from portal.scope.rules import rules


class _NotByClasses(Exception):
    """A scoped table that no mapped class brought in."""


class _Block:
    """One SELECT: what it reads from, which of that its mapped classes bring, and the classes."""

    def __init__(self) -> None:
        self.sources: set[Any] = set()
        self.brought: set[Any] = set()
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
    if block.sources - block.brought:
        raise _NotByClasses
    found.update(block.classes)


def _walk(part: Any, block: _Block, found: dict[Any, str]) -> None:
    _note(part, block)
    if isinstance(part, FromClause) and _table_of(part) is not None:
        return  # a table or an alias of one: noted
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
    source = part.table if isinstance(part, Column) else part
    table = _table_of(source)
    if table is None:
        return
    block.sources.add(source)
    mapper = part._annotations.get("parentmapper")  # noqa: SLF001  told nowhere else
    if mapper is not None:
        block.brought.add(source)
        block.classes[mapper.class_] = table.name


def _table_of(source: Any) -> Table | None:
    """Return the scoped table that something to read from is, or is an alias of."""
    while not isinstance(source, Table) and isinstance(source, AliasedReturnsRows):
        source = source.element
    return source if isinstance(source, Table) and source.name in rules() else None


@lru_cache(maxsize=1)
def _words(_number: int) -> re.Pattern[str]:
    schema = r'(?:["`\[]?(?:main|temp|public)["`\]]?\s*\.\s*)?'
    return re.compile(rf"(?<![.'\w])(?<!%\(){schema}[\"`\[]?({'|'.join(rules())})\b", re.IGNORECASE)


@lru_cache(maxsize=4096)
def scoped_in(statement: str) -> frozenset[str]:
    """Return the scoped tables that a piece of SQL names; a column after a dot is none."""
    return frozenset(name.lower() for name in _words(len(rules())).findall(statement))


@lru_cache(maxsize=4096)
def covers(vouched: frozenset[str], named: frozenset[str]) -> bool:
    """Tell whether all that is named was vouched for; some columns are called like a table."""
    known = rules()
    columns = {column.name for table in vouched if table for column in known[table].table.columns}
    return named - columns <= vouched
