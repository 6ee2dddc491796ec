"""The plugins of this process, held against the facts there are, and which of them hold where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from portal.extension.manager import Plugins, installed
from portal.organizations import service as organizations
from portal.screening import facts
from portal.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.core.words import Words
    from portal.extension import Advice
    from portal.screening.models import Record


@dataclass(frozen=True, slots=True)
class Advised:
    """What the plugins in force advise for one member, and the titles of those that failed."""

    advice: tuple[Advice, ...]
    failed: tuple[Words, ...]


@cache
def standard() -> Plugins:
    """Return the plugins of this process: those installed, and those the settings add.

    Raises:
        PluginError: one cannot be used; the portal does not start with it.
    """
    settings = Settings()
    modules = (*installed(), *settings.plugins)
    return Plugins(modules, frozenset(facts.NAMES), trace=settings.trace_hooks)


def in_force(session: Session, tenant_id: int, path: str, sector: str) -> tuple[str, ...]:
    """Return the names of the plugins that look after a unit of `sector` at `path`."""
    switched = organizations.plugins_on(session, tenant_id, path)
    return standard().in_force(switched, sector)


def gone(session: Session, tenant_id: int, path: str, sector: str) -> tuple[str, ...]:
    """Return the plugins that are on at `path` and not installed, as far as they looked after it.

    Whose sectors are not known any more is taken to have looked after everybody.
    """
    missing = organizations.plugins_on(session, tenant_id, path) - set(standard().sectors)
    if not missing:
        return ()
    served = organizations.sectors_served(session, tenant_id, path)
    return tuple(sorted(name for name in missing if sector in served.get(name, sector)))


def advise(session: Session, record: Record) -> Advised:
    """Return what the plugins in force advise for the member of `record`; a person decides."""
    names = in_force(session, record.tenant_id, record.path, record.sector)
    offered = standard()
    advice, failed = offered.advise(names, facts.of(record))
    return Advised(advice, tuple(offered.sectors[name].title for name in failed))


def unknown_groups(codes: str, confirmed: str) -> str:
    """Return those of `codes` that no plugin offers and nobody has confirmed before.

    Codes are joined by ``|``. What was confirmed while a plugin was here may stay without it.
    """
    known = {group.code for groups in standard().groups.values() for group in groups}
    return "|".join(c for c in codes.split("|") if c and c not in known | {*confirmed.split("|")})
