"""Members out of contact: the list, one case with its contact log, noting one more attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from portal import access
from portal.access import Action
from portal.core import clock
from portal.core.errors import Invalid, NotFound, Problem
from portal.core.words import Words
from portal.members import service as members
from portal.organizations import service as organizations
from portal.screening import facts
from portal.screening import service as screening
from portal.tracing import service as tracing
from portal.web import finding_forms, menu, persons
from portal.web.edge import PortalView, account, actor, campaign, db, page, toast, transaction, unit
from portal.web.language import words, zone

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.core.precision import Day
    from portal.organizations.models import Unit

MOST = 500
STEPS = ("on", "channel", "course", "responsible")
CHANNEL_HINTS = {
    "self": Words("电话、短信、当面", "phone, message, in person"),
    "kin": Words("家人、同事、邻居", "family, colleagues, neighbours"),
    "department": Words("社保、户籍、学籍等书面核对", "written checks of records"),
    "network": Words("群、私信、视频", "groups, messages, video"),
    "visit": Words("去住处或单位", "at the home or the workplace"),
    "host": Words("介绍信转往的单位", "where the letter was addressed"),
}
# What the rules say of a field, and the input it is typed into.
PLACES = {
    "联系日期": ("on", Words("联系日期", "Day")),
    "联系渠道": ("channel", Words("渠道", "Channel")),
    "联系结果": ("result", Words("结果", "Result")),
    "责任人": ("responsible", Words("谁去联系的", "Who tried")),
    "查找结果": ("outcome", Words("查找结果", "Outcome")),
}


@menu.counts("lost.list")
def out_of_contact(session: Session, who: Actor, here: Unit) -> str:
    """Return how many are held to be lost here."""
    running = campaign()
    if running is None or not access.allows(who, Action.RECORD_VIEW, here.path):
        return ""
    lost = screening.numbers(session, who, running, here.path)["lost"]
    return str(lost) if lost else ""


class Lost(PortalView):
    """Searching for those who are out of contact."""

    name = "lost"
    route_base = "/lost"
    default_view = "list"

    @expose("")
    @page(Action.RECORD_VIEW)
    def list(self) -> ResponseReturnValue:
        """Show everybody held to be lost, and how far each search is."""
        running, here = campaign(), unit()
        if running is None:
            return render_template("lost/list.html", rows=(), progress=None, numbers={})
        rows = screening.list_records(db(), actor(), running, here.path, only="lost", limit=MOST)
        units = organizations.find_units(db(), actor(), {m.unit_id for _, m in rows})
        return render_template(
            "lost/list.html", rows=rows, units=units, brief=persons.brief,
            searches=tracing.searches(db(), actor(), here.path), facts=facts.FACTS,
            progress=screening.progress(db(), actor(), running, here.path),
            numbers=screening.numbers(db(), actor(), running, here.path),
            is_branch=here.kind == "branch",
            may_screen=access.allows(actor(), Action.RECORD_SCREEN, here.path),
        )  # fmt: skip

    @expose("/<uuid:record_id>")
    @page(Action.RECORD_VIEW)
    def case(self, record_id: uuid.UUID) -> ResponseReturnValue:
        """Show one case: the facts, the contact log, the outcome."""
        return self._case(record_id)

    def _case(self, record_id: uuid.UUID, problems: Sequence[Problem] = ()) -> ResponseReturnValue:
        record = screening.get_record(db(), actor(), record_id)
        member = members.get_member(db(), actor(), record.member_id)
        at = organizations.find_unit(db(), actor(), member.unit_id)
        shown = render_template(
            "lost/case.html", record=record, member=member, at=at, brief=persons.brief(member),
            number=persons.number_of(member), about=persons.facts_of(member), who=persons.who,
            log=tracing.list_contacts(db(), actor(), record_id), facts=facts.FACTS,
            channels=facts.CHANNELS, results=facts.RESULTS, problems=problems, places=_places(),
            typed=request.form,
            may_screen=access.allows(actor(), Action.RECORD_SCREEN, record.path),
        )  # fmt: skip
        return shown, 422 if problems else 200

    @expose("/<uuid:record_id>/outcome", methods=["POST"])
    @page(Action.RECORD_SCREEN)
    def outcome(self, record_id: uuid.UUID) -> ResponseReturnValue:
        """Say whether the member was found."""
        form = request.form
        try:
            with transaction(db()) as session:
                tracing.set_outcome(
                    session, actor(), record_id, form.get("outcome", ""), version=_version(),
                    found_on=finding_forms.day("found_on", form.get("found_on", "")),
                    wish=form.get("wish", ""),
                )  # fmt: skip
        except Invalid as invalid:
            return self._case(record_id, invalid.problems)
        toast(gettext("查找结果已记下"))
        return redirect(url_for("lost.case", record_id=record_id))

    @expose("/<uuid:record_id>/contact", methods=["GET", "POST"])
    @page(Action.RECORD_SCREEN)
    def contact(self, record_id: uuid.UUID) -> ResponseReturnValue:
        """Ask for one attempt, one question a page; nothing is written before the last."""
        record = screening.get_record(db(), actor(), record_id)
        access.require(actor(), Action.RECORD_SCREEN, record.path)
        member = members.get_member(db(), actor(), record.member_id)
        step, problems = self._step()
        if step == len(STEPS):
            try:
                return self._written(record_id)
            except Invalid as invalid:
                problems = invalid.problems
                step = min((_step_of(p) for p in problems), default=0)
        today = clock.now().astimezone(zone()).date()
        shown = render_template(
            "lost/contact.html", quiet=True, record=record, member=member, step=step, steps=STEPS,
            typed=request.form, problems=problems, channels=facts.CHANNELS, places=_places(),
            hints=CHANNEL_HINTS, results=facts.RESULTS, today=today.isoformat(),
            myself=account().full_name or account().username,
        )  # fmt: skip
        return shown, 422 if problems else 200

    def _step(self) -> tuple[int, Sequence[Problem]]:
        """Return which question comes next, and what is wrong with the answer just given."""
        if request.method == "GET":
            return 0, ()
        at = request.form.get("step", "0")
        step = min(int(at), len(STEPS) - 1) if at.isdigit() else 0
        if "back" in request.form:
            return max(step - 1, 0), ()
        try:
            _answer(STEPS[step])
        except Invalid as invalid:
            return step, invalid.problems
        return step + 1, ()

    def _written(self, record_id: uuid.UUID) -> ResponseReturnValue:
        form = request.form
        with transaction(db()) as session:
            tracing.add_contact(
                session, actor(), record_id, on=_attempt_day(), channel=form.get("channel", ""),
                result=form.get("result", ""), responsible=form.get("responsible", "")[:120],
                course=form.get("course", "")[:2000],
            )  # fmt: skip
        toast(gettext("这次联系已记下"))
        return redirect(url_for("lost.case", record_id=record_id))


def _attempt_day() -> Day:
    found = finding_forms.day("on", request.form.get("on", ""))
    if found is None:
        raise Invalid(Problem("联系日期", Words("请写哪天联系的", "Say on which day")))
    if found.first() > clock.now().astimezone(zone()).date():
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
    named = {where: (name, words(said)) for where, (name, said) in PLACES.items()}
    return named | {name: (name, label) for name, label in named.values()}


def _version() -> int:
    text = request.form.get("version", "")
    if not text.isdigit():
        raise NotFound(screening.RECORD)
    return int(text)
