"""Members out of contact: the list of searches, and who answers for them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from portal import access
from portal.access import Action
from portal.core import clock
from portal.core.errors import Invalid, Problem
from portal.core.words import Words
from portal.organizations import service as organizations
from portal.screening import facts
from portal.screening import service as screening
from portal.tracing import service as tracing
from portal.web import finding_forms, menu, persons
from portal.web.edge import PortalView, account, actor, campaign, db, page, toast, transaction, unit
from portal.web.language import words, zone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.organizations.models import Unit

MOST = 500
USUAL = timedelta(days=30)
PLACES = {
    "责任人": ("responsible", Words("责任人", "Who answers for it")),
    "查找时限": ("due_on", Words("查找时限", "Time limit")),
}


@menu.counts("lost.list")
def out_of_contact(session: Session, who: Actor, here: Unit) -> str:
    """Return how many are held to be lost here."""
    running = campaign()
    if running is None or not access.allows(who, Action.RECORD_VIEW, here.path):
        return ""
    lost = screening.numbers(session, who, running, here.path)["lost"]
    return str(lost) if lost else ""


def today() -> date:
    """Return the day it is in the tenant's zone."""
    return clock.now().astimezone(zone()).date()


def due_day() -> date:
    """Return the time limit that was typed.

    Raises:
        Invalid: it is missing, cannot be read, or is not a whole day.
    """
    found = finding_forms.day("查找时限", request.form.get("due_on", ""))
    if found is None or found.precision != "day":
        raise Invalid(Problem("查找时限", Words("请写到哪一天，如 2026-12-10", "Give a whole day")))
    return found.first()


def places_said(places: Mapping[str, tuple[str, Words]]) -> dict[str, tuple[str, str]]:
    """Return where the rules point to, as the input and its label in the language of the page."""
    return {where: (name, words(said)) for where, (name, said) in places.items()}


class Lost(PortalView):
    """Searching for those who are out of contact."""

    name = "lost"
    route_base = "/lost"
    default_view = "list"

    @expose("")
    @page(Action.RECORD_VIEW)
    def list(self) -> ResponseReturnValue:
        """Show everybody held to be lost, who answers for each search, and how far it is."""
        return self._list()

    def _list(self, problems: Sequence[Problem] = ()) -> ResponseReturnValue:
        running, here = campaign(), unit()
        if running is None:
            return render_template(
                "lost/list.html", rows=(), progress=None, numbers={}, cases={}, unassigned=0,
                may_screen=False,
            )  # fmt: skip
        rows = screening.list_records(db(), actor(), running, here.path, only="lost", limit=MOST)
        units = organizations.find_units(db(), actor(), {m.unit_id for _, m in rows})
        cases = tracing.list_cases(db(), actor(), here.path)
        shown = render_template(
            "lost/list.html", rows=rows, units=units, brief=persons.brief, cases=cases,
            searches=tracing.searches(db(), actor(), here.path), facts=facts.FACTS,
            progress=screening.progress(db(), actor(), running, here.path),
            numbers=screening.numbers(db(), actor(), running, here.path),
            is_branch=here.kind == "branch", today=today(), problems=problems,
            places_said=places_said(PLACES),
            may_screen=access.allows(actor(), Action.RECORD_SCREEN, here.path),
            unassigned=sum(record.id not in cases for record, _ in rows), typed=request.form,
            usual=(today() + USUAL).isoformat(), myself=account().full_name or account().username,
        )  # fmt: skip
        return shown, 422 if problems else 200

    @expose("/assign", methods=["POST"])
    @page(Action.RECORD_SCREEN)
    def assign(self) -> ResponseReturnValue:
        """Say who answers for all searches that nobody answers for yet."""
        running = campaign()
        if running is None:
            return redirect(url_for("lost.list"))
        try:
            with transaction(db()) as session:
                done = tracing.assign_open(
                    session, actor(), running, unit().path,
                    responsible=request.form.get("responsible", ""), due_on=due_day(),
                )  # fmt: skip
        except Invalid as invalid:
            return self._list(invalid.problems)
        toast(gettext("已定 %(n)s 人的查找责任人和时限", n=done))
        return redirect(url_for("lost.list"))
