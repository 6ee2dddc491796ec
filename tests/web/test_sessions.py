"""Sessions: who holds one, when it ends, and that an old cookie opens nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal import access
from portal.access import Role
from portal.app import create_app
from portal.audit import Act, Entry
from portal.core import clock
from portal.core.errors import Invalid
from portal.identity.models import SignIn as Row
from portal.notifications.models import Notice
from portal.organizations import service as organizations
from tests.web.bad_passwords import BAD
from tests.web.clicking import post
from tests.web.conftest import let_go, token_of
from tests.web.doors import MINUTE, START, enrol, knock
from tests.web.world import METHOD, PASSWORD, PEOPLE

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session

    from portal.settings import Settings
    from tests.web.conftest import SignIn
    from tests.web.world import World

NEW = "海风吹过岛上的旧码头和那座新学堂 7 Boats"
ADMINS = ("system", "safety", "auditor")
pytestmark = pytest.mark.usefixtures("world")


def cookie(client: FlaskClient) -> str:
    found = client.get_cookie("sicha")
    assert found is not None
    return found.value


def opens(app: Flask, kept: str) -> bool:
    """Tell whether a cookie that somebody kept still opens a page."""
    client = app.test_client()
    client.set_cookie("sicha", kept)
    return client.get("/me/password").status_code == 200


def end_by(trigger: str, who: str, client: FlaskClient, session: Session, world: World) -> None:
    person, operator = world.people[who], access.operator(1)
    post_held = organizations.posts_of(session, organizations.actor_for(session, person.id, 1))[0]
    if trigger in {"sign out", "new password"}:
        session.rollback()  # SQLite lets nobody write while a test still reads
    if trigger == "sign out":
        post(client, "/sign-out")
    elif trigger == "new password":
        post(client, "/me/password", "/me/password", old=PASSWORD, new=NEW, again=NEW)
    elif trigger == "reset":
        organizations.reset_password(session, operator, person.id, password_method=METHOD)
    elif trigger == "appointed":
        unit = world.units["B3"] if post_held.unit.code != "B3" else world.units["B2"]
        organizations.appoint(session, operator, person.id, unit, Role.CLERK)
    elif trigger == "dismissed":
        organizations.dismiss(session, operator, post_held.appointment_id)
    elif trigger == "disabled":
        organizations.disable_account(session, operator, person.id)
    session.commit()


@pytest.mark.parametrize("who", [who for who, *_ in PEOPLE])
@pytest.mark.parametrize(
    "trigger", ["sign out", "new password", "reset", "appointed", "dismissed", "disabled"]
)
def test_a_cookie_that_was_kept_opens_nothing_afterwards(
    app: Flask, sign_in: SignIn, session: Session, world: World, trigger: str, who: str
):
    client = sign_in(who)
    kept = cookie(client)
    assert opens(app, kept)
    end_by(trigger, who, client, session, world)
    assert not opens(app, kept)


@pytest.mark.parametrize(("who", "minutes"), [("clerk", 30), *((who, 15) for who in ADMINS)])
def test_a_session_ends_when_idle_to_the_second(sign_in: SignIn, who: str, minutes: int):
    with clock.pinned(START):
        client = sign_in(who)
        client.get("/me")
    with clock.pinned(START + minutes * MINUTE - timedelta(seconds=1)):
        assert client.get("/me").status_code == 200
    with clock.pinned(START + 2 * minutes * MINUTE - timedelta(seconds=1)):
        assert client.get("/me").status_code == 302


def test_a_session_in_use_ends_after_twelve_hours(sign_in: SignIn):
    with clock.pinned(START):
        client = sign_in("clerk")
    for quarter in range(1, 48):
        with clock.pinned(START + quarter * 15 * MINUTE):
            assert client.get("/me").status_code == 200
    with clock.pinned(START + timedelta(hours=12) - timedelta(seconds=1)):
        assert client.get("/me").status_code == 200
    with clock.pinned(START + timedelta(hours=12)):
        assert client.get("/me").status_code == 302


def test_a_page_that_asks_by_itself_does_not_keep_one_signed_in(sign_in: SignIn, app: Flask):
    polled = {name for name, view in app.view_functions.items()
              if getattr(view, "page_polls", False)}  # fmt: skip
    assert polled == {"imports.progress"}
    with clock.pinned(START):
        client = sign_in("clerk")
    address = "/imports/jobs/00000000-0000-7000-8000-000000000000"
    rule = next(r for r in app.url_map.iter_rules() if r.endpoint == "imports.progress")
    address = re.sub(r"<[^>]+>", "00000000-0000-7000-8000-000000000000", rule.rule)
    for minutes in (10, 20, 29):
        with clock.pinned(START + minutes * MINUTE):
            assert client.get(address).status_code == 404
    with clock.pinned(START + 30 * MINUTE):
        assert client.get("/me").status_code == 302


@pytest.mark.parametrize(("who", "most"), [("clerk", 2), *((who, 1) for who in ADMINS)])
def test_one_more_session_ends_the_oldest(sign_in: SignIn, who: str, most: int):
    held = [sign_in(who) for _ in range(most + 1)]
    assert [client.get("/me").status_code for client in held] == [302] + [200] * most


def test_the_id_is_new_at_every_sign_in_and_no_id_is_taken_from_outside(app: Flask):
    client = app.test_client()
    token_of(client.get("/sign-in").text)
    before = cookie(client)
    knock(client, "clerk")
    first = cookie(client)
    assert not opens(app, before)
    post(client, "/sign-out")
    knock(client, "clerk")
    assert cookie(client) != first
    assert not opens(app, first)


def test_proving_again_gives_a_new_id(app: Flask, sign_in: SignIn):
    client = sign_in("clerk")
    kept = cookie(client)
    assert post(client, "/me/prove", "/me/prove", proof_password=PASSWORD).status_code == 302
    assert client.get("/me").status_code == 200
    assert not opens(app, kept)


def test_the_table_holds_a_digest_of_256_bits(sign_in: SignIn, session: Session):
    client = sign_in("clerk")
    with client.session_transaction() as held:
        token = held["sid"].partition(".")[2]
    row = session.scalars(select(Row)).one()
    assert len(token) >= 43
    assert len(row.token) == 32
    assert token.encode() not in row.token


def test_the_cookie_is_bound_to_this_host_and_to_https(settings: Settings):
    app = create_app(settings.model_copy(update={"secure_cookies": True}))
    answer = app.test_client().get("/sign-in", base_url="https://portal.example.invalid")
    said = answer.headers["Set-Cookie"]
    assert said.startswith("__Host-sicha=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(said.split("; "))
    assert "Domain" not in said
    let_go(app)


def test_one_sees_one_s_sessions_and_ends_one(sign_in: SignIn):
    here, there = sign_in("clerk"), sign_in("clerk")
    page = here.get("/me/sessions").text
    assert "就是这里" in page
    addresses = re.findall(r'action="(/me/sessions/[0-9a-f-]{36})"', page)
    assert len(addresses) == 1
    assert post(sign_in("secretary"), addresses[0]).status_code == 404
    assert post(here, addresses[0]).status_code == 302
    assert there.get("/me").status_code == 302
    assert here.get("/me").status_code == 200


def test_the_security_admin_ends_the_session_of_somebody_else(
    app: Flask, sign_in: SignIn, session: Session, world: World
):
    person, clerk, safety = world.people["clerk"].id, sign_in("clerk"), sign_in("safety")
    kept = cookie(clerk)
    page = safety.get(f"/users/{person}/sessions").text
    (address,) = re.findall(rf'action="(/users/{person}/sessions/[0-9a-f-]+)"', page)
    for other in ("system", "committee", "secretary"):
        assert post(sign_in(other), address).status_code == 404
    assert post(safety, address).status_code == 302
    assert not opens(app, kept)
    assert Act.SESSION_ENDED in session.scalars(select(Entry.act)).all()


def test_a_new_device_is_recorded_and_told_but_not_the_first(
    app: Flask, session: Session, world: World
):
    agents = ("Mozilla/5.0 (Windows NT 10) Chrome/140", "Mozilla/5.0 (Windows NT 10) Chrome/141",
              "Mozilla/5.0 (Linux; Android 15) Chrome/140")  # fmt: skip
    for agent in agents:
        client = app.test_client()
        client.environ_base["HTTP_USER_AGENT"] = agent
        knock(client, "clerk")
    told = session.scalars(select(Notice.zh).where(Notice.user_id == world.people["clerk"].id))
    assert ["Chrome · Android" in zh for zh in told] == [True]
    assert session.scalars(select(Entry.act)).all().count(Act.SESSION_NEW_DEVICE) == 1


def test_setting_codes_up_is_recorded_and_told(sign_in: SignIn, session: Session):
    enrol(sign_in("clerk"))
    assert Act.FACTOR_SET in session.scalars(select(Entry.act)).all()
    assert "动态口令已设置" in session.scalars(select(Notice.zh)).one()


def test_a_one_time_password_opens_for_a_day(app: Flask, session: Session, world: World):
    with clock.pinned(START):
        once = organizations.reset_password(
            session, access.operator(1), world.people["clerk"].id, password_method=METHOD
        )
        session.commit()
    with clock.pinned(START + timedelta(hours=24)):
        assert knock(app.test_client(), "clerk", once).status_code == 401
    with clock.pinned(START + timedelta(hours=24) - MINUTE):
        assert knock(app.test_client(), "clerk", once).status_code == 302


@pytest.mark.parametrize(("profile", "asked"), [("asvs", False), ("mlps3", True)])
def test_only_the_profile_of_level_three_lets_passwords_grow_old(
    settings: Settings, session: Session, world: World, profile: str, *, asked: bool
):
    app = create_app(settings.model_copy(update={"password_profile": profile}))
    with clock.pinned(START):
        who = session.get_one(type(world.people["clerk"]), world.people["clerk"].id)
        organizations.set_password(session, who, NEW, method=METHOD)
        session.commit()
    with clock.pinned(START + timedelta(days=90)):
        client = app.test_client()
        assert knock(client, "clerk", NEW).status_code == 302
        assert (client.get("/inbox").headers.get("Location") == "/me/password") is asked
    let_go(app)


@pytest.mark.parametrize("profile", ["asvs", "mlps3"])
def test_no_bad_password_is_taken_on_the_page(settings: Settings, world: World, profile: str):
    app = create_app(settings.model_copy(update={"password_profile": profile}))
    client = app.test_client()
    knock(client, "clerk")
    taken = [
        bad for bad in BAD
        if post(client, *["/me/password"] * 2, old=PASSWORD, new=bad, again=bad).status_code != 422
    ]  # fmt: skip
    assert taken == []
    assert world.people["clerk"]
    let_go(app)


@pytest.mark.parametrize("profile", ["asvs", "mlps3"])
def test_no_bad_password_is_taken_by_the_verbs(session: Session, world: World, profile: str):
    actor = organizations.actor_for(session, world.people["clerk"].id, 1)
    who = session.get_one(type(world.people["clerk"]), world.people["clerk"].id)
    for bad in BAD:
        with pytest.raises(Invalid):
            organizations.set_password(session, who, bad, method=METHOD, profile=profile)
        with pytest.raises(Invalid):
            organizations.change_password(
                session, actor, PASSWORD, bad, password_method=METHOD, profile=profile
            )
