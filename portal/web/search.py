"""One search for units and, where names may be seen, for persons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, render_template, request
from flask_appbuilder import expose

from portal.access import Action
from portal.members import service as members
from portal.organizations import service as organizations
from portal.web.edge import PortalView, actor, db, page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

    from portal.members.models import Member
    from portal.organizations.models import Unit

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
        sees_names = bool(actor().places(Action.MEMBER_VIEW))
        units: Sequence[Unit] = ()
        persons: Sequence[Member] = ()
        if wanted and sees_units:
            units = organizations.list_units(db(), actor(), search=wanted, limit=MOST)
        if wanted and sees_names:
            persons = members.list_members(db(), actor(), search=wanted, limit=MOST)
        return render_template(
            "portal/search.html", wanted=wanted, units=units, persons=persons, most=MOST,
            sees_names=sees_names, at=_names_of_units(persons),
            opens="roster.show" in current_app.view_functions,
        )  # fmt: skip


def _names_of_units(persons: Sequence[Member]) -> dict[str, str]:
    found = organizations.find_units(db(), actor(), {each.unit_id for each in persons})
    return {unit.path: unit.name for unit in found.values()}
