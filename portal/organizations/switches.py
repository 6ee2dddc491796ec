"""Which plugins hold where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from portal import access, audit
from portal.access import Action
from portal.audit import Act
from portal.core import tree
from portal.organizations.models import PluginSwitch, Unit
from portal.organizations.units import reachable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

    from portal.access import Actor


def switch_plugin(
    session: Session,
    actor: Actor,
    unit: Unit,
    plugin: str,
    on: bool,  # noqa: FBT001
    *,
    sectors: Iterable[str] = (),
    version: str = "",
) -> PluginSwitch:
    """Switch a plugin on or off at a unit and beneath it, as far as no nearer switch says else.

    `sectors` and `version` are what the plugin says of itself: once it is gone, they still tell
    whose checks have not run.

    Raises:
        NotFound: the unit is out of reach.
        NotAllowed: the actor may see it, but not switch plugins there.
    """
    reachable(actor, unit)
    access.require(actor, Action.PLUGIN_SWITCH, unit.path)
    switch = session.scalars(
        select(PluginSwitch).where(
            PluginSwitch.tenant_id == actor.tenant_id,
            PluginSwitch.unit_id == unit.id,
            PluginSwitch.plugin == plugin,
        )
    ).one_or_none()
    if switch is None:
        switch = PluginSwitch(
            tenant_id=actor.tenant_id, unit_id=unit.id, path=unit.path, plugin=plugin
        )
        session.add(switch)
    switch.on, switch.by = on, actor.user_id
    switch.sectors, switch.plugin_version = "".join(sorted(sectors)), version
    audit.record(
        session, actor, Act.PLUGIN_SWITCH, unit.path, f"unit:{unit.id}", plugin=plugin, on=on,
        version=version,
    )  # fmt: skip
    session.flush()
    return switch


def switches(session: Session, tenant_id: int) -> dict[str, dict[str, bool]]:
    """Return every switch of a tenant, path to plugin to on: to ask `nearest` many times."""
    rows = session.execute(
        select(PluginSwitch.path, PluginSwitch.plugin, PluginSwitch.on).where(
            PluginSwitch.tenant_id == tenant_id
        )
    )
    return _by_path(rows)


def nearest(switched: Mapping[str, Mapping[str, bool]], path: str) -> frozenset[str]:
    """Return the plugins that are on at `path`: of each, the nearest switch above it counts.

    >>> sorted(nearest({"/1/": {"a": True, "b": True}, "/1/2/": {"a": False}}, "/1/2/3/"))
    ['b']
    """
    state: dict[str, bool] = {}
    for place in tree.lineage(path):
        state.update(switched.get(place, {}))
    return frozenset(plugin for plugin, on in state.items() if on)


def plugins_on(session: Session, tenant_id: int, path: str) -> frozenset[str]:
    """Return the plugins that are on at `path`."""
    rows = session.execute(
        select(PluginSwitch.path, PluginSwitch.plugin, PluginSwitch.on).where(
            PluginSwitch.tenant_id == tenant_id, PluginSwitch.path.in_(tree.lineage(path))
        )
    )
    return nearest(_by_path(rows), path)


def sectors_served(session: Session, tenant_id: int, path: str) -> dict[str, str]:
    """Return of each plugin switched on at or above `path` which sectors it then looked after.

    Nothing is said of a plugin whose sectors were not written down.
    """
    rows = session.execute(
        select(PluginSwitch.plugin, PluginSwitch.sectors)
        .where(
            PluginSwitch.tenant_id == tenant_id,
            PluginSwitch.path.in_(tree.lineage(path)),
            PluginSwitch.on,
        )
        .order_by(PluginSwitch.path)
    )
    return {plugin: sectors for plugin, sectors in rows if sectors}


def _by_path(rows: Iterable[tuple[str, str, bool]]) -> dict[str, dict[str, bool]]:
    found: dict[str, dict[str, bool]] = {}
    for path, plugin, on in rows:
        found.setdefault(path, {})[plugin] = on
    return found
