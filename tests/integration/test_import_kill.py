"""An import that is killed while it writes: everything or nothing, and never twice (U10)."""

from __future__ import annotations

import os
import random
import signal
import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from portal import access
from portal.audit import Act, Entry
from portal.core.database import open_engine, transaction
from portal.documents import store
from portal.imports import service as imports
from portal.imports.models import Upload
from portal.members.models import Change, Member
from tests import rosters
from tests.web import world as made

if TYPE_CHECKING:
    import uuid
    from pathlib import Path

PEOPLE = 300
KILLS = ("writing", "flush", "commit", "timed", "timed", "timed") * 2


@pytest.fixture
def received(fresh_url: str, tmp_path: Path) -> uuid.UUID:
    """An upload of many people that nobody has taken over yet."""
    store.put_in_place(tmp_path)
    engine = open_engine(fresh_url, owner=True)
    with Session(engine) as session:
        unit = made.build(session).units["B1"]
        data = rosters.roster(*[rosters.row(n, 姓名=f"某{n}") for n in range(PEOPLE)])
        with transaction(session):
            upload_id = imports.receive(session, access.operator(1), unit, "名册.xlsx", data).id
    engine.dispose()
    return upload_id


def _die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def take_over(url: str, upload_id: uuid.UUID, dies: str = "") -> None:
    """Take the upload over; where `dies` says so, be killed at that point."""
    engine = open_engine(url, owner=True)
    with Session(engine) as session:
        actor = access.operator(1)
        version = imports.get_upload(session, actor, upload_id).version
        if dies == "flush":
            event.listen(session, "after_flush", _die)
        if dies == "commit":
            event.listen(session, "before_commit", lambda s: s.new or s.dirty or _die())
        with transaction(session):
            imports.take_over(
                session, actor, upload_id, version=version,
                progress=_die if dies == "writing" else None,
            )  # fmt: skip
    engine.dispose()


def killed(url: str, upload_id: uuid.UUID, dies: str, delay: float) -> None:
    """Let another process take the upload over, and kill it."""
    child = os.fork()
    if child == 0:
        take_over(url, upload_id, dies)
        os._exit(0)
    if dies == "timed":
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert dies == "timed" or os.WTERMSIG(status) == signal.SIGKILL


def standing(url: str) -> tuple[int, int, int, set[str]]:
    """Return how many members, changes and log entries there are, and the state of uploads."""
    engine = open_engine(url, owner=True)
    with Session(engine) as session:
        members = session.scalar(select(func.count()).select_from(Member)) or 0
        changes = session.scalar(select(func.count()).select_from(Change)) or 0
        logged = select(func.count()).where(Entry.act == Act.ROSTER_IMPORT.value)
        entries = session.scalar(logged) or 0
        states = set(session.scalars(select(Upload.state)))
    engine.dispose()
    return members, changes, entries, states


def test_an_import_killed_while_it_writes_leaves_all_or_nothing(
    fresh_url: str, received: uuid.UUID
) -> None:
    nothing, everything = (0, 0, 0, {"read"}), (PEOPLE, PEOPLE, 1, {"taken"})
    chance = random.Random(10)
    for dies in KILLS:
        if standing(fresh_url) == everything:
            break
        killed(fresh_url, received, dies, chance.uniform(0.05, 0.6))
        assert standing(fresh_url) in (nothing, everything)
    take_over(fresh_url, received)
    take_over(fresh_url, received)
    assert standing(fresh_url) == everything
