"""The door of reporting: every verb and query that pages, API and commands may call."""

from portal.reporting.answers import answer, explain, open_remarks, override, remarks_of
from portal.reporting.catalogue import Frozen
from portal.reporting.catalogue import of as catalogue_of
from portal.reporting.circulars import draft as draft_circular
from portal.reporting.circulars import issue as issue_circular
from portal.reporting.circulars import list_circulars
from portal.reporting.comparison import (
    Compared,
    Round,
    compare,
    figures_of,
    person_now,
    rounds,
    signatories,
)
from portal.reporting.describe import named_facts as describe_facts
from portal.reporting.describe import tables as describe_tables
from portal.reporting.draft import Draft, child_returns
from portal.reporting.drill import (
    Opened,
    filed_persons,
    may_see_names,
    open_cell,
    open_draft,
    register,
    words_of,
)
from portal.reporting.export import REASONS as EXPORT_REASONS
from portal.reporting.export import Export, exportable
from portal.reporting.export import table as export_table
from portal.reporting.filing import file, preview, recall
from portal.reporting.headway import Headway, by_child
from portal.reporting.opening import open_campaign, set_inner_date
from portal.reporting.present import Moved, moved, shares
from portal.reporting.returns import (
    campaign_of,
    count_by_state,
    find_return,
    get_return,
    list_owed,
    list_returns,
    tables_return,
)
from portal.reporting.review import (
    Note,
    Result,
    accept,
    bulk_accept,
    changes,
    count_waiting,
    get_filing,
    list_queue,
    person_changes,
    put_back,
    send_back,
    take_up,
    units_of,
)
from portal.reporting.status import (
    Tally,
    board,
    cell_state,
    chase,
    chases,
    count_overdue,
    overdue,
    tally,
)
from portal.reporting.totals import Coverage, Row, Totals, drift, rows
from portal.reporting.totals import of as totals

__all__ = [
    "EXPORT_REASONS",
    "Compared",
    "Coverage",
    "Draft",
    "Export",
    "Frozen",
    "Headway",
    "Moved",
    "Note",
    "Opened",
    "Result",
    "Round",
    "Row",
    "Tally",
    "Totals",
    "accept",
    "answer",
    "board",
    "bulk_accept",
    "by_child",
    "campaign_of",
    "catalogue_of",
    "cell_state",
    "changes",
    "chase",
    "chases",
    "child_returns",
    "compare",
    "count_by_state",
    "count_overdue",
    "count_waiting",
    "describe_facts",
    "describe_tables",
    "draft_circular",
    "drift",
    "explain",
    "export_table",
    "exportable",
    "figures_of",
    "file",
    "filed_persons",
    "find_return",
    "get_filing",
    "get_return",
    "issue_circular",
    "list_circulars",
    "list_owed",
    "list_queue",
    "list_returns",
    "may_see_names",
    "moved",
    "open_campaign",
    "open_cell",
    "open_draft",
    "open_remarks",
    "overdue",
    "override",
    "person_changes",
    "person_now",
    "preview",
    "put_back",
    "recall",
    "register",
    "remarks_of",
    "rounds",
    "rows",
    "send_back",
    "set_inner_date",
    "shares",
    "signatories",
    "tables_return",
    "take_up",
    "tally",
    "totals",
    "units_of",
    "words_of",
]  # fmt: skip
