"""The door of this part: an upload is received, inspected, answered, taken over, undone."""

from __future__ import annotations

from portal.documents.workbook import Limits
from portal.imports.answering import OVERLOOKED, answer, set_mapping
from portal.imports.inspecting import (
    Reading,
    annotated,
    find_upload,
    get_upload,
    inspect,
    list_uploads,
    receive,
    shown_counts,
)
from portal.imports.keeping import sweep
from portal.imports.own_cells import Columns, own_cells
from portal.imports.taking import (
    READ_JOB,
    TAKE_JOB,
    run_read,
    run_take_over,
    start_reading,
    start_taking_over,
    take_over,
    undo,
)

__all__ = [
    "OVERLOOKED", "READ_JOB", "TAKE_JOB", "Columns", "Limits", "Reading", "annotated", "answer",
    "find_upload", "get_upload", "inspect", "list_uploads", "own_cells", "receive", "run_read",
    "run_take_over", "set_mapping", "shown_counts", "start_reading", "start_taking_over", "sweep",
    "take_over", "undo",
]  # fmt: skip
