"""The door of data protection: labels, keys, holds, purges; and the job that carries one out."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from portal.jobs import service as jobs
from portal.privacy.graves import bury_again
from portal.privacy.graves import keep as keep_graves
from portal.privacy.holds import lift, list_holds, set_on_member, set_on_unit
from portal.privacy.keycheck import WrongKey, confirm, register
from portal.privacy.labels import classes, labels, purposes
from portal.privacy.models import Stage
from portal.privacy.purging import (
    JOB,
    carry_out,
    carry_out_batch,
    decide,
    items,
    list_purges,
    look,
    propose,
)  # fmt: skip
from portal.privacy.retention import CLOCKS, How
from portal.privacy.rotation import drop, inventory, rotate_batch
from portal.privacy.sweeping import TABLES as SWEPT
from portal.privacy.sweeping import remove_stray_files, sweep_batch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from portal.jobs.service import Work

__all__ = [
    "CLOCKS", "SWEPT", "How", "Stage", "WrongKey", "bury_again", "carry_out_batch",
    "classes", "confirm", "decide", "drop", "inventory", "items", "keep_graves", "labels",
    "lift", "list_holds", "list_purges", "look", "propose", "purposes", "register",
    "remove_stray_files", "rotate_batch", "set_on_member", "set_on_unit", "sweep_batch",
]  # fmt: skip


@jobs.handler(JOB)
def _carry_out(work: Work) -> Mapping[str, Any]:
    purge = carry_out(work, uuid.UUID(work.arguments["purge"]))
    return {"destroyed": purge.destroyed, "kept": purge.kept}
