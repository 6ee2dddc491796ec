"""What machines ask: health, readiness and figures, and what strangers learn from them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sqlalchemy import text

from portal.app import create_app
from portal.core import clock
from portal.core.database import transaction
from portal.jobs.models import Job, JobState
from tests import scene as played
from tests.web.conftest import let_go

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session
    from werkzeug.test import TestResponse

    from portal.settings import Settings
    from tests.web.world import World

TOKEN = "scrape-3f9a1c77e2"
AFAR = {"REMOTE_ADDR": "198.51.100.3"}


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application with a token for who scrapes it."""
    app = create_app(settings.model_copy(update={"metrics_token": SecretStr(TOKEN)}))
    yield app
    let_go(app)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A program on this machine."""
    return app.test_client()


def put(session: Session, state: JobState, minutes: int) -> None:
    with transaction(session):
        at = clock.now() - timedelta(minutes=minutes)
        session.add(Job(tenant_id=1, path="/1/", kind="x", state=state.value, at=at))


def test_health_says_that_the_process_serves_and_no_more(client: FlaskClient):
    assert client.get("/health", environ_base=AFAR).json == {"status": "ok"}


@pytest.mark.usefixtures("world")
def test_a_good_set_up_is_ready_and_a_stranger_learns_just_that(client: FlaskClient):
    found = {"database": True, "schema": True, "jobs": True}
    assert client.get("/ready").json == {"status": "ok", "checks": found}
    assert client.get("/ready", environ_base=AFAR).json == {"status": "ok"}


def not_ready(client: FlaskClient) -> list[str]:
    answer: Any = client.get("/ready")
    assert answer.status_code == 503
    afar = client.get("/ready", environ_base=AFAR)
    assert (afar.status_code, afar.json) == (503, {"status": "not ready"})
    return [name for name, good in answer.json["checks"].items() if not good]


def test_without_its_schema_it_is_not_ready(client: FlaskClient, session: Session):
    with transaction(session):
        session.execute(text("UPDATE alembic_version SET version_num = 'before'"))
    assert not_ready(client) == ["jobs", "schema"]


def test_without_its_database_it_is_not_ready(settings: Settings):
    lost = settings.model_copy(update={"database": "sqlite:////nowhere/at/all.db"})
    app = create_app(lost)
    assert not_ready(app.test_client()) == ["database", "jobs", "schema"]
    let_go(app)


def test_jobs_that_nobody_does_make_it_unready(client: FlaskClient, session: Session, world: World):
    assert world
    put(session, JobState.WAITING, minutes=1)
    assert client.get("/ready").status_code == 200
    put(session, JobState.WAITING, minutes=3)
    assert not_ready(client) == ["jobs"]


@pytest.mark.usefixtures("world")
def test_a_queue_behind_a_long_job_does_not(client: FlaskClient, session: Session):
    put(session, JobState.WAITING, minutes=3)
    put(session, JobState.RUNNING, minutes=4)
    assert client.get("/ready").status_code == 200


def figures(client: FlaskClient, **headers: str) -> dict[tuple[str, ...], float]:
    answer = client.get("/metrics", headers=headers)
    assert answer.content_type.startswith("text/plain")
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@pytest.mark.usefixtures("world")
def test_answers_are_counted_by_endpoint_method_and_status(client: FlaskClient):
    key = ("sicha_answers_total", "home.health", "GET", "200")
    before = figures(client).get(key, 0)
    client.get("/health")
    client.get("/health?q=x")
    client.open("/health", method="BREW")
    after = figures(client)
    assert after[key] - before == 2
    assert after["sicha_answers_total", "none", "other", "405"] >= 1
    assert after["sicha_answer_seconds_count", "home.health"] >= 2


def test_the_stock_is_counted_by_tenant_and_state_without_a_name(
    client: FlaskClient, session: Session, world: World
):
    played.build(session, world)
    put(session, JobState.FAILED, minutes=1)
    found = figures(client)
    assert found["sicha_jobs", "failed", "1"] == 1
    states = {key[1]: count for key, count in found.items() if key[0] == "sicha_returns"}
    assert states["open"] > 3
    page = client.get("/metrics").text
    assert page.isascii()


def bare(answer: TestResponse, address: str) -> str:
    number = answer.headers["X-Request-ID"]
    page = re.sub(r'"[\w.-]{60,}"', "", answer.text.replace(number, ""))
    return page.replace(address, "")


@pytest.mark.usefixtures("world")
def test_figures_are_for_this_machine_and_for_who_has_the_token(client: FlaskClient):
    assert client.get("/metrics").status_code == 200
    afar = {"environ_base": AFAR}
    ghost = client.get("/none", **afar)
    for said in ("", "Bearer ", "Bearer wrong", "Bearer scrape-3f9a1c77e"):
        refused = client.get("/metrics", headers={"Authorization": said}, **afar)
        assert refused.status_code == 404
        assert bare(refused, "/metrics") == bare(ghost, "/none")
    told = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, **afar)
    assert told.status_code == 200


@pytest.mark.usefixtures("world")
def test_what_a_proxy_passes_on_is_not_this_machine(client: FlaskClient):
    for claim in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Request-ID"):
        assert client.get("/metrics", headers={claim: "127.0.0.1"}).status_code == 404


@pytest.mark.usefixtures("world")
def test_without_a_token_an_empty_one_opens_nothing(settings: Settings):
    app = create_app(settings)
    afar = app.test_client().get("/metrics", headers={"Authorization": "Bearer "},
                                 environ_base=AFAR)  # fmt: skip
    assert afar.status_code == 404
    let_go(app)
