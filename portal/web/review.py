"""The review desk: what waits, one filing beside the round before, remarks, and the decision."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from portal import access
from portal.access import Action
from portal.campaigns import service as campaigns
from portal.core.errors import Invalid, Problem
from portal.core.words import Words
from portal.organizations import service as organizations
from portal.reporting import balance, grid
from portal.reporting import service as reporting
from portal.reporting.models import State
from portal.web import menu, sheets, typed
from portal.web.edge import PortalView, actor, campaign, db, once, page, toast, transaction
from portal.web.language import words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.campaigns.models import Campaign
    from portal.extension.contracts import Table
    from portal.organizations.models import Unit
    from portal.reporting.comparison import Compared
    from portal.reporting.models import Filing, Return

FIRST = "t7"
WAITING = (State.FILED.value, State.TAKEN_UP.value)
DECIDED = (State.RETURNED.value, State.ACCEPTED.value)
FILTERS: Mapping[str, Words] = {
    "waiting": Words("待审", "Waiting"),
    "again": Words("重报", "Filed again"),
    "late": Words("迟报", "Late"),
    "returned": Words("已退回", "Returned"),
    "accepted": Words("已通过", "Accepted"),
}
# On the button, and in the remark.
CANNED = (
    (Words("合计不平", "Does not add up"),
     Words("合计不平，请核对各分项后重报。", "The total does not add up; check its parts.")),
    (Words("与台账不一致", "Differs from list"),
     Words("与台账人数不一致，请逐人核对。", "It differs from the case list; check by person.")),
    (Words("缺佐证", "No evidence"),
     Words("缺少佐证，请补充依据。", "Evidence is missing; add what it rests on.")),
    (Words("记录不足", "Too few attempts"),
     Words("联系记录不足，请继续查找并补记。", "Too few attempts on record; search on.")),
)  # fmt: skip
SEVERITIES: Mapping[str, Words] = {
    "error": Words("错误", "Error"),
    "explain": Words("须说明", "Explain"),
    "hint": Words("提示", "Hint"),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of the queue."""

    item: Return
    unit: Unit
    filing: Filing
    errors: int
    explained: int


@dataclass(frozen=True, slots=True)
class Line:
    """One cell beside the round before and a fresh count; `title` is empty within a group."""

    cell: str
    title: str
    level: int
    before: int | None
    now: int
    counted: int
    typed: Mapping[str, Any] | None

    @property
    def change(self) -> int | None:
        """Return what the figure changed by since the round before."""
        return None if self.before is None else self.now - self.before

    @property
    def off(self) -> int:
        """Return what the figure differs by from a fresh count."""
        return self.now - self.counted


class Review(PortalView):
    """The superior's side of reporting."""

    name = "review"
    route_base = "/review"
    default_view = "desk"

    @expose("")
    @page(Action.REPORT_REVIEW)
    def desk(self) -> ResponseReturnValue:
        """Open the filing that has waited longest."""
        running = campaign()
        queue = _queue(running, _filter()) if running else []
        if not queue:
            return render_template(
                "review/none.html", filters=FILTERS, chosen=_filter(), campaign=running
            )
        return _shown(queue[0].item.id)

    @expose("/<uuid:return_id>")
    @page(Action.REPORT_REVIEW)
    def item(self, return_id: uuid.UUID) -> ResponseReturnValue:
        """Show one filing, from the second round on by its differences."""
        return _shown(return_id)

    @expose("/<uuid:return_id>/<any(take_up, put_back, accept):step>", methods=["POST"])
    @page(Action.REPORT_REVIEW)
    def step(self, return_id: uuid.UUID, step: str) -> ResponseReturnValue:
        """Take up, put back or accept."""
        act, said = _STEPS[step]

        def work(session: Session) -> dict[str, Any]:
            act(session, actor(), return_id, version=typed.version())
            return {"step": step}

        once(work)
        toast(words(said))
        if step == "accept":
            return redirect(url_for("review.desk", filter=request.form.get("filter") or None))
        return redirect(url_for("review.item", return_id=return_id))

    @expose("/<uuid:return_id>/return", methods=["POST"])
    @page(Action.REPORT_REVIEW)
    def send_back(self, return_id: uuid.UUID) -> ResponseReturnValue:
        """Return the filing with the remarks on the sheet; they stay if something is missing."""
        notes = _notes()
        try:
            with transaction(db()) as session:
                reporting.send_back(session, actor(), return_id, notes, version=typed.version())
        except Invalid as invalid:
            return _shown(return_id, notes, invalid.problems)
        toast(gettext("已退回，%(n)s 条批注", n=len(notes)))
        return redirect(url_for("review.desk"))

    @expose("/bulk", methods=["GET", "POST"])
    @page(Action.REPORT_REVIEW)
    def bulk(self) -> ResponseReturnValue:
        """Say what would become of everything that waits; on POST accept what can be."""
        running = _needed()
        ids = [uuid.UUID(text) for text in request.form.getlist("id")]
        if request.method == "POST":
            with transaction(db()) as session:
                results = reporting.bulk_accept(session, actor(), ids, dry_run=False)
        else:
            ids = [line.item.id for line in _queue(running, "waiting")]
            with transaction(db()) as session:
                results = reporting.bulk_accept(session, actor(), ids, dry_run=True)
        return render_template(
            "review/bulk.html", done=request.method == "POST", **_sorted(results),
            fragment="HX-Request" in request.headers,
        )  # fmt: skip


_STEPS: Mapping[str, tuple[Callable[..., Any], Words]] = {
    "take_up": (reporting.take_up, Words("已受理，下面不能再改", "Taken up; it is locked below")),
    "put_back": (reporting.put_back, Words("已放回待审", "Put back into the queue")),
    "accept": (reporting.accept, Words("已通过，计入本级", "Accepted into this level")),
}


@menu.counts("review.desk")
def _waiting(session: Session, who: Actor, _here: Unit) -> str:
    running = campaign()
    return str(reporting.count_waiting(session, who, running) or "") if running else ""


def _needed() -> Campaign:
    return campaign() or campaigns.get_current(db(), actor().tenant_id)


def _filter() -> str:
    chosen = request.values.get("filter", "waiting")
    return chosen if chosen in FILTERS else "waiting"


def _queue(running: Campaign, chosen: str) -> list[Waiting]:
    states = {"returned": DECIDED[:1], "accepted": DECIDED[1:]}.get(chosen, WAITING)
    lines = [
        Waiting(
            item, unit, made,
            sum(check["severity"] == "error" for check in made.checks),
            sum(check["severity"] == "explain" for check in made.checks),
        )
        for item, unit, made in reporting.list_queue(db(), actor(), running, states=states)
    ]  # fmt: skip
    if chosen == "again":
        return [line for line in lines if line.item.round > 1]
    return [line for line in lines if line.item.late] if chosen == "late" else lines


def _shown(
    return_id: uuid.UUID, notes: Sequence[reporting.Note] = (), problems: Sequence[Problem] = ()
) -> ResponseReturnValue:
    running = _needed()
    item = reporting.get_return(db(), actor(), return_id)
    access.require(actor(), Action.REPORT_REVIEW, item.parent_path)
    chosen = _filter()
    if item.state in DECIDED and chosen not in ("returned", "accepted"):
        chosen = "returned" if item.state == State.RETURNED else "accepted"
    queue = _queue(running, chosen)
    at = next((n for n, line in enumerate(queue) if line.item.id == item.id), None)
    compared = reporting.compare(db(), item)
    values = {
        "campaign": running, "item": item, "queue": queue, "at": at, "filters": FILTERS,
        "chosen": chosen, "compared": compared, "rounds": reporting.rounds(db(), item),
        "unit": organizations.get_unit(db(), actor(), item.unit_id), "notes": notes,
        "problems": problems, "canned": CANNED, "severities": SEVERITIES, "sheets": sheets,
        "deliverable": campaigns.plan_of(running).deliverable(item.deliverable),
        "remarks": _remarks(item, compared),
        "checks": [balance.from_json(each) for each in compared.now.checks],
        **_middle(running, item, compared),
    }  # fmt: skip
    return render_template("review/desk.html", **values), 422 if problems else 200


def _remarks(item: Return, compared: Compared) -> list[tuple[Any, str]]:
    """Return the remarks of earlier rounds with where they point, the newest round first."""
    tables = compared.catalogue.tables
    found = [
        (remark, _place(tables, remark.table, remark.place))
        for remark in reporting.remarks_of(db(), item)
    ]
    return sorted(found, key=lambda pair: (-pair[0].at.timestamp(), pair[0].number))


def _place(tables: Sequence[Table], table: str, place: str) -> str:
    if not table:
        return gettext("整份")
    return sheets.place_in_full(tables, place) if ":" in place else sheets.place_of(table, table)


def _middle(running: Campaign, item: Return, compared: Compared) -> dict[str, Any]:
    """Return what the chosen tab shows."""
    tables = compared.catalogue.tables
    tab = request.args.get("tab", _first_tab(compared))
    table = next((each for each in tables if each.code == tab), None)
    only = request.args.get("only", "changed" if _changed(compared, tab) else "")
    values: dict[str, Any] = {
        "tab": tab, "tables": tables if compared.now.figures else (), "table": table, "only": only,
        "lines": [], "register": None, "stopped": False, "left_out": 0, "cell": None,
    }  # fmt: skip
    if table is None:
        return values
    if table.is_register:
        persons = reporting.register(db(), actor(), running, item.path, table.code)
        values["stopped"] = persons is None
        values["register"] = sheets.register_of(table, persons or ())
        return values
    lines = _lines(table, compared)
    only = only or ("all" if len(table.rows) == 1 else "")
    kept = [line for line in lines if _kept(line, only)]
    values |= {"only": only, "lines": kept, "left_out": len(lines) - len(kept)}
    values["cell"] = next((x for x in lines if x.cell == request.args.get("cell")), None)
    return values


def _changed(compared: Compared, code: str) -> bool:
    return any(grid.split(cell)[0] == code for cell in compared.changed)


def _first_tab(compared: Compared) -> str:
    """Return where to begin: the summary, or the first grid in which something changed."""
    if not compared.now.figures:
        return "text"
    grids = [each.code for each in reversed(compared.catalogue.tables) if not each.is_register]
    return next((code for code in grids if _changed(compared, code)), FIRST)


def _kept(line: Line, only: str) -> bool:
    if only == "changed":
        return bool(line.change)
    if only == "off":
        return bool(line.off) or line.typed is not None
    return only == "all" or any((line.before, line.now, line.counted))


def _lines(table: Table, compared: Compared) -> list[Line]:
    return [_line(each.cell, each.title, each.level, compared) for each in sheets.named(table)]


def _line(cell: str, title: str, level: int, compared: Compared) -> Line:
    now = compared.filed[cell]
    return Line(
        cell, title, level, compared.before.get(cell), now, compared.counted.get(cell, now),
        compared.now.overrides.get(cell),
    )  # fmt: skip


def _notes() -> list[reporting.Note]:
    """Read the sheet of remarks: parallel fields, one set for each remark."""
    form = request.form
    places, severities, texts = (form.getlist(n) for n in ("place", "severity", "text"))
    found = []
    for place, severity, text in zip(places, severities, texts, strict=False):
        table, _, rest = place.partition("@")
        code = table or grid.split(rest)[0]
        grave = severity if severity in SEVERITIES else "error"
        found.append(reporting.Note(text, code, rest, grave))
    return found


def _sorted(results: Sequence[reporting.Result]) -> dict[str, Any]:
    """Return the results of a bulk step with their units, what cannot pass first."""
    units = reporting.units_of(db(), actor(), [each.return_id for each in results])
    lines = [(each, units.get(each.return_id)) for each in results]
    lines.sort(key=lambda pair: (pair[0].done, pair[0].wants_a_look))
    return {
        "lines": lines,
        "passing": [each.return_id for each in results if each.done],
        "looking": sum(each.wants_a_look for each in results),
        "blocked": sum(not each.done and not each.wants_a_look for each in results),
    }
