"""Uploads: taking a file in, and saying what it would do to the roll, as often as is asked."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from portal import access
from portal.access import Action
from portal.core.errors import NotFound, OutOfTurn
from portal.core.pausing import collector_at_rest
from portal.core.words import Words
from portal.documents import annotate, workbook
from portal.documents.store import store
from portal.imports import difference, keeping, mapping, reading
from portal.imports.models import RememberedMapping, Upload
from portal.members import cells, roster
from portal.organizations import service as organizations
from portal.organizations.models import Unit

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.documents.layout import Header
    from portal.documents.workbook import Limits, Sheet
    from portal.imports.difference import Changed, Difference, Missing, New
    from portal.imports.findings import Ask, Finding, Normalised, Sheetful

UPLOAD = Words("上传", "upload")

_JUST_READ = "imports.just_read"


@dataclass(slots=True)
class Reading:
    """What an upload says and would do, for a page, a command or an annotated copy."""

    upload: Upload
    unit: Unit
    sheet: str
    header_rows: tuple[int, int]
    labels: list[str]
    mapping: dict[str, str]
    unmapped: list[str]
    rows: int
    problems: list[Finding]
    asks: list[Ask]
    normalised: list[Normalised]
    new: list[New]
    changed: list[Changed]
    missing: list[Missing]
    same: int
    held: int
    plan: Difference

    @property
    def errors(self) -> list[Finding]:
        """Return the faults that keep rows out."""
        return [problem for problem in self.problems if problem.severity == cells.ERROR]

    @property
    def warnings(self) -> list[Finding]:
        """Return what is only pointed out."""
        return [problem for problem in self.problems if problem.severity == cells.WARNING]

    @property
    def notes(self) -> list[tuple[Words, int]]:
        """Return how many cells were made uniform, by what was done to them."""
        return Counter(one.note for one in self.normalised).most_common()

    @property
    def to_tell(self) -> bool:
        """Tell whether an annotated copy would have anything in it."""
        return bool(self.problems or self.asks)


@dataclass(slots=True)
class Opened:
    """An upload's file as it is read again."""

    data: bytes
    sheet: Sheet
    header: Header


def receive(
    session: Session,
    actor: Actor,
    unit: Unit,
    file_name: str,
    data: bytes,
    *,
    sheet: str | None = None,
    limits: Limits | None = None,
) -> Upload:
    """Take a workbook in for the roll of `unit`; the same file again is the same upload.

    Args:
        session: the caller's session.
        actor: who uploads.
        unit: whose roll it is.
        file_name: what the file is called.
        data: its bytes.
        sheet: which sheet to read; None if the file decides.
        limits: how large it may be.

    Raises:
        Invalid: it cannot be read, is no roster, or two sheets could be it.
    """
    access.require(actor, Action.ROSTER_IMPORT, unit.path)
    name = PurePath(file_name.replace("\\", "/")).name[:255]
    file_hash = hashlib.sha256(data).hexdigest()
    known = session.scalars(
        select(Upload)
        .where(
            Upload.tenant_id == actor.tenant_id,
            Upload.unit_id == unit.id,
            Upload.file_hash == file_hash,
        )
        .order_by(Upload.id.desc())
        .limit(1)
    ).one_or_none()
    if known is not None and known.stored_as and store().get(known.id, known.stored_as) is not None:
        if sheet is not None and sheet != known.sheet:
            found, _ = mapping.pick_sheet(workbook.read(data, name, limits), sheet, name)
            known.sheet = found.name
            session.flush()
        return known
    keeping.within_quota(session, actor, name, len(data))
    found, header = mapping.pick_sheet(workbook.read(data, name, limits), sheet or "", name)
    upload = Upload(
        tenant_id=actor.tenant_id,
        unit_id=unit.id,
        path=unit.path,
        by=actor.user_id,
        file_name=name,
        file_hash=file_hash,
        size=len(data),
        sheet=found.name,
        mapping=_remembered(session, actor, unit),
        counts={"rows": max(0, len(found.rows) - header.last - 1)},
    )
    upload.stored_as = store().put(upload.id, data)
    session.info[_JUST_READ] = upload.id, Opened(data, found, header)
    session.add(upload)
    session.flush()
    return upload


def _remembered(session: Session, actor: Actor, unit: Unit) -> dict[str, str]:
    kept = session.scalars(
        select(RememberedMapping).where(
            RememberedMapping.tenant_id == actor.tenant_id, RememberedMapping.unit_id == unit.id
        )
    ).one_or_none()
    return dict(kept.mapping) if kept else {}


def get_upload(session: Session, actor: Actor, upload_id: uuid.UUID) -> Upload:
    """Return an upload in the actor's reach.

    Raises:
        NotFound: there is none such, or none that the actor may know about.
    """
    upload = find_upload(session, actor, upload_id)
    if upload is None:
        raise NotFound(UPLOAD)
    return upload


def find_upload(session: Session, actor: Actor, upload_id: uuid.UUID) -> Upload | None:
    """Return an upload in the actor's reach, or None."""
    return session.scalars(
        select(Upload).where(
            Upload.id == upload_id, access.reach(actor, Action.ROSTER_IMPORT, Upload)
        )
    ).one_or_none()


def list_uploads(
    session: Session, actor: Actor, *, path: str | None = None, limit: int = 20
) -> Sequence[Upload]:
    """Return the uploads in the actor's reach, the newest first."""
    query = select(Upload).where(access.reach(actor, Action.ROSTER_IMPORT, Upload))
    if path is not None:
        query = query.where(access.within(Upload, path))
    return session.scalars(query.order_by(Upload.id.desc()).limit(limit)).all()


def inspect(session: Session, actor: Actor, upload_id: uuid.UUID, *, lock: bool = False) -> Reading:
    """Return what an upload says, what is wrong with it, and what it would do to the roll.

    Raises:
        NotFound: no such upload within reach.
        OutOfTurn: the file has been purged.
    """
    upload = get_upload(session, actor, upload_id)
    with collector_at_rest():
        return _inspected(session, actor, upload, open_file(session, upload), lock=lock)


def open_file(session: Session, upload: Upload) -> Opened:
    """Return the upload's file, read; not read again if this very session has just read it."""
    just_read = session.info.pop(_JUST_READ, None)
    if just_read is not None and just_read[0] == upload.id:
        opened: Opened = just_read[1]
        if opened.sheet.name == upload.sheet:
            return opened
    data = store().get(upload.id, upload.stored_as) if upload.stored_as else None
    if data is None:
        raise OutOfTurn(
            Words(
                "这个文件已过保存期，从系统中清除了。名册没有变化，请重新上传",
                "The file has been purged after its term. The roster is unchanged; upload it again",
            )
        )
    sheets = workbook.read(data, upload.file_name, workbook.WIDE)
    sheet, header = mapping.pick_sheet(sheets, upload.sheet, upload.file_name)
    return Opened(data, sheet, header)


def _inspected(
    session: Session, actor: Actor, upload: Upload, opened: Opened, *, lock: bool = False
) -> Reading:
    sheet, header = opened.sheet, opened.header
    unit = session.get_one(Unit, (upload.tenant_id, upload.unit_id))
    labels = mapping.label_columns(header, sheet)
    fields = mapping.map_columns(labels, header, sheet, upload.mapping)
    today = organizations.today(session, actor.tenant_id)
    found = reading.read_people(sheet, header, labels, fields, upload.answers, today)
    found.problems[:0] = mapping.never_read(header)
    found.problems[:0] = mapping.double_titles(labels, header, fields)
    found.problems[:0] = _of_the_file(found, header, fields)
    found.problems[:0] = mapping.hidden(sheet, header)
    plan = difference.compare(session, actor, unit, found, lock=lock)
    return Reading(
        upload=upload,
        unit=unit,
        sheet=sheet.name,
        header_rows=(header.first + 1, header.last + 1),
        labels=list(labels.values()),
        mapping={label: name for label, name in fields.items() if name},
        unmapped=[label for label, name in fields.items() if not name],
        rows=len(found.people),
        problems=found.problems,
        asks=found.asks,
        normalised=found.normalised,
        new=plan.new,
        changed=plan.changed,
        missing=plan.missing,
        same=plan.same,
        held=sum(person.held for person in found.people),
        plan=plan,
    )


def _of_the_file(found: Sheetful, header: Header, fields: Mapping[str, str]) -> list[Finding]:
    where = f"A{header.last + 1}"
    problems = []
    if "name" not in fields.values():
        problems.append(mapping.no_name_column(where))
    elif not found.people:
        problems.append(mapping.nobody(where))
    return problems


def annotated(
    session: Session, actor: Actor, upload_id: uuid.UUID, *, found: Reading | None = None
) -> bytes | None:
    """Return a copy of the user's workbook with its faults marked, or None if there are none.

    Args:
        session: the caller's session.
        actor: who asks.
        upload_id: the upload.
        found: what it said, if the caller has just read it.

    Raises:
        NotFound: no such upload within reach.
        OutOfTurn: the file has been purged.
    """
    upload = get_upload(session, actor, upload_id)
    if found is not None and not found.to_tell:
        return None
    opened = open_file(session, upload)
    found = found or _inspected(session, actor, upload, opened)
    if not found.to_tell:
        return None
    marks = [annotate.Mark(one.cell, one.severity, one.words.zh) for one in found.problems]
    marks += [annotate.Mark(one.cell, cells.ASK, one.words.zh) for one in found.asks]
    return annotate.annotated(
        opened.data,
        opened.sheet,
        opened.header.last + 1,
        _width(opened),
        marks,
        roster.RESULT_TITLE,
    )


def _width(opened: Opened) -> int:
    """Return the number of columns left of that of the sentences, which may be there already."""
    for index, title in enumerate(opened.header.titles):
        if roster.is_result(title):
            return index
    return max(len(row) for row in opened.sheet.rows)


def shown_counts(found: Reading) -> dict[str, Any]:
    """Return the figures of a reading, for a page that does not show the rest."""
    return {
        "rows": found.rows,
        "new": len(found.new),
        "changed": len(found.changed),
        "missing": len(found.missing),
        "same": found.same,
        "held": found.held,
        "errors": len(found.errors),
        "asks": len(found.asks),
        "warnings": len(found.warnings),
        "normalised": len(found.normalised),
    }
