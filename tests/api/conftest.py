"""Callers of the API: an application, a campaign under way, and a token for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests import scene
from tests.web.conftest import _push_request_context, app, settings
from tests.web.world import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session
    from werkzeug.test import TestResponse

    from tests.scene import Scene

    Enter = Callable[[str], "Caller"]

__all__ = ["_push_request_context", "app", "settings"]


class Caller:
    """Somebody with a token."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {token}"}

    def get(self, address: str, **query: Any) -> TestResponse:
        return self.client.get(f"/api/v1{address}", query_string=query, headers=self.headers)

    def send(self, method: str, address: str, **body: Any) -> TestResponse:
        return self.client.open(f"/api/v1{address}", method=method, json=body, headers=self.headers)

    def post(self, address: str, **body: Any) -> TestResponse:
        return self.send("POST", address, **body)

    def patch(self, address: str, **body: Any) -> TestResponse:
        return self.send("PATCH", address, **body)


@pytest.fixture
def under_way(session: Session, app: Flask) -> Scene:  # noqa: ARG001  keys come first
    """A campaign in which the branch B1 has screened its members and filed nothing yet."""
    built = scene.build(session)
    scene.screen(session, built)
    scene.leave(session, built)
    return built


@pytest.fixture
def enter(app: Flask, under_way: Scene) -> Enter:  # noqa: ARG001
    """A function that returns a caller with the token of one of the people."""

    def with_token(username: str) -> Caller:
        client = app.test_client(use_cookies=False)
        given = client.post("/api/v1/session", json={"username": username, "password": PASSWORD})
        assert given.status_code == 201, given.text
        return Caller(client, given.json["access_token"])

    return with_token
