"""The rules as conditions: for SQLAlchemy's queries, and as text for the database's own walls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, false, or_, true

from portal.core import tree
from portal.scope.rules import Kind, Rule, Scope, rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement


def _ranges(path: Any, places: Sequence[str]) -> ColumnElement[bool]:
    bounds = (tree.bounds(place) for place in places)
    return or_(false(), *(and_(path >= low, path < high) for low, high in bounds))


def of_rule(  # noqa: PLR0911  one line for each kind
    rule: Rule, row: Any, scope: Scope, *, write: bool = False
) -> ColumnElement[bool]:
    """Return the condition that keeps the rows of `row`, a class or a table's columns, in scope."""
    if scope.door in rule.doors:
        return true()
    inside = getattr(row, rule.tenant) == scope.tenant
    match rule.kind:
        case Kind.TENANT:
            return or_(inside, row.id == scope.account) if rule.person else inside
        case Kind.OWN:
            own = true() if tree.ROOT in scope.places else row.user_id == scope.account
            return and_(inside, own)
        case Kind.WHOLE:
            return and_(inside, true() if tree.ROOT in scope.places else false())
        case Kind.PARENT:
            return and_(inside, _parent(rule, row, scope, write=write))
        case Kind.NAMES:
            return and_(inside, _ranges(row.path, scope.names))
    near = _ranges(row.path, scope.places)
    if rule.kind == Kind.LINE and not write:
        near = or_(near, row.path.in_(scope.above))
    return and_(inside, near)


def _parent(rule: Rule, row: Any, scope: Scope, *, write: bool) -> ColumnElement[bool]:
    above = rules()[rule.parent]
    table = above.table.alias()
    kept = of_rule(above, table.c, scope, write=write)
    key = getattr(row, rule.parent_key)
    return exists().where(table.c.tenant_id == row.tenant_id, table.c.id == key, kept)


TENANT = "(SELECT nullif(current_setting('portal.tenant', true), '')::int)"
ACCOUNT = "(SELECT nullif(current_setting('portal.account', true), '')::int)"
DOOR = "(SELECT current_setting('portal.door', true))"


def _set(name: str) -> str:
    return f"(SELECT string_to_array(current_setting('portal.{name}', true), ','))::text[]"


def _near(name: str) -> str:
    """Return the test of a path against the places of a context; the bounds let an index help."""
    low, high = (
        f"(SELECT current_setting('portal.{name}_{end}', true))" for end in ("low", "high")
    )
    return f"(path >= {low} AND path < {high} AND path ^@ ANY ({_set(name)}))"


def as_policy(rule: Rule, *, write: bool = False) -> str:
    """Return the condition of a PostgreSQL policy. With no context it holds for no row."""
    inside = f"{rule.tenant} = {TENANT}"
    match rule.kind:
        case Kind.TENANT:
            kept = f"({inside} OR id = {ACCOUNT})" if rule.person else inside
        case Kind.OWN if write:
            kept = inside
        case Kind.OWN:
            kept = f"{inside} AND (user_id = {ACCOUNT} OR '/' = ANY ({_set('places')}))"
        case Kind.LOG if write:
            everywhere = f"'/' = ANY ({_set('places')})"
            kept = f"{inside} AND (user_id IS NOT DISTINCT FROM {ACCOUNT} OR {everywhere})"
        case Kind.WHOLE:
            kept = f"{inside} AND '/' = ANY ({_set('places')})"
        case Kind.NAMES:
            kept = f"{inside} AND {_near('names')}"
        case Kind.PARENT:
            kept = f"{inside} AND {_of_parent(rule, write=write)}"
        case Kind.LINE if not write:
            kept = f"{inside} AND ({_near('places')} OR path = ANY ({_set('above')}))"
        case _:
            kept = f"{inside} AND {_near('places')}"
    doors = ", ".join(f"'{door}'" for door in rule.doors)
    return f"{DOOR} IN ({doors}) OR ({kept})" if doors else kept


def _of_parent(rule: Rule, *, write: bool) -> str:
    near = f" AND {_near('places').replace('path ', 'over.path ')}" if write else ""
    return (
        f'EXISTS (SELECT FROM "{rule.parent}" over WHERE over.tenant_id = "{rule.name}".tenant_id'
        f' AND over.id = "{rule.name}"."{rule.parent_key}"{near})'
    )


def context(scope: Scope | None) -> dict[str, str]:
    """Return what a transaction of PostgreSQL is told of a scope; of none, that it is empty."""
    if scope is None:
        return dict.fromkeys(NAMES, "")
    said = {
        "tenant": str(scope.tenant),
        "account": "" if scope.account is None else str(scope.account),
        "above": ",".join(scope.above),
        "door": scope.door,
    }
    for name, places in (("places", scope.places), ("names", scope.names)):
        bounds = [tree.bounds(place) for place in places]
        said[name] = ",".join(places)
        said[f"{name}_low"] = min((low for low, _ in bounds), default="")
        said[f"{name}_high"] = max((high for _, high in bounds), default="")
    return said


NAMES = ("tenant", "account", "above", "door", "places", "places_low", "places_high", "names",
         "names_low", "names_high")  # fmt: skip
SET_CONTEXT = "SELECT " + ", ".join(f"set_config('portal.{n}', :{n}, true)" for n in NAMES)
