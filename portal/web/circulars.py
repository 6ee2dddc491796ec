"""Circulars: drafted with the figures in place, read by everybody beneath."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from portal import access
from portal.access import Action
from portal.campaigns import service as campaigns
from portal.reporting import service as reporting
from portal.web.edge import PortalView, actor, db, page, toast, transaction, unit

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


class Circulars(PortalView):
    """The circulars from above and from one's own level, and a form to issue one."""

    name = "circulars"
    route_base = "/circulars"

    @expose("")
    @page(Action.REPORT_VIEW)
    def list(self) -> ResponseReturnValue:
        """Show the circulars, newest first; superiors get a draft to issue."""
        session, here = db(), unit()
        campaign = campaigns.get_current(session, actor().tenant_id)
        draft = None
        if access.allows(actor(), Action.REPORT_CHASE, here.path):
            draft = reporting.draft_circular(session, actor(), campaign, here)
        return render_template(
            "circulars/list.html",
            circulars=reporting.list_circulars(session, actor(), campaign),
            draft=draft,
            here=here,
        )

    @expose("", methods=["POST"])
    @page(Action.REPORT_CHASE)
    def issue(self) -> ResponseReturnValue:
        """Issue the circular as edited and tell the units directly beneath."""
        with transaction(db()) as session:
            campaign = campaigns.get_current(session, actor().tenant_id)
            reporting.issue_circular(
                session, actor(), campaign, unit(),
                request.form.get("title", ""), request.form.get("text", ""),
            )  # fmt: skip
        toast(gettext("通报已发给下级单位"))
        return redirect(url_for("circulars.list"))
