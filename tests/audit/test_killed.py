"""Killed in the middle: what was acknowledged is there, and every change has its entry."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.audit import Entry, verifying
from portal.core.database import open_engine

if TYPE_CHECKING:
    from pathlib import Path

KILLS = int(os.environ.get("PORTAL_TEST_KILLS", "6"))

# Commits one deed and its entry after the other, and says so once each is committed.
LOOP = """
import sys
from sqlalchemy import text
from sqlalchemy.orm import Session
from portal import access, audit, tables
from portal.core.database import open_engine, transaction
engine, at = open_engine(sys.argv[1], owner=True), int(sys.argv[2])
with Session(engine) as session:
    while True:
        at += 1
        with transaction(session):
            session.execute(text("INSERT INTO deed VALUES (:at)"), {"at": at})
            audit.record(session, access.operator(1), audit.Act.UNIT_ADD, "/1/", f"unit:{at}")
        print(at, flush=True)
"""


def test_nothing_that_was_acknowledged_is_lost(database_url: str, tmp_path: Path):
    """A change and its entry are kept together or not at all (security.md B2, L2)."""
    engine, dice = open_engine(database_url, owner=True), random.Random(5)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE deed (at INTEGER PRIMARY KEY)"))
    said: list[int] = []
    for kill in range(KILLS):
        out = tmp_path / f"{kill}"
        with out.open("w") as acknowledged:
            program = [sys.executable, "-c", LOOP, database_url, str((kill + 1) * 1_000_000)]
            loop = subprocess.Popen(program, stdout=acknowledged)
            while not out.stat().st_size and loop.poll() is None:
                time.sleep(0.02)
            time.sleep(dice.uniform(0, 0.4))
            loop.send_signal(signal.SIGKILL)
            loop.wait()
        said += [int(line) for line in out.read_text().splitlines() if line]
    with Session(engine) as session:
        done = set(session.scalars(text("SELECT at FROM deed")))
        entries = {int(each.partition(":")[2]) for each in session.scalars(select(Entry.subject))}
        whole = verifying.verify(session, 1).whole
        session.execute(text("DROP TABLE deed"))
        session.commit()
    engine.dispose()

    assert len(said) > KILLS
    assert set(said) <= done
    assert done == entries
    assert whole
