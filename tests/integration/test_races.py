"""Two at the same moment: whoever comes first, the end is one that could have come in turn.

PORTAL_TEST_RACES=200 runs each race two hundred times (security.md W5); a few are enough to see
that nothing has changed.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from portal.access import Role
from portal.audit import verifying
from portal.core import clock
from portal.core.database import open_engine, transaction
from portal.core.errors import NotFound, Refusal
from portal.core.retrying import unit_of_work
from portal.organizations import service as organizations
from portal.organizations.models import Appointment
from portal.reporting import grid
from portal.reporting import service as reporting
from portal.reporting.models import Filing, Return, State, Subtotal
from tests import scene
from tests.audit import trails
from tests.web import world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.scene import Scene

    Act = Callable[[Session], Any]

RUNS = int(os.environ.get("PORTAL_TEST_RACES", "10"))


class Course:
    """A branch that has filed, and the hands that may act on its return."""

    def __init__(self, url: str) -> None:
        self.url, self.engine = url, open_engine(url, owner=True)
        with Session(self.engine) as session:
            self.scene: Scene = scene.build(session)
            self.appoint(session)
            scene.screen(session, self.scene)
            scene.file(session, self.scene)
            self.ids = {who: each.id for who, each in self.scene.world.people.items()}
            self.item = self.scene.owed(session, "secretary", "B1").id

    def appoint(self, session: Session) -> None:
        """Let the organiser of the committee review what B1 files to its general branch."""
        with transaction(session):
            units, people = self.scene.world.units, self.scene.world.people
            world.appoint(session, people["organiser"], units["G1"], Role.ORGANISER)

    def hand(self, session: Session, who: str) -> Any:
        return organizations.actor_for(session, self.ids[who], 1, hold=True)

    def state(self) -> tuple[str, int]:
        with Session(self.engine) as session:
            item = session.get_one(Return, (1, self.item))
            return item.state, item.version

    def race(self, *acts: Act) -> list[str]:
        """Let `acts` happen at once; return what became of each."""
        ends = ["?"] * len(acts)

        def run(session: Session, at: int) -> None:
            try:
                with clock.pinned(scene.AT):
                    unit_of_work(session, acts[at])
                ends[at] = "done"
            except (Refusal, StaleDataError) as refusal:
                ends[at] = type(refusal).__name__

        wrong = trails.at_once(self.url, len(acts), run)
        assert wrong == []
        return ends

    def back_to_filed(self) -> None:
        """Bring the return back to where it waits for its reviewer, by legal steps."""
        with clock.pinned(scene.AT), Session(self.engine) as session, transaction(session):
            item = session.get_one(Return, (1, self.item))
            reviewer, signer = self.hand(session, "organiser"), self.hand(session, "secretary")
            if item.state == State.TAKEN_UP:
                reporting.put_back(session, reviewer, item.id, version=item.version)
            if item.state == State.ACCEPTED:
                notes = [reporting.Note("请核对")]
                reporting.send_back(session, reviewer, item.id, notes, version=item.version)
                number = len(reporting.remarks_of(session, item))
                reporting.answer(session, signer, item.id, number, "explained", "已核对无误")
            if item.state != State.FILED:
                reporting.file(session, signer, item.id, version=item.version)

    # -- what may be done, with the version that both saw -------------------------------------

    def accept(self, version: int) -> Act:
        def act(session: Session) -> None:
            hand = self.hand(session, "organiser")
            item = reporting.take_up(session, hand, self.item, version=version)
            reporting.accept(session, hand, self.item, version=item.version)

        return act

    def take_up(self, version: int) -> Act:
        return lambda session: reporting.take_up(
            session, self.hand(session, "organiser"), self.item, version=version
        )

    def recall(self, version: int) -> Act:
        return lambda session: reporting.recall(
            session, self.hand(session, "secretary"), self.item, version=version
        )

    def file(self, version: int) -> Act:
        return lambda session: reporting.file(
            session, self.hand(session, "secretary"), self.item, version=version
        )

    # -- what must hold in the end ------------------------------------------------------------

    def totals_hold(self) -> bool:
        """Count again what the parent keeps, from the filings themselves (W4)."""
        with Session(self.engine) as session:
            item = session.get_one(Return, (1, self.item))
            kept = session.scalars(
                select(Subtotal).where(
                    Subtotal.path == item.parent_path, Subtotal.deliverable == item.deliverable
                )
            ).one()
            children = session.scalars(
                select(Return).where(
                    Return.parent_path == item.parent_path, Return.deliverable == item.deliverable
                )
            ).all()
            counted = [each for each in children if each.state != State.OPEN]
            accepted = sum(each.state == State.ACCEPTED for each in children)
            size = len(kept.reported) // 4
            total = sum(
                (
                    grid.unpack(session.get_one(Filing, (1, each.filing_id)).own, size)
                    for each in counted
                ),
                grid.unpack(b"", size),
            )
            same = bool((grid.unpack(kept.reported, size) == total).all())
            return same and (kept.filed, kept.accepted) == (len(counted), accepted)

    def chain_holds(self) -> bool:
        with Session(self.engine) as session:
            return verifying.verify(session, 1).whole


@pytest.fixture
def course(database_url: str) -> Iterator[Course]:
    course = Course(database_url)
    yield course
    assert course.totals_hold()
    assert course.chain_holds()
    course.engine.dispose()


def test_a_filing_is_either_accepted_or_recalled(course: Course):
    for _ in range(RUNS):
        _, version = course.state()
        accepted, recalled = course.race(course.accept(version), course.recall(version))
        state, _ = course.state()
        assert [accepted, recalled].count("done") == 1
        assert state == (State.ACCEPTED if accepted == "done" else State.OPEN)
        assert course.totals_hold()
        course.back_to_filed()


def test_a_filing_is_either_taken_up_or_recalled(course: Course):
    for _ in range(RUNS):
        _, version = course.state()
        taken, recalled = course.race(course.take_up(version), course.recall(version))
        state, _ = course.state()
        assert [taken, recalled].count("done") == 1
        assert state == (State.TAKEN_UP if taken == "done" else State.OPEN)
        course.back_to_filed()


def test_a_filing_is_accepted_once(course: Course):
    for _ in range(RUNS):
        _, version = course.state()
        ends = course.race(course.accept(version), course.accept(version))
        assert ends.count("done") == 1
        assert course.state()[0] == State.ACCEPTED
        assert course.totals_hold()
        course.back_to_filed()


def test_a_return_is_filed_once(course: Course):
    for _ in range(RUNS):
        _, version = course.state()
        course.race(course.recall(version))
        with Session(course.engine) as session:
            before = session.scalar(select(func.count()).select_from(Filing))
        _, version = course.state()
        ends = course.race(course.file(version), course.file(version))
        with Session(course.engine) as session:
            after = session.scalar(select(func.count()).select_from(Filing))
        assert ends.count("done") == 1
        assert after == before + 1
        assert course.totals_hold()


def test_nobody_accepts_once_the_post_is_taken_away(course: Course):
    """Whichever comes first in the log came first: nothing is accepted after the dismissal."""

    def dismiss(session: Session) -> None:
        leader = course.hand(session, "leader")
        held = session.scalars(
            select(Appointment).where(
                Appointment.user_id == course.ids["organiser"],
                Appointment.unit_id == course.scene.world.units["G1"].id,
            )
        ).one()
        organizations.dismiss(session, leader, held.id, second=course.hand(session, "city"))

    for _ in range(RUNS):
        _, version = course.state()
        accepted, dismissed = course.race(course.accept(version), dismiss)
        assert dismissed == "done"
        state, _ = course.state()
        assert state == (State.ACCEPTED if accepted == "done" else State.FILED)
        if accepted == "done":
            assert in_order(course, "report:accept", "user:dismiss")
        with Session(course.engine) as session:
            course.appoint(session)
        course.back_to_filed()


def in_order(course: Course, *acts: str) -> bool:
    """Tell whether the newest entries of these acts stand in this order in the log."""
    with course.engine.connect() as connection:
        newest = {row["act"]: row["number"] for row in trails.rows(connection)}
    found = [newest[act] for act in acts]
    return found == sorted(found)


def test_out_of_reach_stays_out_of_reach_while_others_are_at_work(course: Course):
    _, version = course.state()

    def foreign(session: Session) -> None:
        reporting.recall(session, course.hand(session, "sibling"), course.item, version=version)

    ends = course.race(foreign, course.take_up(version))
    assert ends == [NotFound.__name__, "done"]
