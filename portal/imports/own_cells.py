"""The user's own cells, to be shown with their faults: texts as written, sensitive ones masked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlsxwriter.utility import xl_col_to_name

from portal.imports import inspecting, mapping
from portal.members import cells, roster
from portal.members.masking import masked_id

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.documents.workbook import Raw

_LONG_NUMBER = re.compile(r"\d{10,}[\dXx]?")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a sheet in their order: letters and the names over them."""

    letters: tuple[str, ...]
    labels: tuple[str, ...]


def own_cells(
    session: Session, actor: Actor, upload_id: uuid.UUID, rows: Iterable[int]
) -> tuple[Columns, Mapping[int, Sequence[str]]]:
    """Return the columns of an upload and the texts of some of its rows, by their number.

    Raises:
        NotFound: no such upload within reach.
        OutOfTurn: the file has been purged.
    """
    upload = inspecting.get_upload(session, actor, upload_id)
    opened = inspecting.open_file(session, upload)
    labels = mapping.label_columns(opened.header, opened.sheet)
    fields = mapping.map_columns(labels, opened.header, opened.sheet, upload.mapping)
    columns = Columns(tuple(xl_col_to_name(at) for at in labels), tuple(labels.values()))
    shown = {}
    for number in rows:
        if not 0 < number <= len(opened.sheet.rows):
            continue
        row = opened.sheet.rows[number - 1]
        shown[number] = [
            _shown(row[at] if at < len(row) else "", fields[label]) for at, label in labels.items()
        ]
    return columns, shown


def _shown(raw: Raw, field: str) -> str:
    text = "" if raw == "" else cells.as_text(raw)
    if field in roster.SENSITIVE and field != "id_number":
        return roster.masked(field, text)
    return _LONG_NUMBER.sub(lambda found: masked_id(found[0]), text)
