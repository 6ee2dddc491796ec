"""Progress and reminders on the page."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from portal.core import clock
from tests import scene as played
from tests.web import reported
from tests.web.reported import post

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from tests.web.conftest import SignIn
    from tests.web.world import World

WORDS = ("应报", "按时", "迟报", "未报", "免报")
LATER = datetime(2026, 12, 3, 2, 0, tzinfo=UTC)


@pytest.fixture
def at(session: Session, world: World) -> Iterator[dict[str, uuid.UUID]]:
    """The units by code, a week after the branches' deadline; B3 has filed, the others not."""
    scene = reported.build(session, world)
    played.file(session, scene, "third", "B3")
    units = {code: unit.id for code, unit in world.units.items()}
    session.rollback()
    with clock.pinned(LATER):
        yield units


def test_the_identity_stands_above_the_matrix(at: dict[str, uuid.UUID], sign_in: SignIn):
    page = sign_in("organiser").get("/status").text
    parts = " . ".join(rf"{word} <b>(\d+)</b>" for word in WORDS)
    found = re.search(parts, page)
    assert found is not None
    expected, *cases = (int(number) for number in found.groups())

    assert expected == sum(cases)
    assert at


def test_every_state_has_its_word(at: dict[str, uuid.UUID], sign_in: SignIn):
    page = sign_in("organiser").get("/status").text

    assert "城隍社区党支部" in page
    assert "北园社区党总支" in page
    assert "在审" in page
    assert "未到" in page
    assert at


def test_only_what_is_missing_can_be_shown(at: dict[str, uuid.UUID], sign_in: SignIn):
    page = sign_in("general").get(f"/status?unit={at['G1']}&only=missing").text

    assert "北园社区党支部" in page
    assert "未报" in page


def test_a_reminder_goes_out_once_a_day_and_names_what_is_missing(
    at: dict[str, uuid.UUID], sign_in: SignIn
):
    client = sign_in("general")
    page = client.get("/status").text
    text = "{单位}：尚欠{欠报项目}，已逾期 {工作日} 个工作日。"
    form = {"at": at["G1"], "unit": [at["B1"], at["B2"]], "text": text}
    first = post(client, "/status/chase", page, **form)
    again = post(client, "/status/chase", page, **form)
    inbox = sign_in("clerk").get("/inbox").text

    assert first.text.count("已催报") == 2
    assert again.text.count("今天已经催过") == 2
    assert "北园社区党支部：尚欠" in inbox
    assert "排查表册" in inbox


def test_nobody_chosen_or_no_words_is_told(at: dict[str, uuid.UUID], sign_in: SignIn):
    client = sign_in("general")
    page = client.get("/status").text
    none = post(client, "/status/chase", page, at=at["G1"], text="请速报")
    bare = post(client, "/status/chase", page, at=at["G1"], unit=at["B1"], text=" ")

    assert none.status_code == 422
    assert "请先勾选" in none.text
    assert "请速报" in none.text
    assert bare.status_code == 422


def test_an_inner_date_is_earlier_than_the_official_one(at: dict[str, uuid.UUID], sign_in: SignIn):
    client = sign_in("committee")
    page = client.get("/status").text
    form = {"at": at["H1"], "deliverable": "tables", "reason": ""}
    early = post(client, "/status/dates", page, day="2026-12-04", **form)
    late = post(client, "/status/dates", page, day="2027-03-01", **form)
    no_day = post(client, "/status/dates", page, day="", **form)
    back = post(client, "/status/dates", page, day="2026-12-05", **form)

    assert early.status_code == 302
    assert late.status_code == 422
    assert no_day.status_code == 422
    assert "延期须写理由" in back.text


@pytest.mark.parametrize(
    ("who", "code"), [("other", "H1"), ("organiser", "D1"), ("general", "H1"), ("reviewer", "D2")]
)
def test_a_unit_out_of_reach_is_neither_shown_nor_reminded(
    at: dict[str, uuid.UUID], sign_in: SignIn, who: str, code: str
):
    client = sign_in(who)
    page = client.get("/me").text
    chased = post(client, "/status/chase", page, at=at[code], unit=at[code], text="x")
    dated = post(client, "/status/dates", page, at=at[code], deliverable="tables", day="2026-12-04")

    assert client.get(f"/status?unit={at[code]}").status_code == 404
    assert chased.status_code == 404
    assert dated.status_code == 404


@pytest.mark.parametrize("who", ["clerk", "secretary", "auditor", "system"])
def test_who_has_nobody_below_finds_no_page(at: dict[str, uuid.UUID], sign_in: SignIn, who: str):
    assert at
    assert sign_in(who).get("/status").status_code == 404


def test_a_reminder_without_a_token_is_none(at: dict[str, uuid.UUID], sign_in: SignIn):
    client = sign_in("general")

    assert client.post("/status/chase", data={"unit": at["B1"], "text": "x"}).status_code == 400
