"""However a query is written, what lies outside the session's scope neither comes nor changes."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests import scene
from tests.scope.trying import READS, REFUSALS, WRITES, changed, shown, told


def test_there_are_at_least_forty_one_shapes():
    assert len(READS) + len(WRITES) >= 41


@pytest.mark.parametrize("shape", READS.values(), ids=READS)
def test_no_way_of_reading_shows_what_is_out_of_scope(walled, shape):
    assert shown(walled, shape) == []


@pytest.mark.parametrize("shape", WRITES.values(), ids=WRITES)
def test_no_way_of_writing_changes_what_is_out_of_scope(walled, shape):
    assert not changed(walled, shape)


@pytest.mark.parametrize("shape", READS.values(), ids=READS)
def test_without_a_scope_nothing_is_read(walled, shape):
    names = [name for _, name, *_ in scene.CAST]
    with Session(walled.engine) as session:
        try:
            found = told(shape(session, walled))
        except (*REFUSALS, AssertionError):  # a shape may say itself that it found nothing
            found = ""
    assert not [name for name in names if name in found]
