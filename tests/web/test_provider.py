"""Signing in by a provider: it vouches for people, and the portal decides everything else."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from joserfc.jwk import RSAKey
from sqlalchemy import select, update

from portal.audit import Act, Entry
from portal.core import clock
from portal.identity.models import SignIn
from portal.organizations.models import Account
from tests.certificates import Certificate, certificate
from tests.provider import CLIENT, SECRET, Provider
from tests.web import world as made
from tests.web.clicking import post
from tests.web.doors import code_at, enrol, knock
from tests.web.vouched import opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session
    from werkzeug.test import TestResponse

    from portal.settings import Settings
    from tests.web.world import World

BACK = "http://localhost/sign-in/outside/return"
pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("tls"), "localhost")


@pytest.fixture
def provider(paper: Certificate) -> Iterator[Provider]:
    with Provider(BACK, str(paper.certificate), str(paper.key)) as here:
        yield here


def told(settings: Settings, provider: Provider, paper: Certificate, **more: object) -> Settings:
    return settings.model_copy(update={
        "sign_in_by": "oidc", "oidc_issuer": provider.issuer, "oidc_client": CLIENT,
        "oidc_secret": type(settings.secret_key)(SECRET), "oidc_return": BACK,
        "outside_ca": paper.certificate, "oidc_factors": ("otp",), "kept_accounts": ("system",),
        **more,
    })  # fmt: skip


@pytest.fixture
def app(settings: Settings, provider: Provider, paper: Certificate) -> Iterator[Flask]:
    with opened(told(settings, provider, paper)) as app:
        yield app


@pytest.fixture
def world(session: Session, app: Flask) -> World:  # noqa: ARG001  (the app's keys come first)
    return made.build(session)


def errand(client: FlaskClient, paper: Certificate, start: str = "/sign-in/outside") -> str:
    """Go to the provider and return the address by which it sends one back."""
    there = client.get(start)
    assert there.status_code == 302, there.text
    with requests.Session() as browser:
        browser.trust_env, browser.verify = False, str(paper.certificate)
        answer = browser.get(there.location, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"].removeprefix("http://localhost")


def come(client: FlaskClient, paper: Certificate, start: str = "/sign-in/outside") -> TestResponse:
    return client.get(errand(client, paper, start))


def grown_cold(session: Session) -> None:
    """Let every proof be ten minutes old."""
    session.rollback()
    session.execute(update(SignIn).values(proved_at=clock.now() - timedelta(minutes=10)))
    session.commit()


def test_whom_the_provider_vouches_for_comes_in_with_the_posts_given_here(
    app: Flask, paper: Certificate
):
    client = app.test_client()
    assert come(client, paper, "/sign-in/outside?next=/me").location == "/me"
    assert "北园社区党支部" in client.get("/me").text
    assert client.get("/users").status_code == 404


def test_the_provider_is_asked_with_state_nonce_pkce_and_one_way_back(
    app: Flask, provider: Provider, paper: Certificate
):
    come(app.test_client(), paper)
    [asked] = provider.asked
    assert asked["redirect_uri"] == BACK
    assert asked["code_challenge_method"] == "S256"
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 20


@pytest.mark.parametrize("host", ["evil.example", "localhost:81"])
def test_the_way_back_does_not_depend_on_how_the_portal_was_called(app: Flask, host: str):
    there = app.test_client().get("/sign-in/outside", headers={"Host": host})
    assert parse_qs(urlsplit(there.location).query)["redirect_uri"] == [BACK]


def words_of(answer: TestResponse) -> tuple[int, str]:
    text = re.sub(r'(content|value)="[^"]*"', "", answer.text)
    return answer.status_code, re.sub(r"[0-9a-f-]{36}", "", text)


def test_the_same_answer_for_whom_nobody_here_knows_the_shut_the_kept_and_a_forged_return(
    app: Flask, provider: Provider, paper: Certificate, world: World, session: Session
):
    session.get_one(Account, world.people["secretary"].id).active = False
    session.commit()
    answers = set()
    for name in ("stranger", "secretary", "system", "", "x" * 200):
        provider.person = {"preferred_username": name}
        answers.add(words_of(come(app.test_client(), paper)))
    answers.add(words_of(app.test_client().get("/sign-in/outside/return?code=x&state=y")))
    answers.add(words_of(app.test_client().get("/sign-in/outside/return?error=access_denied")))
    assert len(answers) == 1
    assert answers.pop()[0] == 401
    query = select(Account).where(Account.username.in_(["stranger", ""]))
    assert session.scalars(query).all() == []


WRONG = {
    "another issuer": {"iss": "https://elsewhere.example"},
    "no issuer": {"iss": None},
    "for another": {"aud": "another portal"},
    "over": {"exp": 1_000_000_000},
    "from another errand": {"nonce": "another"},
    "without nonce": {"nonce": None},
    "another token's": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    "a name that is none": {"preferred_username": ["clerk"]},
    "nobody": {"preferred_username": None},
}


@pytest.mark.parametrize("twist", WRONG.values(), ids=WRONG)
def test_a_token_that_is_not_for_this_errand_opens_nothing(
    app: Flask, provider: Provider, paper: Certificate, twist: dict[str, object]
):
    provider.twist = twist
    client = app.test_client()
    assert come(client, paper).status_code == 401
    assert client.get("/me").status_code == 302


def test_a_token_that_somebody_else_signed_opens_nothing(
    app: Flask, provider: Provider, paper: Certificate
):
    provider.signer = RSAKey.generate_key(2048, {"kid": "one"})
    assert come(app.test_client(), paper).status_code == 401


def test_a_return_works_once_and_in_the_browser_that_left(app: Flask, paper: Certificate):
    client, stranger = app.test_client(), app.test_client()
    back = errand(client, paper)
    stranger.get("/sign-in/outside")
    assert stranger.get(back).status_code == 401
    assert client.get(back).status_code == 302
    assert client.get(back).status_code == 401


def test_a_return_that_names_another_issuer_is_not_taken(app: Flask, paper: Certificate):
    client = app.test_client()
    assert client.get(f"{errand(client, paper)}&iss=https://elsewhere.example").status_code == 401


@pytest.mark.parametrize(
    "said",
    [{"issuer": "https://elsewhere.example"}, {"token_endpoint": "http://elsewhere.example/t"},
     {"jwks_uri": None}],
)  # fmt: skip
def test_a_provider_that_is_not_the_one_of_the_settings_is_not_gone_to(
    app: Flask, provider: Provider, said: dict[str, object]
):
    provider.said = said
    answer = app.test_client().get("/sign-in/outside")
    assert (answer.status_code, "统一身份系统现在连不上" in answer.text) == (503, True)


def test_a_provider_whose_certificate_is_unknown_is_not_gone_to(
    settings: Settings, provider: Provider, paper: Certificate
):
    with opened(told(settings, provider, paper, outside_ca=None)) as app:
        assert app.test_client().get("/sign-in/outside").status_code == 503


def test_when_the_provider_is_away_a_kept_account_still_comes_in(app: Flask, provider: Provider):
    provider.__exit__()
    assert app.test_client().get("/sign-in/outside").status_code == 503
    assert knock(app.test_client(), "system").status_code == 302


def test_nobody_else_has_a_password_here(app: Flask):
    assert knock(app.test_client(), "clerk").status_code == 401
    body = {"username": "clerk", "password": made.PASSWORD}
    assert app.test_client().post("/api/v1/session", json=body).status_code == 401


def test_without_a_provider_there_is_no_such_page(settings: Settings):
    with opened(settings) as app:
        client = app.test_client()
        assert client.get("/sign-in/outside").status_code == 404
        assert client.get("/sign-in/outside/return?code=x&state=y").status_code == 404


@pytest.mark.parametrize(
    ("ways", "where"),
    [({}, "/me/factor"), ({"amr": ["pwd"]}, "/me/factor"), ({"amr": ["pwd", "otp"]}, None),
     ({"acr": "otp"}, None), ({"amr": "otp"}, "refused"), ({"acr": 7}, "/me/factor")],
)  # fmt: skip
def test_the_provider_s_second_factor_counts_where_the_settings_say_so(
    settings: Settings, provider: Provider, paper: Certificate, ways: dict[str, object],
    where: str | None,
):  # fmt: skip
    provider.person = {"preferred_username": "committee", **ways}
    with opened(told(settings, provider, paper, second_factor=True)) as app:
        client = app.test_client()
        answer = come(client, paper)
        if where == "refused":
            assert answer.status_code == 401
        else:
            assert client.get("/work").location == where


def test_a_code_of_the_portal_s_is_asked_where_the_provider_asked_for_none(
    app: Flask, provider: Provider, paper: Certificate
):
    provider.person = {"preferred_username": "committee"}
    client = app.test_client()
    come(client, paper)
    seed, _ = enrol(client)
    again = app.test_client()
    assert come(again, paper).location.startswith("/sign-in/code")
    later = clock.now() + timedelta(seconds=30)
    form = {"code": code_at(seed, later)}
    assert post(again, "/sign-in/code", "/sign-in/code", **form).status_code == 302
    provider.person["amr"] = ["otp"]
    assert come(app.test_client(), paper).location == "/"


def prove(client: FlaskClient, paper: Certificate) -> TestResponse:
    return come(client, paper, "/me/prove/outside?next=/me/prove/done")


def test_a_sensitive_act_sends_to_the_provider_and_loses_nothing_typed(
    app: Flask, provider: Provider, paper: Certificate, world: World, session: Session
):
    provider.person = {"preferred_username": "committee"}
    client, person = app.test_client(), world.people["clerk"].id
    come(client, paper)
    grown_cold(session)
    asked = post(client, f"/users/{person}/account", active="0")
    assert asked.status_code == 403
    assert 'name="active" value="0"' in asked.text
    assert 'href="/me/prove/outside?next=/me/prove/done"' in asked.text
    assert "proof_password" not in asked.text
    assert prove(client, paper).location == "/me/prove/done"
    assert provider.asked[-1]["prompt"] == "login"
    assert provider.asked[-1]["max_age"] == "0"
    assert post(client, f"/users/{person}/account", active="0").status_code == 302


@pytest.mark.parametrize("how", ["an old proof", "no time of it", "somebody else"])
def test_a_proof_that_is_old_or_another_s_proves_nothing(
    app: Flask, provider: Provider, paper: Certificate, world: World, session: Session, how: str
):
    provider.person = {"preferred_username": "committee"}
    client, person = app.test_client(), world.people["clerk"].id
    come(client, paper)
    grown_cold(session)
    provider.since = 3600 if how == "an old proof" else 0
    provider.twist = {"auth_time": None} if how == "no time of it" else {}
    if how == "somebody else":
        provider.person = {"preferred_username": "organiser"}
    assert prove(client, paper).location.startswith("/me/prove?")
    assert post(client, f"/users/{person}/account", active="0").status_code == 403


def test_who_has_a_code_gives_it_too_before_a_sensitive_act(
    app: Flask, provider: Provider, paper: Certificate, world: World, session: Session
):
    provider.person = {"preferred_username": "committee"}
    client, person = app.test_client(), world.people["clerk"].id
    come(client, paper)
    seed, _ = enrol(client)
    grown_cold(session)
    form = {"active": "0", "proof_code": code_at(seed, clock.now() + timedelta(seconds=30))}
    assert post(client, f"/users/{person}/account", **form).status_code == 403
    leads = prove(client, paper).location
    assert "proof_code" in client.get(leads).text
    assert "proof_password" not in client.get(leads).text
    assert post(client, f"/users/{person}/account", active="0").status_code == 403
    assert post(client, f"/users/{person}/account", **form).status_code == 302


def test_proving_changes_the_number_of_the_session_and_is_written_down(
    app: Flask, paper: Certificate, session: Session
):
    client = app.test_client()
    come(client, paper)
    before = client.get_cookie("sicha")
    prove(client, paper)
    with client.session_transaction() as kept, app.test_client() as old:
        assert kept["sid"]
        old.set_cookie("sicha", before.value)
        assert old.get("/me").status_code == 302
    acts = session.scalars(select(Entry.act)).all()
    assert {Act.SIGN_IN, Act.SESSION_PROVED} <= set(acts)
