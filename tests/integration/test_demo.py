"""The demo: what stands in it has to be possible on the day it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal.core import clock
from portal.members.models import Member
from portal.organizations import service as organizations
from portal.rehearsal.demo import Demo
from portal.screening.models import Record
from tests import theatre

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

METHOD = "pbkdf2:sha256:1"
TREES = {
    "one district": """code,name,level,parent
T,某市,city,
B1,市直支部,branch,T
D1,独区,district,T
C1,河街道,street,D1
B2,河一村,village,C1
""",
    "no district": "code,name,level,parent\nT,某市,city,\nC,某镇,town,T\nB,某村,village,C\n",
    "one branch": "code,name,level,parent\nB,某党支部,branch,\n",
}


@pytest.mark.parametrize("tree", TREES.values(), ids=TREES)
def test_the_demo_can_be_built_on_a_small_tree(session: Session, tree: str) -> None:
    rows = organizations.read(tree.encode(), "tree.csv").rows
    assert Demo(session, 1, 20, METHOD).build(rows, lambda _: None)


def test_nobody_in_the_demo_came_to_a_meeting_that_is_yet_to_be_held(session: Session) -> None:
    rows = organizations.read(theatre.SMALL.encode(), "tree.csv").rows
    Demo(session, 1, 60, METHOD).build(rows, lambda _: None)
    today = clock.now().date()
    for table in (Member, Record):
        met = session.scalars(select(table.last_meeting)).all()
        assert len(met) == 60
        assert all(day.first() <= today for day in met if day)
