"""What a machine asks: is it ready, and how does it do. Strangers learn yes or no, or nothing."""

from __future__ import annotations

import hmac
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import abort, current_app, request
from flask_appbuilder import expose
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from portal.core import migrations
from portal.jobs import service as jobs
from portal.web import gate, metrics
from portal.web.edge import PortalView, db, public

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

PATIENCE_SECONDS = 120


def is_insider() -> bool:
    """Tell whether who asks may see details: a program of this machine, or one with the token."""
    token = current_app.extensions["portal.settings"].metrics_token.get_secret_value()
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return gate.is_local() or bool(token and hmac.compare_digest(given.encode(), token.encode()))


def checks() -> dict[str, bool]:
    """Return what has to hold before requests should be sent here."""
    try:
        current = migrations.is_current(db().connection())
        picked_up = current and not jobs.are_stuck(db(), PATIENCE_SECONDS)
    except SQLAlchemyError:
        return {"database": False, "schema": False, "jobs": False}
    return {"database": True, "schema": current, "jobs": picked_up}


class Watch(PortalView):
    """Readiness and figures."""

    name = "watch"
    route_base = ""
    default_view = "ready"

    @expose("/ready")
    @public
    def ready(self) -> ResponseReturnValue:
        """Answer whether the database answers, its schema is right and jobs are picked up."""
        found = checks()
        good = all(found.values())
        told: dict[str, object] = {"status": "ok" if good else "not ready"}
        if is_insider():
            told["checks"] = found
        return told, HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE

    @expose("/metrics")
    @public
    def figures(self) -> ResponseReturnValue:
        """Give the figures to who watches this machine; to others there is no such page."""
        if not is_insider():
            abort(HTTPStatus.NOT_FOUND)
        return metrics.text(db()), {"Content-Type": CONTENT_TYPE_LATEST}
