"""What is past its time goes, by two people and with a tombstone; what is held stays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import NoResultFound

from portal import access
from portal.access import Grant, Role
from portal.audit import Act, Entry
from portal.campaigns import service as campaigns
from portal.core import clock
from portal.core.database import Model, transaction
from portal.core.errors import Invalid, NotAllowed, NotFound, OutOfTurn
from portal.core.words import Words
from portal.documents import store
from portal.imports import service as imports
from portal.jobs.models import Job
from portal.members import reveals, tombstones
from portal.members import service as members
from portal.members.models import Change, Member, Reveal, Tombstone
from portal.notifications import service as notifications
from portal.organizations.models import Unit
from portal.privacy import destroying, holds
from portal.privacy import service as privacy
from portal.privacy.models import Purge, PurgeItem
from portal.privacy.retention import CLOCKS, How
from portal.screening.models import Record
from portal.tracing.models import Contact
from tests import scene
from tests.rosters import xlsx

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from tests.scene import Scene

START = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
LATER = START + timedelta(days=37 * 31)
OPERATOR = access.operator(1)
GONE, NUMBER = "丁一甲", scene.id_number(0)


@pytest.fixture
def stage(session: Session, tmp_path: Path) -> Scene:
    """A campaign that was searched and closed, and one member who left the roll then."""
    store.put_in_place(tmp_path)
    made = scene.build(session)
    scene.screen(session, made)
    with clock.pinned(START), transaction(session):
        member = session.merge(made.members[GONE])
        members.leave(
            session, OPERATOR, member.id, "died", date(2026, 11, 30), version=member.version
        )
        campaigns.close(session, OPERATOR, session.merge(made.campaign))
    return made


def actor(stage: Scene, session: Session, who: str) -> Actor:
    return stage.actor(session, who)


def carry_out(session: Session, who: Actor, purge: Purge, size: int = 2) -> Purge:
    key, done = purge.id, 1
    while done:
        with transaction(session):
            done = privacy.carry_out_batch(session, who, key, size)
    return session.get_one(Purge, (1, key))


def purged(session: Session, stage: Scene, at: datetime = LATER) -> Purge:
    """Let the system administrator propose, the security administrator approve; carry it out."""
    with clock.pinned(at):
        system, safety = (actor(stage, session, who) for who in ("system", "safety"))
        with transaction(session):
            purge = privacy.propose(session, system)
        with transaction(session):
            privacy.decide(session, safety, purge.id, approve=True)
        return carry_out(session, safety, purge)


def rows(session: Session, model: Any, *where: Any) -> int:
    return session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def test_nothing_is_due_before_its_time_and_everything_after_it(session: Session, stage: Scene):
    system = actor(stage, session, "system")
    contacts = rows(session, Contact)
    assert contacts
    for days, kinds in ((364, {}), (366, {"contact": contacts}),
                        (3 * 366, {"contact": contacts, "member": 1})):  # fmt: skip
        with clock.pinned(START + timedelta(days=days)):
            found = privacy.look(session, system)
        assert {k: sum(e.kind == k for e in found) for k in {e.kind for e in found}} == kinds


def test_a_purge_leaves_nothing_past_its_time_and_a_tombstone(session: Session, stage: Scene):
    member_id = stage.members[GONE].id
    done = purged(session, stage)

    assert done.verified_at is not None
    assert done.destroyed == sum(done.counts.values())
    with clock.pinned(LATER):
        assert privacy.look(session, actor(stage, session, "system")) == []
    for model in (Change, Record, Reveal):
        assert rows(session, model, model.member_id == member_id) == 0
    assert rows(session, Member, Member.id == member_id) == 0
    assert rows(session, Contact) == 0
    assert rows(session, Member) == len(scene.CAST) - 1
    [stone] = session.scalars(select(Tombstone))
    assert stone.what["member"] == 1
    assert NUMBER.encode() not in (stone.digest or b"")


def test_the_tombstone_is_known_by_the_number_and_tells_nothing_else(
    session: Session, stage: Scene
):
    purged(session, stage)

    found = tombstones.find(session, OPERATOR, [NUMBER, scene.id_number(1)])
    assert set(found) == {NUMBER}
    assert tombstones.find(session, access.operator(2), [NUMBER]) == {}
    said = str([(s.path, s.on, s.what) for s in session.scalars(select(Tombstone))])
    assert GONE not in said


def test_the_one_who_proposed_cannot_approve(session: Session, stage: Scene):
    both = access.Actor(
        stage.world.people["system"].id, 1,
        frozenset({Grant(Role.SYSTEM_ADMIN, "/1/"), Grant(Role.SECURITY_ADMIN, "/1/")}),
    )  # fmt: skip
    with clock.pinned(LATER), transaction(session):
        purge = privacy.propose(session, both)
    with pytest.raises(NotAllowed, match="两个人"), transaction(session):
        privacy.decide(session, both, purge.id, approve=True)


@pytest.mark.parametrize("who", ["system", "auditor", "committee", "city", "clerk"])
def test_only_the_security_administrator_approves(session: Session, stage: Scene, who: str):
    with clock.pinned(LATER), transaction(session):
        purge = privacy.propose(session, OPERATOR)
    with pytest.raises((NotAllowed, NotFound)), transaction(session):
        privacy.decide(session, actor(stage, session, who), purge.id, approve=True)


def test_nothing_is_destroyed_that_was_not_approved(session: Session, stage: Scene):
    safety = actor(stage, session, "safety")
    with clock.pinned(LATER), transaction(session):
        purge = privacy.propose(session, OPERATOR)
    with pytest.raises(OutOfTurn), transaction(session):
        privacy.carry_out_batch(session, safety, purge.id)
    with transaction(session):
        privacy.decide(session, safety, purge.id, approve=False)
    with pytest.raises(OutOfTurn), transaction(session):
        privacy.carry_out_batch(session, safety, purge.id)
    with pytest.raises(OutOfTurn), transaction(session):
        privacy.decide(session, safety, purge.id, approve=True)
    assert rows(session, Member) == len(scene.CAST)


def test_one_list_at_a_time_and_none_when_nothing_is_due(session: Session, stage: Scene):  # noqa: ARG001  (it makes the people)
    with clock.pinned(START), pytest.raises(OutOfTurn, match="没有到期"), transaction(session):
        privacy.propose(session, OPERATOR)
    with clock.pinned(LATER), transaction(session):
        privacy.propose(session, OPERATOR)
    with clock.pinned(LATER), pytest.raises(OutOfTurn, match="已有一份"), transaction(session):
        privacy.propose(session, OPERATOR)


def hold(session: Session, stage: Scene, where: str) -> None:
    with clock.pinned(LATER), transaction(session):
        if where == "member":
            who = actor(stage, session, "committee")
            privacy.set_on_member(session, who, stage.members[GONE].id, "申诉未结")
        else:
            unit = session.get_one(Unit, (1, stage.world.units[where].id))
            privacy.set_on_unit(session, actor(stage, session, "safety"), unit, "纪检在查")


@pytest.mark.parametrize("where", ["member", "B1", "H1", "C"])
def test_what_is_under_a_hold_stays_and_the_list_says_why(
    session: Session, stage: Scene, where: str
):
    hold(session, stage, where)
    with clock.pinned(LATER):
        found = privacy.look(session, actor(stage, session, "system"))
    held = [each for each in found if each.member_id == stage.members[GONE].id]
    assert held
    assert {each.why for each in held} == {holds.HELD}
    if where == "member":
        purged(session, stage)
    else:
        with clock.pinned(LATER), pytest.raises(OutOfTurn), transaction(session):
            privacy.propose(session, OPERATOR)
    assert rows(session, Member, Member.id == stage.members[GONE].id) == 1
    assert rows(session, Contact) > 0


def test_a_hold_elsewhere_keeps_nothing(session: Session, stage: Scene):
    hold(session, stage, "B2")

    assert purged(session, stage).kept == 0


def test_a_hold_set_after_the_approval_still_holds(session: Session, stage: Scene):
    safety = actor(stage, session, "safety")
    with clock.pinned(LATER), transaction(session):
        purge = privacy.propose(session, OPERATOR)
    with clock.pinned(LATER), transaction(session):
        privacy.decide(session, safety, purge.id, approve=True)
    hold(session, stage, "member")
    with clock.pinned(LATER):
        done = carry_out(session, safety, purge)

    assert done.kept >= 1
    assert rows(session, Member, Member.id == stage.members[GONE].id) == 1
    assert "kept" in set(session.scalars(select(PurgeItem.state)))


def test_a_lifted_hold_holds_no_more_and_both_have_a_reason(session: Session, stage: Scene):
    hold(session, stage, "member")
    committee = actor(stage, session, "committee")
    [held] = privacy.list_holds(session, committee)
    with pytest.raises(Invalid), transaction(session):
        privacy.lift(session, committee, held.id, " ")
    with pytest.raises(NotFound), transaction(session):
        privacy.lift(session, actor(stage, session, "other"), held.id, "申诉已结")
    with transaction(session):
        privacy.lift(session, committee, held.id, "申诉已结")
    with pytest.raises(OutOfTurn), transaction(session):
        privacy.lift(session, committee, held.id, "申诉已结")

    purged(session, stage)
    assert rows(session, Member, Member.id == stage.members[GONE].id) == 0


def test_unfinished_business_keeps_a_member(session: Session, stage: Scene):
    with clock.pinned(LATER), transaction(session):
        again = session.merge(stage.campaign)
        again.state = "open"
    with clock.pinned(LATER):
        found = privacy.look(session, OPERATOR)

    assert [each.kind for each in found] == ["member"]
    assert "没有结束" in found[0].why.zh


def test_each_batch_is_a_transaction_of_its_own_and_can_be_gone_on_with(
    session: Session, stage: Scene
):
    safety = actor(stage, session, "safety")
    with clock.pinned(LATER):
        with transaction(session):
            purge = privacy.propose(session, OPERATOR)
        with transaction(session):
            privacy.decide(session, safety, purge.id, approve=True)
        with transaction(session):
            privacy.carry_out_batch(session, safety, purge.id, 1)
        privacy.carry_out_batch(session, safety, purge.id, 1)
        session.rollback()  # the power went
        assert rows(session, PurgeItem, PurgeItem.state == "gone") == 1
        assert carry_out(session, safety, purge, 1).verified_at is not None


def test_a_purge_is_written_down_act_by_act_without_a_name(session: Session, stage: Scene):
    purged(session, stage)
    acts = [Act.PURGE_PROPOSE, Act.PURGE_APPROVE, Act.MEMBER_PURGE, Act.PURGE_CARRY_OUT]
    written = session.scalars(select(Entry).where(Entry.act.in_(acts)).order_by(Entry.id)).all()

    assert [entry.act for entry in written] == [act.value for act in acts]
    assert GONE not in str([(entry.subject, entry.detail) for entry in written])


def test_who_was_purged_comes_back_by_import_only_when_asked(session: Session, stage: Scene):
    purged(session, stage)
    data = xlsx(("名册", [["姓名", "公民身份证号", "性别"], [GONE, NUMBER, "男"]]))
    unit = session.get_one(Unit, (1, stage.world.units["B1"].id))
    with clock.pinned(LATER), transaction(session):
        upload = imports.receive(session, OPERATOR, unit, "名册.xlsx", data)
        found = imports.inspect(session, OPERATOR, upload.id)
    assert found.new == []
    [ask] = found.asks
    assert "到期销毁" in ask.words.zh
    with clock.pinned(LATER), transaction(session):
        imports.answer(
            session, OPERATOR, upload.id, {ask.cell: ask.choices[0]}, version=upload.version
        )
        again = imports.inspect(session, OPERATOR, upload.id)
    assert [new.name for new in again.new] == [GONE]
    assert again.asks == []


def everything_that_is_swept(session: Session, stage: Scene) -> None:
    """Make one thing of every kind that is swept, at the start."""
    clerk, unit = actor(stage, session, "clerk"), stage.world.units["B1"]
    data = xlsx(("名册", [["姓名", "公民身份证号"], ["某", NUMBER]]))
    with clock.pinned(START), transaction(session):
        imports.receive(session, clerk, session.merge(unit), "名册.xlsx", data)
        member = stage.members["丁二甲"].id
        reveals.reveal(session, clerk, member, "phone", "verify", "核对名册", seat="s")
        notifications.tell(session, 1, [clerk.user_id], "test", Words("一", "one"))
        session.add(Job(tenant_id=1, path=unit.path, kind="x", ended_at=START, by=1))


def swept(session: Session, kind: str, at: datetime) -> int:
    total, done = 0, 1
    with clock.pinned(at):
        while done:
            with transaction(session):
                done = privacy.sweep_batch(session, OPERATOR, kind, 1)
            total += done
    return total


@pytest.mark.parametrize("kind", sorted(privacy.SWEPT))
def test_what_is_swept_goes_after_its_time_and_not_before(
    session: Session, stage: Scene, tmp_path: Path, kind: str
):
    everything_that_is_swept(session, stage)
    span = timedelta(days=CLOCKS[kind].days + CLOCKS[kind].months * 30.5)

    assert swept(session, kind, START + span * 0.9) == 0
    assert swept(session, kind, START + span * 1.1) >= 1
    assert swept(session, kind, START + span * 1.1) == 0
    if kind == "upload":
        assert list((tmp_path / "uploads").iterdir()) == []


@pytest.mark.parametrize("kind", ["upload", "reveal", "job"])
def test_what_is_under_a_hold_is_not_swept(session: Session, stage: Scene, kind: str):
    everything_that_is_swept(session, stage)
    hold(session, stage, "B1")

    assert swept(session, kind, LATER + timedelta(days=400)) == 0


def test_files_that_no_upload_knows_are_removed_after_a_day(
    session: Session, stage: Scene, tmp_path: Path
):
    everything_that_is_swept(session, stage)
    [known] = (tmp_path / "uploads").iterdir()
    stray = tmp_path / "uploads" / "left.new"
    stray.write_bytes(b"x")
    assert privacy.remove_stray_files(session) == 0
    with clock.pinned(datetime.now(UTC) + timedelta(days=2)):
        assert privacy.remove_stray_files(session) == 1
    assert known.exists()
    assert not stray.exists()


def test_every_clock_that_runs_out_is_looked_at_by_something():
    by_hand = {name for name, each in CLOCKS.items() if each.how == How.APPROVAL}
    by_itself = {name for name, each in CLOCKS.items() if each.how == How.SWEEP}

    assert by_hand == {"member", "contact"}
    assert by_itself == set(privacy.SWEPT)


def test_whatever_hangs_on_a_member_is_found_by_its_foreign_keys():
    def below(name: str) -> set[str]:
        found = {other.name for other, _ in destroying.hanging_on(Model.metadata.tables[name])}
        return found.union(*(below(each) for each in found)) if found else set()

    assert below("member") >= {"record", "contact", "member_change", "reveal", "hold"}


def test_the_log_and_the_people_of_others_stay(session: Session, stage: Scene):
    before = rows(session, Entry)
    purged(session, stage)

    assert rows(session, Entry) > before
    with pytest.raises(NoResultFound):
        session.get_one(Member, (1, stage.members[GONE].id))
