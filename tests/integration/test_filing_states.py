"""The life of a return under random acts: no illegal state, ever."""

from __future__ import annotations

import os
from contextlib import contextmanager

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import tables
from portal.core import clock
from portal.core.database import open_engine
from portal.core.errors import OutOfTurn, Overtaken, Refusal
from portal.reporting import service as reporting
from portal.reporting.models import Filing, Subtotal
from portal.reporting.review import Note
from tests import theatre

# What may follow what, written a second time and on purpose: the model the portal is held against.
LEGAL = {
    ("open", "file"): "filed",
    ("returned", "file"): "filed",
    ("filed", "recall"): "open",
    ("filed", "take_up"): "taken_up",
    ("taken_up", "put_back"): "filed",
    ("taken_up", "accept"): "accepted",
    ("taken_up", "send_back"): "returned",
    ("accepted", "send_back"): "returned",
}
PLAN = "plan"


class Desk(RuleBasedStateMachine):
    """One branch and its committee, acting on the branch's plan in any order."""

    def __init__(self) -> None:
        super().__init__()
        engine = open_engine("sqlite://", owner=True)
        tables.Model.metadata.create_all(engine)
        self.session = Session(engine)
        self.play = theatre.play(self.session, "open", members=2)
        self.branch = theatre.unit(self.play, "990101001")
        self.committee = theatre.unit(self.play, "990101")
        self.signer = self.play.cast.signer(self.branch)
        self.reviewer = self.play.cast.reviewer(self.committee)
        self.state, self.filed, self.stale = "open", 0, 0

    def teardown(self):
        self.session.close()
        self.session.get_bind().dispose()

    def item(self):
        return reporting.find_return(
            self.session, self.signer, self.play.campaign, self.branch.path, PLAN
        )

    @contextmanager
    def legal_only(self, name, *, fresh):
        """Expect the act to succeed exactly when the model says so."""
        target = LEGAL.get((self.state, name))
        saved = self.session.begin_nested()
        try:
            yield
        except (OutOfTurn, Overtaken):
            saved.rollback()
            assert target is None or not fresh
        else:
            assert target is not None and fresh  # noqa: PT018  one statement of the model
            self.state = target

    def version(self, *, fresh):
        return self.item().version if fresh else self.item().version - 1

    @rule(fresh=st.booleans())
    def file(self, fresh):
        if self.state == "returned":
            for remark in reporting.open_remarks(self.session, self.item()):
                reporting.answer(
                    self.session, self.signer, self.item().id, remark.number, "explained", "已改"
                )
        with self.legal_only("file", fresh=fresh), clock.pinned(theatre.BEFORE_THE_DEADLINE):
            reporting.file(
                self.session, self.signer, self.item().id, version=self.version(fresh=fresh),
                narrative="方案",
            )  # fmt: skip
            self.filed += 1

    @rule(fresh=st.booleans())
    def recall(self, fresh):
        with self.legal_only("recall", fresh=fresh):
            reporting.recall(
                self.session, self.signer, self.item().id, version=self.version(fresh=fresh)
            )

    @rule(name=st.sampled_from(["take_up", "put_back", "accept"]), fresh=st.booleans())
    def review(self, name, fresh):
        with self.legal_only(name, fresh=fresh):
            getattr(reporting, name)(
                self.session, self.reviewer, self.item().id, version=self.version(fresh=fresh)
            )

    @rule(fresh=st.booleans())
    def send_back(self, fresh):
        with self.legal_only("send_back", fresh=fresh):
            reporting.send_back(
                self.session, self.reviewer, self.item().id, [Note("请补充")],
                version=self.version(fresh=fresh),
            )  # fmt: skip

    @rule(name=st.sampled_from(["take_up", "accept"]))
    def the_wrong_person(self, name):
        before = self.item().state
        try:
            getattr(reporting, name)(
                self.session, self.signer, self.item().id, version=self.item().version
            )
        except Refusal:
            assert self.item().state == before
        else:
            raise AssertionError("a branch reviewed itself")

    @invariant()
    def the_state_is_the_models(self):
        assert self.item().state == self.state

    @invariant()
    def every_filing_is_kept(self):
        kept = self.session.scalars(
            select(Filing.round).where(Filing.return_id == self.item().id).order_by(Filing.round)
        ).all()
        assert list(kept) == list(range(1, self.filed + 1))

    @invariant()
    def the_subtotal_counts_what_stands(self):
        row = self.session.scalars(
            select(Subtotal).where(
                Subtotal.path == self.committee.path, Subtotal.deliverable == PLAN
            )
        ).one()
        self.session.refresh(row)
        assert row.filed == (self.state != "open")
        assert row.accepted == (self.state == "accepted")


THOROUGH = (
    os.environ.get("PORTAL_REQUIRE_ALL") == "1" and os.environ.get("PORTAL_TEST_PARTITIONED") != "1"
)

TestDesk = Desk.TestCase
TestDesk.settings = settings(
    max_examples=500 if THOROUGH else 40,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
