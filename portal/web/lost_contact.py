"""Noting one attempt to reach a member: one question a page, kept while it is being typed."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from portal import access
from portal.access import Action
from portal.core.errors import Invalid, NotFound, Problem
from portal.core.words import Words
from portal.members import service as members
from portal.screening import facts
from portal.screening import service as screening
from portal.tracing import service as tracing
from portal.web import finding_forms, lost, typed
from portal.web.edge import PortalView, account, actor, db, page, toast, transaction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask.typing import ResponseReturnValue

    from portal.core.precision import Day
    from portal.tracing.models import Contact

STEPS = ("on", "channel", "course", "responsible")
CHANNEL_HINTS = {
    "self": Words("电话、短信、当面", "phone, message, in person"),
    "kin": Words("家人、同事、邻居", "family, colleagues, neighbours"),
    "department": Words("社保、户籍、学籍等书面核对", "written checks of records"),
    "network": Words("群、私信、视频", "groups, messages, video"),
    "visit": Words("去住处或单位", "at the home or the workplace"),
    "host": Words("介绍信转往的单位", "where the letter was addressed"),
}
PLACES = {
    "联系日期": ("on", Words("联系日期", "Day")),
    "联系渠道": ("channel", Words("渠道", "Channel")),
    "联系结果": ("result", Words("结果", "Result")),
    "责任人": ("responsible", Words("谁去联系的", "Who tried")),
}


class LostContact(PortalView):
    """One more entry of a contact log."""

    name = "lost_contact"
    route_base = "/lost"
    default_view = "ask"

    @expose("/<uuid:record_id>/contact", methods=["GET", "POST"])
    @page(Action.RECORD_SCREEN)
    def ask(self, record_id: uuid.UUID) -> ResponseReturnValue:
        """Ask for one attempt, one question a page; nothing is written before the last."""
        record = screening.get_record(db(), actor(), record_id)
        access.require(actor(), Action.RECORD_SCREEN, record.path)
        old = _to_put_right(record_id)
        step, problems = _step()
        if step == len(STEPS):
            try:
                return _written(record_id, old)
            except Invalid as invalid:
                problems = invalid.problems
                step = min((_step_of(p) for p in problems), default=0)
        if request.method == "POST" and old is None:
            _keep(record_id)
        typed = request.form if request.method == "POST" else _before(record_id, old)
        shown = render_template(
            "lost/contact.html", quiet=True, record=record, step=step, steps=STEPS, typed=typed,
            member=members.get_member(db(), actor(), record.member_id), problems=problems,
            places=_places(), channels=facts.CHANNELS, hints=CHANNEL_HINTS, results=facts.RESULTS,
            today=lost.today().isoformat(), old=old,
            resumed=request.method == "GET" and bool(typed) and old is None,
            myself=account().full_name or account().username,
        )  # fmt: skip
        return shown, 422 if problems else 200

    @expose("/<uuid:record_id>/draft", methods=["POST"])
    @page(Action.RECORD_SCREEN)
    def draft(self, record_id: uuid.UUID) -> ResponseReturnValue:
        """Keep what was typed so far; it waits for this person until they save or drop it."""
        _keep(record_id)
        return render_template("lost/kept.html")

    @expose("/<uuid:record_id>/draft/drop", methods=["POST"])
    @page(Action.RECORD_SCREEN)
    def drop(self, record_id: uuid.UUID) -> ResponseReturnValue:
        """Forget what was typed and begin anew."""
        with transaction(db()) as session:
            tracing.drop_draft(session, actor(), record_id)
        return redirect(url_for("lost_contact.ask", record_id=record_id))


def _keep(record_id: uuid.UUID) -> None:
    with transaction(db()) as session:
        tracing.keep_draft(session, actor(), record_id, request.form)


def _to_put_right(record_id: uuid.UUID) -> Contact | None:
    text = request.values.get("corrects", "")
    return tracing.get_contact(db(), actor(), record_id, _id(text)) if text else None


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound(Words("联系记录", "contact entry")) from None


def _before(record_id: uuid.UUID, old: Contact | None) -> Mapping[str, str]:
    """Return what the form begins with: the entry to be put right, or the draft."""
    if old is None:
        return tracing.find_draft(db(), actor(), record_id)
    return {
        "on": old.on.text, "channel": old.channel, "result": old.result,
        "course": old.course or "", "responsible": old.responsible,
    }  # fmt: skip


def _step() -> tuple[int, Sequence[Problem]]:
    """Return which question comes next, and what is wrong with the answer just given."""
    if request.method == "GET":
        return 0, ()
    step = min(typed.whole(request.form.get("step", "")), len(STEPS) - 1)
    if "back" in request.form:
        return max(step - 1, 0), ()
    try:
        _answer(STEPS[step])
    except Invalid as invalid:
        return step, invalid.problems
    return step + 1, ()


def _written(record_id: uuid.UUID, old: Contact | None) -> ResponseReturnValue:
    form = request.form
    with transaction(db()) as session:
        tracing.add_contact(
            session, actor(), record_id, on=_attempt_day(), channel=form.get("channel", ""),
            result=form.get("result", ""), responsible=form.get("responsible", "")[:120],
            course=form.get("course", "")[:2000], corrects=old.id if old else None,
        )  # fmt: skip
        tracing.drop_draft(session, actor(), record_id)
    toast(gettext("更正已记下，原来那条还看得到") if old else gettext("这次联系已记下"))
    return redirect(url_for("lost_case.log", record_id=record_id))


def _attempt_day() -> Day:
    found = finding_forms.day("联系日期", request.form.get("on", ""))
    if found is None:
        raise Invalid(Problem("联系日期", Words("请写哪天联系的", "Say on which day")))
    if found.first() > lost.today():
        words = Words("联系日期在今天之后，请核对", "The day lies in the future")
        raise Invalid(Problem("联系日期", words))
    return found


def _answer(step: str) -> None:
    form: Any = request.form
    if step == "on":
        _attempt_day()
    elif step == "channel" and form.get("channel") not in facts.CHANNELS:
        raise Invalid(Problem("联系渠道", Words("请选一种渠道", "Choose a channel")))
    elif step == "course" and form.get("result") not in facts.RESULTS:
        raise Invalid(Problem("联系结果", Words("请选一种结果", "Choose a result")))


def _step_of(problem: Problem) -> int:
    name = PLACES.get(problem.where, (problem.where, None))[0]
    name = "course" if name == "result" else name
    return STEPS.index(name) if name in STEPS else 0


def _places() -> dict[str, tuple[str, str]]:
    named = lost.places_said(PLACES)
    return named | {name: (name, label) for name, label in named.values()}
