"""A portal to click through: the application on a fresh database, and people signed in to it."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

import pytest

from portal.app import create_app
from portal.jobs import queue
from portal.settings import Settings
from tests.databases import as_app
from tests.plugins.conftest import install, write  # noqa: F401  fixtures
from tests.web import world as made
from tests.web.world import METHOD, PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session

    from tests.web.world import World

    SignIn = Callable[[str], FlaskClient]

KEY = base64.b64encode(b"sicha".ljust(32, b".")).decode()


@pytest.fixture(autouse=True)
def _push_request_context() -> None:
    """Keep pytest-flask from pushing a context around a test.

    All requests of the test would share it, and with it `g`: a stranger would be taken for
    whoever signed in before, and the session would never be given back.
    """


@pytest.fixture
def settings(fresh_url: str, tmp_path: Path) -> Settings:
    """Settings for a portal on the test's own database."""
    return Settings(
        database=as_app(fresh_url), data_dir=tmp_path, secret_key="s" * 32, master_key=KEY,
        secure_cookies=False, second_factor=False, password_method=METHOD,
    )  # fmt: skip


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application, and no connection of it afterwards."""
    app = create_app(settings)
    app.config["TESTING"] = True
    yield app
    let_go(app)


def let_go(app: Flask) -> None:
    """Close every connection that `app` holds."""
    with app.app_context():
        for engine in app.extensions["sqlalchemy"].engines.values():
            engine.dispose()
    waiting = queue.find_queue()
    if waiting is not None:
        waiting.close()
    queue.put_in_place(None)


@pytest.fixture
def world(session: Session, app: Flask) -> World:  # noqa: ARG001  (the app's keys come first)
    """A tenant with a tree and people."""
    return made.build(session)


def token_of(page: str) -> str:
    """Return the token of the forms in `page`."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert found is not None
    return found[1]


@pytest.fixture
def sign_in(app: Flask, world: World) -> SignIn:  # noqa: ARG001  (there must be people)
    """A function that returns a browser in which somebody is signed in."""

    def enter(username: str, password: str = PASSWORD) -> FlaskClient:
        client = app.test_client()
        token = token_of(client.get("/sign-in").text)
        form = {"username": username, "password": password, "csrf_token": token}
        assert client.post("/sign-in", data=form).status_code == 302
        return client

    return enter
