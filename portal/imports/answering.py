"""What a person says about an upload: which column is which, which month, what became of whom."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.core.errors import Invalid, Overtaken, Problem
from portal.core.precision import Day
from portal.core.words import Words
from portal.imports.findings import AGAIN
from portal.imports.inspecting import get_upload
from portal.imports.models import RememberedMapping, Upload
from portal.members import roster
from portal.members import service as members
from portal.organizations import service as organizations

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from portal.access import Actor

OVERLOOKED = "overlooked"

_CELL = re.compile(r"[A-Z]{1,3}\d+")
_NO_DAY = Words(
    "这个选择看不懂，请从所列的几项里选", "This is none of the answers offered; choose one of them"
)


def set_mapping(
    session: Session, actor: Actor, upload_id: uuid.UUID, chosen: Mapping[str, str], *, version: int
) -> Upload:
    """Say which column is which field, ``""`` for one that is kept as it stands; remembered.

    Raises:
        Overtaken: somebody changed the upload since `version` was read.
        Invalid: no such field, or one field for two columns.
    """
    upload = held(session, actor, upload_id, version)
    unknown = {name for name in chosen.values() if name and name not in roster.BY_FIELD}
    twice = [name for name, times in Counter(filter(None, chosen.values())).items() if times > 1]
    if unknown or twice:
        names = "、".join(
            roster.BY_FIELD[name].words.zh if name in roster.BY_FIELD else name
            for name in (*unknown, *twice)
        )
        raise Invalid(
            Problem(
                names,
                Words(
                    "一项只能对应一列，且须是名册里有的项。对应关系没有改动",
                    "Each field takes one column, and must be one of the roster; nothing changed",
                ),
                "mapping",
            )
        )
    upload.mapping = dict(chosen)
    kept = session.scalars(
        select(RememberedMapping).where(
            RememberedMapping.tenant_id == actor.tenant_id,
            RememberedMapping.unit_id == upload.unit_id,
        )
    ).one_or_none()
    if kept is None:
        kept = RememberedMapping(tenant_id=actor.tenant_id, unit_id=upload.unit_id, mapping={})
        session.add(kept)
    kept.mapping = kept.mapping | dict(chosen)
    session.flush()
    return upload


def held(session: Session, actor: Actor, upload_id: uuid.UUID, version: int) -> Upload:
    """Return an upload as the actor last saw it.

    Raises:
        NotFound: no such upload within reach.
        Overtaken: somebody changed it since.
    """
    upload = get_upload(session, actor, upload_id)
    if upload.version != version:
        raise Overtaken
    return upload


def answer(
    session: Session,
    actor: Actor,
    upload_id: uuid.UUID,
    answers: Mapping[str, str],
    *,
    version: int,
) -> Upload:
    """Keep answers to the questions of an upload; an empty one takes the answer back.

    Args:
        session: the caller's session.
        actor: who answers.
        upload_id: the upload.
        answers: by cell, the month chosen (``{"F8": "1987-10"}``), or ``again`` for somebody who
            was purged and comes back; by member id, what became of
            somebody the sheet does not name: ``overlooked``, or a reason of leaving with a day
            (``died:2026-01-05``; without a day, today).
        version: the upload's version the actor saw.

    Raises:
        Overtaken: somebody changed the upload since.
        Invalid: an answer is none of those offered.
    """
    upload = held(session, actor, upload_id, version)
    problems = []
    for question, given in answers.items():
        if not given or given == OVERLOOKED:
            continue
        try:
            problems += _wrong(session, actor, question, given)
        except ValueError:
            problems.append(Problem(question, _NO_DAY, "answer"))
    if problems:
        raise Invalid(*problems)
    kept = upload.answers | dict(answers)
    upload.answers = {question: given for question, given in kept.items() if given}
    session.flush()
    return upload


def _wrong(session: Session, actor: Actor, question: str, given: str) -> list[Problem]:
    if _CELL.fullmatch(question):
        if given != AGAIN:
            Day(given)
        return []
    reason, on = left(session, actor, given)
    return members.leaving_problems(session, actor.tenant_id, reason, on)


def left(session: Session, actor: Actor, given: str) -> tuple[str, date]:
    """Return the reason and the day of leaving that an answer means."""
    reason, _, day = given.partition(":")
    on = date.fromisoformat(day) if day else organizations.today(session, actor.tenant_id)
    return reason, on
