"""The paper of one search: the registration form, or the whole file, as docx."""

from __future__ import annotations

import secrets
from io import BytesIO
from typing import TYPE_CHECKING

from flask import render_template, request, send_file
from flask_appbuilder import expose

from portal.access import Action
from portal.core import clock
from portal.core.errors import Invalid, Problem
from portal.core.words import Words
from portal.members import service as members
from portal.reporting import service as reporting
from portal.screening import service as screening
from portal.tracing import service as tracing
from portal.web.edge import PortalView, account, actor, db, page, transaction
from portal.web.language import words, zone

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class LostPaper(PortalView):
    """Taking the paper of a search away: say what for, and get it."""

    name = "lost_paper"
    route_base = "/lost"
    default_view = "registration"

    @expose("/<uuid:record_id>/paper", methods=["GET", "POST"])
    @page(Action.RECORD_VIEW, fresh=True)
    def registration(self, record_id: uuid.UUID) -> ResponseReturnValue:
        """Ask which paper and what for; then hand it out under a Chinese name (RFC 6266)."""
        if request.method == "GET":
            return _ask(record_id)
        if request.form.get("reason") not in reporting.EXPORT_REASONS:
            told = Words("请选一个用途", "Choose what it is for")
            return _ask(record_id, Invalid(Problem("用途", told)).problems)
        return _paper(record_id)


def _ask(record_id: uuid.UUID, problems: Sequence[Problem] = ()) -> ResponseReturnValue:
    record = screening.get_record(db(), actor(), record_id)
    shown = render_template(
        "lost/paper.html", record=record, problems=problems,
        member=members.get_member(db(), actor(), record.member_id),
        reasons=[(code, words(said)) for code, said in reporting.EXPORT_REASONS.items()],
        places={"用途": ("reason", words(Words("用途", "Purpose")))},
    )  # fmt: skip
    return shown, 422 if problems else 200


def _paper(record_id: uuid.UUID) -> ResponseReturnValue:
    who, whole = account(), request.form.get("paper") == "whole"
    with transaction(db()) as session:
        record = screening.get_record(session, actor(), record_id)
        name = members.get_member(session, actor(), record.member_id).name
        content = tracing.registration(
            session, actor(), record_id, whole=whole, reason=request.form["reason"],
            by=who.full_name or who.username, at=clock.now().astimezone(zone()),
            export_id=secrets.token_hex(4).upper(),
        )  # fmt: skip
    title = "失联党员一人一档" if whole else "失联党员排查工作登记表"
    return send_file(
        BytesIO(content), DOCUMENT, as_attachment=True, download_name=f"{title}_{name}.docx"
    )
