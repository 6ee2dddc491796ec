"""Once a week a branch's secretary hears how often its people's numbers were shown."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal import upkeep
from portal.core import clock
from portal.core.database import open_engine, transaction
from portal.members import reveals
from portal.members.reveal_week import KIND
from portal.notifications.models import Notice
from portal.settings import Settings
from tests import scene as played
from tests.databases import as_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session

    from tests.scene import Scene

WEDNESDAY = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
# In Shanghai Monday begins at 16:00 of Sunday by UTC.
MONDAY = datetime(2026, 11, 29, 16, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def scene(session: Session) -> Scene:
    """A branch whose clerk was shown three things of two people on a Wednesday."""
    scene = played.build(session)
    clerk = scene.actor(session, "clerk")
    names = [name for name, each in scene.members.items() if each.path == scene.path("B1")][:2]
    with clock.pinned(WEDNESDAY), transaction(session):
        for name, field in ((names[0], "phone"), (names[0], "address"), (names[1], "phone")):
            reveals.reveal(
                session, clerk, scene.members[name].id, field, "verify", "核对介绍信", seat="a seat"
            )
    return scene


@pytest.fixture
def attend(fresh_url: str) -> Iterator[Callable[[datetime], None]]:
    """A function that lets a worker look after everything at one moment."""
    engine = open_engine(as_app(fresh_url))

    def attend(at: datetime) -> None:
        with clock.pinned(at):
            for chore in upkeep.chores_of(Settings()):
                chore.attend(engine)

    yield attend
    engine.dispose()


def told(session: Session) -> list[Notice]:
    found = list(session.scalars(select(Notice).where(Notice.kind == KIND)))
    session.rollback()
    return found


def test_the_secretary_hears_it_as_monday_begins_and_once(
    session: Session, scene: Scene, attend: Callable[[datetime], None]
):
    for at, count in ((MONDAY - SECOND, 0), (MONDAY, 1), (MONDAY + timedelta(days=3), 1),
                      (MONDAY + timedelta(days=7), 1)):  # fmt: skip
        attend(at)
        assert len(told(session)) == count, at
    [notice] = told(session)
    session.add(notice)
    assert notice.user_id == scene.world.people["secretary"].id
    assert "显示 3 次，涉及 2 人" in notice.zh
    assert not any(name in notice.zh for name in scene.members)


@pytest.mark.usefixtures("scene")
def test_workers_side_by_side_tell_it_once(session: Session, attend: Callable[[datetime], None]):
    workers = [threading.Thread(target=attend, args=(MONDAY,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(told(session)) == 1


def test_a_week_in_which_nothing_was_shown_is_not_told_of(
    session: Session, attend: Callable[[datetime], None]
):
    played.build(session)
    session.rollback()
    attend(MONDAY)
    assert told(session) == []
