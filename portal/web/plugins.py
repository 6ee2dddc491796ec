"""Which plugin serves which part of the tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from portal import access
from portal.access import Action
from portal.core import tree
from portal.core.errors import NotFound
from portal.core.words import Words
from portal.extension import Sector
from portal.organizations import service as organizations
from portal.organizations.models import Kind
from portal.screening import facts, switching
from portal.screening.plugins import standard
from portal.web.edge import PortalView, actor, db, page, toast, transaction

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping, Sequence

    from flask.typing import ResponseReturnValue

    from portal.organizations.models import Unit

UNIT = Words("组织", "unit")
EVERY = frozenset(facts.FACTS["sector"].values)


@dataclass(frozen=True, slots=True)
class Switch:
    """How one plugin stands at one unit: `here` is None where the unit follows its superior."""

    plugin: Sector
    here: bool | None
    on: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One unit and its switches; None where the plugin serves no unit of that sector."""

    unit: Unit
    level: int
    switches: tuple[Switch | None, ...]


def _serves(plugin: Sector, unit: Unit) -> bool:
    """Tell whether a switch at `unit` can matter: to itself, or to what may stand beneath it."""
    return unit.kind != Kind.BRANCH or unit.sector in plugin.sectors


def _columns(switched: Mapping[str, Mapping[str, bool]]) -> list[Sector]:
    """Return the plugins installed, then those that are gone and still on somewhere."""
    here = standard().sectors
    on = {name for each in switched.values() for name, state in each.items() if state}
    away = [Sector(name, Words(name, name), EVERY, "") for name in sorted(on - set(here))]
    return [*(plugin for _, plugin in sorted(here.items())), *away]


def _row(
    unit: Unit, level: int, switched: Mapping[str, Mapping[str, bool]], columns: Sequence[Sector]
) -> Row:
    on = organizations.nearest(switched, unit.path)
    here = switched.get(unit.path, {})
    return Row(
        unit,
        level,
        tuple(
            Switch(plugin, here.get(plugin.name), plugin.name in on)
            if _serves(plugin, unit)
            else None
            for plugin in columns
        ),
    )


class Plugins(PortalView):
    """The switches of one unit and of those directly beneath it."""

    name = "plugins"
    route_base = "/plugins"
    default_view = "show"

    @expose("")
    @page(Action.PLUGIN_SWITCH)
    def show(self) -> ResponseReturnValue:
        """Show the switches from one unit down one level."""
        unit = self._unit(request.args.get("unit"))
        switched = organizations.switches(db(), unit.tenant_id)
        children = organizations.children(db(), actor(), unit)
        columns = _columns(switched)
        rows = [_row(unit, 0, switched, columns)]
        rows += [_row(child, 1, switched, columns) for child in children]
        above = organizations.lineage(db(), unit.tenant_id, unit.path)[:-1]
        above = [up for up in above if access.allows(actor(), Action.PLUGIN_SWITCH, up.path)]
        return render_template(
            "portal/plugins.html", unit=unit, rows=rows, above=above,
            plugins=columns, groups=standard().groups, situations=standard().situations,
        )  # fmt: skip

    def _unit(self, given: str | None) -> Unit:
        if not given:
            place = actor().places(Action.PLUGIN_SWITCH)[0]
            if place == tree.ROOT:
                return organizations.get_root(db(), actor().tenant_id)
            return organizations.lineage(db(), actor().tenant_id, place)[-1]
        try:
            return organizations.get_unit(db(), actor(), UUID(given))
        except ValueError as malformed:
            raise NotFound(UNIT) from malformed

    @expose("/<uuid:unit_id>", methods=["POST"])
    @page(Action.PLUGIN_SWITCH)
    def switch(self, unit_id: uuid.UUID) -> ResponseReturnValue:
        """Switch one plugin on or off at a unit."""
        name, on = request.form.get("plugin", ""), request.form.get("on") == "1"
        with transaction(db()) as session:
            unit = organizations.get_unit(session, actor(), unit_id)
            effect = switching.switch_plugin(session, actor(), unit, name, on=on)
            about = {"name": unit.name, "units": effect.units, "people": effect.people}
            toast(
                gettext("已在“%(name)s”打开，涉及 %(units)s 个组织、%(people)s 名党员", **about)
                if on
                else gettext(
                    "已在“%(name)s”关闭，涉及 %(units)s 个组织、%(people)s 名党员", **about
                )
            )
        return redirect(url_for("plugins.show", unit=request.form.get("shown") or unit_id))
