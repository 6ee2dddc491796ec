"""Coming in by every door: the web, the API, codes, proofs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from portal.core import clock
from portal.identity import totp
from tests.web.clicking import post
from tests.web.world import PASSWORD

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

START = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SEED = re.compile(r'class="seed mb-0">([A-Z2-7 ]+)<')
CODES = re.compile(r"<li>([a-z2-9]{5}-[a-z2-9]{5})</li>")


def knock(client: FlaskClient, username: str, password: str = PASSWORD) -> TestResponse:
    return post(client, "/sign-in", "/sign-in", username=username, password=password)


def code_at(seed: str, instant: datetime) -> str:
    return totp.code_of(seed.replace(" ", ""), totp.step_at(instant))


def enrol(client: FlaskClient) -> tuple[str, list[str]]:
    """Set one-time codes up for who is signed in; return the seed and the recovery codes."""
    found = SEED.search(client.get("/me/factor").text)
    assert found is not None
    answer = post(client, "/me/factor", "/me/factor", code=code_at(found[1], clock.now()))
    assert answer.status_code == 200, answer.text
    return found[1], CODES.findall(answer.text)
