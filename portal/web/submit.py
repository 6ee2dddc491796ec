"""Check and file: the official tables as they would go up, what the rules say, and one button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from portal import access
from portal.access import Action
from portal.campaigns import service as campaigns
from portal.core import tree
from portal.core.errors import Invalid, NotFound, Problem
from portal.core.words import Words
from portal.extension.conditions import holds
from portal.organizations import service as organizations
from portal.reporting import flow
from portal.reporting import service as reporting
from portal.reporting.models import State
from portal.screening import facts
from portal.web import filed, sheets
from portal.web.edge import PortalView, actor, campaign, db, once, page, toast, transaction, unit
from portal.web.language import words

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from portal.campaigns.models import Campaign
    from portal.campaigns.template import Deliverable
    from portal.extension.contracts import Table
    from portal.organizations.models import Unit
    from portal.reporting.models import Remark, Return
    from portal.web.filed import Contents

FIRST = "t7"
CAMPAIGN = Words("排查批次", "campaign")
# Where the facts behind a table are mended.
MENDED_AT = {
    "t1": "roster.list", "t2": "roster.list", "t3": "screening.desk", "t4": "screening.desk",
    "t5": "lost.list", "t6": "lost.list", "t7": "screening.desk",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One table of the deliverable in the list of what goes up together."""

    table: Table
    count: int
    errors: int
    unsaid: int
    mended_at: str

    @property
    def ready(self) -> bool:
        """Tell whether nothing of it is open."""
        return not self.errors and not self.unsaid


@dataclass(frozen=True, slots=True)
class Answered:
    """A remark with what stood when it was made and what stands now."""

    remark: Remark
    place: str
    changes: Sequence[tuple[str, str, str]]
    mended_at: str


def needed() -> Campaign:
    """Return the campaign under way.

    Raises:
        NotFound: there is none.
    """
    found = campaign()
    if found is None:
        raise NotFound(CAMPAIGN)
    return found


def superior(here: Unit) -> Unit | None:
    """Return the unit to which `here` files, or None for the top."""
    line = organizations.lineage(db(), here.tenant_id, here.path)
    return line[-2] if len(line) > 1 else None


def _item(code: str) -> Return:
    item = reporting.find_return(db(), actor(), needed(), unit().path, code)
    if item is None:
        raise NotFound(Words("报表", "return"))
    return item


class Submit(PortalView):
    """The unit's own side of reporting."""

    name = "submit"
    route_base = "/submit"
    default_view = "show"

    @expose("")
    @page(Action.REPORT_PREPARE)
    def show(self) -> ResponseReturnValue:
        """Show one deliverable of one's own unit, ready to be checked and filed."""
        running = campaign()
        owed = reporting.list_returns(db(), actor(), running, unit().path) if running else ()
        if running is None or not owed:
            return render_template("submit/none.html")
        plan = campaigns.plan_of(running)
        asked = request.args.get("deliverable", plan.tables.code)
        item = next((each for each in owed if each.deliverable == asked), owed[0])
        shown = filed.contents(db(), actor(), item)
        common = _common(running, item, shown, owed)
        if not shown.figures:
            return render_template("submit/report.html", **common, earlier=_earlier(item))
        return render_template("submit/desk.html", **common, **_table(shown))

    @expose("/answers")
    @page(Action.REPORT_PREPARE)
    def answers(self) -> ResponseReturnValue:
        """Show the remarks of a returned filing, to be answered one by one."""
        item = _item(request.args.get("deliverable", campaigns.plan_of(needed()).tables.code))
        return self._answers(item)

    def _answers(self, item: Return, problems: Sequence[Problem] = ()) -> ResponseReturnValue:
        shown = filed.contents(db(), actor(), item)
        remarks = [r for r in reporting.remarks_of(db(), item) if r.filing_id == item.filing_id]
        rounds = reporting.rounds(db(), item)
        page_ = render_template(
            "submit/answers.html", **_common(needed(), item, shown, [item]), rounds=rounds,
            answered=[_answered(item, shown, each) for each in remarks], problems=problems,
            reviewer=reporting.signatories(db(), item.tenant_id, [item.decided_by]).get(
                item.decided_by, ""
            ),
        )  # fmt: skip
        return page_, 422 if problems else 200

    @expose("/<uuid:return_id>/receipt")
    @page(Action.REPORT_PREPARE)
    def receipt(self, return_id: uuid.UUID) -> ResponseReturnValue:
        """Show the proof of the newest filing: number, time, hash, and what happens next."""
        item = reporting.get_return(db(), actor(), return_id)
        access.require(actor(), Action.REPORT_PREPARE, item.path)
        made = reporting.get_filing(db(), actor(), item)
        by = reporting.signatories(db(), item.tenant_id, [made.by]).get(made.by, "")
        shown = filed.contents(db(), actor(), item)
        return render_template(
            "submit/receipt.html", **_common(needed(), item, shown, [item]), filing=made, by=by
        )

    @expose("/<uuid:return_id>/cells/<cell>")
    @page(Action.REPORT_PREPARE)
    def cell(self, return_id: uuid.UUID, cell: str) -> ResponseReturnValue:
        """Show who stands behind one figure, and let it be typed over with a reason."""
        item = reporting.get_return(db(), actor(), return_id)
        live = item.state in filed.LIVE
        opened = (
            reporting.open_draft(db(), actor(), return_id, cell)
            if live
            else reporting.open_cell(db(), actor(), needed(), item.path, cell)
        )
        typed = filed.contents(db(), actor(), item).typed.get(cell)
        people = sheets.people(opened.persons, linked=_screens(item))
        return render_template(
            "submit/cell.html", item=item, opened=opened, cell=cell, live=live, typed=typed,
            people=people, place=sheets.place_of("", cell),
            may_type=live and not cell.endswith(":rows"),
            fragment="HX-Request" in request.headers,
        )  # fmt: skip

    @expose("/<uuid:return_id>/explain", methods=["POST"])
    @page(Action.REPORT_PREPARE)
    def explain(self, return_id: uuid.UUID) -> ResponseReturnValue:
        """Keep the sentence that a rule asks for."""
        rule = request.form.get("rule", "")
        with transaction(db()) as session:
            reporting.explain(session, actor(), return_id, rule, request.form.get("text", ""))
        toast(gettext("说明已保存"))
        return self._back(return_id, anchor="says")

    @expose("/<uuid:return_id>/override", methods=["POST"])
    @page(Action.REPORT_PREPARE)
    def override(self, return_id: uuid.UUID) -> ResponseReturnValue:
        """Type a figure over the counted one, or with no figure take that back."""
        value = _whole(request.form.get("value", ""))
        with transaction(db()) as session:
            reporting.override(
                session, actor(), return_id, request.form.get("cell", ""), value,
                request.form.get("reason", ""),
            )  # fmt: skip
        toast(gettext("改填已取消") if value is None else gettext("已改填，理由随表上报"))
        return self._back(return_id)

    @expose("/<uuid:return_id>/answer", methods=["POST"])
    @page(Action.REPORT_PREPARE)
    def answer(self, return_id: uuid.UUID) -> ResponseReturnValue:
        """Answer one remark."""
        number = _whole(request.form.get("number", "")) or 0
        try:
            with transaction(db()) as session:
                reporting.answer(
                    session, actor(), return_id, number, request.form.get("kind", ""),
                    request.form.get("text", ""),
                )  # fmt: skip
        except Invalid as invalid:
            item = reporting.get_return(db(), actor(), return_id)
            return self._answers(item, invalid.problems)
        toast(gettext("批注 %(n)s 已答复", n=number))
        item = reporting.get_return(db(), actor(), return_id)
        return redirect(url_for("submit.answers", deliverable=item.deliverable))

    @expose("/<uuid:return_id>/file", methods=["POST"])
    @page(Action.REPORT_FILE)
    def file(self, return_id: uuid.UUID) -> ResponseReturnValue:
        """File upward; the top closes its own summary with it."""
        version = _whole(request.form.get("version", "")) or 0
        narrative = request.form.get("narrative", "")[:20_000]

        def work(session: Session) -> dict[str, Any]:
            reporting.file(session, actor(), return_id, version=version, narrative=narrative)
            return {"to": url_for("submit.receipt", return_id=return_id)}

        return redirect(once(work)["to"])

    @expose("/<uuid:return_id>/recall", methods=["POST"])
    @page(Action.REPORT_FILE)
    def recall(self, return_id: uuid.UUID) -> ResponseReturnValue:
        """Take the filing back as long as nobody has taken it up."""
        version = _whole(request.form.get("version", "")) or 0
        with transaction(db()) as session:
            reporting.recall(session, actor(), return_id, version=version)
        toast(gettext("已撤回，改好后可以再上报"))
        return self._back(return_id)

    def _back(self, return_id: uuid.UUID, anchor: str | None = None) -> ResponseReturnValue:
        item = reporting.get_return(db(), actor(), return_id)
        table = request.form.get("table") or None
        return redirect(
            url_for("submit.show", deliverable=item.deliverable, table=table, _anchor=anchor)
        )


def _whole(text: str) -> int | None:
    cleaned = text.strip()
    if not cleaned:
        return None
    try:
        return int(cleaned)
    except ValueError as error:
        said = Words("请填整数，例如 12", "Write a whole number, for example 12")
        raise Invalid(Problem("人数", said, "F6")) from error


def _earlier(item: Return) -> str:
    """Return the text as it was filed last, to be worked on."""
    newest = reporting.rounds(db(), item)
    return newest[-1].filing.narrative if newest else ""


def _common(
    running: Campaign, item: Return, shown: Contents, owed: Sequence[Return]
) -> dict[str, Any]:
    plan = campaigns.plan_of(running)
    remarks = reporting.open_remarks(db(), item) if item.state == State.RETURNED else []
    parts: dict[str, Deliverable] = {each.code: each for each in plan.deliverables}
    return {
        "campaign": running, "item": item, "shown": shown, "unit": unit(),
        "superior": superior(unit()), "is_top": item.parent_path == tree.ROOT,
        "state": flow.STATE_WORDS[item.state], "deliverable": parts[item.deliverable],
        "owed": [(each, parts[each.deliverable]) for each in owed], "unanswered": remarks,
        "signs": access.allows(actor(), Action.REPORT_FILE, item.path),
        "number": f"{running.code}-{unit().code}-{item.deliverable}-{item.round}",
        "sheets": sheets,
    }  # fmt: skip


def _table(shown: Contents) -> dict[str, Any]:
    """Return the table asked for in its official layout, and all tables as a list."""
    tables = shown.catalogue.tables
    asked = request.args.get("table", FIRST)
    table = next((each for each in tables if each.code == asked), tables[-1])
    below = reporting.child_returns(db(), shown.item)
    values: dict[str, Any] = {
        "table": table, "parts": [_part(shown, each) for each in tables], "grid": None,
        "register": None, "has_below": bool(below), "names": _names(shown),
    }  # fmt: skip
    if table.is_register:
        own = [person for person in shown.persons if holds(table.when, person["facts"])]
        values["register"] = sheets.register_of(table, own)
    else:
        tones = sheets.tones_of(shown.outcomes)
        values["grid"] = sheets.grid_of(table, shown.figures, tones, shown.typed)
    return values


def _names(shown: Contents) -> dict[str, tuple[str, str]]:
    """Return the name of each person and where their record is, by member."""
    listed = sheets.people(shown.persons, linked=_screens(shown.item))
    return {
        person["member"]: (line.name, line.href)
        for person, line in zip(shown.persons, listed, strict=True)
    }


def _screens(item: Return) -> bool:
    return access.allows(actor(), Action.RECORD_SCREEN, item.path)


def _part(shown: Contents, table: Table) -> Part:
    cells = table.cells()
    own = _screens(shown.item) and shown.live
    where = sheets.address(MENDED_AT[table.code]) if own and table.code in MENDED_AT else ""
    return Part(
        table, shown.figures[cells[0]], shown.touching(table.code, shown.errors),
        shown.touching(table.code, shown.unsaid), where,
    )  # fmt: skip


def _answered(item: Return, shown: Contents, remark: Remark) -> Answered:
    """Return a remark with what stood and what stands, taken from the data."""
    where = MENDED_AT.get(remark.table, "screening.desk")
    mended_at = sheets.address(where) if _screens(item) else ""
    if remark.place in shown.figures:
        now = shown.figures[remark.place]
        changes = [("", str(remark.before), str(now))] if remark.before is not None else []
        place = sheets.place_in_full(shown.catalogue.tables, remark.place)
        return Answered(remark, place, changes, mended_at)
    old, new = (
        reporting.person_now(db(), actor(), item, remark.place)
        if remark.place and shown.figures and shown.live
        else (None, None)
    )
    person = new or old
    name = person["fields"]["name"] if person else ""
    place = sheets.place_of(remark.table, remark.table) if remark.table else gettext("整份")
    place = f"{place} · {name}" if name else place
    return Answered(remark, place, _differences(old, new), mended_at)


def _differences(old: Any, new: Any) -> list[tuple[str, str, str]]:
    was = old["facts"] if old else {}
    now = new["facts"] if new else {}
    return [
        (
            words(facts.FACTS[name].words), words(facts.say(name, was.get(name))),
            words(facts.say(name, now.get(name))),
        )
        for name in facts.NAMES
        if was.get(name) != now.get(name)
    ]  # fmt: skip
