"""The first page after signing in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, url_for
from flask_appbuilder import expose

from portal.web import menu
from portal.web.edge import PortalView, page, public

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


class Home(PortalView):
    """Where `/` leads, and whether the portal is alive."""

    name = "home"
    route_base = ""
    default_view = "index"

    @expose("/")
    @page()
    def index(self) -> ResponseReturnValue:
        """Go to the first page of this person's menu."""
        first = next(iter(menu.entries()), None)
        return redirect(url_for(first.endpoint if first else "session.me"))

    @expose("/health")
    @public
    def health(self) -> ResponseReturnValue:
        """Answer that the process serves; touches no table."""
        return {"status": "ok"}
