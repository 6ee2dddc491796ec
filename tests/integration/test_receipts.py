"""Who was sent off owes a receipt, who is on the roll owes none: D1 holds by itself."""

from __future__ import annotations

import pytest

from portal.core import clock
from portal.core.errors import Invalid
from portal.members import service as members
from portal.screening import service as screening
from tests import scene


@pytest.fixture
def built(session):
    return scene.build(session)


def record_of(session, built, name):
    clerk = built.actor(session, "clerk")
    rows = screening.list_records(session, clerk, built.campaign, built.path("B1"))
    return next(record for record, member in rows if member.name == name)


def change(session, built, name, tie):
    clerk, member = built.actor(session, "clerk"), built.members[name]
    with clock.pinned(scene.AT):
        members.change(session, clerk, member.id, {"tie": tie}, version=member.version)
        screening.follow(session, clerk, built.campaign, [member.id])


def test_who_is_sent_off_during_the_campaign_owes_a_receipt(session, built):
    change(session, built, "丁四甲", "sent")

    record = record_of(session, built, "丁四甲")
    assert (record.on_roll, record.receipt) == (False, "missing")
    assert "receipt" in record.proposal.split("|")


def test_who_comes_back_owes_none(session, built):
    change(session, built, "丁五甲", "on_roll")

    record = record_of(session, built, "丁五甲")
    assert (record.on_roll, record.receipt) == (True, "")
    assert "receipt" not in record.proposal.split("|")


@pytest.mark.parametrize(("name", "said"), [("丁四甲", "missing"), ("丁五甲", "")])
def test_a_receipt_that_contradicts_the_roster_is_refused(session, built, name, said):
    record = record_of(session, built, name)
    clerk = built.actor(session, "clerk")

    with clock.pinned(scene.AT), pytest.raises(Invalid, match="名册"):
        screening.find(
            session, clerk, built.campaign, record.id, {"receipt": said}, version=record.version
        )
