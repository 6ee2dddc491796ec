"""Grid counts: in memory and by the database, against a naive count."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, func, insert, select

from portal.core.database import open_engine
from portal.core.keys import uuid7
from portal.extension.conditions import holds
from portal.reporting import forms, grid
from portal.screening.models import Record
from tests.unit.test_conditions import CONDITIONS

PEOPLE = st.fixed_dictionaries(
    {
        "standing": st.sampled_from(["full", "probationary"]),
        "on_roll": st.booleans(),
        "age": st.none() | st.integers(18, 90),
        "floating": st.booleans(),
        "destination_scope": st.sampled_from(["", "other_province", "other_city", "unknown"]),
        "destination_kind": st.sampled_from(["", "private_firm", "village", "talent_center"]),
        "former_occupation": st.sampled_from(["", "farmer", "lawyer", "other"]),
        "certificate": st.booleans(),
        "nominal": st.sampled_from(["", "settled", "unsettled"]),
        "receipt": st.sampled_from(["", "settled", "missing"]),
        "lost": st.booleans(),
        "months_lost": st.integers(0, 150),
        "circumstance": st.sampled_from(["", "1", "7"]),
        "outcome": st.sampled_from(["", "found", "not_found"]),
        "focus": st.sampled_from(["", "a", "ab|b_c", "a|%"]),
    }
)
BLANK = {
    "gender": "", "minority": False, "party_years": None, "education_band": "", "sector": "",
    "occupation_group": "", "screened": True, "lives_elsewhere": False,
}  # fmt: skip


def _naive(table, people):
    counted = {}
    for cell in table.cells():
        condition = grid.condition_of(table, cell)
        counted[cell] = sum(1 for person in people if holds(condition, person))
    return counted


@given(st.lists(PEOPLE, max_size=12))
def test_counting_in_one_pass_equals_counting_cell_by_cell(people):
    people = [BLANK | person for person in people]
    tables = tuple(forms.shipped().values())
    counted = dict(zip(grid.cells_of(tables), grid.count(tables, people).tolist(), strict=True))
    assert counted == {k: n for table in tables for k, n in _naive(table, people).items()}


@pytest.fixture
def bare():
    """A connection to nothing but records, which then need no member and no campaign."""
    engine = open_engine("sqlite://", owner=True)
    columns = [Column(each.name, each.type) for each in Record.__table__.columns]
    Table(Record.__tablename__, MetaData(), *columns).create(engine)  # no foreign keys
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(people=st.lists(PEOPLE, min_size=1, max_size=8), condition=CONDITIONS)
def test_the_database_finds_the_same_people(bare, people, condition):
    campaign = uuid.uuid4()
    at = datetime(2026, 11, 25, tzinfo=UTC)
    rows = [
        BLANK | person | {
            "tenant_id": 1, "id": uuid7(), "campaign_id": campaign, "member_id": uuid7(),
            "path": "/1/", "checks": {}, "updated_at": at, "version": 1,
        }
        for person in people
    ]  # fmt: skip
    bare.execute(insert(Record), rows)
    found = bare.scalar(
        select(func.count()).where(Record.campaign_id == campaign, grid.to_sql(condition, Record))
    )
    assert found == sum(holds(condition, BLANK | person) for person in people)
