"""Planting or extending a whole tree from a file, in bulk."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select
from sqlalchemy.orm import aliased

from portal import access, audit
from portal.access import Action, Role
from portal.audit import Act
from portal.core import tree
from portal.core.crypto import ring
from portal.core.errors import NotAllowed, NotFound, Problem
from portal.core.keys import uuid7
from portal.core.words import Words
from portal.organizations import arranging
from portal.organizations.arranging import Placed, Standing
from portal.organizations.models import Kind, TenantRoot, Unit, UnitLink
from portal.organizations.planting import check_depth, numbers, plant
from portal.organizations.units import UNIT, get_root, today

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.organizations.treefile import Row


@dataclass(slots=True)
class TreeImport:
    """What came of an import. `differing` says where the file and the tree tell two stories."""

    root: Unit
    added: int = 0
    unchanged: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    differing: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Known:
    id: uuid.UUID
    code: str
    name: str
    full_name: str
    path: str
    kind: Kind
    parent: str
    dissolved: bool


def import_tree(
    session: Session, actor: Actor, rows: Iterable[Row], *, name: str = "", demo: bool = False
) -> TreeImport:
    """Plant the tenant's tree from `rows`, or hang those below it that it does not have yet.

    A unit that stands already, by its code, is left as it is; where the file says something else
    of it, that is told and not done. Importing a file twice therefore changes nothing.

    Args:
        session: the caller's session.
        actor: the operator, or whoever may change the tree at the parents named.
        rows: what `treefile.read` returned.
        name: the tenant's name; where the file has several roots, the root made above them.
        demo: the tenant is for practice.

    Raises:
        Invalid: with every fault of every row; nothing is planted then.
        NotAllowed: the actor may not change the tree at one of the parents.
    """
    known = _known(session, actor)
    listed = list(rows) if known else arranging.under_one_root(list(rows), name)
    listed = _coded(_with_parents(listed, known), known)
    standing = {unit.code: Standing(unit.kind, tree.depth(unit.path)) for unit in known.values()}
    placed = arranging.arrange(listed, standing)
    kinds = Counter(each.kind.value for each in placed)
    if not known:
        if not actor.holds(Role.OPERATOR):
            raise NotAllowed(Action.UNIT_CHANGE, tree.ROOT)
        root = _plant(session, actor.tenant_id, placed.pop(0), name, demo=demo)
        known[root.code] = _Known(
            root.id, root.code, root.name, root.full_name, root.path, Kind(root.kind), "", False
        )
    outcome = TreeImport(
        get_root(session, actor.tenant_id), added=0 if standing else 1, kinds=kinds
    )
    _hang(session, actor, placed, known, outcome)
    return outcome


def _plant(session: Session, tenant_id: int, top: Placed, name: str, *, demo: bool) -> Unit:
    facts = {key: value for key, value in top.facts.items() if key != "kind"}
    root = plant(session, tenant_id, kind=top.kind, demo=demo, **facts)
    tenant = session.get_one(TenantRoot, tenant_id)
    tenant.name = (name or top.row.name)[:120]
    return root


def _known(session: Session, actor: Actor) -> dict[str, _Known]:
    over = aliased(Unit)
    found = session.execute(
        select(Unit.id, Unit.code, Unit.name, Unit.full_name, Unit.path, Unit.kind, over.code,
               Unit.dissolved_on)
        .outerjoin(over, (over.tenant_id == Unit.tenant_id) & (over.id == Unit.parent_id))
        .where(Unit.tenant_id == actor.tenant_id)
    )  # fmt: skip
    return {
        code: _Known(key, code, name, full, path, Kind(kind), parent or "", gone is not None)
        for key, code, name, full, path, kind, parent, gone in found
    }


def _with_parents(rows: Sequence[Row], known: dict[str, _Known]) -> list[Row]:
    """Return the rows with a parent's name turned into its code, where only the name is given."""
    names: dict[str, set[str]] = {}
    for unit in known.values():
        for text in {unit.name, unit.full_name}:
            names.setdefault(text, set()).add(unit.code)
    codes = {row.code for row in rows if row.code} | known.keys()
    for row in rows:
        if row.code:
            for text in {row.name, row.short} - {""}:
                names.setdefault(text, set()).add(row.code)
    found = []
    for row in rows:
        by_name = names.get(row.parent or row.parent_name, set())
        if row.parent in codes or len(by_name) != 1:
            unknown = row.parent or row.parent_name
            found.append(row if row.parent in codes else replace(row, parent=unknown))
        else:
            found.append(replace(row, parent=next(iter(by_name))))
    return found


def _coded(rows: Sequence[Row], known: dict[str, _Known]) -> list[Row]:
    """Return the rows with a code each: a branch without one gets its parent's and a number."""
    if any(row.code for row in rows):
        return list(rows)
    held = {(unit.parent, unit.full_name): unit.code for unit in known.values()}
    taken = set(known)
    found = []
    for row in rows:
        code = held.get((row.parent, row.name), "")
        if not code:
            free = (f"{row.parent}-{number:03}" for number in range(1, 10_000))
            code = next(each for each in free if each not in taken)
        taken.add(code)
        found.append(replace(row, code=code))
    return found


def _hang(
    session: Session,
    actor: Actor,
    placed: Sequence[Placed],
    known: dict[str, _Known],
    outcome: TreeImport,
) -> None:
    new = [each for each in placed if each.row.code not in known]
    outcome.differing = [
        problem
        for each in placed
        if each.row.code in known
        for problem in _differing(each, known[each.row.code])
    ]
    outcome.unchanged = len(placed) - len(new)
    if not new:
        return
    units, places = _rows(session, actor, new, known)
    for place in places:
        if not access.allows(actor, Action.UNIT_VIEW, place):
            raise NotFound(UNIT)
        access.require(actor, Action.UNIT_CHANGE, place)
    day = today(session, actor.tenant_id)
    session.execute(insert(Unit.__table__), units)  # type: ignore[arg-type]
    links = [
        {
            "tenant_id": actor.tenant_id,
            "id": uuid7(),
            "unit_id": unit["id"],
            "parent_id": unit["parent_id"],
            "valid_from": day,
            "reason": "",
        }
        for unit in units
    ]
    session.execute(insert(UnitLink.__table__), links)  # type: ignore[arg-type]
    outcome.added += len(new)
    audit.record(
        session, actor, Act.UNIT_IMPORT, outcome.root.path, f"unit:{outcome.root.id}",
        units=len(new),
    )  # fmt: skip
    session.flush()


def _rows(
    session: Session, actor: Actor, new: Sequence[Placed], known: dict[str, _Known]
) -> tuple[list[dict[str, Any]], set[str]]:
    """Return the new units as table rows, and the standing places they hang below."""
    number = numbers(session, actor.tenant_id, len(new))
    at = {code: (unit.id, unit.path) for code, unit in known.items()}
    standing, units = set(known), []
    places = set()
    for step, each in enumerate(new):
        parent_id, parent_path = at[each.parent]
        if each.parent in standing:
            places.add(parent_path)
        unit_id, path = uuid7(), tree.below(parent_path, number + step)
        check_depth(path, each.row.where)
        at[each.row.code] = unit_id, path
        facts = dict(each.facts)
        phone = facts.pop("phone", "")
        units.append(
            {
                **_BLANK,
                **facts,
                "tenant_id": actor.tenant_id,
                "id": unit_id,
                "parent_id": parent_id,
                "path": path,
                "kind": each.kind.value,
                "phone_sealed": ring().seal("unit.phone_sealed", unit_id, phone) if phone else None,
            }
        )
    return units, places


_BLANK = {"first_responsible": "", "directly_responsible": "", "liaison": "", "version": 1}


def _differing(each: Placed, unit: _Known) -> list[Problem]:
    row, found = each.row, []
    if unit.dissolved:
        found.append(
            Words(
                f"{unit.code} 在组织树上已撤销，没有恢复",
                f"{unit.code} has been dissolved; it was not brought back",
            )
        )
    if each.parent != unit.parent:
        found.append(
            Words(
                f"{unit.code} 现在的上级是 {unit.parent or '无'}，文件里是 {each.parent or '无'}。"
                "没有改动；要改请办理组织调整",
                f"{unit.code} stands below {unit.parent or 'nothing'}, the file says "
                f"{each.parent or 'nothing'}. Nothing was moved; move it as an act of its own",
            )
        )
    if each.facts["full_name"] != unit.full_name and row.name not in {unit.name, unit.full_name}:
        found.append(
            Words(
                f"{unit.code} 现名“{unit.name}”，文件里是“{row.name}”，没有改动",
                f"{unit.code} is called “{unit.name}”, in the file “{row.name}”; nothing changed",
            )
        )
    return [Problem(row.where, words, "differs") for words in found]
