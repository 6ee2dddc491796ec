"""What was purged, listed by id outside the database: an older backup brings nobody back (B7).

One JSON line for each thing, in a file that only grows, in the data folder and beside the heads of
the log. There is no name, no number and no digest in it: ids that mean nothing any more.
"""

from __future__ import annotations

import json
import os
import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal import access
from portal.core.database import Model
from portal.organizations import service as organizations
from portal.privacy import destroying, due, purging
from portal.privacy.models import Purge, PurgeItem
from portal.scope import service as scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

FILE = "purged.jsonl"
_BATCH = 500


@dataclass(frozen=True, slots=True, order=True)
class Grave:
    """One thing that was destroyed: of which kind, by which purge, on which day."""

    tenant: int
    kind: str
    id: uuid.UUID
    purge: uuid.UUID
    on: date

    def line(self) -> str:
        """Return it as the line of a file."""
        told = {"tenant": self.tenant, "kind": self.kind, "id": self.id.hex,
                "purge": self.purge.hex, "on": self.on.isoformat()}  # fmt: skip
        return json.dumps(told, separators=(",", ":"))


def keep(session: Session, folders: Iterable[Path]) -> int:
    """Add to the list in each folder what is not in it yet; return how many lines were written."""
    known = set(_of_database(session))
    written = 0
    for folder in folders:
        fresh = sorted(known - set(read(folder)))
        if fresh:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _append(folder / FILE, fresh)
        written += len(fresh)
    return written


def _append(file: Path, graves: Iterable[Grave]) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a") as out:
        # A line that a crash cut short must not swallow the next one.
        out.write("\n" + "".join(f"{grave.line()}\n" for grave in graves))
        out.flush()
        os.fsync(out.fileno())


def _of_database(session: Session) -> Iterator[Grave]:
    for tenant in organizations.list_tenants(session):
        with scope.beyond(session, scope.Reason.PURGE, tenant.id):
            found = session.execute(
                select(PurgeItem.kind, PurgeItem.subject_id, Purge.id, Purge.on)
                .join(
                    Purge,
                    (Purge.tenant_id == PurgeItem.tenant_id) & (Purge.id == PurgeItem.purge_id),
                )
                .where(PurgeItem.tenant_id == tenant.id, PurgeItem.state == "gone")
            ).all()
        yield from (Grave(tenant.id, *row) for row in found)


def read(folder: Path) -> list[Grave]:
    """Return what stands in the list of a folder; a line cut short is left out."""
    file = folder / FILE
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return [grave for line in lines if (grave := _parsed(line))]


def _parsed(line: str) -> Grave | None:
    try:
        told = json.loads(line)
        return Grave(
            int(told["tenant"]), str(told["kind"]), uuid.UUID(told["id"]),
            uuid.UUID(told["purge"]), date.fromisoformat(told["on"]),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError):
        return None


def bury_again(session: Session, folders: Iterable[Path]) -> int:
    """Destroy again, in a database that was restored, what had been purged; return how much."""
    listed: dict[tuple[int, str], dict[uuid.UUID, Grave]] = defaultdict(dict)
    for grave in {each for folder in folders for each in read(folder)}:
        if grave.kind in due.QUERIES:
            listed[grave.tenant, grave.kind][grave.id] = grave
    return sum(
        _again(session, tenant, kind, graves) for (tenant, kind), graves in sorted(listed.items())
    )


def _again(session: Session, tenant: int, kind: str, graves: dict[uuid.UUID, Grave]) -> int:
    table, done = Model.metadata.tables[due.QUERIES[kind][1]], 0
    ids = sorted(graves)
    for start in range(0, len(ids), _BATCH):
        some = ids[start : start + _BATCH]
        back = session.scalars(
            select(table.c.id).where(table.c.tenant_id == tenant, table.c.id.in_(some))
        ).all()
        if kind == "member":
            for each in back:
                grave = graves[each]
                purging.bury(session, access.operator(tenant), grave.purge, grave.on, each)
        else:
            destroying.destroy(session, tenant, table, back)
        done += len(back)
    return done
