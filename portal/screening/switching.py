"""Switching a plugin, and saying beforehand how much of the tree it touches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from portal import access
from portal.access import Action
from portal.campaigns import service as campaigns
from portal.core.errors import NotFound
from portal.core.words import Words
from portal.members.models import Member, Tie
from portal.organizations import service as organizations
from portal.organizations.models import Unit
from portal.scope import service as scope
from portal.screening import enrolment, plugins

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.access import Actor

PLUGIN = Words("插件", "plugin")


@dataclass(frozen=True, slots=True)
class Effect:
    """What a switch changes.

    `units` is how many units the plugin looks after from then on, or no longer; `people` their
    members; `proposals` for how many of them something else is proposed now: None before it is
    done, and without a campaign under way.
    """

    units: int
    people: int
    proposals: int | None = None


def preview_switch(session: Session, actor: Actor, unit: Unit, plugin: str, *, on: bool) -> Effect:
    """Say how many units and people a switch would touch; nothing is changed.

    Raises:
        NotFound: there is no such plugin.
        NotAllowed: the actor may not switch plugins there.
    """
    if plugin not in plugins.standard().sectors and (on or not _was_here(session, unit, plugin)):
        raise NotFound(PLUGIN)
    access.require(actor, Action.PLUGIN_SWITCH, unit.path)
    paths = _touched(session, unit, plugin, on=on)
    return Effect(len(paths), _people(session, unit, paths))


@scope.through(scope.Reason.COUNTING)
def _people(session: Session, unit: Unit, paths: frozenset[str]) -> int:
    """Return how many members the units at `paths` have; who they are stays behind the walls."""
    rows = session.execute(
        select(Member.path, func.count())
        .where(
            Member.tenant_id == unit.tenant_id,
            access.within(Member, unit.path),
            Member.tie.in_((Tie.ON_ROLL.value, Tie.SENT.value)),
        )
        .group_by(Member.path)
    )
    return sum(number for path, number in rows if path in paths)


def switch_plugin(session: Session, actor: Actor, unit: Unit, plugin: str, *, on: bool) -> Effect:
    """Switch a plugin at a unit and ask it about everybody it concerns in the campaign under way.

    Raises:
        NotFound: there is no such plugin, or the unit is out of reach.
        NotAllowed: the actor may not switch plugins there.
    """
    before = preview_switch(session, actor, unit, plugin, on=on)
    said = plugins.standard().sectors.get(plugin)
    organizations.switch_plugin(
        session, actor, unit, plugin, on,
        sectors=said.sectors if said else (), version=said.version if said else "",
    )  # fmt: skip
    running = campaigns.find_current(session, unit.tenant_id)
    if running is None:
        return before
    changed = enrolment.ask_plugins_again(session, running, unit.path)
    return Effect(before.units, before.people, changed)


def _was_here(session: Session, unit: Unit, plugin: str) -> bool:
    """Tell whether a plugin that is gone was ever switched in this tenant: it can be put off."""
    switched = organizations.switches(session, unit.tenant_id)
    return any(plugin in here for here in switched.values())


def _touched(session: Session, unit: Unit, plugin: str, *, on: bool) -> frozenset[str]:
    """Return the paths of the units for which the plugin would be on that is off, or off."""
    now = organizations.switches(session, unit.tenant_id)
    then = {**now, unit.path: {**now.get(unit.path, {}), plugin: on}}
    query = select(Unit.path).where(
        Unit.tenant_id == unit.tenant_id,
        access.within(Unit, unit.path),
        Unit.dissolved_on.is_(None),
    )
    if (said := plugins.standard().sectors.get(plugin)) is not None:
        query = query.where(Unit.sector.in_(said.sectors))
    return frozenset(
        path
        for path in session.scalars(query)
        if (plugin in organizations.nearest(now, path))
        != (plugin in organizations.nearest(then, path))
    )
