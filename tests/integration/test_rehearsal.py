from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from portal import tables
from portal.core.database import open_engine
from portal.rehearsal.play import STAGES
from tests import theatre
from tests.databases import as_app

RAGGED = """code,name,level,parent
B2,直属支部,branch,T
D1,南区,district,T
V9,直属村,village,D1
S1,滩镇,town,D1
V1,滩一村委会,village,S1
S2,空镇,town,D1
T,某市,city,
"""
FLAT = "code,name,level,parent\nA,小市,city,\nB,一支部,branch,A\n"


@pytest.mark.parametrize("tree", [theatre.SMALL, RAGGED, FLAT], ids=["small", "ragged", "flat"])
def test_a_campaign_played_to_the_end_adds_up_on_any_tree(database_url, tree):
    engine = open_engine(as_app(database_url))
    with Session(engine) as session:
        report = theatre.play(
            session, "reports", members=60, tree=tree, returns=0.5, late=0.5
        ).report
    engine.dispose()
    assert report.equal
    assert report.root["t7"]["01.1"] == 60
    assert report.checks["errors"] == 0
    assert report.returned == report.refiled
    assert report.filings == report.accepted + report.returned


@pytest.mark.parametrize("until", STAGES[2:])
def test_a_rehearsal_stops_after_any_stage(session, until):
    report = theatre.play(session, until).report
    assert list(report.seconds)[-1] == until
    assert report.equal is (until not in ("open", "screen"))


def test_the_same_seed_gives_the_same_figures(session):
    first = theatre.play(session, "branch").report.root
    engine = open_engine("sqlite://", owner=True)
    tables.Model.metadata.create_all(engine)
    with Session(engine) as other:
        assert theatre.play(other, "branch").report.root == first
    engine.dispose()
