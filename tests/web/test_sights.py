"""Who saw whom and who was turned away: one entry for each answer, and none without it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.access import Actor
from portal.audit import Act, Entry, recording
from portal.audit.recording import record
from portal.core.database import open_engine, transaction
from tests import scene
from tests.web.conftest import token_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient

    from tests.scene import Scene
    from tests.web.world import World

    SignIn = Callable[[str], FlaskClient]

NOTED = {Act.DENIED.value, Act.PERSON_SEE.value, Act.AUDIT_SEE.value, Act.AUDIT_VERIFY.value}


@pytest.fixture
def built(session: Session, world: World) -> Scene:
    built = scene.build(session, world)
    scene.screen(session, built)
    scene.leave(session, built)
    return built


def noted(session: Session) -> list[Entry]:
    session.rollback()
    entries = session.scalars(select(Entry).order_by(Entry.number)).all()
    session.expunge_all()
    session.rollback()  # SQLite lets nobody write while a test still reads
    return [entry for entry in entries if entry.act in NOTED]


def since(session: Session, before: int) -> list[Entry]:
    return noted(session)[before:]


def test_opening_a_person_is_one_entry_about_that_person(
    session: Session, built: Scene, sign_in: SignIn
):
    member = built.members["丁一甲"]
    client, before = sign_in("clerk"), len(noted(session))

    assert client.get(f"/members/{member.id}").status_code == 200

    (entry,) = since(session, before)
    assert (entry.act, entry.subject) == ("person:see", f"member:{member.id}")
    assert (entry.result, entry.roles, entry.address) == ("seen", "clerk", "127.0.0.1")
    assert (entry.path, entry.user_id) == (built.path("B1"), built.world.people["clerk"].id)


def test_a_list_of_names_is_one_entry_with_everybody_in_it(
    session: Session, built: Scene, sign_in: SignIn
):
    client, before = sign_in("clerk"), len(noted(session))

    assert "丁一甲" in client.get("/members").text

    (entry,) = since(session, before)
    own = {str(built.members[name].id) for code, name, *_ in scene.CAST if code == "B1"}
    session.rollback()
    assert set(entry.detail["members"]) == own
    assert entry.detail["page"] == "roster.list"


READERS = ("/members", "/screening", "/lost", "/search?q=丁")


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("address", READERS)
def test_every_page_with_names_is_noted_once(session: Session, sign_in: SignIn, address: str):
    client, before = sign_in("clerk"), len(noted(session))
    page = client.get(address, follow_redirects=False)

    assert page.status_code == 200
    assert any(name in page.text for _, name, *_ in scene.CAST)
    assert [entry.act for entry in since(session, before)] == ["person:see"]


@pytest.mark.parametrize("who", ["sibling", "other", "auditor", "system"])
def test_who_is_turned_away_is_noted_once(
    session: Session, built: Scene, sign_in: SignIn, who: str
):
    member = built.members["丁一甲"]
    client, before = sign_in(who), len(noted(session))

    assert client.get(f"/members/{member.id}").status_code == 404

    (entry,) = since(session, before)
    assert (entry.act, entry.result) == ("access:denied", "denied")
    assert (entry.subject, entry.detail["status"]) == (f"member:{member.id}", 404)


def test_an_act_that_is_refused_leaves_a_denial_and_nothing_else(
    session: Session, built: Scene, sign_in: SignIn
):
    member = built.members["丁一甲"]
    client = sign_in("sibling")
    token = token_of(client.get("/members").text)
    before = len(noted(session))
    form = {"csrf_token": token, "version": "1", "reason": "died"}

    assert client.post(f"/members/{member.id}/leave", data=form).status_code == 404

    assert [entry.act for entry in since(session, before)] == ["access:denied"]


@pytest.mark.usefixtures("built")
def test_pages_without_names_are_not_noted(session: Session, sign_in: SignIn):
    client, before = sign_in("inspector"), len(noted(session))
    for address in ("/me", "/help", "/board", "/inbox", "/health"):
        client.get(address)

    assert since(session, before) == []


def test_what_cannot_be_noted_is_not_shown(session: Session, built: Scene, sign_in: SignIn):
    client = sign_in("clerk")
    with transaction(session):
        session.execute(text("ALTER TABLE audit_head RENAME TO elsewhere"))

    page = client.get(f"/members/{built.members['丁一甲'].id}")

    with transaction(session):
        session.execute(text("ALTER TABLE elsewhere RENAME TO audit_head"))
    assert page.status_code == 503
    assert "丁一甲" not in page.text
    assert page.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.usefixtures("built")
def test_looking_at_the_log_is_noted_and_shows_how_far_it_is_whole(
    session: Session, sign_in: SignIn
):
    client, before = sign_in("auditor"), len(noted(session))
    page = client.get("/audit")

    (entry,) = since(session, before)
    assert entry.act == "audit:see"
    assert f"链完整，至第 {entry.number - 1:,} 条" in page.text


@pytest.mark.usefixtures("built")
def test_the_whole_chain_is_verified_at_a_press(session: Session, sign_in: SignIn):
    client = sign_in("auditor")
    page = client.get("/audit")
    token = token_of(page.text)

    assert "刚核对了全部" in client.post("/audit/verify", data={"csrf_token": token}).text
    assert noted(session)[-1].act == "audit:verify"


def test_the_auditor_finds_who_saw_a_person_and_what_an_account_saw(built: Scene, sign_in: SignIn):
    member = built.members["丁一甲"]
    sign_in("clerk").get(f"/members/{member.id}")
    sign_in("secretary").get("/members")
    sign_in("sibling").get("/members")

    saw = sign_in("auditor").get(f"/audit?report=who_saw&subject={member.id}").text
    seen = sign_in("auditor").get("/audit?report=seen_by&who=secretary").text

    assert ("沈雪芬" in saw, "何建国" in saw, "胡佳" in saw) == (True, True, False)
    assert (seen.count("查看党员</td>"), "沈雪芬" in seen) == (1, False)


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    ("query", "found"),
    [("act=member:add", True), ("unit=B1", True), ("unit=nowhere", False), ("result=denied", False),
     ("subject=member:", True), ("since=2026-11-20", True), ("since=2999-01-01", False),
     ("unit=%00", False), ("subject=%E5%27", False), ("report=who_saw&subject=x", False)],
)  # fmt: skip
def test_the_log_is_searched_by_each_of_its_fields(sign_in: SignIn, query: str, found: bool):
    page = sign_in("auditor").get(f"/audit?{query}")
    assert page.status_code == 200
    assert ("没有符合的记录" not in page.text) == (found or query == "unit=%00")


def test_the_log_holds_no_name_no_number_and_no_telephone(
    session: Session, built: Scene, sign_in: SignIn
):
    """Pages were opened, people changed, a return filed: a detector goes over all of it (L6)."""
    scene.file(session, built)
    for address in READERS:
        sign_in("clerk").get(address)
    sign_in("auditor").get("/audit?who=沈雪芬&subject=沈雪芬")
    names = [name for _, name, *_ in scene.CAST] + [
        a.full_name for a in built.world.people.values()
    ]
    session.rollback()

    entries = session.scalars(select(Entry)).all()
    written = " ".join(f"{e.subject} {e.detail}" for e in entries)
    assert len(entries) > 30
    assert not [name for name in names if name and name in written]
    assert not re.search(r"(?<![0-9a-f-])(?:\d{17}[\dXx]|1[3-9]\d{9})(?![0-9a-f-])", written)


OWNER = open_engine("sqlite://", owner=True)


@given(st.text(max_size=60))
def test_nothing_in_an_entry_breaks_a_line(text: str):
    """CR, LF, escapes, bidirectional marks, line separators: none gets through (L8)."""
    actor = Actor(1, 1, frozenset())

    with Session(OWNER) as session, session.begin():
        record(session, actor, Act.DENIED, "/1/", f"page:{text}")
        kept = session.info.pop("audit waiting")
    assert all(sign.isprintable() for sign in kept[0].entry.subject)


def test_the_address_is_cut_to_what_an_address_can_be():
    recording.coming_from("1" * 500)
    assert len(recording._address.get()) == 45
    recording.coming_from(None)
    assert recording._address.get() == ""


def test_an_id_that_nobody_has_is_turned_away_alike(
    session: Session, built: Scene, sign_in: SignIn
):
    client, before = sign_in("sibling"), len(noted(session))
    foreign = client.get(f"/members/{built.members['丁一甲'].id}").text
    nobody = client.get(f"/members/{uuid4()}").text

    def masked(page: str) -> str:
        return re.sub(r'content="[^"]+"|value="[^"]+"|[0-9a-f-]{36}', "", page)

    assert masked(foreign) == masked(nobody)
    assert len(since(session, before)) == 2
