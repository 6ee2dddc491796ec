"""Taking an upload over into the roll in one transaction, and taking it back again."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from portal import audit
from portal.access import Action
from portal.audit import Act
from portal.campaigns import service as campaigns
from portal.core import clock
from portal.core.errors import OutOfTurn
from portal.core.keys import uuid7
from portal.core.pausing import collector_at_rest
from portal.core.words import Words
from portal.imports import answering, inspecting
from portal.jobs import service as jobs
from portal.members import bulk
from portal.members.bulk import Draft, Edit
from portal.members.models import Change, Leaving, Tie
from portal.organizations import service as organizations
from portal.screening import service as screening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.imports.inspecting import Reading
    from portal.imports.models import Upload
    from portal.jobs.models import Job
    from portal.jobs.service import Work

READ_JOB, TAKE_JOB = "roster-read", "roster-take"

_STEP = 5_000
_BACK = {"left_on": None, "left_reason": "", "left_note": ""}
_TO_ROLL: dict[str, Any] = {"tie": Tie.ON_ROLL.value}


def take_over(
    session: Session, actor: Actor, upload_id: uuid.UUID, *,
    version: int, progress: Callable[[int, int], None] | None = None,
) -> Reading:  # fmt: skip
    """Write what is new and changed in an upload to the roll; rows with faults stay out.

    Nobody leaves the roll but those whose leaving was answered. Taking the same data over again
    changes nothing.

    Args:
        session: the caller's session.
        actor: who takes it over.
        upload_id: the upload.
        version: the version the actor saw.
        progress: told after each step how many of how many persons are written; what it raises
            stops the work, and the caller's transaction undoes all of it.

    Returns:
        The reading as it stood before; its upload holds the counts.

    Raises:
        NotFound: no such upload within reach.
        Overtaken: somebody changed the upload since `version` was read.
    """
    upload = answering.held(session, actor, upload_id, version)
    found = inspecting.inspect(session, actor, upload_id, lock=True)
    leaving = _leaving(session, actor, found)
    counts = inspecting.shown_counts(found) | {"left": len(leaving)}
    if found.plan.drafts or found.plan.edits or leaving:
        batch_id = uuid7()
        with collector_at_rest():
            _write(session, actor, found.plan.drafts, [*found.plan.edits, *leaving], batch_id,
                   progress)  # fmt: skip
        upload.batch_id, upload.state = batch_id, "taken"
        upload.taken_at, upload.undone_at = clock.now(), None
        changed = [edit.member.id for edit in (*found.plan.edits, *leaving)]
        _tell_screening(session, actor, upload.path, changed)
        audit.record(
            session, actor, Act.ROSTER_IMPORT, upload.path, f"upload:{upload.id}",
            batch=str(batch_id), file=upload.file_hash, **counts,
        )  # fmt: skip
    elif upload.state == "read":
        upload.state, upload.taken_at = "taken", clock.now()
    upload.counts = counts
    session.flush()
    return found


def _write(
    session: Session, actor: Actor, drafts: Sequence[Draft], edits: Sequence[Edit],
    batch_id: uuid.UUID, progress: Callable[[int, int], None] | None,
) -> None:  # fmt: skip
    """Write in steps, saying after each how far it has come: there a job can be cancelled."""
    total, done = len(drafts) + len(edits), 0

    def tell(written: int) -> None:
        nonlocal done
        done += written
        if progress is not None:
            progress(done, total)

    for start in range(0, len(drafts), _STEP):
        added = drafts[start : start + _STEP]
        bulk.add_many(session, actor, added, batch_id=batch_id)
        tell(len(added))
    for start in range(0, len(edits), _STEP):
        changed = edits[start : start + _STEP]
        bulk.change_many(session, actor, changed, batch_id=batch_id)
        tell(len(changed))


def _leaving(session: Session, actor: Actor, found: Reading) -> list[Edit]:
    edits = []
    for member_id, row in found.plan.absent.items():
        given = found.upload.answers.get(str(member_id), "")
        if not given or given == answering.OVERLOOKED:
            continue
        reason, on = answering.left(session, actor, given)
        also = {"left_on": on, "left_reason": reason, "left_note": ""}
        edits.append(Edit(row, {"tie": Tie.LEFT.value}, act="leave", also=also))
    return edits


def _tell_screening(
    session: Session, actor: Actor, path: str, changed: Iterable[uuid.UUID]
) -> None:
    """Bring the campaign under way up to date with the roll."""
    campaign = campaigns.find_current(session, actor.tenant_id)
    if campaign is None or campaign.state != "open":
        return
    screening.enrol(session, actor, campaign, path)
    screening.follow(session, actor, campaign, changed)


def undo(session: Session, actor: Actor, upload_id: uuid.UUID, *, version: int) -> Upload:
    """Take back what was last written from an upload, if nobody was changed since.

    Who was new leaves the roll again with the reason that says so; nobody is deleted.

    Raises:
        NotFound: no such upload within reach.
        Overtaken: somebody changed the upload since `version` was read.
        OutOfTurn: nothing was taken over, or a member was changed since.
    """
    upload = answering.held(session, actor, upload_id, version)
    if upload.state != "taken" or upload.batch_id is None:
        raise OutOfTurn(
            Words(
                "这次上传没有写入名册，没有可撤销的内容",
                "Nothing was written from this upload, so there is nothing to take back",
            )
        )
    lines = session.scalars(
        select(Change).where(
            Change.tenant_id == actor.tenant_id, Change.batch_id == upload.batch_id
        )
    ).all()
    rows = {
        row.id: row
        for row in bulk.roll(
            session, actor, Action.ROSTER_IMPORT, upload.path,
            ids=[line.member_id for line in lines], lock=True,
        )
    }  # fmt: skip
    _refuse_if_touched(lines, rows)
    today = organizations.today(session, actor.tenant_id)
    edits = [_reversed(line, rows[line.member_id], today) for line in lines]
    bulk.change_many(session, actor, edits, batch_id=uuid7())
    upload.state, upload.undone_at = "undone", clock.now()
    _tell_screening(session, actor, upload.path, list(rows))
    audit.record(
        session, actor, Act.ROSTER_UNDO, upload.path, f"upload:{upload.id}",
        batch=str(upload.batch_id), members=len(edits),
    )  # fmt: skip
    session.flush()
    return upload


def _refuse_if_touched(lines: Sequence[Change], rows: Mapping[uuid.UUID, Row[Any]]) -> None:
    touched = sum(
        line.member_id not in rows or rows[line.member_id].version != line.version for line in lines
    )
    if touched:
        raise OutOfTurn(
            Words(
                f"导入之后又有 {touched} 名党员被改动，不能整批撤销。请逐人修改；现有内容没有变化",
                f"{touched} members were changed since the import, so it cannot be taken back as a "
                "whole. Change them one by one; nothing was altered now",
            )
        )


def _reversed(line: Change, row: Row[Any], today: date) -> Edit:
    if line.act == "add":
        also = {"left_on": today, "left_reason": Leaving.UNDONE.value, "left_note": ""}
        return Edit(row, {"tie": Tie.LEFT.value}, act="undo", also=also)
    if line.act == "leave":
        return Edit(row, _TO_ROLL, act="undo", also=dict(_BACK))
    both: dict[str, list[Any]] = json.loads(line.fields_json)
    fields = {name: bulk.revived(name, old) for name, (old, _) in both.items()}
    return Edit(row, fields, act="undo")


def start_reading(session: Session, actor: Actor, upload: Upload) -> Job:
    """Have a large upload looked through in the background; the figures come to its counts."""
    return jobs.start(session, actor, upload.path, READ_JOB, {"upload": str(upload.id)})


def start_taking_over(session: Session, actor: Actor, upload: Upload) -> Job:
    """Have a large upload taken over in the background."""
    arguments = {"upload": str(upload.id), "version": upload.version}
    return jobs.start(session, actor, upload.path, TAKE_JOB, arguments)


@jobs.handler(READ_JOB)
def run_read(work: Work) -> Mapping[str, Any]:
    """Look through an upload and keep the figures with it."""
    upload_id = uuid.UUID(work.arguments["upload"])
    with work.transaction() as session:
        found = inspecting.inspect(session, work.actor, upload_id)
        counts = inspecting.shown_counts(found)
        found.upload.counts = counts
    work.progress(counts["rows"], counts["rows"])
    return {"upload": str(upload_id), **counts}


@jobs.handler(TAKE_JOB)
def run_take_over(work: Work) -> Mapping[str, Any]:
    """Take an upload over: all of it or, if it is cancelled, nothing."""
    upload_id = uuid.UUID(work.arguments["upload"])
    with work.transaction() as session:
        upload = inspecting.get_upload(session, work.actor, upload_id)
        total = upload.counts.get("rows", 0)
        work.progress(0, total)
        take_over(
            session, work.actor, upload_id, version=work.arguments["version"],
            progress=work.progress,
        )  # fmt: skip
        work.progress(total, total)
        counts = dict(upload.counts)
    return {"upload": str(upload_id), **counts}
