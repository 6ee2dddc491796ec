"""What workers look after by themselves, whether or not anybody asks for a job."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from portal import upkeep
from portal.core import clock
from portal.imports.models import Upload
from portal.jobs.chores import Every
from portal.notifications.models import Notice
from portal.organizations.models import TenantRoot
from portal.screening import service as screening
from portal.settings import Settings
from portal.tracing import service as tracing
from tests import scene as played

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from tests.scene import Scene

DUE = date(2026, 11, 28)
# In Shanghai the third day before begins at 16:00 of the day before by UTC.
EVE = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


@pytest.fixture
def scene(session: Session) -> Scene:
    """A branch with two searches that have to end by `DUE`."""
    scene = played.build(session)
    played.screen(session, scene)
    clerk, branch = scene.actor(session, "clerk"), scene.path("B1")
    for record, _ in screening.list_records(session, clerk, scene.campaign, branch, only="lost"):
        record.outcome, record.found_on = "", None
    with clock.pinned(played.AT):
        tracing.assign_open(
            session, clerk, scene.campaign, branch, responsible="何建国", due_on=DUE
        )
    session.commit()
    return scene


def attend(engine: Engine, at: datetime) -> None:
    with clock.pinned(at):
        for chore in upkeep.chores_of(Settings()):
            chore.attend(engine)


def told(session: Session) -> int:
    """Return how many times anybody was told of searches."""
    times = set(session.scalars(select(Notice.at).where(Notice.kind == "search")))
    session.rollback()  # SQLite lets nobody write while it is read
    return len(times)


@pytest.mark.usefixtures("scene")
def test_a_branch_is_told_of_its_searches_as_its_own_day_begins_and_once(
    session: Session, engine: Engine
):
    counts = []
    for hours in (0, 1, 2, 12, 24):
        attend(engine, EVE + timedelta(hours=hours))
        counts.append(told(session))
    assert counts == [0, 1, 1, 1, 1]


@pytest.mark.usefixtures("scene")
def test_the_day_is_that_of_the_tenants_zone(session: Session, engine: Engine):
    session.get_one(TenantRoot, 1).zone = "Asia/Urumqi"  # two hours behind
    session.commit()
    counts = []
    for hours in (1, 2, 3):
        attend(engine, EVE + timedelta(hours=hours))
        counts.append(told(session))
    assert counts == [0, 0, 1]


def test_a_search_begun_later_that_day_is_told_of_tomorrow(
    session: Session, engine: Engine, scene: Scene
):
    morning = EVE + timedelta(hours=11)
    attend(engine, morning)
    clerk, branch = scene.actor(session, "clerk"), scene.path("B1")
    rows = screening.list_records(session, clerk, scene.campaign, branch, only="lost")
    case = tracing.find_case(session, clerk, rows[0][0].id)
    assert case is not None
    case.reminded_on = None
    session.commit()
    attend(engine, morning + timedelta(hours=1))
    assert told(session) == 1
    attend(engine, morning + timedelta(days=1))
    assert told(session) == 2


@pytest.mark.usefixtures("scene")
def test_workers_side_by_side_tell_a_branch_once(session: Session, engine: Engine):
    workers = [
        threading.Thread(target=attend, args=(engine, EVE + timedelta(hours=1))) for _ in range(8)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    people = session.scalars(select(Notice.user_id).where(Notice.kind == "search")).all()
    assert people
    assert len(people) == len(set(people))


def test_uploads_past_their_time_are_removed_without_anybody_asking(
    session: Session, engine: Engine, scene: Scene
):
    branch = scene.world.units["B1"]
    session.add(
        Upload(
            tenant_id=1, unit_id=branch.id, path=branch.path, file_name="名册.xlsx",
            file_hash="0" * 64, stored_as="gone", at=EVE - timedelta(days=31),
        )
    )  # fmt: skip
    session.commit()
    attend(engine, EVE)
    assert session.scalars(select(Upload.stored_as)).all() == [""]


def test_what_fails_is_undone_and_tried_again_and_stops_no_other_chore(
    session: Session, engine: Engine
):
    asked = []

    def fail_once(given: Session) -> None:
        asked.append(1)
        given.add(TenantRoot(id=len(asked), name="甲市"))
        given.flush()
        if len(asked) == 1:
            raise SQLAlchemyError("away")

    chore = Every(3600, fail_once, "it could not be done")
    with clock.pinned(EVE):
        for _ in range(3):
            chore.attend(engine)
    assert session.scalars(select(TenantRoot.id)).all() == [2]
