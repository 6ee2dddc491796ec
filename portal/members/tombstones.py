"""Tombstones: who was purged, known by the keyed digest of an ID number and by nothing else."""

from __future__ import annotations

import base64
import hmac
import secrets
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.members.models import Tombstone, TombstoneKey
from portal.scope import service as scope

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from portal.access import Actor

_BATCH = 2_000


def _key(session: Session, tenant_id: int) -> bytes | None:
    kept = session.scalars(
        select(TombstoneKey).where(TombstoneKey.tenant_id == tenant_id)
    ).one_or_none()
    return base64.b64decode(kept.key_text) if kept else None


def _made_key(session: Session, tenant_id: int) -> bytes:
    found = _key(session, tenant_id)
    if found is None:
        found = secrets.token_bytes(32)
        text = base64.b64encode(found).decode()
        session.add(TombstoneKey(tenant_id=tenant_id, key_text=text))
        session.flush()
    return found


def _digest(key: bytes, number: str) -> bytes:
    return hmac.digest(key, number.encode(), "sha256")[:16]


def put(
    session: Session, actor: Actor, number: str, path: str, on: date, what: Mapping[str, int]
) -> None:
    """Leave a tombstone for somebody whose rows are destroyed in this transaction."""
    digest = _digest(_made_key(session, actor.tenant_id), number) if number else None
    session.add(
        Tombstone(tenant_id=actor.tenant_id, path=path, digest=digest, on=on, what=dict(what))
    )
    session.flush()


@scope.through(scope.Reason.SAME_PERSON)
def find(session: Session, actor: Actor, numbers: Sequence[str]) -> dict[str, date]:
    """Return which of these ID numbers are those of people who were purged, and when.

    It looks at the whole tenant: the caller may say that the person was purged, never where.
    """
    key = _key(session, actor.tenant_id)
    if key is None:
        return {}
    found: dict[str, date] = {}
    for start in range(0, len(numbers), _BATCH):
        number_of = {_digest(key, number): number for number in numbers[start : start + _BATCH]}
        query = select(Tombstone.digest, Tombstone.on).where(
            Tombstone.tenant_id == actor.tenant_id, Tombstone.digest.in_(number_of)
        )
        found |= {number_of[digest]: on for digest, on in session.execute(query) if digest}
    return found
