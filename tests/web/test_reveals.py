"""One field of one member is shown for a reason, for minutes, to one session, and all see who."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from portal.audit import Act, Entry
from portal.core import clock
from portal.members import reveals
from portal.members.masking import masked_id
from portal.members.models import Reveal
from tests import scene
from tests.web.conftest import token_of

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session
    from werkzeug.test import TestResponse

    from tests.scene import Scene
    from tests.web.conftest import SignIn
    from tests.web.world import World

NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
NUMBER, OTHERS = scene.id_number(0), scene.id_number(5)
WHY = {"reason": "verify", "note": "核对介绍信第 12 号"}
IN_PAGE = {"HX-Request": "true"}


@pytest.fixture
def stage(session: Session, world: World) -> Scene:
    """A campaign under way, nothing held open."""
    made = scene.build(session, world)
    scene.leave(session, made)
    return made


def page_of(stage: Scene, name: str = "丁一甲") -> str:
    return f"/members/{stage.members[name].id}"


def show(browser: FlaskClient, page: str, field: str = "id_number", **typed: str) -> TestResponse:
    form = {**WHY, **typed, "csrf_token": token_of(browser.get(page).text)}
    return browser.post(f"{page}/reveal/{field}", data=form, headers=IN_PAGE)


def test_a_number_is_masked_until_somebody_says_why(stage: Scene, sign_in: SignIn):
    browser, page = sign_in("clerk"), page_of(stage)
    assert NUMBER not in browser.get(page).text
    assert "显示（须写事由）" in browser.get(page).text
    shown = show(browser, page)

    assert NUMBER in shown.text
    assert "分钟内可见" in shown.text


@pytest.mark.parametrize(
    "typed", [{"reason": ""}, {"reason": "curious"}, {"note": ""}, {"note": " 看 "}]
)
def test_without_a_reason_nothing_is_shown_and_what_was_typed_stays(
    stage: Scene, sign_in: SignIn, session: Session, typed: dict[str, str]
):
    refused = show(sign_in("clerk"), page_of(stage), **typed)

    assert refused.status_code == 422
    assert "field-error" in refused.text
    assert NUMBER not in refused.text
    assert session.scalars(select(Reveal)).all() == []


def test_it_is_masked_again_after_five_minutes(stage: Scene, sign_in: SignIn):
    with clock.pinned(NOON):
        browser, page = sign_in("clerk"), page_of(stage)
        show(browser, page)
    for minutes, visible in ((4.9, True), (5.1, False)):
        with clock.pinned(NOON + timedelta(minutes=minutes)):
            assert (NUMBER in browser.get(page).text) is visible
            assert (NUMBER in browser.get(f"{page}/reveal/id_number/masked").text) is visible


def test_it_is_one_field_of_one_member(stage: Scene, sign_in: SignIn):
    browser = sign_in("clerk")
    show(browser, page_of(stage))

    assert "13900000000" not in browser.get(page_of(stage)).text
    assert scene.id_number(1) not in browser.get(page_of(stage, "丁二甲")).text
    assert NUMBER not in browser.get("/members").text


def test_another_session_of_the_same_person_sees_nothing(stage: Scene, sign_in: SignIn):
    browser, other = sign_in("clerk"), sign_in("clerk")
    show(browser, page_of(stage))

    assert NUMBER in browser.get(page_of(stage)).text
    assert NUMBER not in other.get(page_of(stage)).text
    assert NUMBER not in sign_in("secretary").get(page_of(stage)).text


def test_who_saw_it_stands_on_the_page_of_the_member_and_in_the_log(
    stage: Scene, sign_in: SignIn, session: Session
):
    show(sign_in("clerk"), page_of(stage))
    said = sign_in("organiser").get(page_of(stage)).text
    assert "谁看过" in said
    assert "沈雪芬" in said
    assert WHY["note"] in said
    [entry] = session.scalars(select(Entry).where(Entry.act == Act.MEMBER_REVEAL.value))
    assert entry.detail["field"] == "id_number"
    assert entry.detail["reason"] == "verify"
    assert WHY["note"] not in str(entry.detail)


@pytest.mark.parametrize("who", ["sibling", "other", "reviewer", "inspector", "system", "auditor"])
def test_who_may_not_see_the_member_is_told_there_is_none(
    stage: Scene, sign_in: SignIn, session: Session, who: str
):
    browser, page = sign_in(who), page_of(stage)
    form = {**WHY, "csrf_token": token_of(browser.get("/inbox").text)}
    for answer in (
        browser.get(f"{page}/reveal/id_number"),
        browser.get(f"{page}/reveal/id_number/masked"),
        browser.post(f"{page}/reveal/id_number", data=form),
    ):
        assert answer.status_code == 404
    assert session.scalars(select(Reveal)).all() == []


@pytest.mark.parametrize("field", ["name", "extra_json", "id_sealed", "version", "__class__"])
def test_a_field_that_is_never_shown_is_not_there(stage: Scene, sign_in: SignIn, field: str):
    assert show(sign_in("clerk"), page_of(stage), field).status_code == 404


def test_nobody_is_shown_more_than_the_quota(
    stage: Scene, sign_in: SignIn, session: Session, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(reveals.LIMITS, "per_hour", 2)  # type: ignore[arg-type]
    monkeypatch.setitem(reveals.LIMITS, "per_day", 3)  # type: ignore[arg-type]
    answers = []
    for minutes in (0, 1, 2, 61, 70, 24 * 60 + 62):
        with clock.pinned(NOON + timedelta(minutes=minutes)):
            browser = sign_in("clerk")
            answers.append(show(browser, page_of(stage), "phone").status_code)

    assert answers == [200, 200, 409, 200, 409, 200]
    assert len(session.scalars(select(Reveal)).all()) == 4


def test_without_scripts_there_is_a_page_for_the_reason(stage: Scene, sign_in: SignIn):
    browser, page = sign_in("clerk"), page_of(stage)
    asked = browser.get(f"{page}/reveal/phone")
    assert "具体事由" in asked.text
    form = {**WHY, "csrf_token": token_of(asked.text)}
    shown = browser.post(f"{page}/reveal/phone", data=form, follow_redirects=True)

    assert "13900000000" in shown.text


@pytest.mark.usefixtures("stage")
def test_the_screening_page_has_the_same_button(sign_in: SignIn):
    said = sign_in("clerk").get("/screening").text

    assert "显示（须写事由）" in said
    assert masked_id(NUMBER) in said
    assert NUMBER not in said


def test_what_is_unusual_is_listed_without_a_name(
    stage: Scene, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(reveals.UNUSUAL, "per_hour", 2)  # type: ignore[arg-type]
    with clock.pinned(NOON):
        show(sign_in("clerk"), page_of(stage), "phone")
        assert "没有异常显示" in sign_in("safety").get("/reveals").text
        for field in ("id_number", "address"):
            show(sign_in("clerk"), page_of(stage), field)
        said = sign_in("safety").get("/reveals").text
    assert said.count("一小时内太多") == 3
    assert "丁一甲" not in said
    with clock.pinned(NOON + timedelta(hours=12)):
        show(sign_in("secretary"), page_of(stage), "phone")
        assert "夜间" in sign_in("auditor").get("/reveals").text


def test_the_marker_for_step_up_stands_on_the_question_and_on_the_answer(app: Flask):
    views: Any = app.view_functions
    assert views["reveals.ask"].page_fresh
    assert views["reveals.show"].page_fresh
    assert views["purge.decide"].page_fresh
