"""Emergency access: opening a branch for an hour at most, ending it, and who did so before."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from portal.access import Action
from portal.core import clock
from portal.core.errors import Invalid, NotFound
from portal.core.words import Words
from portal.duties import service as duties
from portal.members import service as members
from portal.organizations import service as organizations
from portal.organizations.models import Unit
from portal.web import persons, typed
from portal.web.edge import PortalView, actor, db, page, toast, transaction

if TYPE_CHECKING:
    import uuid

    from flask.typing import ResponseReturnValue

    from portal.core.errors import Problem
    from portal.organizations.models import EmergencyAccess

FOUND = 12
PERSONS = 200
BRANCH = Words("支部", "branch")


def _unit(given: str | None) -> Unit | None:
    """Return the unit that the request names, or None if it names none.

    Raises:
        NotFound: there is none such within reach.
    """
    if not given:
        return None
    try:
        return organizations.get_unit(db(), actor(), UUID(given))
    except ValueError as malformed:
        raise NotFound(BRANCH) from malformed


def _row(found: EmergencyAccess) -> dict[str, object]:
    unit = db().get(Unit, (found.tenant_id, found.unit_id))
    return {
        "item": found,
        "unit": unit.name if unit else "",
        "who": persons.who(found.user_id),
        "is_open": found.is_open(clock.now()),
        "ended_by": persons.who(found.ended_by) if found.ended_by else "",
        "own": found.user_id == actor().user_id,
        "may_end": found.user_id == actor().user_id or bool(actor().places(Action.EMERGENCY_END)),
    }


def _minutes() -> int:
    """Return the minutes asked for; what is no number is refused like too many."""
    return typed.whole(request.form.get("minutes", "").strip())


class Emergency(PortalView):
    """Open and past emergency accesses."""

    name = "emergency"
    route_base = "/emergency"
    default_view = "list"

    @expose("")
    @page(Action.EMERGENCY_VIEW, Action.EMERGENCY_OPEN)
    def list(self) -> ResponseReturnValue:
        """Show the accesses in reach, those still open first."""
        rows = [_row(each) for each in duties.list_accesses(db(), actor())]
        return render_template(
            "portal/emergencies.html",
            opened=[row for row in rows if row["is_open"]],
            past=[row for row in rows if not row["is_open"]],
            may_open=bool(actor().places(Action.EMERGENCY_OPEN)),
        )

    @expose("/open", methods=["GET", "POST"])
    @page(Action.EMERGENCY_OPEN, fresh=True)
    def open(self) -> ResponseReturnValue:
        """Open the persons of one branch, with a reason; those concerned are told at once."""
        chosen = _unit(request.values.get("unit"))
        problems: tuple[Problem, ...] = ()
        if request.method == "POST" and chosen is not None:
            try:
                with transaction(db()) as session:
                    opened = duties.open_access(
                        session, actor(), chosen, minutes=_minutes(),
                        reason=request.form.get("reason", ""),
                    )  # fmt: skip
                    key = opened.id
                toast(gettext("已开启，审计员和支部书记都已收到通知"))
                return redirect(url_for("emergency.show", access_id=key))
            except Invalid as invalid:
                problems = invalid.problems
        wanted = request.values.get("q", "").strip()[:60]
        found = organizations.list_units(db(), actor(), search=wanted, limit=FOUND)
        text = render_template(
            "portal/emergency_open.html", chosen=chosen, wanted=wanted,
            found=found if wanted else (), problems=problems, form=request.form,
        )  # fmt: skip
        return text, 422 if problems else 200

    @expose("/<uuid:access_id>")
    @page(Action.EMERGENCY_VIEW, Action.EMERGENCY_OPEN)
    def show(self, access_id: uuid.UUID) -> ResponseReturnValue:
        """Show one access: who, why, until when."""
        found = duties.get_access(db(), actor(), access_id)
        return render_template("portal/emergency.html", row=_row(found), item=found)

    @expose("/<uuid:access_id>/persons")
    @page(Action.MEMBER_VIEW)
    def persons(self, access_id: uuid.UUID) -> ResponseReturnValue:
        """List the persons of the branch while one's own access to it is open."""
        found = duties.get_access(db(), actor(), access_id)
        if found.user_id != actor().user_id or not found.is_open(clock.now()):
            raise NotFound(Words("应急访问", "emergency access"))
        listed = members.list_members(db(), actor(), path=found.path, limit=PERSONS)
        return render_template(
            "portal/emergency_persons.html", row=_row(found), item=found, members=listed,
            brief=persons.brief, number_of=persons.number_of,
        )  # fmt: skip

    @expose("/<uuid:access_id>/end", methods=["POST"])
    @page(Action.EMERGENCY_VIEW, Action.EMERGENCY_OPEN)
    def end(self, access_id: uuid.UUID) -> ResponseReturnValue:
        """End an access before its time."""
        with transaction(db()) as session:
            duties.end_access(session, actor(), access_id)
        toast(gettext("已结束"))
        return redirect(url_for("emergency.list"))
