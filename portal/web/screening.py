"""The screening desk: everybody in a list, and one person a page for phones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from flask import redirect, render_template, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from portal import access
from portal.access import Action
from portal.core.errors import Invalid, NotFound, Overtaken, Problem
from portal.core.words import Words
from portal.organizations.models import Kind
from portal.screening import answering, facts
from portal.screening import service as screening
from portal.web import finding_forms, menu, typed, verdicts
from portal.web.edge import PortalView, actor, campaign, db, page, toast, transaction, unit
from portal.web.worklist import (
    FILTERS,
    aside,
    head,
    items_of,
    line_of,
    lines,
    needed,
    next_open,
    page_of,
)

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Sequence

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.organizations.models import Unit
    from portal.web.worklist import Line


def _own_desk() -> None:
    """Keep those out whose post here does not screen: nobody screens for a branch beneath."""
    access.require(actor(), Action.RECORD_SCREEN, unit().path)


def _in_pages() -> bool:
    return "HX-Request" in request.headers


@menu.counts("screening.desk")
def screened_so_far(session: Session, who: Actor, here: Unit) -> str:
    """Return how many of how many are screened."""
    running = campaign()
    screens = here.kind == Kind.BRANCH and access.allows(who, Action.RECORD_SCREEN, here.path)
    if running is None or not screens:
        return ""
    so_far = screening.count(session, running, here.path)
    return f"{so_far.screened}/{so_far.total}"


class Screening(PortalView):
    """Going through the members one by one."""

    name = "screening"
    route_base = "/screening"
    default_view = "desk"

    @expose("")
    @page(Action.RECORD_SCREEN)
    def desk(self) -> ResponseReturnValue:
        """Show the list, and beside it the person in question."""
        _own_desk()
        running = campaign()
        if running is None or unit().kind != Kind.BRANCH:
            return render_template("screening/none.html", running=running)
        only = request.args.get("only", "all")
        listed = lines(only if only in FILTERS else "all")
        wanted = request.args.get("record", "")
        shown, start = page_of(listed, wanted, request.args.get("from", ""))
        first = next((it for it in shown if str(it.record.id) == wanted), None)
        current = first or next(iter(shown), None)
        beside = aside(current) if current else {"items": items_of(running), "line": None}
        follows = start + len(shown) if start + len(shown) < len(listed) else 0
        return render_template(
            "screening/desk.html", lines=shown, start=start, follows=follows, only=only,
            words_of=verdicts.RESULTS, **beside, **head(running),
        )  # fmt: skip

    @expose("/<uuid:record_id>")
    @page(Action.RECORD_SCREEN)
    def person(self, record_id: uuid.UUID) -> ResponseReturnValue:
        """Show one person: the aside for the desk, a page of its own otherwise."""
        _own_desk()
        line = line_of(record_id)
        if _in_pages() and "row" in request.args:
            return self._row(line)
        if _in_pages():
            return render_template("screening/aside.html", **aside(line))
        return self._page(line)

    def _row(self, line: Line, *, with_aside: bool = False, saved: bool = False) -> str:
        running = needed()
        beside = aside(line) if with_aside else {}
        shown = {
            "line": line, "items": items_of(running), "results": verdicts.RESULTS,
            "result_of": verdicts.result, "with_aside": with_aside, "was_saved": saved,
        }  # fmt: skip
        everything = shown | beside | head(running)
        return render_template("screening/saved_row.html", **everything, only=_only())

    def _page(self, line: Line, **more: Any) -> str:
        shown = aside(line, **more) | head(needed()) | {"in_place": False}
        return render_template("screening/person.html", quiet=True, **shown)

    @expose("/<uuid:record_id>/checks", methods=["POST"])
    @page(Action.RECORD_SCREEN)
    def checks(self, record_id: uuid.UUID) -> ResponseReturnValue:
        """Note results of the check list; the desk gets its row back, a phone the next person."""
        _own_desk()
        running, line = needed(), line_of(record_id)
        said = finding_forms.checks(request.form, line.record, items_of(running))
        try:
            with transaction(db()) as session:
                screening.screen(
                    session, actor(), running, record_id, said, version=typed.version(),
                    verified_how=request.form.get("verified_how", ""),
                )  # fmt: skip
        except Invalid as invalid:
            return self._failed(record_id, invalid.problems, "checks")
        except Overtaken as overtaken:
            if _in_pages():
                raise
            return self._failed(record_id, [Problem("", overtaken.words)], "checks", status=409)
        line = line_of(record_id)
        if _in_pages():
            return self._row(line, with_aside="aside" in request.form, saved=True)
        return self._onward(line)

    def _onward(self, line: Line) -> ResponseReturnValue:
        name = line.member.name
        follows = next_open(line) if line.record.screened else line
        if follows is None:
            toast(gettext("已保存%(name)s。全部查完了", name=name))
            return redirect(url_for("screening.desk"))
        if follows is line:
            toast(gettext("已保存%(name)s，还有没选的项", name=name))
        else:
            toast(gettext("已保存%(name)s", name=name))
        return redirect(url_for("screening.person", record_id=follows.record.id))

    @expose("/<uuid:record_id>/evidence", methods=["POST"])
    @page(Action.RECORD_SCREEN)
    def evidence(self, record_id: uuid.UUID) -> ResponseReturnValue:
        """Note the last dues and the last meeting."""

        def note(session: Session) -> None:
            form = request.form
            screening.set_evidence(
                session, actor(), needed(), record_id, version=typed.version(),
                dues_until=finding_forms.day("dues_until", form.get("dues_until", "")),
                last_meeting=finding_forms.day("last_meeting", form.get("last_meeting", "")),
            )  # fmt: skip

        return self._change(record_id, "evidence", note)

    @expose("/<uuid:record_id>/finding/<kind>", methods=["POST"])
    @page(Action.RECORD_SCREEN)
    def finding(self, record_id: uuid.UUID, kind: str) -> ResponseReturnValue:
        """Confirm or refuse one finding."""
        if kind not in ("lost", "floating", "nominal", "receipt", "focus", "elsewhere"):
            raise NotFound(Words("认定", "finding"))

        def decide(session: Session) -> None:
            record = screening.get_record(session, actor(), record_id)
            said = finding_forms.finding(kind, request.form, record)
            screening.find(session, actor(), needed(), record_id, said, version=typed.version())

        return self._change(record_id, kind, decide)

    @expose("/<uuid:record_id>/explanation", methods=["POST"])
    @page(Action.RECORD_SCREEN)
    def explanation(self, record_id: uuid.UUID) -> ResponseReturnValue:
        """Say why a member cannot be screened for now."""

        def say(session: Session) -> None:
            text = request.form.get("explanation", "")
            screening.explain(session, actor(), record_id, text, version=typed.version())

        return self._change(record_id, "explanation", say)

    @expose("/<uuid:record_id>/answers", methods=["POST"])
    @page(Action.RECORD_SCREEN)
    def answers(self, record_id: uuid.UUID) -> ResponseReturnValue:
        """Answer the questions that plugins add."""

        def note(session: Session) -> None:
            said = {
                name.removeprefix("q-"): text
                for name, text in request.form.items()
                if name.startswith("q-")
            }
            answering.answer(session, actor(), record_id, said, version=typed.version())

        return self._change(record_id, "answers", note)

    def _change(
        self, record_id: uuid.UUID, form: str, act: Callable[[Session], None]
    ) -> ResponseReturnValue:
        """Do `act` in one transaction and show the person as they are now."""
        _own_desk()
        try:
            with transaction(db()) as session:
                act(session)
        except Invalid as invalid:
            return self._failed(record_id, invalid.problems, form)
        except Overtaken as overtaken:
            return self._failed(record_id, [Problem("", overtaken.words)], form, status=409)
        line = line_of(record_id)
        if _in_pages():
            shown = aside(line) | head(needed())
            return render_template("screening/saved_aside.html", **shown, only=_only())
        toast(gettext("已保存%(name)s", name=line.member.name))
        return redirect(url_for("screening.person", record_id=record_id))

    def _failed(
        self, record_id: uuid.UUID, problems: Sequence[Problem], form: str, *, status: int = 422
    ) -> ResponseReturnValue:
        """Show the form as it was typed, with what is wrong; the desk takes parts as 422 only."""
        line, placed = line_of(record_id), [_placed(each) for each in problems]
        if _in_pages():
            shown = aside(line, problems=placed, failed=form)
            return render_template("screening/aside.html", **shown), 422
        return self._page(line, problems=placed, failed=form), status


def _only() -> str:
    """Return the filter of the page a part was asked from."""
    query = parse_qs(urlsplit(request.headers.get("HX-Current-URL", "")).query)
    only = query.get("only", ["all"])[0]
    return only if only in FILTERS else "all"


def _placed(problem: Problem) -> Problem:
    """Return the problem at the input where it can be mended."""
    if not problem.where:
        return problem
    by_words = {fact.words.zh: name for name, fact in facts.FACTS.items()} | {"失联": "lost"}
    where = by_words.get(problem.where, problem.where)
    return Problem(where, problem.words, problem.rule)
