"""Purges: one person proposes, another approves, then it is destroyed and looked for (3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from portal import access, audit
from portal.access import Action
from portal.audit import Act
from portal.core import clock, tree
from portal.core.database import Model
from portal.core.errors import NotAllowed, NotFound, OutOfTurn
from portal.core.words import Words
from portal.jobs import service as jobs
from portal.members import tombstones
from portal.members.models import Member
from portal.organizations import service as organizations
from portal.privacy import destroying, due
from portal.privacy.models import Purge, PurgeItem, Stage
from portal.scope import service as scope

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.jobs.service import Work
    from portal.privacy.due import Due

PURGE = Words("销毁清单", "purge")
JOB = "purge"
_BATCH, _PAGE, _LOOK = 100, 20, 500
_NOT_NOW = Words(
    "这份销毁清单已经办过，请刷新页面查看", "This purge was dealt with already; look at it again"
)
_NOTHING = Words(
    "没有到期可以销毁的内容，不用提出", "Nothing is past its time, so there is nothing to propose"
)
_ONE_OPEN = Words(
    "已有一份销毁清单在办。请先批准或退回那一份",
    "A purge is under way already. Approve or refuse that one first",
)
_SAME_PERSON = Words(
    "提出和批准必须是两个人，您提出的清单请由另一位安全保密管理员批准",
    "Whoever proposed a purge cannot approve it; another security administrator has to",
)


@scope.through(scope.Reason.PURGE)
def look(session: Session, actor: Actor) -> list[Due]:
    """Return everything past its time, ids and reasons and no names: the dry run.

    Raises:
        NotAllowed: the actor has nothing to do with purges.
    """
    access.require(actor, Action.PURGE_VIEW, _root(session, actor))
    return [found for kind in due.QUERIES for found in due.list_due(session, actor.tenant_id, kind)]


def _root(session: Session, actor: Actor) -> str:
    return organizations.get_root(session, actor.tenant_id).path


@scope.through(scope.Reason.PURGE)
def propose(session: Session, actor: Actor) -> Purge:
    """List what is past its time and held by nothing, for another person to approve.

    Raises:
        NotAllowed: the actor may not.
        OutOfTurn: nothing is past its time, or a list is under way.
    """
    path = _root(session, actor)
    access.require(actor, Action.PURGE_PROPOSE, path)
    if _open(session, actor.tenant_id):
        raise OutOfTurn(_ONE_OPEN)
    found = [each for each in look(session, actor) if each.why is None]
    if not found:
        raise OutOfTurn(_NOTHING)
    purge = Purge(
        tenant_id=actor.tenant_id, path=path, by=actor.user_id, counts=due.counts(found),
        on=organizations.today(session, actor.tenant_id),
    )  # fmt: skip
    session.add(purge)
    session.flush()
    session.add_all(
        PurgeItem(
            tenant_id=actor.tenant_id, purge_id=purge.id, path=each.path, kind=each.kind,
            subject_id=each.id,
        )
        for each in found
    )  # fmt: skip
    audit.record(session, actor, Act.PURGE_PROPOSE, path, f"purge:{purge.id}", **purge.counts)
    session.flush()
    return purge


def _open(session: Session, tenant_id: int) -> bool:
    under_way = (Stage.PROPOSED.value, Stage.APPROVED.value)
    query = select(Purge.id).where(Purge.tenant_id == tenant_id, Purge.stage.in_(under_way))
    return session.scalars(query.limit(1)).first() is not None


def list_purges(session: Session, actor: Actor) -> Sequence[Purge]:
    """Return the purges of the tenant, the latest first."""
    return session.scalars(
        select(Purge)
        .where(access.reach(actor, Action.PURGE_VIEW, Purge))
        .order_by(Purge.at.desc(), Purge.id.desc())
        .limit(_PAGE)
    ).all()


def items(session: Session, actor: Actor, purge: Purge, *, limit: int = 200) -> Sequence[PurgeItem]:
    """Return what stands on the list of a purge."""
    return session.scalars(
        select(PurgeItem)
        .where(access.reach(actor, Action.PURGE_VIEW, PurgeItem), PurgeItem.purge_id == purge.id)
        .order_by(PurgeItem.kind, PurgeItem.id)
        .limit(limit)
    ).all()


def decide(session: Session, actor: Actor, purge_id: uuid.UUID, *, approve: bool) -> Purge:
    """Approve or refuse a purge that somebody else proposed; approved, it is carried out.

    Raises:
        NotFound: no such purge within reach.
        NotAllowed: the actor may not approve, or proposed it.
        OutOfTurn: it was decided already.
    """
    purge = _held(session, actor, purge_id)
    access.require(actor, Action.PURGE_APPROVE, purge.path)
    if purge.stage != Stage.PROPOSED.value:
        raise OutOfTurn(_NOT_NOW)
    if purge.by is not None and purge.by == actor.user_id:
        raise NotAllowed(Action.PURGE_APPROVE, purge.path, _SAME_PERSON)
    purge.stage = (Stage.APPROVED if approve else Stage.REFUSED).value
    purge.decided_at, purge.decided_by = clock.now(), actor.user_id
    session.flush()
    act = Act.PURGE_APPROVE if approve else Act.PURGE_REFUSE
    audit.record(session, actor, act, purge.path, f"purge:{purge.id}")
    if approve:
        jobs.start(session, actor, purge.path, JOB, {"purge": str(purge.id)})
    return purge


def _held(session: Session, actor: Actor, purge_id: uuid.UUID) -> Purge:
    purge = session.scalars(
        select(Purge)
        .where(Purge.id == purge_id, access.reach(actor, Action.PURGE_VIEW, Purge))
        .with_for_update()
    ).one_or_none()
    if purge is None:
        raise NotFound(PURGE)
    return purge


@scope.through(scope.Reason.PURGE)
def carry_out_batch(session: Session, actor: Actor, purge_id: uuid.UUID, size: int = _BATCH) -> int:
    """Destroy the next things on an approved list; return how many were dealt with.

    What is no longer past its time, or was put under a hold meanwhile, is kept. When nothing is
    left the purge is verified and done. One call is one transaction of the caller.

    Raises:
        OutOfTurn: it is not approved, or something that should be gone is there still.
    """
    purge = _held(session, actor, purge_id)
    if purge.stage != Stage.APPROVED.value:
        raise OutOfTurn(_NOT_NOW)
    listed = session.scalars(
        select(PurgeItem)
        .where(
            PurgeItem.tenant_id == actor.tenant_id,
            PurgeItem.purge_id == purge.id,
            PurgeItem.state == "listed",
        )
        .order_by(PurgeItem.kind, PurgeItem.id)
        .limit(size)
    ).all()
    for kind in due.QUERIES:
        _destroy(session, actor, purge, kind, [item for item in listed if item.kind == kind])
    if not listed:
        _verify(session, actor, purge)
    session.flush()
    return len(listed)


def _destroy(
    session: Session, actor: Actor, purge: Purge, kind: str, listed: Sequence[PurgeItem]
) -> None:
    ids = [item.subject_id for item in listed]
    ripe = {
        each.id for each in due.list_due(session, actor.tenant_id, kind, ids=ids) if not each.why
    }
    for item in listed:
        item.state = "gone" if item.subject_id in ripe else "kept"
    table = Model.metadata.tables[due.QUERIES[kind][1]]
    if kind == "member":
        for member_id in sorted(ripe):
            bury(session, actor, purge.id, purge.on, member_id)
    else:
        destroying.destroy(session, actor.tenant_id, table, sorted(ripe))
    purge.destroyed += len(ripe)
    purge.kept += len(listed) - len(ripe)


def bury(
    session: Session, actor: Actor, purge_id: uuid.UUID, on: date, member_id: uuid.UUID
) -> None:
    """Destroy a member with everything that hangs on them, and leave a tombstone."""
    member = session.get_one(Member, (actor.tenant_id, member_id))
    number, path = member.id_number or "", member.path
    session.expunge(member)
    table = Model.metadata.tables["member"]
    gone = destroying.destroy(session, actor.tenant_id, table, [member_id])
    tombstones.put(session, actor, number, path, on, gone)
    audit.record(
        session, actor, Act.MEMBER_PURGE, path, f"member:{member_id}", purge=str(purge_id), **gone
    )


def _verify(session: Session, actor: Actor, purge: Purge) -> None:
    """Look for everything that should be gone; only then is the purge done."""
    for kind, (_, name) in due.QUERIES.items():
        ids = session.scalars(
            select(PurgeItem.subject_id).where(
                PurgeItem.tenant_id == actor.tenant_id, PurgeItem.purge_id == purge.id,
                PurgeItem.kind == kind, PurgeItem.state == "gone",
            )
        ).all()  # fmt: skip
        table = Model.metadata.tables[name]
        left = sum(
            destroying.left_of(session, actor.tenant_id, table, ids[start : start + _LOOK])
            for start in range(0, len(ids), _LOOK)
        )
        if left:
            raise OutOfTurn(
                Words(
                    f"核对时发现还有 {left} 条没有销毁，清单没有办结。请让运维人员检查",
                    f"{left} rows that should be gone are there; the purge is not done. Ask the "
                    "operator to look",
                )
            )
    purge.stage, purge.verified_at = Stage.DONE.value, clock.now()
    audit.record(
        session, actor, Act.PURGE_CARRY_OUT, tree.ROOT, f"purge:{purge.id}",
        destroyed=purge.destroyed, kept=purge.kept,
    )  # fmt: skip


def carry_out(work: Work, purge_id: uuid.UUID) -> Purge:
    """Carry an approved purge out, one transaction per batch."""
    with work.transaction() as session:
        total = sum(_held(session, work.actor, purge_id).counts.values())
    done, dealt_with = 0, 1
    while dealt_with:
        with work.transaction() as session:
            dealt_with = carry_out_batch(session, work.actor, purge_id)
        done += dealt_with
        work.progress(done, total)
    return work.session.get_one(Purge, (work.actor.tenant_id, purge_id))
