"""How far the jobs of this process have come, in memory.

SQLite lets one connection write at a time. While a job is inside a transaction of its own, its
progress cannot be written beside it; here it can be read all the same by the pages of the same
process.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import uuid


@dataclass(slots=True)
class Live:
    """One running job. `cancel` is asked for by a page and looked at by the job."""

    tenant_id: int
    by: int | None
    done: int = 0
    total: int = 0
    cancel: bool = False


running: dict[uuid.UUID, Live] = {}


def ask_to_stop(tenant_id: int, by: int | None, job_id: uuid.UUID) -> bool:
    """Ask a job of this process to stop, if it is done in the name of `by`; tell whether it is."""
    now = running.get(job_id)
    if now is None or (now.tenant_id, now.by) != (tenant_id, by):
        return False
    now.cancel = True
    return True
