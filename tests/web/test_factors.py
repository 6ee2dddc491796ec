"""One-time codes: set up in one's own session, good for once, replaced by recovery codes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal import access
from portal.access import Role
from portal.app import create_app
from portal.audit import Act, Entry
from portal.core import clock
from portal.identity.models import Factor, RecoveryCode
from portal.notifications.models import Notice
from tests.web.clicking import post
from tests.web.conftest import let_go
from tests.web.doors import MINUTE, SEED, START, code_at, enrol, knock
from tests.web.world import PASSWORD, PEOPLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session

    from portal.settings import Settings
    from tests.web.conftest import SignIn
    from tests.web.world import World

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture
def strict(settings: Settings, world: World) -> Iterator[Flask]:  # noqa: ARG001
    """The portal as it goes live: who must prove a second factor is asked for one."""
    app = create_app(settings.model_copy(update={"second_factor": True}))
    yield app
    let_go(app)


def enter(app: Flask, code: str, username: str = "clerk") -> tuple[FlaskClient, int]:
    client = app.test_client()
    assert knock(client, username).location.startswith("/sign-in/code")
    return client, post(client, "/sign-in/code", "/sign-in/code", code=code).status_code


def test_with_codes_a_password_alone_opens_nothing(app: Flask, sign_in: SignIn):
    with clock.pinned(START):
        seed, recovery = enrol(sign_in("clerk"))
        assert len(set(recovery)) == 10
    with clock.pinned(START + MINUTE):
        client = app.test_client()
        assert knock(client, "clerk").location == "/sign-in/code?next=/"
        assert client.get("/me").location.startswith("/sign-in")
        answer = post(client, "/sign-in/code?next=/help", "/sign-in/code",
                      code=code_at(seed, START + MINUTE))  # fmt: skip
        assert answer.location == "/help"
        assert client.get("/me").status_code == 200


@pytest.mark.parametrize("shape", ["{}", " {} ", "{0[0]}{0[1]}{0[2]} {0[3]}{0[4]}{0[5]}"])
def test_a_code_opens_once_however_it_is_typed_again(app: Flask, sign_in: SignIn, shape: str):
    with clock.pinned(START):
        seed, _ = enrol(sign_in("clerk"))
    with clock.pinned(START + MINUTE):
        code = code_at(seed, START + MINUTE)
        wide = str.maketrans("0123456789", "０１２３４５６７８９")
        assert enter(app, code)[1] == 302
        for again in (shape.format(code), code.translate(wide)):
            assert enter(app, again)[1] == 401


def test_the_code_that_set_it_up_does_not_sign_in(app: Flask, sign_in: SignIn):
    with clock.pinned(START):
        seed, _ = enrol(sign_in("clerk"))
        assert enter(app, code_at(seed, START))[1] == 401


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 302), (0, 302), (1, 302), (2, 401)])
def test_a_phone_may_be_half_a_minute_wrong(app: Flask, sign_in: SignIn, steps: int, status: int):
    with clock.pinned(START):
        seed, _ = enrol(sign_in("clerk"))
    later = START + 5 * MINUTE
    with clock.pinned(later):
        assert enter(app, code_at(seed, later + steps * MINUTE / 2))[1] == status


def test_the_password_counts_for_five_minutes(app: Flask, sign_in: SignIn):
    with clock.pinned(START):
        seed, _ = enrol(sign_in("clerk"))
        client = app.test_client()
        knock(client, "clerk")
    with clock.pinned(START + 5 * MINUTE):
        assert client.get("/sign-in/code").location.startswith("/sign-in?")
    assert seed


def test_a_recovery_code_opens_once_and_the_person_is_told(
    app: Flask, sign_in: SignIn, session: Session, world: World
):
    with clock.pinned(START):
        _, recovery = enrol(sign_in("clerk"))
        assert enter(app, recovery[0].upper().replace("-", " "))[1] == 302
        assert enter(app, recovery[0])[1] == 401
        assert enter(app, recovery[1])[1] == 302
    acts = session.scalars(select(Entry.act)).all()
    assert acts.count(Act.FACTOR_RECOVERED) == 2
    told = session.scalars(select(Notice.zh).where(Notice.user_id == world.people["clerk"].id))
    assert any("恢复码" in zh for zh in told)


def test_one_cannot_confirm_what_was_proposed_in_another_session(sign_in: SignIn):
    with clock.pinned(START):
        mine, theirs = sign_in("clerk"), sign_in("secretary")
        found = SEED.search(mine.get("/me/factor").text)
        assert found is not None
        theirs.get("/me/factor")
        code = code_at(found[1], START)
        assert post(theirs, "/me/factor", "/me/factor", code=code).status_code == 422
        second = sign_in("clerk")
        assert post(second, "/me/factor", "/me", code=code).status_code == 409


def test_seeds_are_sealed_and_recovery_codes_digested(sign_in: SignIn, session: Session):
    seed, recovery = enrol(sign_in("clerk"))
    kept = session.scalars(select(Factor)).one()
    assert seed.replace(" ", "").encode() not in kept.seed_sealed
    assert kept.seed == seed.replace(" ", "")
    digests = session.scalars(select(RecoveryCode.code)).all()
    plain = {code.replace("-", "").encode() for code in recovery}
    assert not plain & set(digests)


def test_the_picture_and_the_secret_say_the_same(sign_in: SignIn):
    page = sign_in("clerk").get("/me/factor").text
    assert re.search(r'<svg class="qr" viewBox="0 0 (\d+) \1"', page)
    assert len(re.findall(r"M\d+ \d+h1v1h-1z", page)) > 300


MUST = {who for who, _, _, role in PEOPLE if any(role in roles for roles in
        access.SECOND_FACTOR.values())}  # fmt: skip


def test_everybody_who_reviews_signs_exports_or_administers_is_in_the_table():
    assert {role for _, _, _, role in PEOPLE} - {Role.SECTOR_ADMIN} == {
        role for who, _, _, role in PEOPLE if who in MUST
    }


@pytest.mark.parametrize(("who", "asked"), [(who, who in MUST) for who, *_ in PEOPLE])
def test_who_needs_codes_sets_them_up_before_anything_else(strict: Flask, who: str, *, asked: bool):
    client = strict.test_client()
    assert knock(client, who).status_code == 302
    first = client.get("/inbox")
    assert (first.status_code, first.headers.get("Location")) == (
        (302, "/me/factor") if asked else (200, None)
    )
    if asked:
        enrol(client)
        assert client.get("/inbox").status_code == 200


def test_without_codes_set_up_there_is_no_token(strict: Flask):
    body = {"username": "clerk", "password": PASSWORD}
    call = strict.test_client(use_cookies=False)
    answer = call.post("/api/v1/session", json=body)
    assert answer.status_code == 409
    assert "动态口令" in answer.json["detail"]
    client = strict.test_client()
    knock(client, "clerk")
    _, recovery = enrol(client)
    assert call.post("/api/v1/session", json=body).status_code == 401
    assert call.post("/api/v1/session", json=body | {"code": recovery[0]}).status_code == 201


def test_an_admin_resets_codes_with_a_reason_and_they_are_set_up_anew(
    strict: Flask, sign_in: SignIn, session: Session, world: World
):
    holder = strict.test_client()
    knock(holder, "clerk")
    enrol(holder)
    person, chief = world.people["clerk"].id, sign_in("committee")
    page = post(chief, f"/users/{person}/factor", reason=" ")
    assert page.status_code == 422
    assert "请写明重置的原因" in page.text
    assert post(chief, f"/users/{person}/factor", reason="手机丢了").status_code == 302
    assert holder.get("/me").status_code == 302
    entry = session.scalars(select(Entry).where(Entry.act == Act.FACTOR_RESET)).one()
    assert entry.detail == {"reason": "手机丢了"}
    session.rollback()
    again = strict.test_client()
    assert knock(again, "clerk").location == "/"
    assert again.get("/").location == "/me/factor"


@pytest.mark.parametrize("target", ["leader", "other", "committee"])
def test_nobody_resets_codes_above_beside_or_their_own(sign_in: SignIn, world: World, target: str):
    who = "committee"
    address = f"/users/{world.people[target].id}/factor"
    assert post(sign_in(who), address, reason="想试试").status_code in {403, 404, 409}


def test_changing_codes_asks_for_password_and_code_first(sign_in: SignIn):
    with clock.pinned(START):
        client = sign_in("clerk")
        seed, _ = enrol(client)
    with clock.pinned(START + 6 * MINUTE):
        assert client.get("/me/factor").location == "/me/prove?next=/me/factor"
        for code, status in (("", 403), (code_at(seed, START + 6 * MINUTE), 302)):
            answer = post(client, "/me/prove?next=/me/factor", "/me/prove",
                          proof_password=PASSWORD, proof_code=code)  # fmt: skip
            assert answer.status_code == status
        assert client.get("/me/factor").status_code == 200


def test_twelve_characters_do_for_who_has_codes(sign_in: SignIn):
    client, new = sign_in("clerk"), "海风吹过岛上旧码头和学堂"
    form = {"old": PASSWORD, "new": new, "again": new}
    assert post(client, "/me/password", "/me/password", **form).status_code == 422
    enrol(client)
    assert post(client, "/me/password", "/me/password", **form).status_code == 302
