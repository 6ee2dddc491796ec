"""Legal holds: what nobody may purge, why, and until whoever set it says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from portal import access, audit
from portal.access import Action
from portal.audit import Act
from portal.core import clock, tree
from portal.core.errors import Invalid, NotFound, OutOfTurn, Problem
from portal.core.words import Words
from portal.members.models import Member
from portal.privacy.models import Hold
from portal.scope import service as scope

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.organizations.models import Unit

HELD = Words("有依法保留", "under a legal hold")
_SHORTEST, _LONGEST, _PAGE = 4, 500, 200


@dataclass(frozen=True, slots=True)
class InForce:
    """The holds of a tenant that are in force, for looking many things up."""

    members: frozenset[uuid.UUID]
    places: tuple[str, ...]

    def covers(self, path: str, member_id: uuid.UUID | None) -> bool:
        """Tell whether a thing at `path`, or of that member, is held."""
        return member_id in self.members or any(tree.is_within(path, p) for p in self.places)


def in_force(session: Session, tenant_id: int) -> InForce:
    """Return the holds that are in force."""
    rows = session.execute(
        select(Hold.member_id, Hold.path).where(
            Hold.tenant_id == tenant_id, Hold.lifted_at.is_(None)
        )
    ).all()
    return InForce(
        frozenset(row.member_id for row in rows if row.member_id),
        tuple(row.path for row in rows if not row.member_id),
    )


def set_on_unit(session: Session, actor: Actor, unit: Unit, reason: str) -> Hold:
    """Keep everything of a unit and of those beneath it from being purged."""
    return _set(session, actor, unit.path, None, reason)


@scope.through(scope.Reason.PURGE)
def set_on_member(session: Session, actor: Actor, member_id: uuid.UUID, reason: str) -> Hold:
    """Keep everything of one member from being purged.

    Raises:
        NotFound: no such member where the actor may set holds.
    """
    path = session.scalars(
        select(Member.path).where(
            Member.id == member_id, access.reach(actor, Action.HOLD_SET, Member)
        )
    ).one_or_none()
    if path is None:
        raise NotFound(Words("党员", "member"))
    return _set(session, actor, path, member_id, reason)


def _set(
    session: Session, actor: Actor, path: str, member_id: uuid.UUID | None, reason: str
) -> Hold:
    access.require(actor, Action.HOLD_SET, path)
    hold = Hold(
        tenant_id=actor.tenant_id, path=path, member_id=member_id, reason=_said(reason),
        at=clock.now(), by=actor.user_id,
    )  # fmt: skip
    session.add(hold)
    session.flush()
    subject = f"member:{member_id}" if member_id else f"hold:{hold.id}"
    audit.record(session, actor, Act.HOLD_SET, path, subject, hold=str(hold.id))
    return hold


def _said(reason: str) -> str:
    if len(reason.strip()) < _SHORTEST:
        words = Words(
            "请写明为什么保留或解除，如“申诉未结”；没有改动",
            "Say why, such as “an appeal is open”; nothing was changed",
        )
        raise Invalid(Problem("reason", words, "hold-reason"))
    return reason.strip()[:_LONGEST]


def lift(session: Session, actor: Actor, hold_id: uuid.UUID, why: str) -> Hold:
    """Lift a hold.

    Raises:
        NotFound: no such hold within reach.
        OutOfTurn: it was lifted already.
        Invalid: no reason was given.
    """
    hold = session.scalars(
        select(Hold)
        .where(Hold.id == hold_id, access.reach(actor, Action.HOLD_SET, Hold))
        .with_for_update()
    ).one_or_none()
    if hold is None:
        raise NotFound(Words("保留", "hold"))
    if hold.lifted_at is not None:
        raise OutOfTurn(Words("这项保留已经解除", "This hold was lifted already"))
    hold.lifted_why = _said(why)
    hold.lifted_at, hold.lifted_by = clock.now(), actor.user_id
    session.flush()
    audit.record(session, actor, Act.HOLD_LIFT, hold.path, f"hold:{hold.id}")
    return hold


def list_holds(
    session: Session, actor: Actor, *, member_id: uuid.UUID | None = None
) -> Sequence[Hold]:
    """Return the holds in force within reach, the latest first; or those of one member."""
    parts = [access.reach(actor, Action.HOLD_SET, Hold), Hold.lifted_at.is_(None)]
    if member_id is not None:
        parts.append(Hold.member_id == member_id)
    return session.scalars(
        select(Hold).where(and_(*parts)).order_by(Hold.at.desc(), Hold.id.desc()).limit(_PAGE)
    ).all()
