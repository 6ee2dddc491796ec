"""Asking for a file: it is made, marked, sealed away, and perhaps waits for a second person."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal import audit
from portal.audit import Act
from portal.core import clock, tree
from portal.core.words import Words
from portal.documents import store
from portal.exports import prints
from portal.exports.models import Export
from portal.exports.rules import APPROVERS, needs_approval
from portal.members.models import Member
from portal.notifications import service as notifications
from portal.organizations import service as organizations
from portal.reporting import service as reporting

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.campaigns.models import Campaign
    from portal.organizations.models import Unit

_AT_ONCE = 500


def ask(
    session: Session, actor: Actor, campaign: Campaign, unit: Unit, code: str, *, reason: str
) -> Export:
    """Have an official table made to be taken away; a large one waits until it is approved.

    Raises:
        NotFound: out of reach, or no such table.
        NotAllowed: names stop before this reader.
        OutOfTurn: a subordinate that has not filed yet.
        Invalid: no reason is given.
    """
    made = reporting.export_table(session, actor, campaign, unit.path, code, reason=reason)
    branches = _branches(session, actor.tenant_id, made.members)
    waits = needs_approval(len(made.members), branches)
    export = Export(
        tenant_id=actor.tenant_id, unit_id=unit.id, path=unit.path, by=actor.user_id,
        at=clock.now(), what=made.table, reason=reason, rows=made.rows,
        persons=len(made.members), units=branches, state="waiting" if waits else "ready",
        number=made.number, sha256=sha256(made.content).hexdigest(), file_name=made.name,
        prints=prints.of_cells(actor.tenant_id, made.texts),
    )  # fmt: skip
    export.stored_as = store.exports().put(export.id, made.content)
    session.add(export)
    session.flush()
    if waits:
        _tell_approvers(session, actor, export, unit)
    return export


def _branches(session: Session, tenant_id: int, members: Sequence[uuid.UUID]) -> int:
    found: set[uuid.UUID] = set()
    for start in range(0, len(members), _AT_ONCE):
        some = members[start : start + _AT_ONCE]
        query = select(Member.unit_id).where(Member.tenant_id == tenant_id, Member.id.in_(some))
        found |= set(session.scalars(query.distinct()))
    return len(found)


def _tell_approvers(session: Session, actor: Actor, export: Export, unit: Unit) -> None:
    """Tell the signers of the unit and of the one above; a larger circle need not know."""
    roles = {role for grant in actor.grants for role in APPROVERS.get(grant.role, ())}
    people: list[int] = []
    for path in (export.path, tree.parent(export.path)):
        people += organizations.recipients(session, export.tenant_id, path, sorted(roles))
    words = Words(
        f"有人申请导出“{unit.name}”的表册，{export.persons} 人，等您批准",
        f"An export of “{unit.name}” with {export.persons} persons waits for your approval",
    )
    others = [each for each in people if each != export.by]
    notifications.tell(
        session, export.tenant_id, others, "export", words, f"/exports/files/{export.id}"
    )


def new_number() -> str:
    """Return the number of a file that is about to be made."""
    return f"{clock.now():%Y%m%d}-{secrets.token_hex(4)}"


def keep_record(
    session: Session, actor: Actor, unit: Unit, *, what: str, number: str, content_hash: str,
    persons: int, file_name: str,
) -> Export:  # fmt: skip
    """Keep a record of a file that the operator wrote at the machine itself."""
    export = Export(
        tenant_id=actor.tenant_id, unit_id=unit.id, path=unit.path, by=actor.user_id,
        at=clock.now(), what=what, reason="operator", rows=persons, persons=persons, units=0,
        state="fetched", number=number, sha256=content_hash, file_name=file_name[:255],
        fetched_at=clock.now(),
    )  # fmt: skip
    session.add(export)
    session.flush()
    audit.record(
        session, actor, Act.EXPORT_FETCH, unit.path, f"export:{export.id}", number=number
    )  # fmt: skip
    return export
