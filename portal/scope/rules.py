"""What a scope is, and for each table which of its rows lie inside one.

A scope is a plain value, worked out once. The same rule is said three times, each time from the
table below: in Python for one row, in SQLAlchemy for a query, in SQL for the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from portal.access import Action
from portal.core import tree
from portal.core.database import Model

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Table

    from portal.access import Actor

NAMING = (Action.MEMBER_VIEW, Action.RECORD_VIEW)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where somebody may read and write. Frozen: nothing is looked up while a query runs."""

    tenant: int
    account: int | None = None
    places: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    door: str = ""

    @property
    def above(self) -> tuple[str, ...]:
        """Return the paths of the units over one's own, and of the own ones."""
        return _above(self.places)


@lru_cache(maxsize=4096)
def _above(places: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({path for place in places for path in tree.lineage(place)}))


class Kind(StrEnum):
    """Which of its rows a table shows, and to whom."""

    NAMES = "names"  # rows that tell of a person: they stop at the base committee
    PLACES = "places"  # whatever lies at or beneath one's own places
    LINE = "line"  # the same, and to be read also from beneath
    LOG = "log"  # written by whoever acts, read at one's own places, never altered
    OWN = "own"  # for one account; anybody of the tenant may send one
    TENANT = "tenant"  # everybody of the tenant
    WHOLE = "whole"  # nobody but who reaches the whole tenant: the operator, or a verb at a door
    PARENT = "parent"  # where the row lies that it belongs to


# A table that is not here has the strictest kind that its columns allow: a new one is behind the
# walls before anybody thinks of it.
_KINDS = {
    "unit": Kind.LINE,
    "appointment": Kind.LINE,
    "plugin_switch": Kind.LINE,
    "campaign": Kind.LINE,
    "inner_date": Kind.LINE,
    "circular": Kind.LINE,
    "job": Kind.PLACES,
    "return": Kind.PLACES,
    "filing": Kind.PLACES,
    "explanation": Kind.PLACES,
    "override": Kind.PLACES,
    "remark": Kind.PLACES,
    "subtotal": Kind.PLACES,
    "chase": Kind.PLACES,
    "appointment_proposal": Kind.PLACES,
    "emergency_access": Kind.PLACES,
    "export": Kind.PLACES,
    "hold": Kind.PLACES,
    "purge": Kind.PLACES,
    "purge_item": Kind.PLACES,
    "tombstone": Kind.PLACES,
    "reveal": Kind.PLACES,
    "audit_entry": Kind.LOG,
    "notice": Kind.OWN,
    "once": Kind.OWN,
    "sign_in": Kind.OWN,
    "factor": Kind.OWN,
    "recovery_code": Kind.OWN,
    "contact_draft": Kind.OWN,
    "throttle": Kind.WHOLE,
    "audit_head": Kind.WHOLE,
    "key_rotation": Kind.WHOLE,
    "tombstone_key": Kind.WHOLE,
    "ab_user": Kind.TENANT,
    "tenant": Kind.TENANT,
}

# Doors that open one table for every tenant: see `reasons`.
_DOORS = {
    "ab_user": ("sign_in", "accounts"),
    "tenant": ("tenants",),
    "job": ("jobs",),
    "sign_in": ("sign_in",),
    "factor": ("sign_in",),
    "recovery_code": ("sign_in",),
    "throttle": ("sign_in",),
    "audit_head": ("heads",),
    "audit_entry": ("heads",),
    "upload": ("files",),
    "export": ("files",),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """How the rows of one table are told apart."""

    table: Table
    kind: Kind
    tenant: str = "tenant_id"
    person: str = ""
    parent: str = ""
    parent_key: str = ""
    doors: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the name of the table."""
        return self.table.name

    def may_read(  # noqa: PLR0911  one line for each kind
        self, scope: Scope, tenant: Any, path: str, person: Any
    ) -> bool:
        """Tell whether a row may be read that belongs to `tenant`, lies at `path`, and so on."""
        if scope.door in self.doors:
            return True
        if self.kind == Kind.TENANT and person is not None and person == scope.account:
            return True
        if tenant != scope.tenant:
            return False
        match self.kind:
            case Kind.OWN:
                return bool(person == scope.account) or tree.ROOT in scope.places
            case Kind.TENANT:
                return True
            case Kind.WHOLE:
                return tree.ROOT in scope.places
            case Kind.NAMES:
                return path.startswith(scope.names)
            case Kind.LINE:
                return path.startswith(scope.places) or path in scope.above
            case _:
                return path.startswith(scope.places)

    def may_write(self, scope: Scope, tenant: Any, path: str, person: Any) -> bool:
        """Tell whether a row may be made or left like this."""
        if self.kind == Kind.LINE:
            return bool(tenant == scope.tenant) and path.startswith(scope.places)
        if self.kind == Kind.LOG:
            return bool(tenant == scope.tenant) and (
                person == scope.account or tree.ROOT in scope.places
            )
        return self.may_read(scope, tenant, path, person)


def of(actor: Actor) -> Scope:
    """Return the scope of an actor: all their places, and those where they may read names."""
    names = {place for action in NAMING for place in actor.places(action)}
    return Scope(
        actor.tenant_id,
        actor.user_id,
        tuple(sorted({grant.place for grant in actor.grants})),
        tuple(sorted(names)),
    )


def whole(tenant: int, account: int | None = None) -> Scope:
    """Return the scope of everything in one tenant."""
    return Scope(tenant, account, (tree.ROOT,), (tree.ROOT,))


def _foreign_parent(table: Table) -> tuple[str, str]:
    for key in sorted(table.foreign_key_constraints, key=lambda each: str(each.name)):
        own = key.column_keys[-1]
        if "path" in key.referred_table.columns and not table.columns[own].nullable:
            return key.referred_table.name, own
    raise TypeError(f"{table.name} has neither a path nor a parent with one: say its kind")


def _rule(table: Table) -> Rule:
    known, doors = _KINDS.get(table.name), _DOORS.get(table.name, ())
    if known == Kind.TENANT:
        tenant = "tenant_id" if "tenant_id" in table.columns else "id"
        return Rule(table, known, tenant, "id" if tenant != "id" else "", doors=doors)
    if known is None and "path" not in table.columns:
        parent, key = _foreign_parent(table)
        return Rule(table, Kind.PARENT, parent=parent, parent_key=key)
    person = "user_id" if known in {Kind.OWN, Kind.LOG} else ""
    return Rule(table, known or Kind.NAMES, person=person, doors=doors)


def _scoped(tables: Iterable[Table]) -> Iterable[Table]:
    return (t for t in tables if "tenant_id" in t.columns or t.name in _KINDS)


_known: dict[str, Rule] = {}


def rules() -> dict[str, Rule]:
    """Return the rule of every scoped table there is, by its name."""
    tables = Model.metadata.tables
    if len(_known) != sum(1 for _ in _scoped(tables.values())):
        _known.update({table.name: _rule(table) for table in _scoped(tables.values())})
    return _known
