"""Nobody acts on their own matter: not on their record, not on what they prepared or reviewed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import access, tables
from portal.access import Role
from portal.audit import Entry
from portal.core import clock
from portal.core.database import open_engine
from portal.core.errors import NotFound, OutOfTurn, Refusal
from portal.core.precision import Day
from portal.duties import service as duties
from portal.members import service as members
from portal.organizations import service as organizations
from portal.reporting import service as reporting
from portal.reporting.models import Return
from portal.reporting.review import Note
from portal.screening import service as screening
from portal.screening.models import Record
from portal.tracing import service as tracing
from tests import theatre

if TYPE_CHECKING:
    from portal.access import Actor
    from portal.organizations.models import Unit
    from portal.rehearsal.play import Play

PLAN = "plan"
BRANCH, OTHER, COMMITTEE = "990101001", "990101002", "990101"


@pytest.fixture
def play(session: Session) -> Play:
    return theatre.play(session, "open", members=3)


def also(play: Play, actor: Actor, unit: Unit, role: Role) -> Actor:
    """Give somebody one more post."""
    assert actor.user_id is not None
    organizations.appoint(play.session, access.operator(1), actor.user_id, unit, role)
    return organizations.actor_for(play.session, actor.user_id, 1)


def linked(play: Play, actor: Actor, member_id: Any) -> Actor:
    """Say which member somebody is."""
    assert actor.user_id is not None
    duties.link_member(play.session, access.operator(1), actor.user_id, member_id)
    return organizations.actor_for(play.session, actor.user_id, 1)


def plan_of(play: Play, actor: Actor, unit: Unit) -> Return:
    item = reporting.find_return(play.session, actor, play.campaign, unit.path, PLAN)
    assert item is not None
    return item


def file(play: Play, actor: Actor, unit: Unit) -> Return:
    item = plan_of(play, actor, unit)
    with clock.pinned(theatre.BEFORE_THE_DEADLINE):
        reporting.file(play.session, actor, item.id, version=item.version, narrative="方案")
    return item


def test_one_s_own_record_is_for_others_to_change_and_screen(play: Play):
    branch = theatre.unit(play, BRANCH)
    clerk = play.cast.filler(branch)
    one, other = members.list_members(play.session, clerk, path=branch.path)[:2]
    clerk = linked(play, clerk, one.id)
    with pytest.raises(OutOfTurn, match="本人的档案"):
        members.change(play.session, clerk, one.id, {"occupation": "改"}, version=one.version)
    day = theatre.BEFORE_THE_DEADLINE.date()
    with clock.pinned(theatre.BEFORE_THE_DEADLINE), pytest.raises(OutOfTurn, match="本人的档案"):
        members.leave(play.session, clerk, one.id, "died", day, version=one.version)
    members.change(play.session, clerk, other.id, {"occupation": "改"}, version=other.version)


def test_one_s_own_record_is_screened_found_and_traced_by_others(play: Play):
    branch = theatre.unit(play, BRANCH)
    clerk = play.cast.filler(branch)
    record, member = screening.list_records(
        play.session, clerk, play.campaign, branch.path, limit=1
    )[0]
    clerk, version = linked(play, clerk, member.id), record.version
    key, campaign = record.id, play.campaign
    acts = (
        lambda: screening.screen(play.session, clerk, campaign, key, {}, version=version),
        lambda: screening.find(play.session, clerk, campaign, key, {}, version=version),
        lambda: screening.explain(play.session, clerk, key, "在外", version=version),
        lambda: screening.set_evidence(
            play.session, clerk, campaign, key, version=version, dues_until=None,
            last_meeting=None,
        ),
        lambda: tracing.set_outcome(play.session, clerk, key, "found", version=version),
        lambda: tracing.add_contact(
            play.session, clerk, key, on=Day("2026-11"), channel="self", result="reached",
            responsible="某",
        ),
    )  # fmt: skip
    for act in acts:
        with pytest.raises(OutOfTurn, match="本人的档案"):
            act()
    secretary = play.cast.signer(branch)
    assert screening.explain(play.session, secretary, key, "在外", version=version).explanation


def test_a_link_is_set_by_a_superior_who_sees_the_member_and_never_by_oneself(play: Play):
    branch, committee = theatre.unit(play, BRANCH), theatre.unit(play, COMMITTEE)
    clerk, organiser = play.cast.filler(branch), play.cast.reviewer(committee)
    assert clerk.user_id is not None
    assert organiser.user_id is not None
    member = members.list_members(play.session, clerk, path=branch.path)[0]
    for actor in (clerk, play.cast.signer(branch)):
        with pytest.raises(Refusal):
            duties.link_member(play.session, actor, clerk.user_id, member.id)
    district = play.cast.signer(theatre.unit(play, "9901"))
    with pytest.raises(NotFound):
        duties.link_member(play.session, district, clerk.user_id, member.id)
    with pytest.raises(OutOfTurn, match="自己"):
        duties.link_member(play.session, organiser, organiser.user_id, member.id)
    account = duties.link_member(play.session, organiser, clerk.user_id, member.id)
    assert account.member_id == member.id
    play.session.commit()
    entry = play.session.scalars(select(Entry).where(Entry.act == "user:link")).one()
    assert entry.detail["member"] == str(member.id)


def test_with_two_posts_one_does_not_review_what_one_filed(play: Play):
    branch, committee = theatre.unit(play, BRANCH), theatre.unit(play, COMMITTEE)
    both = also(play, play.cast.signer(branch), committee, Role.ORGANISER)
    item = file(play, both, branch)
    with pytest.raises(OutOfTurn, match="别的同志审核"):
        reporting.take_up(play.session, both, item.id, version=item.version)


def test_with_two_posts_one_does_not_review_what_one_only_prepared(play: Play):
    branch, committee = theatre.unit(play, BRANCH), theatre.unit(play, COMMITTEE)
    both = also(play, play.cast.filler(branch), committee, Role.ORGANISER)
    item = plan_of(play, both, branch)
    reporting.explain(play.session, both, item.id, "D9", "说明")
    file(play, play.cast.signer(branch), branch)
    with pytest.raises(OutOfTurn, match="别的同志审核"):
        reporting.take_up(play.session, both, item.id, version=item.version)
    other = play.cast.reviewer(committee)
    assert reporting.take_up(play.session, other, item.id, version=item.version)


def test_who_screened_the_people_of_a_branch_does_not_review_it(play: Play):
    branch, committee = theatre.unit(play, BRANCH), theatre.unit(play, COMMITTEE)
    both = also(play, play.cast.filler(branch), committee, Role.ORGANISER)
    play.session.execute(
        update(Record).where(Record.path == branch.path).values(screened_by=both.user_id)
    )
    item = file(play, play.cast.signer(branch), branch)
    with pytest.raises(OutOfTurn, match="别的同志审核"):
        reporting.take_up(play.session, both, item.id, version=item.version)


def test_who_returned_a_filing_does_not_file_it_again(play: Play):
    branch, committee = theatre.unit(play, BRANCH), theatre.unit(play, COMMITTEE)
    item = file(play, play.cast.signer(branch), branch)
    both = also(play, play.cast.reviewer(committee), branch, Role.SECRETARY)
    reporting.take_up(play.session, both, item.id, version=item.version)
    reporting.send_back(play.session, both, item.id, [Note("补充")], version=item.version)
    with pytest.raises(OutOfTurn, match="审核过"):
        reporting.answer(play.session, both, item.id, 1, "explained", "已改")
    with pytest.raises(OutOfTurn, match="审核过"):
        reporting.file(play.session, both, item.id, version=item.version, narrative="方案")


@pytest.mark.parametrize("column", ["taken_up_by", "decided_by"])
def test_the_database_keeps_filer_and_reviewer_apart(play: Play, column: str):
    item = file(play, play.cast.signer(theatre.unit(play, BRANCH)), theatre.unit(play, BRANCH))
    with pytest.raises(IntegrityError):
        play.session.execute(
            update(Return).where(Return.id == item.id).values({column: Return.filed_by})
        )


PREPARES = {"report:file", "report:recall", "report:explain", "report:override"}
REVIEWS = {"report:take-up", "report:accept", "report:return"}
OF_ONESELF = {"member:change", "member:leave", "record:screen", "record:finding",
              "record:explain", "contact:add", "contact:outcome"}  # fmt: skip


class Office(RuleBasedStateMachine):
    """Three people who hold every post of a branch and of its committee, acting in any order."""

    def __init__(self) -> None:
        super().__init__()
        engine = open_engine("sqlite://", owner=True)
        tables.Model.metadata.create_all(engine)
        self.session = Session(engine)
        self.play = theatre.play(self.session, "open", members=9)
        self.branch = theatre.unit(self.play, BRANCH)
        committee = theatre.unit(self.play, COMMITTEE)
        cast = self.play.cast
        found = members.list_members(self.session, cast.filler(self.branch), path=self.branch.path)
        self.people = []
        for actor, member in zip(
            (cast.filler(self.branch), cast.signer(self.branch), cast.reviewer(committee)),
            found[:3], strict=True,
        ):  # fmt: skip
            for unit, role in ((self.branch, Role.CLERK), (self.branch, Role.SECRETARY),
                               (committee, Role.ORGANISER)):  # fmt: skip
                if not actor.holds(role):
                    actor = also(self.play, actor, unit, role)  # noqa: PLW2901
            self.people.append(linked(self.play, actor, member.id))
        self.members = found[:3]

    def teardown(self) -> None:
        self.session.close()
        self.session.get_bind().dispose()

    def item(self) -> Return:
        return plan_of(self.play, self.people[0], self.branch)

    def attempt(self, act: Any, *arguments: Any, **keywords: Any) -> None:
        saved = self.session.begin_nested()
        try:
            with clock.pinned(theatre.BEFORE_THE_DEADLINE):
                act(self.session, *arguments, **keywords)
        except Refusal:
            saved.rollback()

    @rule(who=st.integers(0, 2))
    def file(self, who: int) -> None:
        item, actor = self.item(), self.people[who]
        self.attempt(reporting.file, actor, item.id, version=item.version, narrative="方案")

    @rule(who=st.integers(0, 2), name=st.sampled_from(["recall", "take_up", "put_back", "accept"]))
    def step(self, who: int, name: str) -> None:
        item = self.item()
        self.attempt(getattr(reporting, name), self.people[who], item.id, version=item.version)

    @rule(who=st.integers(0, 2))
    def send_back(self, who: int) -> None:
        item, notes = self.item(), [Note("请补充")]
        self.attempt(reporting.send_back, self.people[who], item.id, notes, version=item.version)

    @rule(who=st.integers(0, 2))
    def prepare(self, who: int) -> None:
        item, actor = self.item(), self.people[who]
        for remark in reporting.open_remarks(self.session, item):
            self.attempt(reporting.answer, actor, item.id, remark.number, "explained", "已改")
        self.attempt(reporting.explain, actor, item.id, "D9", "说明")

    @rule(who=st.integers(0, 2), whose=st.integers(0, 2), text=st.sampled_from(["甲", "乙"]))
    def change(self, who: int, whose: int, text: str) -> None:
        member = self.members[whose]
        self.attempt(
            members.change, self.people[who], member.id, {"occupation": text},
            version=member.version,
        )  # fmt: skip

    @rule(who=st.integers(0, 2), whose=st.integers(0, 2))
    def screen(self, who: int, whose: int) -> None:
        record = self.session.scalars(
            select(Record).where(Record.member_id == self.members[whose].id)
        ).one()
        self.attempt(screening.explain, self.people[who], record.id, "在外", version=record.version)

    def acts(self, kinds: set[str], subjects: set[str] | None = None) -> set[int | None]:
        query = select(Entry.user_id).where(Entry.act.in_(kinds))
        if subjects is not None:
            query = query.where(Entry.subject.in_(subjects))
        return set(self.session.scalars(query))

    @invariant()
    def nobody_both_prepared_and_reviewed_it(self) -> None:
        subject = {f"return:{self.item().id}"}
        assert not self.acts(PREPARES, subject) & self.acts(REVIEWS, subject)

    @invariant()
    def nobody_acted_on_their_own_record(self) -> None:
        for actor, member in zip(self.people, self.members, strict=True):
            record = self.session.scalars(
                select(Record.id).where(Record.member_id == member.id)
            ).one()
            own = {f"member:{member.id}", f"record:{record}"}
            assert actor.user_id not in self.acts(OF_ONESELF, own)


THOROUGH = (
    os.environ.get("PORTAL_REQUIRE_ALL") == "1" and os.environ.get("PORTAL_TEST_PARTITIONED") != "1"
)

TestOffice = Office.TestCase
TestOffice.settings = settings(
    max_examples=500 if THOROUGH else 20,
    stateful_step_count=40 if THOROUGH else 20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
