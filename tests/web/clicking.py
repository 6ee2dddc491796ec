"""Sending forms the way a browser does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.web.conftest import token_of

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse


def post(client: FlaskClient, address: str, page: str = "/me", **form: str) -> TestResponse:
    """Send a form to `address` with the token that stands on `page`."""
    return client.post(address, data={"csrf_token": token_of(client.get(page).text), **form})


def after(client: FlaskClient, address: str, **form: str) -> str:
    """Send a form and return the page one is led to."""
    answer = post(client, address, **form)
    assert answer.status_code == 302, address
    return client.get(answer.location, follow_redirects=True).text
