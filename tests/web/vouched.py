"""A portal whose people are vouched for by somebody outside: a directory or a provider."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from portal.app import create_app
from portal.identity import outside
from portal.settings import Settings
from tests.web.conftest import let_go

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask


@contextmanager
def opened(settings: Settings) -> Iterator[Flask]:
    """Open a portal with these settings, and leave none of them behind."""
    app = create_app(settings)
    app.config["TESTING"] = True
    yield app
    let_go(app)
    outside.put_in_place(Settings(sign_in_by="portal"))
