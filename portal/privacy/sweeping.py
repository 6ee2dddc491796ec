"""What is destroyed every day without asking: files, notices, jobs and reveals past their time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update

from portal import access, audit
from portal.access import Action
from portal.audit import Act
from portal.core import tree
from portal.documents.store import store
from portal.imports.models import Upload
from portal.jobs.models import Job
from portal.members.models import Reveal
from portal.notifications.models import Notice
from portal.organizations import service as organizations
from portal.organizations.models import TenantRoot
from portal.privacy import holds
from portal.privacy.retention import CLOCKS
from portal.scope import service as scope

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from sqlalchemy.orm import InstrumentedAttribute, Session

    from portal.access import Actor


@dataclass(frozen=True, slots=True)
class Swept:
    """A table that is swept: which column the clock runs from."""

    model: Any
    since: InstrumentedAttribute[Any]


TABLES = {
    "upload": Swept(Upload, Upload.at),
    "reveal": Swept(Reveal, Reveal.at),
    "notice": Swept(Notice, Notice.at),
    "job": Swept(Job, Job.ended_at),
}


def sweep_batch(session: Session, actor: Actor, kind: str, size: int = 500) -> int:
    """Destroy the next things of a kind that are past their time; return how many.

    One call is one transaction of the caller. What is under a legal hold stays.
    """
    access.require(actor, Action.PURGE_PROPOSE, tree.ROOT)
    swept = TABLES[kind]
    zone = ZoneInfo(session.get_one(TenantRoot, actor.tenant_id).zone)
    oldest = CLOCKS[kind].oldest(organizations.today(session, actor.tenant_id))
    query = (
        select(swept.model)
        .where(
            swept.model.tenant_id == actor.tenant_id,
            swept.since < datetime.combine(oldest, time.min, zone),
        )
        .order_by(swept.model.id)
    )
    if kind == "upload":
        query = query.where(Upload.stored_as != "")
    held = holds.in_force(session, actor.tenant_id)
    if not held.members and not held.places:
        query = query.limit(size)
    rows = [
        row
        for row in session.scalars(query)
        if not held.covers(getattr(row, "path", ""), getattr(row, "member_id", None))
    ][:size]
    if rows:
        _destroy(session, actor.tenant_id, kind, rows)
        audit.record(session, actor, Act.PURGE_SWEEP, tree.ROOT, f"sweep:{kind}", rows=len(rows))
    return len(rows)


def _destroy(session: Session, tenant_id: int, kind: str, rows: Sequence[Any]) -> None:
    ids: list[uuid.UUID] = [row.id for row in rows]
    model = TABLES[kind].model
    if kind == "upload":
        for row in rows:
            store().remove(row.stored_as)
        empty = {"stored_as": "", "file_name": "", "answers": {}}
        session.execute(
            update(Upload).where(Upload.tenant_id == tenant_id, Upload.id.in_(ids)).values(empty)
        )
    else:
        session.execute(delete(model).where(model.tenant_id == tenant_id, model.id.in_(ids)))
    session.flush()


@scope.through(scope.Reason.FILES)
def remove_stray_files(session: Session) -> int:
    """Remove files that no upload of any tenant knows: what a crash left behind."""
    known = set(session.scalars(select(Upload.stored_as)))
    return store().remove_strays(known)
