"""Whatever is done to a tree, in whatever order: paths, links and appointments stay in step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access import Role
from portal.core import clock, tree
from portal.core.database import open_engine
from portal.core.errors import Refusal
from portal.organizations import service as organizations
from portal.organizations.models import Kind, Unit
from tests.integration.grown import Grown, grow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.databases import SqliteFiles

START = datetime(2026, 6, 1, 4, tzinfo=UTC)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "move", "merge", "dissolve"]),
        st.integers(0, 10_000),
        st.integers(0, 10_000),
    ),
    max_size=25,
)


def take(grown: Grown, step: str, one: Unit, other: Unit, number: int) -> None:
    session, operator = grown.session, grown.operator
    if step == "add":
        organizations.add_below(
            session, operator, one, code=f"N{number}", kind=Kind.BRANCH, name="新支部"
        )
    elif step == "move":
        organizations.move_unit(session, operator, one, other)
    elif step == "merge":
        organizations.merge_units(session, operator, one, other)
    else:
        organizations.dissolve_unit(session, operator, one)


def holds_together(grown: Grown, units: Sequence[Unit]) -> None:
    by_id = {unit.id: unit for unit in units}
    for unit in units:
        if unit.parent_id is not None and unit.dissolved_on is None:
            parent = by_id[unit.parent_id]
            assert parent.dissolved_on is None
            assert unit.path == tree.below(parent.path, tree.number(unit.path))
    today = organizations.tree_on(
        grown.session, grown.operator, organizations.today(grown.session, 1)
    )
    standing = {unit.code: unit.path for unit in units if unit.dissolved_on is None}
    assert {each.code: each.path for each in today} == standing
    assert organizations.astray(grown.session, 1) == {}


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_any_growth_keeps_the_tree_in_step(
    sqlite_files: SqliteFiles, steps: list[tuple[str, int, int]]
):
    url = sqlite_files.fresh()
    engine = open_engine(url, owner=True)
    with Session(engine) as session, clock.pinned(START):
        grown = grow(session)
        for code in ("H1", "H2", "H3"):
            grown.invite(f"organiser-{code.lower()}", code, Role.ORGANISER)
        for day, (step, one, other) in enumerate(steps):
            units = session.scalars(select(Unit).order_by(Unit.code)).all()
            with clock.pinned(START + timedelta(days=day // 2)), session.begin_nested():
                try:
                    take(grown, step, units[one % len(units)], units[other % len(units)], day)
                except Refusal:
                    continue
                holds_together(grown, session.scalars(select(Unit)).all())
    engine.dispose()
    sqlite_files.drop(url)
