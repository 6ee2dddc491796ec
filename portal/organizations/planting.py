"""Planting a tree and letting it grow, unit by unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from portal import access, audit
from portal.access import Action
from portal.audit import Act
from portal.core import tree
from portal.core.errors import Invalid, Problem
from portal.core.words import Words
from portal.organizations import facts as unit_facts
from portal.organizations import naming
from portal.organizations.models import Kind, TenantRoot, Unit, UnitLink
from portal.organizations.units import code_taken, reachable, today

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from portal.access import Actor


def numbers(session: Session, tenant_id: int, count: int = 1) -> int:
    """Take `count` numbers of a tenant's tree and return the first of them."""
    taken = session.execute(
        update(TenantRoot)
        .where(TenantRoot.id == tenant_id)
        .values(next_number=TenantRoot.next_number + count)
        .returning(TenantRoot.next_number),
        execution_options={"synchronize_session": False},
    ).scalar_one()
    return taken - count


def plant(
    session: Session,
    tenant_id: int,
    name: str,
    code: str,
    *,
    kind: str = Kind.CITY,
    demo: bool = False,
    **facts: str,
) -> Unit:
    """Start a tenant: its row, and the root unit of its tree.

    Raises:
        Invalid: the number is taken, or the root's facts do not hold.
    """
    if session.get(TenantRoot, tenant_id) is not None:
        raise Invalid(
            Problem(
                f"--tenant {tenant_id}",
                Words(
                    "这个编号已有单位库。请换一个编号；原有数据未动",
                    "is taken by another tenant. Use another number; nothing was changed",
                ),
            )
        )
    session.add(TenantRoot(id=tenant_id, name=name[:120], demo=demo))
    session.flush()
    actor = access.operator(tenant_id)
    given = {"name": name, "code": code, "kind": kind, **facts}
    root = _place(session, actor, None, unit_facts.checked(given))
    audit.record(session, actor, Act.TENANT_PLANT, root.path, f"unit:{root.id}", kind=kind)
    return root


def add_below(
    session: Session, actor: Actor, parent: Unit, *, code: str, kind: str, name: str, **facts: str
) -> Unit:
    """Add a unit directly below `parent`, from today.

    Raises:
        NotAllowed: the actor may not change the tree there.
        Invalid: the facts do not hold, the code is taken, or nothing can stand below `parent`.
    """
    reachable(actor, parent)
    access.require(actor, Action.UNIT_CHANGE, parent.path)
    checked = unit_facts.checked({"code": code, "kind": kind, "name": name, **facts})
    problems = [*_misplaced(parent, checked["kind"]), *code_taken(session, actor, code, None)]
    if problems:
        raise Invalid(*problems)
    unit = _place(session, actor, parent, checked)
    audit.record(session, actor, Act.UNIT_ADD, unit.path, f"unit:{unit.id}", kind=kind)
    return unit


def _place(session: Session, actor: Actor, parent: Unit | None, facts: dict[str, str]) -> Unit:
    kind = Kind(facts["kind"])
    number = numbers(session, actor.tenant_id)
    path = tree.below(parent.path if parent else tree.ROOT, number)
    check_depth(path, facts["code"])
    given = {"category": naming.CATEGORY[kind], "full_name": facts["name"], "sector": "9"}
    unit = Unit(
        tenant_id=actor.tenant_id,
        parent_id=parent.id if parent else None,
        path=path,
        **{**given, **{name: value for name, value in facts.items() if value}},
    )
    session.add(unit)
    session.flush()
    link(session, unit, parent, today(session, actor.tenant_id), "")
    return unit


def link(session: Session, unit: Unit, parent: Unit | None, day: date, reason: str) -> None:
    """Write down that `unit` stands under `parent` from `day`."""
    session.add(
        UnitLink(
            tenant_id=unit.tenant_id,
            unit_id=unit.id,
            parent_id=parent.id if parent else None,
            valid_from=day,
            reason=reason[:200],
        )
    )
    session.flush()


def check_depth(path: str, where: str) -> None:
    """Refuse a path that the column cannot hold; that is some thirty levels.

    Raises:
        Invalid: it is longer than 255 characters.
    """
    if len(path) > 255:  # noqa: PLR2004  the width of the column
        words = Words(
            "层级太深，放不下。请减少中间层级", "stands too deep; take out some levels between"
        )
        raise Invalid(Problem(where, words, "depth"))


def _misplaced(parent: Unit, kind: str) -> list[Problem]:
    where = unit_facts.LABELS["kind"].zh
    if parent.dissolved_on:
        words = Words(
            f"“{parent.name}”已经撤销，下面不能再设组织。请选别的上级",
            f"“{parent.name}” has been dissolved. Choose another parent",
        )
        return [Problem(where, words, "dissolved")]
    if parent.kind == Kind.BRANCH or kind == Kind.CITY:
        words = Words(
            "党支部下面不能再设组织，市级也不能设在别的组织下面。请选别的上级或层级",
            "nothing stands below a branch, and a city below nothing. Choose another parent",
        )
        return [Problem(where, words, "level")]
    return []
