"""A return on its way: filed, recalled, taken up, returned, answered, accepted; totals follow."""

from __future__ import annotations

import pytest

from portal.access import Role
from portal.core import clock
from portal.core.errors import Invalid, NotAllowed, NotFound, OutOfTurn, Overtaken
from portal.reporting import service as reporting
from portal.reporting.filing import digest
from portal.reporting.models import State
from portal.reporting.review import Note
from portal.screening import service as screening
from tests import theatre


@pytest.fixture
def play(session):
    """A campaign in which everybody is screened and nobody has filed."""
    with clock.pinned(theatre.BEFORE_THE_DEADLINE):
        yield theatre.play(session, "screen")


@pytest.fixture
def branch(play):
    return theatre.unit(play, "990101001")


@pytest.fixture
def committee(play):
    return theatre.unit(play, "990101")


def item_of(play, unit):
    actor = play.cast.signer(unit)
    return reporting.tables_return(play.session, actor, play.campaign, unit.path)


def file(play, unit):
    item = item_of(play, unit)
    play._explain(unit, item, "")
    actor = play.cast.signer(unit)
    return reporting.file(play.session, actor, item.id, version=item.version), item


def take_up(play, unit, above):
    _, item = file(play, unit)
    reviewer = play.cast.reviewer(above)
    return reporting.take_up(play.session, reviewer, item.id, version=item.version), reviewer


def test_a_clerk_prepares_and_only_the_secretary_files(play, branch):
    item = item_of(play, branch)
    clerk = play.cast.filler(branch)
    assert reporting.preview(play.session, clerk, item.id).figures.any()
    with pytest.raises(NotAllowed):
        reporting.file(play.session, clerk, item.id, version=item.version)


def test_a_filing_waits_until_everybody_is_screened(play, branch):
    clerk, item = play.cast.filler(branch), item_of(play, branch)
    record, _ = screening.list_records(play.session, clerk, play.campaign, branch.path)[0]
    record.screened = False
    with pytest.raises(Invalid, match="1 名党员还没有排查"):
        reporting.file(play.session, play.cast.signer(branch), item.id, version=item.version)
    screening.explain(play.session, clerk, record.id, "住院，月底补查", version=record.version)
    assert file(play, branch)[1].state == State.FILED


def test_filing_twice_is_told_and_changes_nothing(play, branch):
    _, item = file(play, branch)
    with pytest.raises(OutOfTurn, match="已上报"):
        reporting.file(play.session, play.cast.signer(branch), item.id, version=item.version)
    assert item.round == 1


def test_a_filing_after_the_deadline_is_marked_late_and_taken(play, branch):
    with clock.pinned(theatre.AFTER_THE_DEADLINE):
        _, item = file(play, branch)
    assert (item.state, item.late) == (State.FILED, True)


def test_the_deadline_passing_during_the_work_only_marks(play, branch):
    item = item_of(play, branch)
    seen = item.version
    with clock.pinned(theatre.AFTER_THE_DEADLINE):
        play._explain(branch, item, "")
        reporting.file(play.session, play.cast.signer(branch), item.id, version=seen)
    assert item.late


def test_what_was_recalled_cannot_be_taken_up_or_accepted(play, branch, committee):
    _, item = file(play, branch)
    seen = item.version
    reporting.recall(play.session, play.cast.signer(branch), item.id, version=seen)
    with pytest.raises(OutOfTurn, match="填写中"):
        reporting.take_up(play.session, play.cast.reviewer(committee), item.id, version=seen)


def test_nothing_taken_up_can_be_recalled(play, branch, committee):
    item, _ = take_up(play, branch, committee)
    with pytest.raises(OutOfTurn, match="审核中"):
        reporting.recall(play.session, play.cast.signer(branch), item.id, version=item.version)


def test_a_decision_on_what_has_changed_since_is_refused(play, branch, committee):
    item, reviewer = take_up(play, branch, committee)
    with pytest.raises(Overtaken):
        reporting.accept(play.session, reviewer, item.id, version=item.version - 1)


def test_only_the_direct_superior_reviews(play, branch):
    _, item = file(play, branch)
    district = theatre.unit(play, "9901")
    with pytest.raises(NotAllowed):
        reporting.take_up(play.session, play.cast.reviewer(district), item.id, version=item.version)


def test_a_neighbour_finds_nothing(play, branch):
    other = play.cast.reviewer(theatre.unit(play, "990102"))
    with pytest.raises(NotFound):
        reporting.get_return(play.session, other, item_of(play, branch).id)


def test_a_return_needs_remarks_and_refiling_needs_every_answer(play, branch, committee):
    item, reviewer = take_up(play, branch, committee)
    session, signer = play.session, play.cast.signer(branch)
    with pytest.raises(Invalid, match="至少要有一条批注"):
        reporting.send_back(session, reviewer, item.id, [], version=item.version)
    notes = [Note("失联人数核实", "t7", "t7:01.11"), Note("第 4 行去向写到县", "t3", "row")]
    reporting.send_back(session, reviewer, item.id, notes, version=item.version)
    with pytest.raises(Invalid, match=r"批注 1.*批注 2"):
        reporting.file(session, signer, item.id, version=item.version)
    reporting.answer(session, signer, item.id, 1, "explained", "已核对")
    with pytest.raises(Invalid, match="批注 2"):
        reporting.answer(session, signer, item.id, 2, "explained", " ")
    reporting.answer(session, signer, item.id, 2, "changed", "")
    reporting.file(session, signer, item.id, version=item.version)
    first = reporting.remarks_of(session, item)[0]
    assert (item.state, item.round, first.before) == (State.FILED, 2, first.after)


def test_a_figure_typed_over_shows_at_every_level_above(play, branch, committee):
    item = item_of(play, branch)
    session, clerk = play.session, play.cast.filler(branch)
    before = int(reporting.preview(session, clerk, item.id).counted.sum())
    with pytest.raises(Invalid, match="改填须写理由"):
        reporting.override(session, clerk, item.id, "t7:01.9", 3, "")
    reporting.override(session, clerk, item.id, "t7:01.9", 3, "台账另有一人，待补录")
    draft = reporting.preview(session, clerk, item.id)
    assert int(draft.counted.sum()) == before
    assert draft.catalogue.by_cell(draft.figures)["t7:01.9"] == 3
    _, item = file(play, branch)
    reviewer = play.cast.reviewer(committee)
    reporting.take_up(session, reviewer, item.id, version=item.version)
    reporting.accept(session, reviewer, item.id, version=item.version)
    above = reporting.preview(session, reviewer, item_of(play, committee).id)
    assert any(o.rule == "W1" and "1 处" in o.zh for o in above.outcomes_of("hint"))


def test_a_committee_waits_for_its_branches(play, committee):
    with pytest.raises(Invalid, match="还有 2 个下级单位没有通过审核"):
        file(play, committee)


def test_totals_tell_reported_accepted_and_recognised_apart(play, branch, committee):
    session, reader = play.session, play.cast.reviewer(committee)
    filing, item = file(play, branch)
    on_roll = "t7:01.2"

    def cell():
        return reporting.totals(session, reader, play.campaign, committee.path).cell(on_roll)

    reported = cell()
    assert reported[0] > 0
    assert reported[1:] == (0, 0)
    reporting.take_up(session, reader, item.id, version=item.version)
    reporting.accept(session, reader, item.id, version=item.version)
    assert cell() == (reported[0], reported[0], 0)
    covered = reporting.totals(session, reader, play.campaign, committee.path).coverage
    assert covered.to_json() == {
        "units": 2, "filed": 1, "accepted": 1, "late": 0, "missing": 1, "exempt": 0,
    }  # fmt: skip
    assert filing.round == 1


def test_a_recalled_filing_is_no_longer_reported(play, branch, committee):
    _, item = file(play, branch)
    reporting.recall(play.session, play.cast.signer(branch), item.id, version=item.version)
    reader = play.cast.reviewer(committee)
    totals = reporting.totals(play.session, reader, play.campaign, committee.path)
    assert not totals.reported.any()
    assert totals.coverage.filed == 0


def test_what_changes_below_after_filing_shows_as_drift(play, session):
    for code in ("990101001", "990101002"):
        unit = theatre.unit(play, code)
        item, reviewer = take_up(play, unit, theatre.unit(play, "990101"))
        reporting.accept(session, reviewer, item.id, version=item.version)
    committee = theatre.unit(play, "990101")
    _, mine = file(play, committee)
    assert reporting.drift(session, play.campaign, committee.path) == []
    branch = theatre.unit(play, "990101001")
    item = item_of(play, branch)
    reviewer = play.cast.reviewer(committee)
    with pytest.raises(OutOfTurn, match="先撤回本级上报"):
        reporting.send_back(session, reviewer, item.id, [Note("补报")], version=item.version)
    district = theatre.unit(play, "9901")
    examiner = play.cast.reviewer(district)
    reporting.take_up(session, examiner, mine.id, version=mine.version)
    reporting.send_back(session, examiner, mine.id, [Note("补报")], version=mine.version)
    reporting.send_back(session, reviewer, item.id, [Note("补报")], version=item.version)
    reporting.answer(session, play.cast.signer(branch), item.id, 1, "explained", "已补")
    file(play, branch)
    drifted = reporting.drift(session, play.campaign, committee.path)
    assert [(each.id, old.round, new.round) for each, old, new in drifted] == [(item.id, 1, 2)]


def test_names_stop_at_the_committee_but_for_the_register_that_goes_up(play, branch, committee):
    session, campaign = play.session, play.campaign
    file(play, branch)
    district = play.cast.reviewer(theatre.unit(play, "9901"))
    below = reporting.open_cell(session, district, campaign, branch.path, "t7:01.2")
    assert (below.kind, below.persons) == ("stopped", ())
    assert below.total > 0
    organiser = play.cast.reviewer(committee)
    opened = reporting.open_cell(session, organiser, campaign, branch.path, "t7:01.2")
    assert len(opened.persons) == opened.total == below.total
    assert reporting.register(session, district, campaign, branch.path, "t5") is None
    assert reporting.register(session, district, campaign, branch.path, "t6") is not None


def test_a_number_opens_down_the_tree_and_its_shares_add_up(play, branch, committee):
    file(play, branch)
    reader = play.cast.reviewer(theatre.unit(play, "9901"))
    opened = reporting.open_cell(
        play.session, reader, play.campaign, theatre.unit(play, "9901").path, "t7:01.1"
    )
    assert opened.kind == "units"
    assert sum(share for _, share in opened.units) == opened.total
    assert [unit.path for unit, _ in opened.units] == [committee.path]


def test_nobody_reviews_their_own_filing(play, branch):
    _, item = file(play, branch)
    signer = play.cast.signer(branch)
    unit = theatre.unit(play, "990101")
    both = type(signer)(
        signer.user_id,
        signer.tenant_id,
        signer.grants | play.cast.at(unit, Role.ORGANISER).grants,
    )
    with pytest.raises(OutOfTurn, match="您自己填报或上报的"):
        reporting.take_up(play.session, both, item.id, version=item.version)


def test_bulk_acceptance_tells_for_each_what_became_of_it(play, committee):
    session, reviewer = play.session, play.cast.reviewer(committee)
    items = []
    for code in ("990101001", "990101002"):
        _, item = file(play, theatre.unit(play, code))
        items.append(item)
    reporting.recall(
        session, play.cast.signer(theatre.unit(play, "990101002")), items[1].id,
        version=items[1].version,
    )  # fmt: skip
    ids = [item.id for item in items]
    dry = reporting.bulk_accept(session, reviewer, ids, dry_run=True)
    session.refresh(items[0])
    assert items[0].state == State.FILED
    wet = reporting.bulk_accept(session, reviewer, ids, dry_run=False)
    assert [r.done for r in dry] == [r.done for r in wet]
    assert wet[1].done is False
    assert items[0].state == (State.ACCEPTED if wet[0].done else State.FILED)


def test_the_board_adds_up_and_a_reminder_goes_out_once_a_day(play, branch, committee):
    session, reader = play.session, play.cast.reviewer(committee)
    file(play, branch)
    with clock.pinned(theatre.AFTER_THE_DEADLINE):
        tally = reporting.tally(
            session, reader, play.campaign, committee.path, deliverable="tables"
        )
        assert (tally.on_time, tally.missing, tally.expected) == (1, 1, 2)
        other = theatre.unit(play, "990101002")
        first = reporting.chase(session, reader, play.campaign, [other.id, branch.id], "请即报送")
        again = reporting.chase(session, reader, play.campaign, [other.id], "请即报送")
    assert [each.sent for each in first] == [True, True]  # the branch still owes its plan
    assert [each.sent for each in again] == [False]


def test_an_inner_date_is_earlier_for_the_subtree_and_moved_with_a_reason(play, branch, committee):
    session, campaign = play.session, play.campaign
    superior = play.cast.reviewer(committee)
    official = item_of(play, branch).due_at
    early = play._day("branch", -5)
    changed = reporting.set_inner_date(session, superior, campaign, committee.path, "tables", early)
    assert changed == 2
    assert item_of(play, branch).due_at < official
    later = play._day("branch", -2)
    with pytest.raises(Invalid, match="延期须写理由"):
        reporting.set_inner_date(session, superior, campaign, committee.path, "tables", later)
    reporting.set_inner_date(
        session, superior, campaign, committee.path, "tables", later, "台风停工"
    )
    beyond = play._day("city", 30)
    with pytest.raises(Invalid, match="不能晚于规定期限"):
        reporting.set_inner_date(session, superior, campaign, committee.path, "tables", beyond, "x")


def test_a_filing_is_sealed_by_its_hash(play, branch):
    filing, _ = file(play, branch)
    assert digest(filing, filing.persons or "") == filing.hash
    filing.overrides = {"t7:01.1": {"from": 1, "to": 2, "reason": "x"}}
    assert digest(filing, filing.persons or "") != filing.hash


def test_a_circular_has_the_figures_in_place_and_is_read_beneath(play, branch, committee):
    session, campaign = play.session, play.campaign
    organiser = play.cast.reviewer(committee)
    with clock.pinned(theatre.AFTER_THE_DEADLINE):
        title, text = reporting.draft_circular(session, organiser, campaign, committee)
        assert "河一社区党支部（2 项）" in text
        reporting.issue_circular(session, organiser, campaign, committee, title, text)
    clerk = play.cast.filler(branch)
    assert [each.title for each, _ in reporting.list_circulars(session, clerk, campaign)] == [title]
    stranger = play.cast.filler(theatre.unit(play, "990102001"))
    assert reporting.list_circulars(session, stranger, campaign) == []
    with pytest.raises(NotAllowed):
        reporting.issue_circular(session, clerk, campaign, branch, "通报", "正文")
    with pytest.raises(Invalid, match="正文"):
        reporting.issue_circular(session, organiser, campaign, committee, "通报", " ")
