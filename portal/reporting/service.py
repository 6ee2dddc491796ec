"""The door of reporting: every verb and query that pages, API and commands may call."""

from portal.reporting.catalogue import Frozen
from portal.reporting.catalogue import of as catalogue_of
from portal.reporting.draft import Draft
from portal.reporting.drill import Opened, may_see_names, open_cell, register, words_of
from portal.reporting.filing import (
    answer,
    campaign_of,
    explain,
    file,
    find_return,
    get_return,
    list_returns,
    open_remarks,
    override,
    preview,
    recall,
    remarks_of,
    tables_return,
)
from portal.reporting.opening import open_campaign, set_inner_date
from portal.reporting.review import (
    Note,
    Result,
    accept,
    bulk_accept,
    changes,
    get_filing,
    list_queue,
    person_changes,
    put_back,
    send_back,
    take_up,
)
from portal.reporting.status import Tally, board, cell_state, chase, chases, overdue, tally
from portal.reporting.totals import Coverage, Row, Totals, drift, rows
from portal.reporting.totals import of as totals

__all__ = [
    "Coverage", "Draft", "Frozen", "Note", "Opened", "Result", "Row", "Tally", "Totals", "accept",
    "answer", "board", "bulk_accept", "campaign_of", "catalogue_of", "cell_state", "changes",
    "chase", "chases", "drift", "explain", "file", "find_return", "get_filing", "get_return",
    "list_queue", "list_returns", "may_see_names", "open_campaign", "open_cell", "open_remarks",
    "overdue", "override", "person_changes", "preview", "put_back", "recall", "register",
    "remarks_of", "rows", "send_back", "set_inner_date", "tables_return", "take_up", "tally",
    "totals", "words_of",
]  # fmt: skip
