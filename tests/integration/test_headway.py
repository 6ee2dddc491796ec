"""How far the lowest units have come, against a naive walk over every return."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from portal.core import tree
from portal.reporting import service as reporting
from portal.reporting.headway import Headway
from portal.reporting.models import Return
from portal.screening.models import Record
from tests import scene as played
from tests.web import reported
from tests.web import world as made

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.scene import Scene


@pytest.fixture
def scene(session: Session) -> Scene:
    """A campaign in which nobody has filed yet."""
    return reported.build(session, made.build(session))


def naive(session: Session, scene: Scene, path: str) -> dict[str, Headway]:
    """Walk every return below `path` and ask for each lowest unit how far it has come."""
    rows = session.scalars(select(Return).where(Return.deliverable == "tables")).all()
    state = {row.path: row for row in rows}
    parents = {tree.parent(row.path) for row in rows}
    found: dict[str, Headway] = {}
    for row in rows:
        if row.path in parents or not tree.is_within(row.path, path):
            continue
        line = [at for at in tree.lineage(row.path) if at != scene.campaign.path]
        handed_in = row.first_filed_at is not None and row.state != "open"
        accepted = row.state == "accepted"
        through = all(state[at].state == "accepted" for at in line)
        child = row.path if row.path == path else tree.lineage(row.path)[tree.depth(path)]
        found[child] = found.get(child, Headway()) + Headway(
            recognised=int(accepted and through),
            accepted=int(accepted and not through),
            reported=int(handed_in and not accepted),
            missing=int(not handed_in and not row.exempt),
            late=int(handed_in and row.late),
            exempt=int(not handed_in and bool(row.exempt)),
        )
    return found


def test_the_counts_of_every_level_equal_a_naive_walk(session: Session, scene: Scene):
    played.file(session, scene)
    played.file(session, scene, "third", "B3")
    played.accept(session, scene, "organiser", "B3")
    reported.send_back(session, scene, "general", "B1", "t7:01.11")

    for code in ("C", "D1", "H1", "G1", "B1"):
        path = scene.path(code)
        assert reporting.by_child(session, scene.campaign, path) == naive(session, scene, path)


def test_what_is_accepted_is_recognised_only_when_every_level_above_has_passed(
    session: Session, scene: Scene
):
    played.file(session, scene, "third", "B3")
    played.accept(session, scene, "organiser", "B3")
    before = reporting.by_child(session, scene.campaign, scene.path("H1"))
    session.execute(
        update(Return)
        .where(Return.path.in_([scene.path("H1"), scene.path("D1")]))
        .values(state="accepted")
    )
    after = reporting.by_child(session, scene.campaign, scene.path("H1"))

    assert before[scene.path("B3")] == Headway(accepted=1)
    assert after[scene.path("B3")] == Headway(recognised=1)


def test_a_change_after_filing_shows_as_drift_and_leaves_the_filed_figure(
    session: Session, scene: Scene
):
    played.file(session, scene)
    city = scene.actor(session, "city")
    frozen, rows = reporting.rows(session, city, scene.campaign, scene.path("G1"))
    quiet = reporting.moved(session, scene.campaign, scene.path("G1"), frozen, rows)
    session.execute(
        update(Record).where(Record.member_id == scene.members["丁四甲"].id).values(lost=True)
    )
    moved = reporting.moved(session, scene.campaign, scene.path("G1"), frozen, rows)

    assert quiet == []
    assert [(each.unit.code, each.cell, each.filed, each.now) for each in moved] == [
        ("B1", "t7:01.11", 2, 3)
    ]
