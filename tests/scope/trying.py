"""Trying a shape behind the walls: what it showed, and what it changed where it may not."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal.scope.service import OutOfScope
from tests import scene
from tests.scope import reading, writing
from tests.scope.shapes import READS, WRITES

if TYPE_CHECKING:
    from tests.scope.conftest import Walled

__all__ = [
    "READS",
    "REFUSALS",
    "THEIRS",
    "WRITES",
    "changed",
    "reading",
    "shown",
    "told",
    "writing",
]

THEIRS = tuple(name for code, name, *_ in scene.CAST if code != "B1")
# How a wall may answer: nothing there, or no.
REFUSALS = (OutOfScope, SQLAlchemyError, sqlite3.DatabaseError, psycopg.Error)


def told(found: Any) -> str:
    rows = found if isinstance(found, list | tuple) else [found]
    return " ".join(str(vars(row)) if hasattr(row, "__mapper__") else str(row) for row in rows)


def shown(walled: Walled, shape: Any) -> list[str]:
    """Return the names of others that a way of reading shows the clerk of B1."""
    with walled.session() as session:
        try:
            found = told(shape(session, walled))
        except REFUSALS:
            found = ""
    return [name for name in THEIRS if name in found]


def changed(walled: Walled, shape: Any) -> bool:
    """Tell whether a way of writing changed anything outside B1."""
    before = _outside(walled)
    with walled.session() as session:
        try:
            shape(session, walled)
            session.commit()
        except REFUSALS:
            session.rollback()
    return _outside(walled) != before


def _outside(walled: Walled) -> dict[str, list[str]]:
    """Return what lies outside B1 in the tables written to, as their owner sees it."""
    own = walled.paths["B1"]
    with walled.owner.connect() as connection:
        rows = {
            name: sorted(map(str, connection.execute(text(f'SELECT * FROM "{name}"'))))
            for name in ("member", "unit", "unit_link", "contact", "record", "member_change")
        }
    return {name: [row for row in all_ if own not in row] for name, all_ in rows.items()}
