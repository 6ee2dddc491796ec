"""The door of this part: an export is asked for, decided on, fetched, listed, traced, removed."""

from __future__ import annotations

from portal.exports.asking import ask, keep_record, new_number
from portal.exports.deciding import approve, list_waiting, may_decide, refuse
from portal.exports.fetching import fetch, link_for, sweep
from portal.exports.leak import Trail, trace
from portal.exports.looking import get_export, list_below, list_own
from portal.exports.rules import KEPT, LINK, MOST_PERSONS, needs_approval

__all__ = [
    "KEPT", "LINK", "MOST_PERSONS", "Trail", "approve", "ask", "fetch", "get_export",
    "keep_record", "link_for", "list_below", "list_own", "list_waiting", "may_decide",
    "needs_approval", "new_number", "refuse", "sweep", "trace",
]  # fmt: skip
