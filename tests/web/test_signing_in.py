from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal.access import Role
from portal.audit import Act, Entry
from portal.organizations import service as organizations
from portal.organizations.models import Account
from portal.web.leads import safe_next
from tests.web.clicking import post
from tests.web.world import METHOD, PASSWORD

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

    from tests.web.conftest import SignIn
    from tests.web.world import World

NEW = "海风吹过岛上的旧码头和那座新学堂"


def acts(session: Session) -> list[str]:
    session.expire_all()
    return list(session.scalars(select(Entry.act).where(Entry.act.startswith("session"))))


@pytest.mark.usefixtures("world")
def test_a_stranger_is_sent_to_sign_in_and_comes_back(app: Flask):
    answer = app.test_client().get("/units?q=北园")
    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in?next=/units?q%3D")


@pytest.mark.usefixtures("world")
def test_signing_in_leads_to_where_one_wanted(app: Flask):
    client = app.test_client()
    entered = post(client, "/sign-in?next=/help", "/sign-in", username="clerk", password=PASSWORD)
    assert entered.location == "/help"
    assert "沈雪芬" in client.get("/help").text


@pytest.mark.usefixtures("world")
def test_a_wrong_password_is_told_at_the_field_and_recorded(app: Flask, session: Session):
    client = app.test_client()
    answer = post(client, "/sign-in", "/sign-in", username="clerk", password="x")
    assert answer.status_code == 401
    assert "账号或密码不正确" in answer.text
    assert 'value="clerk"' in answer.text
    assert acts(session) == [Act.SIGN_IN_FAILED]


def test_a_user_name_may_be_typed_in_capitals_and_full_width(sign_in: SignIn):
    assert sign_in(" ＣＬＥＲＫ ").get("/me").status_code == 200


@pytest.mark.parametrize(
    ("wanted", "safe"),
    [("/units", "/units"), ("//evil.example", "/"), ("https://evil.example", "/"),
     ("/\\evil.example", "/"), ("/a\\b", "/"), ("", "/"), (None, "/"), ("/a\nb", "/")],
)  # fmt: skip
def test_one_is_only_ever_sent_on_within_the_portal(wanted: str | None, safe: str):
    assert safe_next(wanted) == safe


def test_signing_out_is_a_post_and_ends_the_session(sign_in: SignIn, session: Session):
    client = sign_in("clerk")
    assert client.get("/sign-out").status_code == 405
    assert post(client, "/sign-out").status_code == 302
    assert client.get("/me").status_code == 302
    assert acts(session) == [Act.SIGN_IN, Act.SIGN_OUT]


def test_a_disabled_account_is_out_at_once(sign_in: SignIn, session: Session, world: World):
    client = sign_in("clerk")
    system = organizations.actor_for(session, world.people["system"].id, 1)
    organizations.disable_account(session, system, world.people["clerk"].id)
    session.commit()
    assert client.get("/me").status_code == 302


def test_a_new_password_ends_every_other_session(sign_in: SignIn):
    here, elsewhere = sign_in("clerk"), sign_in("clerk")
    form = {"old": PASSWORD, "new": NEW, "again": NEW}
    assert post(here, "/me/password", "/me/password", **form).location == "/"
    assert here.get("/me").status_code == 200
    assert elsewhere.get("/me").status_code == 302
    assert sign_in("clerk", NEW).get("/me").status_code == 200


@pytest.mark.parametrize(
    ("form", "told"),
    [({"old": "x", "new": NEW, "again": NEW}, "现在的密码不对"),
     ({"old": PASSWORD, "new": NEW, "again": NEW + "x"}, "两次输入的新密码不一样"),
     ({"old": PASSWORD, "new": "short", "again": "short"}, "15")],
)  # fmt: skip
def test_a_password_that_does_not_do_is_told_at_the_field(
    sign_in: SignIn, form: dict[str, str], told: str
):
    answer = post(sign_in("clerk"), "/me/password", "/me/password", **form)
    assert answer.status_code == 422
    assert told in answer.text
    assert 'role="alert"' in answer.text


def test_who_must_choose_a_password_gets_no_further(
    session: Session, world: World, sign_in: SignIn
):
    actor = organizations.actor_for(session, world.people["committee"].id, 1)
    _, once = organizations.invite(
        session, actor, world.units["B3"], Role.CLERK, username="fresh", full_name="毛新",
        password_method=METHOD,
    )  # fmt: skip
    session.commit()
    client = sign_in("fresh", once)
    assert client.get("/units").location == "/me/password"
    assert "先设一个自己的密码" in client.get("/me/password").text
    post(client, "/me/password", "/me/password", old=once, new=NEW, again=NEW)
    assert client.get("/units").status_code == 302
    assert client.get("/me").status_code == 200


def test_language_and_type_size_are_kept_with_the_account(
    sign_in: SignIn, session: Session, world: World
):
    client = sign_in("clerk")
    post(client, "/me/choices", locale="en", large_type="1", next="/help")
    page = client.get("/help").text
    assert '<html lang="en" class="is-large">' in page
    session.expire_all()
    assert session.get_one(Account, world.people["clerk"].id).locale == "en"
    session.rollback()
    assert '<html lang="en"' in sign_in("clerk").get("/me").text


def test_somebody_with_two_posts_works_for_the_one_they_choose(
    sign_in: SignIn, session: Session, world: World
):
    chief = organizations.actor_for(session, world.people["committee"].id, 1)
    organizations.appoint(
        session, chief, world.people["organiser"].id, world.units["B3"], Role.CLERK
    )
    session.commit()
    client = sign_in("organiser")
    assert "<b>环南街道党工委</b>" in client.get("/me").text
    post(client, "/me/unit", unit=str(world.units["B3"].id))
    assert "<b>城隍社区党支部</b>" in client.get("/me").text
    assert post(client, "/me/unit", unit=str(world.units["B1"].id)).status_code == 404
