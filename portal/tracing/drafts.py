"""What somebody has typed of an attempt and not yet saved: kept for them alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from portal import access
from portal.access import Action
from portal.core import clock
from portal.screening import service as screening
from portal.tracing.models import ContactDraft

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from portal.access import Actor

FIELDS = ("on", "channel", "result", "course", "responsible")
LONGEST = 2000


def find_draft(session: Session, actor: Actor, record_id: uuid.UUID) -> Mapping[str, str]:
    """Return what the actor had typed for this record, by field; empty if nothing."""
    draft = _own(session, actor, record_id)
    return json.loads(draft.answers_json) if draft and draft.answers_json else {}


def keep_draft(
    session: Session, actor: Actor, record_id: uuid.UUID, answers: Mapping[str, str]
) -> None:
    """Keep what the actor has typed so far, in the place of what was kept before."""
    record = screening.get_record(session, actor, record_id)
    access.require(actor, Action.RECORD_SCREEN, record.path)
    draft = _own(session, actor, record_id)
    if draft is None:
        draft = ContactDraft(
            tenant_id=record.tenant_id, record_id=record.id, path=record.path,
            user_id=actor.user_id,
        )  # fmt: skip
        session.add(draft)
    kept = {name: answers[name][:LONGEST] for name in FIELDS if answers.get(name)}
    draft.answers_json, draft.at = json.dumps(kept, ensure_ascii=False), clock.now()
    session.flush()


def drop_draft(session: Session, actor: Actor, record_id: uuid.UUID) -> None:
    """Forget what the actor had typed; quietly if there is nothing.

    Raises:
        NotFound: the record is out of reach.
    """
    screening.get_record(session, actor, record_id)
    session.execute(
        delete(ContactDraft).where(
            ContactDraft.tenant_id == actor.tenant_id,
            ContactDraft.record_id == record_id,
            ContactDraft.user_id == actor.user_id,
        )
    )


def _own(session: Session, actor: Actor, record_id: uuid.UUID) -> ContactDraft | None:
    return session.scalars(
        select(ContactDraft).where(
            ContactDraft.tenant_id == actor.tenant_id,
            ContactDraft.record_id == record_id,
            ContactDraft.user_id == actor.user_id,
        )
    ).one_or_none()
