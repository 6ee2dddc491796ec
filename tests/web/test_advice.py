"""Advice of the plugins stands on the desk and on the case, as a proposal, and never in the way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal import access
from portal.members.models import Member
from portal.organizations import service as organizations
from portal.screening.models import Record
from tests import scene as played

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session

    from tests.web.conftest import SignIn
    from tests.web.world import World

OPERATOR = access.operator(1)
RAISES = "@hookimpl\ndef advise(person):\n    raise RuntimeError\n"


@pytest.fixture
def _abroad(session: Session, world: World) -> None:
    """A community branch, screened, in which one of the lost members went abroad."""
    organizations.change_unit(
        session, OPERATOR, world.units["B1"].id, {"sector": "7"},
        version=world.units["B1"].version,
    )  # fmt: skip
    session.commit()
    played.screen(session, played.build(session, world))
    (record,) = session.scalars(
        select(Record).join(Member, Member.id == Record.member_id).where(Member.name == "丁二甲")
    )
    record.circumstance = "5"
    session.commit()


def switch(session: Session, world: World, plugin: str) -> None:
    organizations.switch_plugin(session, OPERATOR, world.units["B1"], plugin, on=True)
    session.commit()


def pages_of(client: FlaskClient, name: str) -> list[str]:
    """Return the page of one person on the desk, and that of the search."""
    desk = re.search(rf'href="(/screening/[^"]+)" data-open>{name}<', client.get("/screening").text)
    case = re.search(rf'href="(/lost/[^"]+)">{name}<', client.get("/lost").text)
    assert desk
    assert case
    return [client.get(desk[1]).text, client.get(case[1]).text]


@pytest.mark.usefixtures("_abroad")
def test_advice_is_shown_with_reason_and_source_as_a_proposal(
    session: Session, world: World, sign_in: SignIn
):
    switch(session, world, "township")

    for page in pages_of(sign_in("clerk"), "丁二甲"):
        assert '<li class="proposal">' in page
        assert "系统提出，由人决定" in page
        assert "拟：保留组织关系" in page
        assert "可能的情形：出国（境）党员" in page
        assert "方案三；方案四 (三)4、5" in page


@pytest.mark.usefixtures("_abroad")
def test_where_no_plugin_is_on_nothing_is_advised(sign_in: SignIn):
    for page in pages_of(sign_in("clerk"), "丁二甲"):
        assert "办法建议" not in page


@pytest.mark.usefixtures("_abroad")
def test_who_is_in_no_situation_is_advised_nothing(session: Session, world: World, sign_in: SignIn):
    switch(session, world, "township")

    for page in pages_of(sign_in("clerk"), "丁一甲"):
        assert "办法建议" not in page


@pytest.mark.usefixtures("_abroad")
def test_a_plugin_that_raises_is_named_and_the_page_is_there_all_the_same(
    session: Session, world: World, sign_in: SignIn, install
):
    install("speechless", RAISES)
    switch(session, world, "township")
    switch(session, world, "speechless")

    for page in pages_of(sign_in("clerk"), "丁二甲"):
        assert "插件“试”没有回答" in page
        assert "拟：保留组织关系" in page
