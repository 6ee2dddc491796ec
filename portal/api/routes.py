"""Every call of the API, in one place: importing a module here makes its calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.api import campaigns, members, openapi, records, returns, session, units
from portal.api.edge import ROUTES, blueprint

if TYPE_CHECKING:
    from flask import Flask

MODULES = (session, units, members, campaigns, records, returns, openapi)

__all__ = ["MODULES", "ROUTES", "blueprint", "serve"]


def serve(app: Flask) -> None:
    """Serve the API with `app`. It reads no cookie, so it needs no form token."""
    app.register_blueprint(blueprint)
    app.extensions["csrf"].exempt(blueprint)
