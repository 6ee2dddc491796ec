"""Changes of posts that wait for a second person: the list, one of them, and the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import current_app, redirect, render_template, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from portal.access import Action, Role
from portal.core import clock
from portal.core.errors import Invalid
from portal.duties import service as duties
from portal.duties.models import Answer, Step
from portal.organizations import service as organizations
from portal.organizations.models import Account
from portal.web import persons
from portal.web.edge import PortalView, actor, db, page, toast, transaction

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

    from portal.core.errors import Problem
    from portal.duties.models import AppointmentProposal


def _row(item: AppointmentProposal, units: dict[Any, Any]) -> dict[str, Any]:
    """Return a proposal as the pages show it."""
    unit = units.get(item.unit_id)
    return {
        "item": item,
        "step": duties.STEPS[Step(item.step)],
        "role": organizations.ROLES[Role(item.role)],
        "unit": unit.name if unit else "",
        "whom": persons.who(item.user_id),
        "by": persons.who(item.by),
        "decided_by": persons.who(item.decided_by) if item.decided_by else "",
        "state": duties.state_of(item, clock.now()).value,
    }


def _rows(items: Sequence[AppointmentProposal]) -> list[dict[str, Any]]:
    units = organizations.find_units(db(), actor(), {item.unit_id for item in items})
    return [_row(item, units) for item in items]


class Proposals(PortalView):
    """What was proposed about posts and accounts, for another to confirm."""

    name = "proposals"
    route_base = "/proposals"
    default_view = "list"

    @expose("")
    @page(Action.USER_INVITE)
    def list(self) -> ResponseReturnValue:
        """Show what waits for oneself, and everything else in reach."""
        mine = duties.to_confirm(db(), actor())
        known = {item.id for item in mine}
        others = [each for each in duties.list_proposals(db(), actor()) if each.id not in known]
        return render_template("portal/proposals.html", waiting=_rows(mine), others=_rows(others))

    @expose("/<uuid:proposal_id>")
    @page(Action.USER_INVITE)
    def show(self, proposal_id: uuid.UUID) -> ResponseReturnValue:
        """Show one proposal: who, what, why, until when, and what became of it."""
        return self._shown(proposal_id)

    def _shown(
        self, proposal_id: uuid.UUID, problems: tuple[Problem, ...] = ()
    ) -> ResponseReturnValue:
        item = duties.get_proposal(db(), actor(), proposal_id)
        row, person = _rows([item])[0], db().get(Account, item.user_id)
        waits = row["state"] == Answer.WAITING.value
        text = render_template(
            "portal/proposal.html", row=row, item=item, person=person, problems=problems,
            form=request.form, may_decide=waits and duties.may_decide(actor(), item),
            may_withdraw=waits and item.by == actor().user_id,
        )  # fmt: skip
        return text, 422 if problems else 200

    @expose("/<uuid:proposal_id>/confirm", methods=["POST"])
    @page(Action.USER_INVITE, fresh=True)
    def confirm(self, proposal_id: uuid.UUID) -> ResponseReturnValue:
        """Agree: it is done now. A new password is shown once."""
        method = current_app.config["FAB_PASSWORD_HASH_METHOD"]
        with transaction(db()) as session:
            item, password = duties.confirm(session, actor(), proposal_id, password_method=method)
            user_id = item.user_id
        if password:
            person = db().get(Account, user_id)
            return render_template(
                "portal/one_time.html", person=person, password=password, proposal=None
            )
        toast(gettext("已确认，马上生效"))
        return redirect(url_for("proposals.show", proposal_id=proposal_id))

    @expose("/<uuid:proposal_id>/decline", methods=["POST"])
    @page(Action.USER_INVITE, fresh=True)
    def decline(self, proposal_id: uuid.UUID) -> ResponseReturnValue:
        """Turn it down, with a reason."""
        try:
            with transaction(db()) as session:
                duties.decline(session, actor(), proposal_id, request.form.get("answer", ""))
        except Invalid as invalid:
            return self._shown(proposal_id, invalid.problems)
        toast(gettext("已记下不同意和理由，没有改动"))
        return redirect(url_for("proposals.show", proposal_id=proposal_id))

    @expose("/<uuid:proposal_id>/withdraw", methods=["POST"])
    @page(Action.USER_INVITE, fresh=True)
    def withdraw(self, proposal_id: uuid.UUID) -> ResponseReturnValue:
        """Take back what one proposed oneself."""
        with transaction(db()) as session:
            duties.withdraw(session, actor(), proposal_id)
        toast(gettext("已撤回，没有改动"))
        return redirect(url_for("proposals.show", proposal_id=proposal_id))
