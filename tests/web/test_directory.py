"""Signing in by a directory: it says who somebody is, and the portal decides everything else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal.core import clock
from portal.identity.models import SignIn
from portal.organizations.models import Account
from tests.certificates import Certificate, certificate
from tests.directory import BASE, READER, READER_PASSWORD, Directory
from tests.web import world as made
from tests.web.clicking import post
from tests.web.doors import MINUTE, START, code_at, enrol, knock
from tests.web.vouched import opened
from tests.web.world import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from sqlalchemy.orm import Session

    from portal.settings import Settings
    from tests.web.world import World

THERE = "目录里的密码 Meadow 3"
NAMES = ("clerk", "secretary", "committee", "stranger", "safety")


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("tls"), "localhost")


@pytest.fixture(params=[True, False], ids=["ldaps", "starttls"])
def people(paper: Certificate, request: pytest.FixtureRequest) -> Iterator[Directory]:
    """A directory in which some of the portal's people stand, and somebody else."""
    known = dict.fromkeys(NAMES, THERE)
    with Directory(known, str(paper.certificate), str(paper.key), secure=request.param) as here:
        yield here


def told(settings: Settings, people: Directory, paper: Certificate, **more: object) -> Settings:
    return settings.model_copy(update={
        "sign_in_by": "ldap", "ldap_server": people.address, "ldap_base": BASE,
        "ldap_bind": READER, "ldap_bind_password": type(settings.secret_key)(READER_PASSWORD),
        "outside_ca": paper.certificate, "kept_accounts": ("system",), **more,
    })  # fmt: skip


@pytest.fixture
def app(settings: Settings, people: Directory, paper: Certificate) -> Iterator[Flask]:
    with opened(told(settings, people, paper)) as app:
        yield app


@pytest.fixture
def world(session: Session, app: Flask) -> World:  # noqa: ARG001  (the app's keys come first)
    return made.build(session)


pytestmark = pytest.mark.usefixtures("world")


def words_of(answer) -> tuple[int, str]:
    hidden = re.sub(r'(content|value|href="/static[^"]*|nonce)="[^"]*"', "", answer.text)
    return answer.status_code, re.sub(r"[0-9a-f-]{36}", "", hidden)


def test_the_directory_s_password_opens_and_the_portal_s_no_more(app: Flask):
    assert knock(app.test_client(), "clerk", THERE).status_code == 302
    assert knock(app.test_client(), "clerk", PASSWORD).status_code == 401


def test_whoever_comes_by_the_directory_has_the_posts_given_here(app: Flask):
    client = app.test_client()
    knock(client, "clerk", THERE)
    assert "北园社区党支部" in client.get("/me").text
    assert client.get("/users").status_code == 404


def test_the_same_answer_for_whom_nobody_here_knows_for_the_shut_and_for_a_typo(
    app: Flask, world: World, session: Session
):
    session.get_one(Account, world.people["secretary"].id).active = False
    session.commit()
    answers = {
        words_of(knock(app.test_client(), name, password))
        for name, password in [("stranger", THERE), ("secretary", THERE), ("clerk", "falsch"),
                               ("nobody", THERE), ("clerk", "")]
    }  # fmt: skip
    assert {status for status, _ in answers} == {401}
    assert len({text.replace("stranger", "").replace("secretary", "") for _, text in answers}) == 1


def test_nobody_gets_an_account_by_standing_in_the_directory(app: Flask, session: Session):
    knock(app.test_client(), "stranger", THERE)
    query = select(Account).where(Account.username == "stranger")
    assert session.scalars(query).one_or_none() is None


def test_the_directory_hears_no_password_of_a_name_that_is_not_ours(app: Flask, people: Directory):
    knock(app.test_client(), "stranger", THERE)
    assert THERE not in {password for _, password in people.asked}
    assert len(people.asked) == 2  # and is asked as often as about anybody


@pytest.mark.parametrize("password", ["", "\0", "\0" + THERE])
def test_no_password_is_no_password(app: Flask, people: Directory, password: str):
    assert knock(app.test_client(), "clerk", password).status_code == 401
    assert "" not in {given for entry, given in people.asked if entry != READER}


@pytest.mark.parametrize("name", ["*", "cl*", "clerk)(uid=*", "clerk\\2a", "(uid=clerk)"])
def test_a_name_is_a_name_and_no_filter(app: Flask, world: World, session: Session, name: str):
    session.get_one(Account, world.people["clerk"].id).username = name
    session.commit()
    assert knock(app.test_client(), name, THERE).status_code == 401


def test_two_entries_of_one_name_are_nobody(app: Flask, people: Directory):
    people.aliases["clerk"] = ["uid=clerk,ou=old"]
    assert knock(app.test_client(), "clerk", THERE).status_code == 401


def test_five_failures_shut_the_door_though_the_directory_would_open(app: Flask):
    with clock.pinned(START):
        for _ in range(5):
            knock(app.test_client(), "clerk", "falsch")
        assert knock(app.test_client(), "clerk", THERE).status_code == 401
    with clock.pinned(START + 15 * MINUTE):
        assert knock(app.test_client(), "clerk", THERE).status_code == 302


def test_a_kept_account_opens_by_the_portal_s_password_alone(app: Flask, people: Directory):
    people.passwords["system"] = THERE
    assert knock(app.test_client(), "system", THERE).status_code == 401
    assert knock(app.test_client(), "system").status_code == 302
    assert PASSWORD not in {password for _, password in people.asked}


def test_when_the_directory_is_away_that_is_said_and_no_try_is_lost(
    app: Flask, people: Directory, settings: Settings, paper: Certificate
):
    people.__exit__()
    for _ in range(7):
        answer = knock(app.test_client(), "clerk", THERE)
        assert (answer.status_code, "统一身份系统现在连不上" in answer.text) == (503, True)
    assert knock(app.test_client(), "nobody", THERE).status_code == 503
    assert knock(app.test_client(), "system").status_code == 302
    same = Directory(people.passwords, people.certificate, people.key, secure=people.secure)
    with same as back, opened(told(settings, back, paper)) as again:
        assert knock(again.test_client(), "clerk", THERE).status_code == 302


def test_guesses_at_a_kept_account_count_while_the_directory_is_away(app: Flask, people: Directory):
    people.__exit__()
    for _ in range(5):
        assert knock(app.test_client(), "system", "falsch").status_code == 503
    assert knock(app.test_client(), "system").status_code == 503


def test_a_directory_that_cannot_show_who_it_is_hears_nothing(
    settings: Settings, people: Directory, paper: Certificate, tmp_path: Path
):
    another = certificate(tmp_path, "elsewhere.example")
    for wrong in ({"outside_ca": another.certificate}, {"outside_ca": None}):
        with opened(told(settings, people, paper, **wrong)) as app:
            assert knock(app.test_client(), "clerk", THERE).status_code == 503
    people.certificate, people.key = map(str, another)
    with opened(told(settings, people, another)) as app:
        assert knock(app.test_client(), "clerk", THERE).status_code == 503
    assert people.asked == []


def test_a_directory_that_does_not_know_the_portal_lets_nobody_in(
    settings: Settings, people: Directory, paper: Certificate
):
    wrong = {"ldap_bind_password": type(settings.secret_key)("falsch")}
    with opened(told(settings, people, paper, **wrong)) as app:
        assert knock(app.test_client(), "clerk", THERE).status_code == 503


def test_a_code_is_still_asked_of_who_has_one(app: Flask):
    client = app.test_client()
    with clock.pinned(START):
        knock(client, "committee", THERE)
        seed, _ = enrol(client)
    with clock.pinned(START + MINUTE):
        again = app.test_client()
        assert knock(again, "committee", THERE).location.startswith("/sign-in/code")
        code = code_at(seed, START + MINUTE)
        assert post(again, "/sign-in/code", "/sign-in/code", code=code).status_code == 302


def test_the_api_asks_the_directory_too(app: Flask):
    body = {"username": "clerk", "password": THERE}
    client = app.test_client(use_cookies=False)
    assert client.post("/api/v1/session", json=body).status_code == 201
    assert client.post("/api/v1/session", json=body | {"password": "x"}).status_code == 401


def test_a_sensitive_act_asks_for_the_directory_s_password(app: Flask, world: World):
    client, person = app.test_client(), world.people["clerk"].id
    with clock.pinned(START):
        knock(client, "committee", THERE)
    with clock.pinned(START + 6 * MINUTE):
        path = f"/users/{person}/account"
        assert post(client, path, active="0", proof_password=PASSWORD).status_code == 403
        assert post(client, path, active="0", proof_password=THERE).status_code == 302


def test_a_first_password_is_not_asked_to_be_changed_and_opens_nothing_later(
    app: Flask, world: World, session: Session
):
    account = session.get_one(Account, world.people["clerk"].id)
    account.must_change, account.secret_until = True, START
    session.commit()
    client = app.test_client()
    knock(client, "clerk", THERE)
    assert client.get("/me").status_code == 200
    session.expire_all()
    assert session.get_one(Account, account.id).password is None


def test_a_password_kept_elsewhere_is_changed_elsewhere(app: Flask):
    client = app.test_client()
    knock(client, "clerk", THERE)
    answer = client.get("/me/password")
    assert (answer.status_code, "请在那里修改" in answer.text) == (409, True)
    assert "/me/password" not in client.get("/me").text.split("<main")[1]


def test_shutting_an_account_here_ends_its_session_whatever_the_directory_says(
    app: Flask, world: World, session: Session
):
    client = app.test_client()
    knock(client, "clerk", THERE)
    session.get_one(Account, world.people["clerk"].id).active = False
    session.commit()
    assert client.get("/me").status_code == 302
    assert session.scalars(select(SignIn)).all()
