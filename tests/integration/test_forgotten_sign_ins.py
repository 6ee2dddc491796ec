"""Sessions that began half a year ago and counts that lock nobody are not kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core import clock
from portal.core.database import open_engine, transaction
from portal.identity import service as identity
from portal.identity import throttle
from portal.identity.models import Channel, SignIn, Stage, Throttle
from portal.identity.sweeping import KEPT
from tests.databases import as_app
from tests.web import world as made

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal.organizations.models import Account

START = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
VISIT = identity.Visit(Channel.WEB, "a browser", "192.0.2.7")


@pytest.fixture
def holder(session: Session) -> Account:
    """Somebody who signed in."""
    holder = made.build(session).people["clerk"]
    with clock.pinned(START), transaction(session):
        identity.start(session, holder, VISIT, Stage.OPEN)
    return holder


@pytest.fixture
def worker(fresh_url: str) -> Iterator[Session]:
    """A session as a worker has one: of no tenant, behind the walls."""
    engine = open_engine(as_app(fresh_url))
    with Session(engine) as session:
        yield session
    engine.dispose()


def sweep_at(worker: Session, at: datetime) -> int:
    with clock.pinned(at), transaction(worker):
        return identity.sweep(worker)


@pytest.mark.parametrize(("after", "gone"), [(timedelta(0), 0), (timedelta(seconds=1), 1)])
def test_a_session_is_kept_for_half_a_year_after_its_longest_end(
    session: Session, worker: Session, holder: Account, after: timedelta, gone: int
):
    end = START + timedelta(hours=12) + KEPT
    assert sweep_at(worker, end + after) == gone
    left = session.scalar(
        select(func.count()).select_from(SignIn).where(SignIn.user_id == holder.id)
    )
    assert left == 1 - gone


@pytest.mark.usefixtures("holder")
def test_a_count_goes_when_it_locks_nobody_and_not_before(session: Session, worker: Session):
    at = throttle.counters("clerk", "192.0.2.7")
    with clock.pinned(START), transaction(session):
        for _ in range(5):
            throttle.take(session, at)
    for minutes, left in ((14, 3), (16, 0)):
        sweep_at(worker, START + timedelta(minutes=minutes))
        assert session.scalar(select(func.count()).select_from(Throttle)) == left
        session.rollback()


@pytest.mark.usefixtures("holder")
def test_a_lock_outlives_the_sweep(session: Session, worker: Session):
    at = throttle.counters("clerk", "192.0.2.7")
    with clock.pinned(START), transaction(session):
        for _ in range(5):
            throttle.take(session, at)
    sweep_at(worker, START + timedelta(minutes=14))
    with clock.pinned(START + timedelta(minutes=14)), transaction(session):
        assert not throttle.take(session, at)
