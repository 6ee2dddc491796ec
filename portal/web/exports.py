"""Taking an official table away: say what for, and get the workbook."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from flask import render_template, request, send_file
from flask_appbuilder import expose

from portal.access import Action
from portal.campaigns import service as campaigns
from portal.organizations import service as organizations
from portal.reporting import service as reporting
from portal.web.edge import PortalView, actor, db, page, transaction
from portal.web.language import words

if TYPE_CHECKING:
    import uuid

    from flask.typing import ResponseReturnValue

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Exports(PortalView):
    """One page per unit: choose the table and the purpose, then take the file."""

    name = "exports"
    route_base = "/exports"
    default_view = "choose"

    @expose("/<uuid:unit_id>")
    @page(Action.REPORT_EXPORT)
    def choose(self, unit_id: uuid.UUID) -> ResponseReturnValue:
        """Ask which table and what for; ``?table=t7`` chooses one beforehand."""
        unit = organizations.get_unit(db(), actor(), unit_id)
        campaign = campaigns.get_current(db(), actor().tenant_id)
        tables = reporting.exportable(db(), actor(), campaign, unit.path)
        return render_template(
            "portal/export.html",
            unit=unit,
            campaign=campaign,
            chosen=request.args.get("table", "t7"),
            tables=[(code, words(title)) for code, title in tables],
            reasons=[(code, words(said)) for code, said in reporting.EXPORT_REASONS.items()],
        )

    @expose("/<uuid:unit_id>", methods=["POST"])
    @page(Action.REPORT_EXPORT, fresh=True)
    def table(self, unit_id: uuid.UUID) -> ResponseReturnValue:
        """Hand out the workbook; its name is kept in Chinese (RFC 6266)."""
        form = request.form
        with transaction(db()) as session:
            unit = organizations.get_unit(session, actor(), unit_id)
            made = reporting.export_table(
                session, actor(), campaigns.get_current(session, actor().tenant_id), unit.path,
                form.get("table", ""), reason=form.get("reason", ""),
            )  # fmt: skip
        return send_file(
            BytesIO(made.content), WORKBOOK, as_attachment=True, download_name=made.name
        )
