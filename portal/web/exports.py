"""Taking an official table away: say what for, have it approved if large, fetch it once.

Also the record of it: one's own exports, those of the units below, and those that wait for one.
"""

from __future__ import annotations

import secrets
from io import BytesIO
from typing import TYPE_CHECKING
from uuid import UUID

from flask import redirect, render_template, request, send_file, session, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from portal.access import Action
from portal.campaigns import service as campaigns
from portal.core.errors import NotFound
from portal.core.words import Words
from portal.exports import service as exports
from portal.exports.looking import EXPORT, PAGE
from portal.organizations import service as organizations
from portal.organizations.models import Unit
from portal.reporting import forms
from portal.reporting import service as reporting
from portal.web import persons, typed
from portal.web.edge import PortalView, actor, db, page, toast, transaction
from portal.web.language import words

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable

    from flask.typing import ResponseReturnValue

    from portal.exports.models import Export

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HOLDER = "exports"
STATES = {
    "waiting": ("wait", "clock", Words("等批准", "Waits for approval")),
    "ready": ("now", "download", Words("可以取", "Ready")),
    "fetched": ("done", "check-lg", Words("已取走", "Fetched")),
    "refused": ("none", "x-lg", Words("没有批准", "Turned down")),
    "expired": ("none", "clock-history", Words("已作废", "Lapsed")),
}
_REASONS = {**reporting.EXPORT_REASONS, "operator": Words("运维迁移", "By the operator")}


def _holder() -> str:
    """Return what tells this browser's session from every other."""
    if HOLDER not in session:
        session[HOLDER] = secrets.token_hex(16)
    return str(session[HOLDER])


def _units(found: Iterable[Export]) -> dict[UUID, str]:
    rows = {each.unit_id: db().get(Unit, (each.tenant_id, each.unit_id)) for each in found}
    return {key: unit.name for key, unit in rows.items() if unit is not None}


def what(export: Export) -> Words:
    """Return what was taken away, in words."""
    if export.what == "roster":
        return Words("党员名册", "Roster")
    return Words(forms.number(export.what), forms.number(export.what))


def _before() -> UUID | None:
    try:
        return UUID(request.args["before"]) if request.args.get("before") else None
    except ValueError as malformed:
        raise NotFound(EXPORT) from malformed


class Exports(PortalView):
    """Choose a table and the purpose, have it approved, take the file; and see who took what."""

    name = "exports"
    route_base = "/exports"
    default_view = "list"

    @expose("")
    @page(Action.REPORT_EXPORT)
    def list(self) -> ResponseReturnValue:
        """Show what waits for this person, what they took, and what was taken below."""
        own = exports.list_own(db(), actor())
        below = exports.list_below(db(), actor(), before=_before(), limit=PAGE + 1)
        waiting = exports.list_waiting(db(), actor())
        return render_template(
            "exports/list.html", own=own, below=below[:PAGE], more=len(below) > PAGE,
            waiting=waiting, units=_units([*own, *below, *waiting]), who=persons.who, what=what,
            states=STATES, reasons=_REASONS, paged="before" in request.args,
            oversees=bool(actor().places(Action.EXPORT_OVERSEE)),
        )  # fmt: skip

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
            most=exports.MOST_PERSONS,
            tables=[(code, words(title)) for code, title in tables],
            reasons=[(code, words(said)) for code, said in reporting.EXPORT_REASONS.items()],
        )

    @expose("/<uuid:unit_id>", methods=["POST"])
    @page(Action.REPORT_EXPORT, fresh=True)
    def table(self, unit_id: uuid.UUID) -> ResponseReturnValue:
        """Have the workbook made; a large one waits for somebody's approval."""
        form = request.form
        with transaction(db()) as db_session:
            unit = organizations.get_unit(db_session, actor(), unit_id)
            made = exports.ask(
                db_session, actor(), campaigns.get_current(db_session, actor().tenant_id), unit,
                form.get("table", ""), reason=form.get("reason", ""),
            )  # fmt: skip
            export_id = made.id
        return redirect(url_for("exports.show", export_id=export_id))

    @expose("/files/<uuid:export_id>")
    @page(Action.REPORT_EXPORT)
    def show(self, export_id: uuid.UUID) -> ResponseReturnValue:
        """Show one export: what it is, how far it has come, what can be done now."""
        export = exports.get_export(db(), actor(), export_id)
        return render_template(
            "exports/show.html", export=export, units=_units([export]), who=persons.who, what=what,
            states=STATES, reasons=_REASONS, mine=export.by == actor().user_id,
            decides=export.state == "waiting" and exports.may_decide(db(), actor(), export),
        )  # fmt: skip

    @expose("/files/<uuid:export_id>/link", methods=["POST"])
    @page(Action.REPORT_EXPORT, fresh=True)
    def link(self, export_id: uuid.UUID) -> ResponseReturnValue:
        """Make a link that works once, and follow it."""
        with transaction(db()) as db_session:
            token = exports.link_for(db_session, actor(), export_id, _holder())
        return redirect(url_for("exports.fetch", export_id=export_id, token=token), 303)

    @expose("/files/<uuid:export_id>/<token>")
    @page(Action.REPORT_EXPORT)
    def fetch(self, export_id: uuid.UUID, token: str) -> ResponseReturnValue:
        """Hand out the workbook; its name is kept in Chinese (RFC 6266)."""
        with transaction(db()) as db_session:
            name, content = exports.fetch(db_session, actor(), export_id, token, _holder())
        return send_file(BytesIO(content), WORKBOOK, as_attachment=True, download_name=name)

    @expose("/files/<uuid:export_id>/approve", methods=["POST"])
    @page(Action.EXPORT_APPROVE, fresh=True)
    def approve(self, export_id: uuid.UUID) -> ResponseReturnValue:
        """Agree to somebody's export."""
        with transaction(db()) as db_session:
            exports.approve(db_session, actor(), export_id, version=typed.version())
        toast(gettext("已批准，申请人可以取文件了"))
        return redirect(url_for("exports.list"))

    @expose("/files/<uuid:export_id>/refuse", methods=["POST"])
    @page(Action.EXPORT_APPROVE, fresh=True)
    def refuse(self, export_id: uuid.UUID) -> ResponseReturnValue:
        """Turn somebody's export down."""
        with transaction(db()) as db_session:
            exports.refuse(db_session, actor(), export_id, version=typed.version())
        toast(gettext("没有批准，已告诉申请人"))
        return redirect(url_for("exports.list"))
