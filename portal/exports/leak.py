"""The leak drill: from a file that turned up somewhere to whoever took it away (U8).

Four traces, the surest first: the very file; the number that stands on the sheet, in the print
header and in its properties; the same number in letters nobody sees, in the serial number of
every row; and the long cells themselves, which also tell a part of the rows from a new file.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from portal import audit
from portal.audit import Act
from portal.core.words import Words
from portal.documents import unseen, workbook
from portal.documents.workbook import Unreadable
from portal.exports import prints
from portal.exports.models import Export

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from portal.access import Actor

_NUMBER = re.compile(r"(?<!\d)\d{8}-[0-9a-f]{8}(?![0-9a-f])")
_MOST_PART = 50 * 1024 * 1024
_ENOUGH, _SHARE = 3, 0.5

WORDS = {
    "file": Words("就是当时导出的那个文件", "it is the very file"),
    "number": Words("文件上有导出编号", "the number stands in the file"),
    "unseen": Words("文件里有看不见的导出编号", "the unseen number stands in the file"),
    "content": Words("内容与导出时一样", "its cells are those of the export"),
}


@dataclass(frozen=True, slots=True)
class Trail:
    """One export that the file may come from: how that is known, and how much of it fits."""

    export: Export
    by: str
    share: float = 1.0

    @property
    def words(self) -> Words:
        """Return how it is known."""
        return WORDS[self.by]


def trace(session: Session, actor: Actor, data: bytes, file_name: str) -> list[Trail]:
    """Return the exports that a leaked file may come from, the likeliest first; logged."""
    texts = list(_texts(data, file_name))
    found = _by_mark(session, actor.tenant_id, data, texts)
    if not found:
        found = _by_content(session, actor.tenant_id, texts)
    root = "/"
    audit.record(
        session, actor, Act.EXPORT_TRACE, root, f"file:{sha256(data).hexdigest()[:16]}",
        found=[trail.export.number for trail in found],
    )  # fmt: skip
    return found


def _texts(data: bytes, file_name: str) -> Iterator[str]:
    """Yield every text of the file: parts of a package, cells of a workbook, else the whole."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.infolist():
                if entry.file_size <= _MOST_PART and entry.filename.endswith((".xml", ".rels")):
                    yield archive.read(entry).decode("utf-8", "replace")
    except zipfile.BadZipFile:
        for encoding in ("utf-8", "gb18030", "utf-16-le"):
            yield data.decode(encoding, "ignore")
    try:
        for sheet in workbook.read(data, file_name, workbook.WIDE):
            yield from (str(cell) for row in sheet.rows for cell in row if cell != "")
    except Unreadable:
        yield from re.split(r"[,;\t\r\n]", data.decode("utf-8", "ignore"))


def _by_mark(session: Session, tenant_id: int, data: bytes, texts: Sequence[str]) -> list[Trail]:
    seen = {number for text in texts for number in _NUMBER.findall(text)}
    hidden = {number for text in texts for number in unseen.found(text)}
    exact = sha256(data).hexdigest()
    rows = session.scalars(
        select(Export).where(
            Export.tenant_id == tenant_id,
            or_(
                Export.sha256 == exact,
                Export.number.in_(seen),
                *(Export.number.endswith(f"-{each}") for each in sorted(hidden)),
            ),
        )
    ).all()
    return [
        Trail(
            row,
            "file" if row.sha256 == exact else "number" if row.number in seen else "unseen",
        )
        for row in rows
    ]


def _by_content(session: Session, tenant_id: int, texts: Sequence[str]) -> list[Trail]:
    """Return the exports that hold at least half of what the file holds, the most first."""
    wanted = prints.apart(prints.of_cells(tenant_id, texts))
    trails = []
    query = select(Export).where(Export.tenant_id == tenant_id, Export.persons > 0)
    for export in session.scalars(query.execution_options(yield_per=200)):
        common = len(wanted & prints.apart(export.prints))
        share = common / len(wanted) if wanted else 0
        if common >= _ENOUGH and share >= _SHARE:
            trails.append(Trail(export, "content", share))
    return sorted(trails, key=lambda trail: -trail.share)
