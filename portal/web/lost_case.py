"""One search, 一人一档: the contact log, the inquiry, the outcome and what follows, its history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from portal import access
from portal.access import Action
from portal.core.errors import Invalid
from portal.core.words import Words
from portal.members import service as members
from portal.organizations import service as organizations
from portal.reporting import balance
from portal.screening import facts, plugins
from portal.screening import service as screening
from portal.tracing import confirming
from portal.tracing import service as tracing
from portal.web import finding_forms, lost, persons, typed
from portal.web.edge import PortalView, actor, db, page, toast, transaction

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

    from portal.core.errors import Problem

# What the rules say of a field, and the input it is typed into.
PLACES = lost.PLACES | {
    "查找结果": ("outcome", Words("查找结果", "Outcome")),
    "取得联系日期": ("found_on", Words("哪天取得联系", "Found on")),
    "现实表现": ("conduct", Words("现实表现", "Conduct")),
    "核实日期": ("inquired_on", Words("核实日期", "Day of the inquiry")),
    "身份确认": ("way", Words("身份确认", "Identity")),
    "理由": ("note", Words("理由", "Reason")),
}
TABS = ("log", "inquiry", "ending", "history")


class LostCase(PortalView):
    """The case of one lost member."""

    name = "lost_case"
    route_base = "/lost"
    default_view = "log"

    @expose("/<uuid:record_id>")
    @page(Action.RECORD_VIEW)
    def log(self, record_id: uuid.UUID) -> ResponseReturnValue:
        """Show the contact log, and which channels were tried."""
        return _show("log", record_id)

    @expose("/<uuid:record_id>/inquiry", methods=["GET", "POST"])
    @page(Action.RECORD_VIEW)
    def inquiry(self, record_id: uuid.UUID) -> ResponseReturnValue:
        """Show what was found out of the time out of contact; write it down."""
        return _show("inquiry", record_id) if request.method == "GET" else _inquire(record_id)

    @expose("/<uuid:record_id>/ending")
    @page(Action.RECORD_VIEW)
    def ending(self, record_id: uuid.UUID) -> ResponseReturnValue:
        """Show what became of the search, and in which of four ways the identity is settled."""
        return _show("ending", record_id)

    @expose("/<uuid:record_id>/history")
    @page(Action.RECORD_VIEW)
    def history(self, record_id: uuid.UUID) -> ResponseReturnValue:
        """Show every outcome there was: the way between the two registers."""
        return _show("history", record_id)

    @expose("/<uuid:record_id>/assign", methods=["POST"])
    @page(Action.RECORD_SCREEN)
    def assign(self, record_id: uuid.UUID) -> ResponseReturnValue:
        """Say who answers for the search and until when."""
        try:
            with transaction(db()) as session:
                tracing.assign(
                    session, actor(), record_id, due_on=lost.due_day(), version=typed.version(),
                    responsible=request.form.get("responsible", ""),
                )  # fmt: skip
        except Invalid as invalid:
            return _show("log", record_id, invalid.problems)
        toast(gettext("责任人和时限已定"))
        return redirect(url_for("lost_case.log", record_id=record_id))

    @expose("/<uuid:record_id>/outcome", methods=["POST"])
    @page(Action.RECORD_SCREEN)
    def outcome(self, record_id: uuid.UUID) -> ResponseReturnValue:
        """Say whether the member was found."""
        form = request.form
        before = screening.get_record(db(), actor(), record_id).outcome
        try:
            with transaction(db()) as session:
                record = tracing.set_outcome(
                    session, actor(), record_id, form.get("outcome", ""), version=typed.version(),
                    found_on=finding_forms.day("取得联系日期", form.get("found_on", "")),
                    wish=form.get("wish", ""),
                )  # fmt: skip
        except Invalid as invalid:
            return _show("ending", record_id, invalid.problems)
        moved = before and before != record.outcome
        toast(gettext("已换登记表，重报时带上变化") if moved else gettext("查找结果已记下"))
        return redirect(url_for("lost_case.ending", record_id=record_id))

    @expose("/<uuid:record_id>/identity", methods=["POST"])
    @page(Action.RECORD_SCREEN)
    def identity(self, record_id: uuid.UUID) -> ResponseReturnValue:
        """Settle the member's identity in one of four ways."""
        try:
            with transaction(db()) as session:
                tracing.decide(
                    session, actor(), record_id, request.form.get("way", ""),
                    version=typed.version(), note=request.form.get("note", ""),
                )  # fmt: skip
        except Invalid as invalid:
            return _show("ending", record_id, invalid.problems)
        toast(gettext("身份确认已记下"))
        return redirect(url_for("lost_case.ending", record_id=record_id))


def _inquire(record_id: uuid.UUID) -> ResponseReturnValue:
    access.require(actor(), Action.RECORD_SCREEN, _record_path(record_id))
    form = request.form
    answers = {name: form.get(name, "") for name in confirming.QUESTIONS}
    try:
        with transaction(db()) as session:
            tracing.inquire(
                session, actor(), record_id, answers, version=typed.version(),
                reason=form.get("reason", ""), conduct=form.get("conduct", ""),
                on=finding_forms.day("核实日期", form.get("inquired_on", "")),
                by=form.get("inquired_by", ""),
            )  # fmt: skip
    except Invalid as invalid:
        return _show("inquiry", record_id, invalid.problems)
    toast(gettext("调查核实已保存"))
    return redirect(url_for("lost_case.inquiry", record_id=record_id))


def _record_path(record_id: uuid.UUID) -> str:
    return screening.get_record(db(), actor(), record_id).path


def _show(tab: str, record_id: uuid.UUID, problems: Sequence[Problem] = ()) -> ResponseReturnValue:
    shown = render_template(
        f"lost/{tab}.html", tab=tab, problems=problems, typed=request.form,
        places=lost.places_said(PLACES), **_case(record_id),
    )  # fmt: skip
    return shown, 422 if problems else 200


def _case(record_id: uuid.UUID) -> dict[str, Any]:
    record = screening.get_record(db(), actor(), record_id)
    member = members.get_member(db(), actor(), record.member_id)
    case = tracing.find_case(db(), actor(), record_id)
    log = tracing.list_contacts(db(), actor(), record_id)
    replaced = {entry.corrects for entry in log if entry.corrects}
    counted = [entry.channel for entry in log if entry.id not in replaced]
    return {
        "record": record, "member": member, "case": case, "log": log, "replaced": replaced,
        "tried": {code: counted.count(code) for code in facts.CHANNELS},
        "enough": balance.MIN_CHANNELS, "outcomes": tracing.list_outcomes(db(), actor(), record_id),
        "at": organizations.find_unit(db(), actor(), member.unit_id), "today": lost.today(),
        "brief": persons.brief(member), "number": persons.number_of(member),
        "about": persons.facts_of(member), "who": persons.who, "facts": facts.FACTS,
        "channels": facts.CHANNELS, "results": facts.RESULTS, "ways": confirming.WAYS,
        "questions": confirming.QUESTIONS, "measures": confirming.MEASURES,
        "advised": plugins.advise(db(), record),
        "proposed": tracing.proposed(case, record), "usual": lost.today() + lost.USUAL,
        "may_screen": access.allows(actor(), Action.RECORD_SCREEN, record.path),
    }  # fmt: skip
