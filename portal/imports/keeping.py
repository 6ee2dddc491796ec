"""How much may be uploaded in a day, how long files are kept, and taking out what is past that."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from portal.core import clock
from portal.documents import confined
from portal.documents.refusals import Unreadable
from portal.documents.store import store
from portal.imports.models import Upload
from portal.organizations import service as organizations
from portal.scope import service as scope

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.access import Actor

# What one person may upload in a day (security.md U1), and how long files stay (§3.4).
FILES_A_DAY = 100
MEGABYTES_A_DAY = 200
KEPT = timedelta(days=30)

_MEGABYTE = 1024 * 1024


def within_quota(session: Session, actor: Actor, file_name: str, size: int) -> None:
    """Return quietly if the actor may upload so many bytes more today.

    Raises:
        Unreadable: today's share is used up.
    """
    if actor.user_id is None:
        return
    zone = organizations.zone_of(session, actor.tenant_id)
    day = datetime.combine(clock.today(zone), time.min, zone)
    files, taken = session.execute(
        select(func.count(), func.coalesce(func.sum(Upload.size), 0)).where(
            Upload.tenant_id == actor.tenant_id, Upload.by == actor.user_id, Upload.at >= day
        )
    ).one()
    if files >= FILES_A_DAY:
        raise Unreadable(file_name, "quota", f"{FILES_A_DAY} 个（files）")
    if taken + size > MEGABYTES_A_DAY * _MEGABYTE:
        raise Unreadable(file_name, "quota", f"{MEGABYTES_A_DAY} MB")


@scope.through(scope.Reason.FILES)
def sweep(session: Session) -> int:
    """Remove the files of uploads past their time, and whatever a crash left; return how many.

    The rows stay: what was taken over can still be told, and taken back.
    """
    past = session.execute(
        select(Upload.tenant_id, Upload.id, Upload.stored_as).where(
            Upload.stored_as != "", Upload.at <= clock.now() - KEPT
        )
    ).all()
    for tenant_id, upload_id, name in past:
        store().remove(name)
        session.execute(
            update(Upload)
            .where(Upload.tenant_id == tenant_id, Upload.id == upload_id)
            .values(stored_as="")
        )
    kept = set(session.scalars(select(Upload.stored_as).where(Upload.stored_as != "")))
    return len(past) + store().remove_strays(kept) + confined.sweep_scratch()
