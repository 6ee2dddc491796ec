"""Progress and reminders: units by what they owe, who has handed in what, and the log."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from portal import access
from portal.access import Action
from portal.campaigns import calendar
from portal.campaigns import service as campaigns
from portal.core import clock
from portal.core.errors import Invalid, NotFound, Problem
from portal.core.words import Words
from portal.organizations import service as organizations
from portal.reporting import service as reporting
from portal.web import menu, sheets
from portal.web.edge import PortalView, actor, campaign, db, page, toast, transaction, unit
from portal.web.language import short_day, words, zone
from portal.web.submit import CAMPAIGN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.campaigns.models import Campaign
    from portal.campaigns.template import Deliverable
    from portal.organizations.models import Unit
    from portal.reporting.models import Chase, Return
    from portal.reporting.status import Chased

TEXT = Words(
    "{单位}：尚欠{欠报项目}，已逾期 {工作日} 个工作日。请于今日下班前报送；"
    "确有困难的，写明原因申请延期。",
    "{单位}: {欠报项目} still missing, {工作日} workdays overdue. Please file today, or say why"
    " it cannot be done.",
)
OWING = frozenset({"missing", "returned"})
LOG = 500


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is drawn: tone, icon, the word in the cell, the word in the legend."""

    tone: str
    icon: str
    short: Words
    long: Words


LOOKS: Mapping[str, Look] = {
    "on_time": Look("now", "check-lg", Words("", ""), Words("按时上报", "On time")),
    "late": Look("warn", "clock", Words("迟", "Late"), Words("迟报（已到）", "Late, but in")),
    "review": Look("rev", "eye", Words("在审", "Review"), Words("审核中", "Under review")),
    "returned": Look(
        "bad", "arrow-counterclockwise", Words("退回", "Returned"), Words("退回修改", "Returned")
    ),
    "missing": Look(
        "miss", "exclamation-lg", Words("未报", "Missing"), Words("逾期未报", "Overdue")
    ),
    "not_due": Look("todo", "circle", Words("未到", "Not yet"), Words("未到期", "Not due yet")),
    "exempt": Look("ex", "dash-lg", Words("免", "Exempt"), Words("免报", "Exempt")),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One unit and one deliverable."""

    state: str
    look: Look | None
    href: str


@dataclass(frozen=True, slots=True)
class Row:
    """One unit: its cells, how many are in, what it owes now, and when it was reminded last."""

    unit: Unit
    cells: tuple[Cell, ...]
    handed_in: int
    all: int
    owed: int
    chased: str
    today: bool
    has_below: bool


class Status(PortalView):
    """The matrix of units and deliverables."""

    name = "status"
    route_base = "/status"
    default_view = "matrix"

    @expose("")
    @page(Action.REPORT_CHASE)
    def matrix(self) -> ResponseReturnValue:
        """Show who has handed in what, directly below a unit."""
        if campaign() is None:
            return render_template("board/none.html")
        return _matrix(_at(request.args.get("unit", "")))

    @expose("/chase", methods=["POST"])
    @page(Action.REPORT_CHASE)
    def chase(self) -> ResponseReturnValue:
        """Remind the chosen units, and say for each what became of it."""
        at = _at(request.form.get("at", ""))
        ids = [_uuid(text) for text in request.form.getlist("unit")]
        text = request.form.get("text", "")
        try:
            _some(ids)
            with transaction(db()) as session:
                results = reporting.chase(session, actor(), _needed(), ids, text)
        except Invalid as invalid:
            return _matrix(at, problems=invalid.problems, text=text)
        return _matrix(at, results=results)

    @expose("/dates", methods=["POST"])
    @page(Action.DEADLINE_SET)
    def dates(self) -> ResponseReturnValue:
        """Set an earlier date for everybody below a unit, or move one within the official date."""
        at = _at(request.form.get("at", ""))
        try:
            day = _day(request.form.get("day", ""))
            with transaction(db()) as session:
                changed = reporting.set_inner_date(
                    session, actor(), _needed(), at.path, request.form.get("deliverable", ""),
                    day, request.form.get("reason", ""),
                )  # fmt: skip
        except Invalid as invalid:
            return _matrix(at, problems=invalid.problems)
        toast(gettext("内部期限已定为 %(day)s，%(n)s 项随之改变", day=short_day(day), n=changed))
        return redirect(url_for("status.matrix", unit=at.id))


@menu.counts("status.matrix")
def _missing(session: Session, who: Actor, here: Unit) -> str:
    running = campaign()
    if running is None or not access.allows(who, Action.REPORT_VIEW, here.path):
        return ""
    return str(reporting.count_overdue(session, who, running, here.path) or "")


def _needed() -> Campaign:
    found = campaign()
    if found is None:
        raise NotFound(CAMPAIGN)
    return found


def _some(ids: Sequence[uuid.UUID]) -> None:
    if not ids:
        said = Words("请先勾选要催的单位", "Tick the units to remind first")
        raise Invalid(Problem("单位", said))


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise NotFound(Words("党组织", "unit")) from error


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        said = Words("请选一个日期", "Choose a day")
        raise Invalid(Problem("日期", said)) from error


def _at(text: str) -> Unit:
    """Return the unit below which to look: the one named, else one's own."""
    at = organizations.get_unit(db(), actor(), _uuid(text)) if text else unit()
    if not access.allows(actor(), Action.REPORT_CHASE, at.path):
        raise NotFound(Words("党组织", "unit"))
    return at


def _matrix(
    at: Unit, *, results: Sequence[Chased] = (), problems: Sequence[Problem] = (), text: str = ""
) -> ResponseReturnValue:
    running, now = _needed(), clock.now()
    lines = reporting.board(db(), actor(), running, at.path)
    plan = campaigns.plan_of(running)
    columns = [d for d in plan.deliverables if any(d.code in line.items for line in lines)]
    log = reporting.chases(db(), actor(), running, at.path, limit=LOG)
    last = {here.id: each for each, here in reversed(log)}
    rows = [_row(line, columns, last.get(line.unit.id), now) for line in lines]
    only = request.values.get("only", "")
    tally = reporting.tally(db(), actor(), running, at.path)
    return render_template(
        "status/matrix.html", at=at, campaign=running, columns=columns, looks=LOOKS,
        rows=[row for row in rows if row.owed] if only == "missing" else rows, only=only,
        tally=tally, log=log[:20], results=results, problems=problems, sheets=sheets,
        text=text or words(TEXT), due=_due(lines, plan.tables.code, now), lineage=_lineage(at),
        stage=campaigns.stage_now(db(), running).title.words,
        sets_dates=access.allows(actor(), Action.DEADLINE_SET, at.path),
        titles={d.code: words(d.short.words) for d in plan.deliverables},
    ), 422 if problems else 200  # fmt: skip


def _row(line: Any, columns: Sequence[Deliverable], last: Chase | None, now: datetime) -> Row:
    cells = tuple(_cell(line.items.get(column.code), now) for column in columns)
    owing = [item for item in line.items.values() if not item.exempt]
    return Row(
        line.unit, cells,
        sum(cell.state in ("on_time", "late", "review") for cell in cells), len(owing),
        sum(
            reporting.cell_state(item, now) in OWING and item.due_at < now for item in owing
        ),
        short_day(last.day) if last else "",
        last is not None and last.day == clock.today(zone()), line.unit.kind != "branch",
    )  # fmt: skip


def _cell(item: Return | None, now: datetime) -> Cell:
    state = reporting.cell_state(item, now)
    href = ""
    if item is not None and item.filing_id is not None and state != "not_due":
        reviews = access.allows(actor(), Action.REPORT_REVIEW, item.parent_path)
        href = sheets.address("review.item", return_id=item.id) if reviews else ""
    return Cell(state, LOOKS.get(state), href)


def _due(lines: Sequence[Any], code: str, now: datetime) -> tuple[datetime, int] | None:
    """Return the deadline of the tables directly below, and how many workdays it has passed by."""
    instants = [line.items[code].due_at for line in lines if code in line.items]
    if not instants:
        return None
    day = sheets.last_day(min(instants))
    passed = calendar.workdays_between(day.astimezone(zone()).date(), now.astimezone(zone()).date())
    return day, passed


def _lineage(at: Unit) -> list[Unit]:
    line = organizations.lineage(db(), at.tenant_id, at.path)
    return [each for each in line[:-1] if access.allows(actor(), Action.REPORT_CHASE, each.path)]
