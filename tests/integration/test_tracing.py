from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from portal.audit import Entry
from portal.core import clock
from portal.core.errors import Invalid, Overtaken
from portal.core.precision import Day
from portal.notifications.models import Notice
from portal.screening import facts
from portal.screening import service as screening
from portal.tracing import confirming, reminding
from portal.tracing import service as tracing
from tests import scene as played

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.screening.models import Record
    from tests.scene import Scene

TODAY = played.AT.date()


@pytest.fixture
def scene(session: Session) -> Scene:
    """A branch that has been screened; the searches for its two lost members go on."""
    scene = played.build(session)
    played.screen(session, scene)
    for record in lost(session, scene):
        record.outcome, record.found_on = "", None
    session.commit()
    return scene


@pytest.fixture
def clerk(session: Session, scene: Scene) -> Actor:
    return scene.actor(session, "clerk")


def lost(session: Session, scene: Scene) -> list[Record]:
    who = scene.actor(session, "clerk")
    rows = screening.list_records(session, who, scene.campaign, scene.path("B1"), only="lost")
    return [record for record, _ in rows]


def assign_all(session: Session, scene: Scene, clerk: Actor, due_on: date) -> int:
    with clock.pinned(played.AT):
        return tracing.assign_open(
            session, clerk, scene.campaign, scene.path("B1"), responsible="何建国", due_on=due_on
        )


def notices(session: Session) -> list[str]:
    found = session.scalars(select(Notice).where(Notice.kind == "search").order_by(Notice.id))
    return [notice.zh for notice in found]


def test_a_branch_is_reminded_once_before_the_end_and_weekly_after_it(
    session: Session, scene: Scene, clerk: Actor
):
    assert assign_all(session, scene, clerk, TODAY + timedelta(days=10)) == 2
    told = [day for day in range(30) if tracing.remind(session, 1, TODAY + timedelta(days=day))]
    assert told == [7, 14, 21, 28]
    assert "3 天内到期" in notices(session)[0]
    assert "已过期 2 人" in notices(session)[-1]


def test_a_search_that_has_ended_reminds_nobody(session: Session, scene: Scene, clerk: Actor):
    assign_all(session, scene, clerk, TODAY)
    for record in lost(session, scene):
        tracing.set_outcome(session, clerk, record.id, "not_found", version=record.version)
    assert tracing.remind(session, 1, TODAY + timedelta(days=60)) == 0


def test_one_reminder_tells_of_all_searches_of_a_branch(
    session: Session, scene: Scene, clerk: Actor
):
    assign_all(session, scene, clerk, TODAY + timedelta(days=reminding.DAYS_AHEAD))
    assert tracing.remind(session, 1, TODAY) == 1
    assert len(set(notices(session))) == 1
    assert notices(session)[0].startswith("2 名失联党员")


def test_two_people_assigning_one_search_do_not_overwrite_each_other(
    session: Session, scene: Scene, clerk: Actor
):
    record = lost(session, scene)[0]
    with clock.pinned(played.AT):
        tracing.assign(session, clerk, record.id, responsible="甲", due_on=TODAY)
        with pytest.raises(Overtaken):
            tracing.assign(session, clerk, record.id, responsible="乙", due_on=TODAY)


def test_a_changed_outcome_opens_the_identity_again(session: Session, scene: Scene, clerk: Actor):
    assign_all(session, scene, clerk, TODAY)
    record = lost(session, scene)[0]
    tracing.set_outcome(session, clerk, record.id, "not_found", version=record.version)
    case = tracing.find_case(session, clerk, record.id)
    assert case is not None
    case = tracing.decide(session, clerk, record.id, "unreachable", version=case.version)
    tracing.set_outcome(session, clerk, record.id, "found", version=record.version)
    assert case.way == ""


def test_entries_that_were_put_right_do_not_count_as_attempts(
    session: Session, scene: Scene, clerk: Actor
):
    record = lost(session, scene)[0]
    before = tracing.searches(session, clerk, scene.path("B1"))[record.id]
    newest = tracing.list_contacts(session, clerk, record.id)[0]
    with clock.pinned(played.AT):
        tracing.add_contact(
            session, clerk, record.id, on=newest.on, channel=newest.channel, result="clue",
            responsible="何建国", corrects=newest.id,
        )  # fmt: skip
    assert tracing.searches(session, clerk, scene.path("B1"))[record.id] == before


def test_each_step_of_a_case_is_on_record_without_a_word_that_was_typed(
    session: Session, scene: Scene, clerk: Actor
):
    assign_all(session, scene, clerk, TODAY)
    record = lost(session, scene)[0]
    tracing.inquire(
        session, clerk, record.id, {"adverse": "found"}, version=1, conduct="金丝雀表现",
        reason="金丝雀原因",
    )  # fmt: skip
    session.commit()
    entries = session.scalars(select(Entry).where(Entry.act.like("case:%"))).all()
    assert {entry.act for entry in entries} == {"case:assign", "case:inquire"}
    assert not any("金丝雀" in str(entry.detail) for entry in entries)


answers = st.fixed_dictionaries(
    {
        name: st.sampled_from(["", *question.answers])
        for name, question in confirming.QUESTIONS.items()
    }
)


@given(answers, st.sampled_from(["", "found", "not_found"]))
def test_a_way_is_proposed_only_when_the_search_has_ended_and_confirmed_only_without_doubt(
    given: dict[str, str], outcome: str
):
    way = confirming.propose(outcome, given)
    assert (way is None) == (outcome == "" or (outcome == "found" and given["wish"] == ""))
    if way is not None and way.code == "confirmed":
        assert given == {"explained": "yes", "attitude": "good", "wish": "stay", "adverse": "none"}


def test_every_measure_a_way_leads_to_has_words():
    named = {code for way in confirming.WAYS.values() for code in way.measures}
    assert named <= set(confirming.MEASURES)


def test_a_day_begins_where_the_tenant_is(session: Session, scene: Scene, clerk: Actor):
    record = lost(session, scene)[0]
    said = {"channel": next(iter(facts.CHANNELS)), "result": next(iter(facts.RESULTS))}

    # Half past midnight in Shanghai is still the day before in Greenwich.
    with clock.pinned(datetime(2026, 11, 25, 16, 30, tzinfo=UTC)):
        made = tracing.add_contact(
            session, clerk, record.id, on=Day("2026-11-26"), responsible="何建国", **said
        )
        assert made.on.text == "2026-11-26"
        with pytest.raises(Invalid, match="在今天之后"):
            tracing.add_contact(
                session, clerk, record.id, on=Day("2026-11-27"), responsible="何建国", **said
            )
