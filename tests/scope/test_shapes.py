"""However a query is written, what lies outside the session's scope neither comes nor changes."""

from __future__ import annotations

import sqlite3

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.scope.service import OutOfScope
from tests import scene
from tests.scope.shapes import READS, WRITES

THEIRS = tuple(name for code, name, *_ in scene.CAST if code != "B1")
# How a wall may answer: nothing there, or no.
REFUSALS = (OutOfScope, SQLAlchemyError, sqlite3.DatabaseError, psycopg.Error)


def told(found) -> str:
    rows = found if isinstance(found, list | tuple) else [found]
    return " ".join(str(vars(row)) if hasattr(row, "__mapper__") else str(row) for row in rows)


def everything(walled) -> dict[str, list]:
    """Return what is in the tables that the shapes write to, as their owner sees it."""
    with walled.owner.connect() as connection:
        return {
            name: sorted(map(str, connection.execute(text(f'SELECT * FROM "{name}"'))))
            for name in ("member", "unit", "unit_link", "contact", "record", "member_change")
        }


def test_there_are_at_least_forty_one_shapes():
    assert len(READS) + len(WRITES) >= 41


@pytest.mark.parametrize("shape", READS.values(), ids=READS)
def test_no_way_of_reading_shows_what_is_out_of_scope(walled, shape):
    with walled.session() as session:
        try:
            found = told(shape(session, walled))
        except REFUSALS:
            found = ""
    assert not [name for name in THEIRS if name in found]


@pytest.mark.parametrize("shape", WRITES.values(), ids=WRITES)
def test_no_way_of_writing_changes_what_is_out_of_scope(walled, shape):
    before, own = everything(walled), walled.paths["B1"]
    with walled.session() as session:
        try:
            shape(session, walled)
            session.commit()
        except REFUSALS:
            session.rollback()
    after = everything(walled)
    outside = {name: [row for row in rows if own not in row] for name, rows in after.items()}
    assert outside == {n: [row for row in rows if own not in row] for n, rows in before.items()}


@pytest.mark.parametrize("shape", READS.values(), ids=READS)
def test_without_a_scope_nothing_is_read(walled, shape):
    names = [name for _, name, *_ in scene.CAST]
    with Session(walled.engine) as session:
        try:
            found = told(shape(session, walled))
        except (*REFUSALS, AssertionError):  # a shape may say itself that it found nothing
            found = ""
    assert not [name for name in names if name in found]
