"""The import wizard: upload, columns, faults and differences, taking over, taking back."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import UUID

from flask import abort, current_app, redirect, render_template, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from portal import access
from portal.access import Action
from portal.core.errors import Invalid, Problem
from portal.core.words import Words
from portal.documents import workbook
from portal.imports import service as imports
from portal.jobs import service as jobs
from portal.jobs.models import JobState
from portal.members import roster
from portal.web import import_sheet, persons, typed
from portal.web.edge import PortalView, actor, db, once, page, toast, transaction, unit

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from portal.imports.models import Upload
    from portal.jobs.models import Job
    from portal.settings import Settings

SEVERAL = "sheet-several"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATES = {
    "read": ("now", "pencil-fill", Words("待确认", "To be confirmed")),
    "taken": ("done", "check-lg", Words("已导入", "Taken over")),
    "undone": ("none", "arrow-counterclockwise", Words("已撤销", "Taken back")),
}
TABS = ("new", "changed", "missing")


def _settings() -> Settings:
    found: Settings = current_app.extensions["portal.settings"]
    return found


def _limits() -> imports.Limits:
    settings = _settings()
    return imports.Limits(megabytes=settings.upload_megabytes, rows=settings.upload_rows)


def _is_large(upload: Upload) -> bool:
    return int(upload.counts.get("rows", 0)) > _settings().inline_rows


def _go(address: str) -> ResponseReturnValue:
    """Send the browser on, from a part of a page, too."""
    if "HX-Request" not in request.headers:
        return redirect(address)
    answer = current_app.response_class(status=204)
    answer.headers["HX-Redirect"] = address
    return answer


def _pairs() -> dict[str, str]:
    """Return which field was chosen for each column; half a pair is no form of ours."""
    labels, chosen = request.form.getlist("label"), request.form.getlist("field")
    if len(labels) != len(chosen):
        abort(HTTPStatus.BAD_REQUEST)
    return dict(zip(labels, chosen, strict=True))


class Imports(PortalView):
    """Taking a roster in from a workbook."""

    name = "imports"
    route_base = "/import"
    default_view = "start"

    @expose("", methods=["GET", "POST"])
    @page(Action.ROSTER_IMPORT)
    def start(self) -> ResponseReturnValue:
        """Ask for a workbook; take it in."""
        access.require(actor(), Action.ROSTER_IMPORT, unit().path)
        problems: Sequence[Problem] = ()
        sheets: Sequence[str] = ()
        if request.method == "POST":
            file = request.files.get("file")
            name, data = (file.filename or "", file.read()) if file else ("", b"")
            try:
                return self._received(name, data)
            except Invalid as invalid:
                problems = invalid.problems
                if problems[0].rule == SEVERAL:
                    sheets = [each.name for each in workbook.read(data, name, _limits())]
        in_part = "HX-Request" in request.headers
        template = "imports/refused.html" if in_part else "imports/start.html"
        return render_template(
            template, problems=problems, sheets=sheets, states=STATES, settings=_settings(),
            uploads=imports.list_uploads(db(), actor(), path=unit().path), who=persons.who,
            jobs=[job for job in jobs.list_jobs(db(), actor()) if job.state not in jobs.ENDED],
        ), 422 if problems else 200  # fmt: skip

    def _received(self, name: str, data: bytes) -> ResponseReturnValue:
        if not name:
            words = Words("请选一个工作簿文件（xlsx、xls 或 ods）", "Choose a workbook first")
            raise Invalid(Problem("file", words))
        with transaction(db()) as session:
            upload = imports.receive(
                session, actor(), unit(), name, data, limits=_limits(),
                sheet=request.form.get("sheet") or None,
            )  # fmt: skip
            job = imports.start_reading(session, actor(), upload) if _is_large(upload) else None
            address = self._after(upload, job)
        return _go(address)

    def _after(self, upload: Upload, job: Job | None) -> str:
        if job is None:
            return url_for("imports.check", upload_id=upload.id)
        return url_for("imports.progress", job_id=job.id)

    @expose("/<uuid:upload_id>")
    @page(Action.ROSTER_IMPORT)
    def check(self, upload_id: uuid.UUID) -> ResponseReturnValue:
        """Show what is wrong, what was made uniform, and what would change."""
        upload = imports.get_upload(db(), actor(), upload_id)
        if upload.state != "read" and "again" not in request.args:
            return redirect(url_for("imports.result", upload_id=upload_id))
        if _is_large(upload):
            return render_template("imports/large.html", upload=upload, counts=upload.counts)
        return self._checked(upload_id)

    def _checked(
        self, upload_id: uuid.UUID, problems: Sequence[Problem] = ()
    ) -> ResponseReturnValue:
        found = imports.inspect(db(), actor(), upload_id)
        columns, texts = imports.own_cells(
            db(), actor(), upload_id, import_sheet.rows_to_show(found)
        )
        sizes = {"new": len(found.new), "changed": len(found.changed),
                 "missing": len(found.missing)}  # fmt: skip
        tab = request.args.get("tab", "")
        if tab not in TABS:
            tab = next((name for name in ("changed", "missing", "new") if sizes[name]), "new")
        return render_template(
            "imports/check.html", found=found, upload=found.upload, columns=columns,
            rows=import_sheet.sheet(found, columns, texts), counts=imports.shown_counts(found),
            errors=import_sheet.by_rule(found.errors), hints=import_sheet.by_rule(found.warnings),
            asks=import_sheet.questions(found.asks), tab=tab, sizes=sizes, chips=import_sheet.CHIPS,
            faulty=len({one.row for one in found.errors}), by_field=roster.BY_FIELD,
            reasons=import_sheet.reasons(), overlooked=imports.OVERLOOKED, problems=problems,
            ready=found.rows - found.held, most=import_sheet.ROWS,
        ), 422 if problems else 200  # fmt: skip

    @expose("/<uuid:upload_id>/columns", methods=["GET", "POST"])
    @page(Action.ROSTER_IMPORT)
    def columns(self, upload_id: uuid.UUID) -> ResponseReturnValue:
        """Show which column is which field; let it be put right. It is remembered."""
        problems: Sequence[Problem] = ()
        if request.method == "POST":
            chosen = _pairs()
            try:
                with transaction(db()) as session:
                    imports.set_mapping(
                        session, actor(), upload_id, chosen,
                        version=typed.version(),
                    )  # fmt: skip
            except Invalid as invalid:
                problems = invalid.problems
            else:
                toast(gettext("列的对应关系已记住，下次不用再选"))
                return redirect(url_for("imports.check", upload_id=upload_id))
        found = imports.inspect(db(), actor(), upload_id)
        return render_template(
            "imports/columns.html", found=found, upload=found.upload, problems=problems,
            fields=import_sheet.fields(), mapping=found.mapping | _pairs(),
        ), 422 if problems else 200  # fmt: skip

    @expose("/<uuid:upload_id>/answers", methods=["POST"])
    @page(Action.ROSTER_IMPORT)
    def answers(self, upload_id: uuid.UUID) -> ResponseReturnValue:
        """Keep one answer for one or more cells, or for somebody the file does not name."""
        given = request.form.get("answer", "")
        if day := request.form.get("on", ""):
            given = f"{given}:{day}"
        answered = dict.fromkeys(request.form.getlist("about"), given)
        try:
            with transaction(db()) as session:
                imports.answer(session, actor(), upload_id, answered, version=typed.version())
        except Invalid as invalid:
            return self._checked(upload_id, invalid.problems)
        tab = request.form.get("tab") or None
        return redirect(url_for("imports.check", upload_id=upload_id, tab=tab))

    @expose("/<uuid:upload_id>/take", methods=["POST"])
    @page(Action.ROSTER_IMPORT)
    def take(self, upload_id: uuid.UUID) -> ResponseReturnValue:
        """Write what is ready to the roll; a large upload in the background."""

        def work(session: Session) -> dict[str, Any]:
            upload = imports.get_upload(session, actor(), upload_id)
            if _is_large(upload):
                job = imports.start_taking_over(session, actor(), upload)
                return {"to": url_for("imports.progress", job_id=job.id)}
            imports.take_over(session, actor(), upload_id, version=typed.version())
            return {"to": url_for("imports.result", upload_id=upload_id)}

        return redirect(once(work)["to"])

    @expose("/<uuid:upload_id>/result")
    @page(Action.ROSTER_IMPORT)
    def result(self, upload_id: uuid.UUID) -> ResponseReturnValue:
        """Show what came of it, and offer to take it back."""
        upload = imports.get_upload(db(), actor(), upload_id)
        if upload.state == "read":
            return redirect(url_for("imports.check", upload_id=upload_id))
        return render_template(
            "imports/result.html", upload=upload, counts=upload.counts, who=persons.who
        )

    @expose("/<uuid:upload_id>/undo", methods=["POST"])
    @page(Action.ROSTER_IMPORT)
    def undo(self, upload_id: uuid.UUID) -> ResponseReturnValue:
        """Take back what was written from the upload."""
        with transaction(db()) as session:
            imports.undo(session, actor(), upload_id, version=typed.version())
        toast(gettext("这次导入已撤销，名册回到导入之前"))
        return redirect(url_for("imports.result", upload_id=upload_id))

    @expose("/<uuid:upload_id>/copy")
    @page(Action.ROSTER_IMPORT)
    def copy(self, upload_id: uuid.UUID) -> ResponseReturnValue:
        """Hand out the user's own workbook with its faults marked."""
        upload = imports.get_upload(db(), actor(), upload_id)
        marked = imports.annotated(db(), actor(), upload_id)
        if marked is None:
            toast(gettext("没有要标注的问题，不用下载"))
            return redirect(url_for("imports.check", upload_id=upload_id))
        name = f"{upload.file_name.rsplit('.', 1)[0]}（标注）.xlsx"
        answer = current_app.response_class(marked, mimetype=XLSX)
        answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
        return answer

    @expose("/jobs/<uuid:job_id>")
    @page(Action.ROSTER_IMPORT, polls=True)
    def progress(self, job_id: uuid.UUID) -> ResponseReturnValue:
        """Show how far a large import has come; the page asks again every second."""
        job = jobs.get_job(db(), actor(), job_id)
        upload = imports.get_upload(db(), actor(), UUID(job.arguments["upload"]))
        if job.state == JobState.DONE:
            taken = job.kind == imports.TAKE_JOB
            endpoint = "imports.result" if taken else "imports.check"
            return _go(url_for(endpoint, upload_id=upload.id))
        in_part = "HX-Request" in request.headers
        template = "imports/progress_part.html" if in_part else "imports/progress.html"
        return render_template(template, **_job(job, upload))

    @expose("/jobs/<uuid:job_id>/stop", methods=["POST"])
    @page(Action.ROSTER_IMPORT)
    def stop(self, job_id: uuid.UUID) -> ResponseReturnValue:
        """Ask a large import to stop; what it wrote is taken back as a whole."""
        with transaction(db()) as session:
            jobs.request_cancel(session, actor(), job_id)
        return redirect(url_for("imports.progress", job_id=job_id))


def _job(job: Job, upload: Upload) -> dict[str, Any]:
    return {
        "job": job, "upload": upload, "rows": upload.counts.get("rows", 0),
        "taking": job.kind == imports.TAKE_JOB, "running": job.state not in jobs.ENDED,
        "message": Words(job.message_zh, job.message_en),
    }  # fmt: skip
