"""What plugins advise and ask stands on the desk and on the case, and is never in the way."""

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
from tests.web.conftest import token_of

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


def address_of(client: FlaskClient, name: str) -> str:
    """Return where the page of one person is."""
    found = re.search(
        rf'href="(/screening/[^"]+)" data-open>{name}<', client.get("/screening").text
    )
    assert found
    return found[1]


def version_of(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


def pages_of(client: FlaskClient, name: str) -> list[str]:
    """Return the page of one person on the desk, and that of the search."""
    case = re.search(rf'href="(/lost/[^"]+)">{name}<', client.get("/lost").text)
    assert case
    return [client.get(address_of(client, name)).text, client.get(case[1]).text]


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


ASKS = """
from portal.extension import Kind, Question

@hookimpl
def questions():
    title = Words("谁去联系", "Who gets in touch?")
    flag = Words("登记过吗", "Written down?")
    return [
        Question("asks-who", title, "ours", Kind.TEXT, Is("lost", True)),
        Question("asks-told", flag, "ours", Kind.FLAG, Is("lost", True)),
    ]
"""


@pytest.mark.usefixtures("_abroad")
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_questions_of_a_plugin_are_answered_on_the_desk_and_on_a_phone(
    session: Session, world: World, sign_in: SignIn, install, headers: dict[str, str]
):
    install("asks", ASKS)
    switch(session, world, "asks")
    client = sign_in("clerk")
    at = address_of(client, "丁二甲")
    page = client.get(at).text
    assert "谁去联系" in page
    form = {"csrf_token": token_of(page), "version": version_of(page)}

    wrong = client.post(f"{at}/answers", data={**form, "q-asks-who": "长" * 201}, headers=headers)
    assert wrong.status_code == 422
    assert "不超过 200 字" in wrong.text
    assert "长" * 201 in wrong.text

    right = {**form, "q-asks-who": "王书记", "q-asks-told": "no"}
    assert client.post(f"{at}/answers", data=right, headers=headers).status_code in {200, 302}
    page = client.get(at).text
    assert 'value="王书记"' in page
    assert '<option value="no" selected>否</option>' in page

    organizations.switch_plugin(session, OPERATOR, world.units["B1"], "asks", on=False)
    session.commit()
    page = client.get(at).text
    assert "谁去联系" not in page
    assert "王书记" in page
    assert "插件 asks 0.1，现在没有问" in page
