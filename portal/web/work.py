"""My tasks: what is due, what came back, what is owed, what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import current_app, render_template, url_for
from flask_appbuilder import expose

from portal import access
from portal.access import Action
from portal.campaigns import calendar
from portal.campaigns import service as campaigns
from portal.core import clock
from portal.core.words import Words
from portal.organizations import service as organizations
from portal.organizations.models import Kind
from portal.reporting import service as reporting
from portal.reporting.models import State
from portal.screening import service as screening
from portal.tracing import service as tracing
from portal.web import persons, tasks
from portal.web.edge import PortalView, actor, campaign, db, page, unit
from portal.web.language import day, locale, zone

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from flask.typing import ResponseReturnValue

    from portal.campaigns.calendar import CalendarDay
    from portal.campaigns.models import Campaign
    from portal.organizations.models import Unit
    from portal.reporting.models import Remark, Return
    from portal.reporting.status import Tally
    from portal.screening.service import Progress
    from portal.web.tasks import Task

OPEN = (State.OPEN.value, State.RETURNED.value)
SHOWN = 6
MOST = 2_000


@dataclass(frozen=True, slots=True)
class Deadline:
    """What is due next: the news, and the days until then."""

    news: Words
    until: str
    title: Words
    days: tuple[CalendarDay, ...]


@dataclass(frozen=True, slots=True)
class Back:
    """A return that came back, with what was remarked on it."""

    title: Words
    remarks: Sequence[Remark]
    waiting: int
    at: datetime | None
    who: str
    href: str


@dataclass(frozen=True, slots=True)
class Step:
    """One of the next steps."""

    title: Words
    note: Words
    href: str


def link(endpoint: str, **values: Any) -> str:
    """Return the address of a page, or nothing if this portal does not serve it."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""


class Work(PortalView):
    """The first page of everybody who files or reviews."""

    name = "work"
    route_base = "/work"
    default_view = "index"

    @expose("")
    @page(Action.REPORT_PREPARE)
    def index(self) -> ResponseReturnValue:
        """Show what is owed by one's own unit, and for superiors what waits for them."""
        running, here = campaign(), unit()
        owed = reporting.list_returns(db(), actor(), running, here.path) if running else ()
        if running is None:
            return render_template("work/none.html")
        so_far = screening.progress(db(), actor(), running, here.path)
        above = _superior(here)
        rows = _rows(running, here, owed, so_far)
        waits = _waiting(running, here)
        came_back = [_back(running, item) for item in owed if item.state == State.RETURNED]
        return render_template(
            "work/index.html", campaign=running, stage=campaigns.stage_now(db(), running),
            deadline=_deadline(running, owed), superior=above, rows=rows, progress=so_far,
            settled=sum(row.is_settled for row in rows), came_back=came_back,
            overdue=_overdue(running, owed), steps=_steps(so_far, owed, came_back, above, waits),
            is_branch=here.kind == Kind.BRANCH, here=here, **waits,
        )  # fmt: skip


def _today() -> date:
    return clock.now().astimezone(zone()).date()


def _superior(here: Unit) -> Unit | None:
    line = organizations.lineage(db(), here.tenant_id, here.path)
    return line[-2] if len(line) > 1 else None


def _title(running: Campaign, item: Return) -> Words:
    return campaigns.plan_of(running).deliverable(item.deliverable).title.words


def _deadline(running: Campaign, owed: Sequence[Return]) -> Deadline:
    """Return what is due next; what is overdue already is said elsewhere on the page."""
    now, today = clock.now(), _today()
    waiting = [item for item in owed if item.state in OPEN and not item.exempt]
    ahead = [item for item in waiting if item.due_at >= now]
    if not ahead:
        late = Words(f"{len(waiting)} 项已过期限", f"{len(waiting)} overdue")
        done = Words("要交的都交了", "Everything is handed in")
        return Deadline(late if waiting else done, "", Words("", ""), ())
    first = min(ahead, key=lambda item: item.due_at)
    due = _last_day(first.due_at)
    left = calendar.workdays_between(today, due)
    news = Words(f"还有 {left} 个工作日上报", f"{left} workdays left to file")
    if due == today:
        news = Words("今天是上报的最后一天", "Today is the last day to file")
    return Deadline(news, _until(first.due_at), _title(running, first), calendar.strip(today, due))


def _last_day(due_at: datetime) -> date:
    """Return the day that ends with the instant `due_at`."""
    return (due_at - timedelta(microseconds=1)).astimezone(zone()).date()


def _until(due_at: datetime) -> str:
    """Return a deadline as it is said: the day, and the hour at which it ends."""
    hour = f"{due_at.astimezone(zone()):%H:%M}"
    between = " " if locale() == "en" else ""
    return f"{day(_last_day(due_at))}{between}{'24:00' if hour == '00:00' else hour}"


def _overdue(running: Campaign, owed: Sequence[Return]) -> list[tuple[Words, str]]:
    now = clock.now()
    return [
        (_title(running, item), url_for("submit.show", deliverable=item.deliverable))
        for item in owed
        if item.state in OPEN and not item.exempt and item.due_at < now
    ]


def _back(running: Campaign, item: Return) -> Back:
    newest = [r for r in reporting.remarks_of(db(), item) if r.filing_id == item.filing_id]
    waiting = sum(not remark.answer for remark in newest)
    return Back(
        _returned_title(running, item, newest), newest, waiting, item.decided_at,
        persons.who(item.decided_by), url_for("submit.answers", deliverable=item.deliverable),
    )  # fmt: skip


def _returned_title(running: Campaign, item: Return, remarks: Sequence[Remark]) -> Words:
    """Name the tables that were remarked on; the whole deliverable if none was."""
    codes = dict.fromkeys(remark.table for remark in remarks if remark.table)
    if not codes:
        return _title(running, item)
    known = {table.code: table.title for table in reporting.catalogue_of(db(), running).tables}
    named = [
        Words(f"表{code[1:]} {known[code].zh}", f"Table {code[1:]}, {known[code].en}")
        for code in codes
        if code in known
    ]
    return Words("、".join(n.zh for n in named), "; ".join(n.en for n in named))


def _rows(running: Campaign, here: Unit, owed: Sequence[Return], so_far: Progress) -> list[Task]:
    plan, now = campaigns.plan_of(running), clock.now()
    is_branch = here.kind == Kind.BRANCH
    rows = [tasks.screening_row(so_far)] if _screens(here) and so_far.total else []
    for item in owed:
        deliverable = plan.deliverable(item.deliverable)
        remarks = [r for r in reporting.remarks_of(db(), item) if r.filing_id == item.filing_id]
        if deliverable.kind != "tables":
            unanswered = sum(not r.answer for r in remarks)
            rows.append(tasks.report_row(item, deliverable, now, remarks=unanswered))
            continue
        below = reporting.child_returns(db(), item)
        accepted = sum(child.state == State.ACCEPTED for child, _ in below)
        tables = reporting.catalogue_of(db(), running).tables
        detail = _detail(running, here) if _screens(here) else {}
        known = tasks.Owed(
            deliverable.title.words, tables, item, remarks, so_far, accepted, len(below),
            is_branch, **detail,
        )  # fmt: skip
        rows += tasks.table_rows(known)
    return rows


def _screens(here: Unit) -> bool:
    """Tell whether this person goes through members here: those of a branch, not of a sum."""
    return here.kind == Kind.BRANCH and access.allows(actor(), Action.RECORD_SCREEN, here.path)


def _detail(running: Campaign, here: Unit) -> dict[str, int]:
    """Return how complete the facts behind the tables of a branch are."""
    listed = screening.list_records(db(), actor(), running, here.path, limit=MOST)
    searched = tracing.searches(db(), actor(), here.path)
    return {
        "missing_phones": sum(member.phone_sealed is None for _, member in listed),
        "floating_done": sum(
            r.floating and bool(r.destination_scope and r.left_on and r.destination)
            for r, _ in listed
        ),
        "searched": sum(r.lost and r.outcome != "found" and r.id in searched for r, _ in listed),
    }


def _waiting(running: Campaign, here: Unit) -> dict[str, Any]:
    """Return what waits for a superior: filings to review, and who is late."""
    if here.kind == Kind.BRANCH:
        return {"queue": (), "late": (), "tally": None, "review": "", "matrix": ""}
    tables = campaigns.plan_of(running).tables.code
    late: list[tuple[Unit, Return, str]] = []
    if access.allows(actor(), Action.REPORT_CHASE, here.path):
        now = clock.now()
        for line in reporting.board(db(), actor(), running, here.path):
            late += [
                (line.unit, item, f"{_last_day(item.due_at):%m-%d}")
                for item in line.items.values()
                if reporting.cell_state(item, now) == "missing"
            ]
    tally: Tally = reporting.tally(db(), actor(), running, here.path, deliverable=tables)
    return {
        "queue": reporting.list_queue(db(), actor(), running, limit=200),
        "late": late,
        "tally": tally,
        "review": link("review.desk"),
        "matrix": link("status.matrix"),
        "names": {d.code: d.short.words for d in campaigns.plan_of(running).deliverables},
        "most": SHOWN,
    }


def _steps(
    so_far: Progress, owed: Sequence[Return], came_back: Sequence[Back], above: Unit | None,
    waits: dict[str, Any],
) -> list[Step]:  # fmt: skip
    """Return what to do, in order; at most four steps."""
    steps = [
        Step(
            Words(f"改好退回的 {each.waiting} 处批注", f"Answer {each.waiting} remarks"),
            each.title, each.href,
        )
        for each in came_back if each.waiting
    ]  # fmt: skip
    if _screens(unit()):
        steps += _screening_steps(so_far)
    if waits["queue"]:
        n = len(waits["queue"])
        said = Words(f"审核等着的 {n} 份", f"Review the {n} that wait")
        steps.append(Step(said, Words("先收先审", "The longest waiting first"), waits["review"]))
    if waits["late"]:
        units = len({each.id for each, _, _ in waits["late"]})
        said = Words(f"催一催没报的 {units} 家", f"Remind {units} units")
        steps.append(Step(said, Words("每天最多催一次", "Once a day at most"), waits["matrix"]))
    if any(item.state in OPEN for item in owed):
        to = Words("核对平衡，形成本级汇总", "Check and close the summary")
        if above is not None:
            to = Words(f"核对平衡，上报到{above.name}", f"Check and file to {above.name}")
        note = Words("负责人签名后生成回执", "Signed, with a receipt")
        steps.append(Step(to, note, url_for("submit.show")))
    return steps[:4]


def _screening_steps(so_far: Progress) -> list[Step]:
    steps = []
    if so_far.proposed:
        said = Words(f"确认 {so_far.proposed} 人的认定", f"Confirm {so_far.proposed} findings")
        note = Words("系统提出，须由人确认", "Proposed by rule, confirmed by you")
        steps.append(Step(said, note, url_for("screening.desk", only="proposed")))
    if so_far.open:
        said = Words(f"查完余下 {so_far.open} 人", f"Check the other {so_far.open}")
        note = Words("可在手机上逐人办理", "Also on a phone, one by one")
        steps.append(Step(said, note, url_for("screening.desk", only="open")))
    return steps
