"""One search for units and, where names may be seen, for persons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request
from flask_appbuilder import expose

from portal.access import Action
from portal.organizations import service as organizations
from portal.web.edge import PortalView, actor, db, page

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

MOST = 20


class Search(PortalView):
    """The field in the top bar."""

    name = "search"
    route_base = "/search"
    default_view = "show"

    @expose("")
    @page()
    def show(self) -> ResponseReturnValue:
        """Show what `q` finds in one's reach, units and persons apart."""
        wanted = request.args.get("q", "").strip()[:60]
        sees_units = bool(actor().places(Action.UNIT_VIEW))
        units = (
            organizations.list_units(db(), actor(), search=wanted, limit=MOST)
            if wanted and sees_units
            else ()
        )
        return render_template("portal/search.html", wanted=wanted, units=units, most=MOST)
