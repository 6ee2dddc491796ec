"""Moving, merging, splitting and dissolving units (mission O3).

Nothing is deleted: a unit that is dissolved stays as a row, and where it stood stays as its
links. What belongs to parts above (members, returns) is counted and carried by functions that
the caller hands in, because this part does not know of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from portal import access, audit
from portal.access import Action
from portal.audit import Act
from portal.core import tree
from portal.core.errors import Invalid, OutOfTurn, Problem
from portal.core.words import Words
from portal.organizations import paths
from portal.organizations.appointments import hand_over
from portal.organizations.history import effective, end, relink
from portal.organizations.models import Account, Appointment, Kind, Unit
from portal.organizations.planting import add_below, check_depth
from portal.organizations.units import reachable
from portal.scope import service as scope

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from portal.access import Actor


@dataclass(frozen=True, slots=True)
class Counter:
    """Something of a part above that stands in a subtree. `binds`: no unit is dissolved over it."""

    words: Words
    count: Callable[[Session, int, str], int]
    binds: bool = False


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change of the tree would touch."""

    units: int
    users: int
    further: tuple[tuple[Words, int], ...] = ()


@scope.through(scope.Reason.TREE)
def effect(
    session: Session, actor: Actor, unit: Unit, *, counters: Sequence[Counter] = ()
) -> Effect:
    """Return what stands in the subtree of `unit`: units, people with posts, and `counters`."""
    reachable(actor, unit)
    units = session.scalar(
        select(func.count())
        .select_from(Unit)
        .where(
            Unit.tenant_id == unit.tenant_id,
            access.within(Unit, unit.path),
            Unit.dissolved_on.is_(None),
        )
    )
    users = session.scalar(
        select(func.count(Appointment.user_id.distinct()))
        .join(Account, Account.id == Appointment.user_id)
        .where(
            Appointment.tenant_id == unit.tenant_id,
            access.within(Appointment, unit.path),
            Account.active,
        )
    )
    further = tuple(
        (counter.words, counter.count(session, unit.tenant_id, unit.path)) for counter in counters
    )
    return Effect(units or 0, users or 0, further)


def preview_move(
    session: Session,
    actor: Actor,
    unit: Unit,
    parent: Unit,
    *,
    counters: Sequence[Counter] = (),
) -> Effect:
    """Return what moving `unit` below `parent` would touch; refusals as in `move_unit`."""
    _may_move(actor, unit, parent)
    return effect(session, actor, unit, counters=counters)


@scope.through(scope.Reason.TREE)
def move_unit(
    session: Session,
    actor: Actor,
    unit: Unit,
    parent: Unit,
    *,
    on: date | None = None,
    reason: str = "",
) -> Unit:
    """Put `unit`, with all beneath it, below `parent`, from the day `on` or today.

    Raises:
        NotFound: one of them is out of reach.
        NotAllowed: the actor may not change the tree at both places.
        Invalid: nothing can stand there, or the day does not fit.
    """
    _may_move(actor, unit, parent)
    day = effective(session, unit, on)
    was = unit.path
    relink(session, unit, parent, day, reason)
    _shift(session, unit, parent)
    audit.record(
        session, actor, Act.UNIT_MOVE, unit.path, f"unit:{unit.id}", was=was, on=day.isoformat()
    )
    return unit


@scope.through(scope.Reason.TREE)
def merge_units(
    session: Session,
    actor: Actor,
    absorbed: Unit,
    into: Unit,
    *,
    carry: Sequence[Callable[[Session, Actor, Unit, Unit], object]] = (),
    on: date | None = None,
    reason: str = "",
) -> Unit:
    """Dissolve `absorbed`, whose children and appointments go to `into`.

    Args:
        session: the caller's session.
        actor: who does it.
        absorbed: the unit that ends.
        into: the unit that goes on; of the same level.
        carry: what moves things of parts above, such as members, from the one to the other.
        on: the day it takes effect; today if None.
        reason: why, for the links.

    Raises:
        NotFound: one of them is out of reach.
        NotAllowed: the actor may not change the tree at both places.
        Invalid: the two cannot be merged, or the day does not fit.
    """
    _may_merge(actor, absorbed, into)
    day = effective(session, absorbed, on)
    for child in _children(session, absorbed):
        relink(session, child, into, day, reason)
        _shift(session, child, into)
    hand_over(session, actor, absorbed, into)
    for each in carry:
        each(session, actor, absorbed, into)
    end(session, absorbed, day)
    audit.record(
        session, actor, Act.UNIT_MERGE, absorbed.path, f"unit:{absorbed.id}",
        into=str(into.id), on=day.isoformat(),
    )  # fmt: skip
    session.flush()
    return into


def split_unit(
    session: Session,
    actor: Actor,
    unit: Unit,
    children: Sequence[Unit],
    *,
    code: str,
    name: str,
    reason: str = "",
) -> Unit:
    """Set up a unit beside `unit`, of its level, and move some of its children there.

    Raises:
        Invalid: the root cannot be split, or the new unit's facts do not hold.
    """
    reachable(actor, unit)
    if unit.parent_id is None or any(child.parent_id != unit.id for child in children):
        words = Words(
            "只能把一个非根组织的直接下级分出去。请重新选择要分出的组织",
            "only units directly below, and not of the root, can be split off. Choose again",
        )
        raise Invalid(Problem(unit.name, words, "split"))
    parent = session.get_one(Unit, (unit.tenant_id, unit.parent_id))
    new = add_below(session, actor, parent, code=code, kind=unit.kind, name=name)
    for child in children:
        move_unit(session, actor, child, new, reason=reason)
    return new


@scope.through(scope.Reason.TREE)
def dissolve_unit(
    session: Session,
    actor: Actor,
    unit: Unit,
    *,
    counters: Sequence[Counter] = (),
    on: date | None = None,
    reason: str = "",
) -> Unit:
    """End a unit beneath which nothing stands any more. Its row and its history stay.

    Raises:
        NotFound: it is out of reach.
        NotAllowed: the actor may not change the tree there.
        OutOfTurn: units, or things a counter binds, still stand there; it says how many.
    """
    reachable(actor, unit)
    access.require(actor, Action.UNIT_CHANGE, unit.path)
    day = effective(session, unit, on)
    left = effect(session, actor, unit, counters=[each for each in counters if each.binds])
    still = [(Words("下级组织", "units below"), left.units - 1), *left.further]
    still = [(words, count) for words, count in still if count > 0]
    if unit.parent_id is None or still:
        zh = "、".join(f"{words.zh} {count}" for words, count in still) or "它是树的根"
        en = ", ".join(f"{count} {words.en}" for words, count in still) or "it is the root"
        raise OutOfTurn(
            Words(
                f"“{unit.name}”还不能撤销：{zh}。请先把它们转到别的组织",
                f"“{unit.name}” cannot be dissolved yet: {en}. Move those elsewhere first",
            )
        )
    end(session, unit, day)
    unit.information = "；".join(text for text in (unit.information, reason) if text)[:2000]
    audit.record(
        session, actor, Act.UNIT_DISSOLVE, unit.path, f"unit:{unit.id}", on=day.isoformat()
    )
    session.flush()
    return unit


def _may_move(actor: Actor, unit: Unit, parent: Unit) -> None:
    for each in (unit, parent):
        reachable(actor, each)
        access.require(actor, Action.UNIT_CHANGE, each.path)
    fault = None
    if unit.dissolved_on or parent.dissolved_on:
        fault = Words("已撤销的组织不能调整", "a unit that has been dissolved cannot be moved")
    elif unit.parent_id is None or tree.is_within(parent.path, unit.path):
        fault = Words("不能移到自己或自己的下级之下", "it cannot stand below itself")
    elif parent.kind == Kind.BRANCH or unit.parent_id == parent.id:
        fault = Words(
            "新的上级是党支部，或就是现在的上级", "the new parent is a branch, or the present one"
        )
    if fault:
        mend = Words(f"{fault.zh}。请另选上级", f"{fault.en}. Choose another parent")
        raise Invalid(Problem(unit.name, mend, "parent"))
    check_depth(tree.below(parent.path, tree.number(unit.path)), unit.name)


def _may_merge(actor: Actor, absorbed: Unit, into: Unit) -> None:
    for each in (absorbed, into):
        reachable(actor, each)
        access.require(actor, Action.UNIT_CHANGE, each.path)
    unfit = (
        absorbed.parent_id is None
        or absorbed.kind != into.kind
        or tree.is_within(into.path, absorbed.path)
        or absorbed.dissolved_on
        or into.dissolved_on
    )
    if unfit:
        words = Words(
            "只能并入同一层级、没有撤销、不在它下面的组织。请另选并入的组织",
            "merges only into a standing unit of the same level that is not beneath it. "
            "Choose another",
        )
        raise Invalid(Problem(absorbed.name, words, "merge"))


def _shift(session: Session, unit: Unit, parent: Unit) -> None:
    old, new = unit.path, tree.below(parent.path, tree.number(unit.path))
    unit.parent_id = parent.id
    session.flush()
    paths.rewrite(session, unit.tenant_id, old, new)
    session.refresh(unit)


def _children(session: Session, unit: Unit) -> Sequence[Unit]:
    return session.scalars(
        select(Unit).where(
            Unit.tenant_id == unit.tenant_id,
            Unit.parent_id == unit.id,
            Unit.dissolved_on.is_(None),
        )
    ).all()
