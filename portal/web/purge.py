"""What is past its time: proposed by one administrator, approved by another; and legal holds."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from portal import access
from portal.access import Action
from portal.core.errors import Invalid, NotFound, Problem
from portal.core.words import Words
from portal.members import service as members
from portal.organizations import service as organizations
from portal.privacy import service as privacy
from portal.web import persons
from portal.web.edge import PortalView, actor, db, page, toast, transaction
from portal.web.language import words

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

    from portal.organizations.models import Unit

SHOWN = 200
STAGES = {
    "proposed": (Words("等待批准", "Waiting for approval"), "warn", "hourglass-split"),
    "approved": (Words("正在销毁", "Being carried out"), "now", "arrow-repeat"),
    "refused": (Words("已退回", "Refused"), "none", "x-lg"),
    "done": (Words("已销毁并核对", "Destroyed and verified"), "done", "check-lg"),
}
HOW = {
    privacy.How.APPROVAL: Words("提出后由第二人批准", "proposed, then approved by a second person"),
    privacy.How.SWEEP: Words("每天自动清理", "swept every day"),
    privacy.How.NEVER: Words("按档案规定保存", "kept by the archive rule"),
}


class Purges(PortalView):
    """Ids and counts, and no name."""

    name = "purge"
    route_base = "/purges"
    default_view = "show"

    @expose("")
    @page(Action.PURGE_VIEW)
    def show(self) -> ResponseReturnValue:
        """Show what is past its time, the lists there were, and the holds."""
        return self._shown()

    def _shown(self, problems: Sequence[Problem] = ()) -> ResponseReturnValue:
        found = privacy.look(db(), actor())
        purges = privacy.list_purges(db(), actor())
        holds = privacy.list_holds(db(), actor())
        paths = {each.path for each in found[:SHOWN]} | {each.path for each in holds}
        root = organizations.get_root(db(), actor().tenant_id).path
        return render_template(
            "portal/purges.html", found=found[:SHOWN], total=len(found), purges=purges,
            ready=Counter(each.kind for each in found if each.why is None),
            kept=Counter(each.why for each in found if each.why is not None),
            holds=holds, places=organizations.names_at(db(), actor().tenant_id, paths),
            clocks=privacy.CLOCKS, stages=STAGES, how=HOW, who=persons.who, problems=problems,
            may_propose=access.allows(actor(), Action.PURGE_PROPOSE, root),
            may_approve=access.allows(actor(), Action.PURGE_APPROVE, root),
            may_hold=access.allows(actor(), Action.HOLD_SET, root),
            under_way=any(each.stage in {"proposed", "approved"} for each in purges),
            me=actor().user_id, typed=request.form,
        ), 422 if problems else 200  # fmt: skip

    @expose("", methods=["POST"])
    @page(Action.PURGE_PROPOSE, fresh=True)
    def propose(self) -> ResponseReturnValue:
        """Propose that what is past its time be destroyed."""
        with transaction(db()) as session:
            purge = privacy.propose(session, actor())
            count = sum(purge.counts.values())
        toast(gettext("已提出销毁 %(n)s 项，等另一位管理员批准", n=count))
        return redirect(url_for("purge.show"))

    @expose("/<uuid:purge_id>/decision", methods=["POST"])
    @page(Action.PURGE_APPROVE, fresh=True)
    def decide(self, purge_id: uuid.UUID) -> ResponseReturnValue:
        """Approve or refuse a list that somebody else proposed."""
        approve = request.form.get("decision") == "approve"
        with transaction(db()) as session:
            privacy.decide(session, actor(), purge_id, approve=approve)
        toast(gettext("已批准，正在后台销毁") if approve else gettext("已退回，没有销毁任何内容"))
        return redirect(url_for("purge.show"))

    @expose("/holds", methods=["POST"])
    @page(Action.HOLD_SET, fresh=True)
    def hold(self) -> ResponseReturnValue:
        """Put a member, or a unit and all beneath it, under a legal hold."""
        form = request.form
        try:
            with transaction(db()) as session:
                if form.get("member"):
                    member_id = _uuid(form["member"])
                    privacy.set_on_member(session, actor(), member_id, form.get("reason", ""))
                else:
                    privacy.set_on_unit(session, actor(), _unit(), form.get("reason", ""))
        except Invalid as invalid:
            return self._sent_back(invalid.problems)
        toast(gettext("已设为保留，到期也不会销毁"))
        return self._back()

    @expose("/holds/<uuid:hold_id>/lift", methods=["POST"])
    @page(Action.HOLD_SET, fresh=True)
    def lift(self, hold_id: uuid.UUID) -> ResponseReturnValue:
        """Lift a hold, with the reason."""
        try:
            with transaction(db()) as session:
                privacy.lift(session, actor(), hold_id, request.form.get("reason", ""))
        except Invalid as invalid:
            return self._sent_back(invalid.problems)
        toast(gettext("已解除保留"))
        return self._back()

    def _sent_back(self, problems: Sequence[Problem]) -> ResponseReturnValue:
        """Say what is missing where the form stood: on this page, or beside the member."""
        if actor().places(Action.PURGE_VIEW):
            return self._shown(problems)
        toast("；".join(words(problem.words) for problem in problems))
        return self._back()

    def _back(self) -> ResponseReturnValue:
        wanted = request.form.get("member", "")
        if wanted and actor().places(Action.MEMBER_VIEW):
            member = members.get_member(db(), actor(), _uuid(wanted))
            return redirect(url_for("roster.show", member_id=member.id))
        if actor().places(Action.PURGE_VIEW):
            return redirect(url_for("purge.show"))
        return redirect(url_for("roster.list"))


_NO_UNIT = Words(
    "没有这个编码的组织，请在“组织管理”里查编码；没有改动",
    "No unit has this code; look it up among the organizations. Nothing was changed",
)


def _unit() -> Unit:
    """Return the unit whose code was typed.

    Raises:
        Invalid: there is none where this person may set holds.
    """
    found = organizations.find_unit_by_code(db(), actor(), request.form.get("unit", ""))
    if found is None or not access.allows(actor(), Action.HOLD_SET, found.path):
        raise Invalid(Problem("unit", _NO_UNIT, "hold-unit"))
    return found


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as malformed:
        raise NotFound(Words("党员", "member")) from malformed
