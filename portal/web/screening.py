"""The screening desk: everybody in a list, and one person a page for phones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import current_app, redirect, render_template, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from portal import access
from portal.access import Action
from portal.campaigns import service as campaigns
from portal.core import clock
from portal.core.errors import Invalid, NotFound, Problem
from portal.core.words import Words
from portal.screening import facts, plugins
from portal.screening import service as screening
from portal.web import evidence, finding_forms, menu, persons, verdicts
from portal.web.edge import (
    PortalView,
    actor,
    campaign,
    db,
    page,
    toast,
    transaction,
    unit,
)
from portal.web.language import words, zone

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Mapping, Sequence

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.campaigns.models import Campaign
    from portal.campaigns.template import CheckItem
    from portal.members.models import Member
    from portal.organizations.models import Unit
    from portal.screening.models import Record

MOST = 2_000
FILTERS = {
    "all": Words("全部", "All"),
    "open": Words("疑点和未查", "Open or in doubt"),
    "proposed": Words("待确认认定", "To be confirmed"),
    "focus": Words("重点人群", "Focus groups"),
}
LABELS = {name: fact.words for name, fact in facts.FACTS.items()} | {
    "left_on": Words("流出时间", "Left on"),
    "lost_note": Words("备注", "Note"),
    "dues_until": Words("党费交至", "Dues paid until"),
    "last_meeting": Words("最近参加组织生活", "Last meeting"),
    "lost": Words("失联", "Out of contact"),
    "verified_how": Words("核实方式", "Verified how"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One person of the list: the record, the member, their number in the whole list."""

    record: Record
    member: Member
    number: int
    verdict: verdicts.Verdict
    brief: Words


@dataclass(frozen=True, slots=True)
class Focus:
    """One focus group as a chip: confirmed, proposed, or only offered."""

    code: str
    words: Words
    state: str


def needed() -> Campaign:
    """Return the campaign under way.

    Raises:
        NotFound: there is none.
    """
    found = campaign()
    if found is None:
        raise NotFound(Words("排查批次", "campaign"))
    return found


def items_of(running: Campaign) -> Sequence[CheckItem]:
    """Return the check list of a campaign."""
    return campaigns.plan_of(running).checks


def _lines(only: str = "all") -> list[Line]:
    """Return the persons of one's own branch that a filter leaves, numbered as in the whole."""
    running, path = needed(), unit().path
    everybody = screening.list_records(db(), actor(), running, path, limit=MOST)
    left = {
        record.id
        for record, _ in (
            everybody
            if only == "all"
            else screening.list_records(db(), actor(), running, path, only=only, limit=MOST)
        )
    }
    items = items_of(running)
    return [
        Line(record, member, number, verdicts.of(record, items), persons.brief(member))
        for number, (record, member) in enumerate(everybody, 1)
        if record.id in left
    ]


def _line(record_id: uuid.UUID) -> Line:
    for line in _lines():
        if line.record.id == record_id:
            return line
    raise NotFound(screening.RECORD)


def _own_desk() -> None:
    """Keep those out whose post here does not screen: nobody screens for a branch beneath."""
    access.require(actor(), Action.RECORD_SCREEN, unit().path)


def _in_pages() -> bool:
    return "HX-Request" in request.headers


def _head(running: Campaign) -> dict[str, Any]:
    path = unit().path
    return {
        "progress": screening.progress(db(), actor(), running, path),
        "numbers": screening.numbers(db(), actor(), running, path),
        "filters": FILTERS,
        "submit": url_for("submit.show") if "submit.show" in current_app.view_functions else "",
    }


def _focus(record: Record) -> tuple[list[Focus], str]:
    """Return the groups to choose from, and which plugin offers them."""
    names = plugins.in_force(db(), record.tenant_id, record.path, record.sector)
    offered = plugins.standard()
    known = {group.code: group.title for name in names for group in offered.groups[name]}
    confirmed, proposed = record.focus.split("|"), record.focus_proposed.split("|")
    codes = dict.fromkeys([*confirmed, *proposed, *known])
    chips = [
        Focus(
            code,
            known.get(code, Words(code, code)),
            "on" if code in confirmed else "proposed" if code in proposed else "off",
        )
        for code in codes
        if code
    ]
    sectors = [offered.sectors[name] for name in names]
    said = "、".join(f"{words(sector.title)} {sector.version}" for sector in sectors)
    return sorted(chips, key=lambda chip: ("on", "proposed", "off").index(chip.state)), said


def aside(line: Line, *, problems: Sequence[Problem] = (), failed: str = "") -> dict[str, Any]:
    """Return what the aside of one person shows; `failed` names the form to show as typed."""
    running = needed()
    groups, offered_by = _focus(line.record)
    today = clock.now().astimezone(zone()).date()
    return {
        "line": line,
        "items": items_of(running),
        "strip": evidence.strip(line.record, today),
        "facts": facts.FACTS,
        "how": facts.VERIFIED_HOW,
        "results": verdicts.RESULTS,
        "result_of": verdicts.result,
        "note_of": verdicts.note,
        "waiting": verdicts.proposals(line.record),
        "groups": groups,
        "offered_by": offered_by,
        "lost_after": running.plan["lost_after_months"],
        "rule_set": running.rule_set,
        "source": running.plan["source"],
        "about": persons.facts_of(line.member),
        "number": persons.number_of(line.member),
        "total": screening.count(db(), running, unit().path).total,
        "problems": problems,
        "places": {name: (name, words(said)) for name, said in LABELS.items()},
        "failed": failed,
        "typed": request.form if failed else {},
    }


def _next_open(after: Line) -> Line | None:
    """Return the next person who is neither screened nor explained, around the list once."""
    lines = _lines()
    order = [*lines[after.number :], *lines[: after.number - 1]]
    return next((it for it in order if not (it.record.screened or it.record.explanation)), None)


@menu.counts("screening.desk")
def screened_so_far(session: Session, who: Actor, here: Unit) -> str:
    """Return how many of how many are screened."""
    running = campaign()
    if running is None or not access.allows(who, Action.RECORD_SCREEN, here.path):
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
        if running is None:
            return render_template("screening/none.html")
        only = request.args.get("only", "all")
        lines = _lines(only if only in FILTERS else "all")
        wanted = request.args.get("record", "")
        first = next((it for it in lines if str(it.record.id) == wanted), None)
        shown = first or next(iter(lines), None)
        beside = aside(shown) if shown else {"items": items_of(running), "line": None}
        return render_template(
            "screening/desk.html", lines=lines, only=only, words_of=verdicts.RESULTS,
            **beside, **_head(running),
        )  # fmt: skip

    @expose("/<uuid:record_id>")
    @page(Action.RECORD_SCREEN)
    def person(self, record_id: uuid.UUID) -> ResponseReturnValue:
        """Show one person: the aside for the desk, a page of its own otherwise."""
        _own_desk()
        line = _line(record_id)
        if _in_pages():
            return render_template("screening/aside.html", **aside(line))
        return self._page(line)

    def _page(self, line: Line, **more: Any) -> str:
        return render_template(
            "screening/person.html", quiet=True, **aside(line, **more), **_head(needed())
        )

    @expose("/<uuid:record_id>/checks", methods=["POST"])
    @page(Action.RECORD_SCREEN)
    def checks(self, record_id: uuid.UUID) -> ResponseReturnValue:
        """Note results of the check list; the desk gets its row back, a phone the next person."""
        _own_desk()
        running, line = needed(), _line(record_id)
        said = finding_forms.checks(request.form, line.record, items_of(running))
        try:
            with transaction(db()) as session:
                screening.screen(
                    session, actor(), running, record_id, said, version=_version(),
                    verified_how=request.form.get("verified_how", ""),
                )  # fmt: skip
        except Invalid as invalid:
            return self._failed(record_id, invalid, "checks")
        line = _line(record_id)
        if _in_pages():
            beside = aside(line) if request.form.get("aside") else {}
            shown = {"line": line, "items": items_of(running), "results": verdicts.RESULTS,
                     "result_of": verdicts.result} | beside  # fmt: skip
            return render_template(
                "screening/saved_row.html", with_aside=bool(beside), **shown, **_head(running)
            )
        return self._onward(line)

    def _onward(self, line: Line) -> ResponseReturnValue:
        name = line.member.name
        follows = _next_open(line) if line.record.screened else line
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
                session, actor(), needed(), record_id, version=_version(),
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
            screening.find(session, actor(), needed(), record_id, said, version=_version())

        return self._change(record_id, kind, decide)

    @expose("/<uuid:record_id>/explanation", methods=["POST"])
    @page(Action.RECORD_SCREEN)
    def explanation(self, record_id: uuid.UUID) -> ResponseReturnValue:
        """Say why a member cannot be screened for now."""

        def say(session: Session) -> None:
            text = request.form.get("explanation", "")
            screening.explain(session, actor(), record_id, text, version=_version())

        return self._change(record_id, "explanation", say)

    def _change(
        self, record_id: uuid.UUID, form: str, act: Callable[[Session], None]
    ) -> ResponseReturnValue:
        """Do `act` in one transaction and show the person as they are now."""
        _own_desk()
        try:
            with transaction(db()) as session:
                act(session)
        except Invalid as invalid:
            return self._failed(record_id, invalid, form)
        line = _line(record_id)
        if _in_pages():
            shown: Mapping[str, Any] = aside(line)
            return render_template("screening/saved_aside.html", **shown, **_head(needed()))
        toast(gettext("已保存%(name)s", name=line.member.name))
        return redirect(url_for("screening.person", record_id=record_id))

    def _failed(self, record_id: uuid.UUID, invalid: Invalid, form: str) -> ResponseReturnValue:
        line, problems = _line(record_id), [_placed(p, form) for p in invalid.problems]
        if _in_pages():
            shown = aside(line, problems=problems, failed=form)
            return render_template("screening/aside.html", **shown), 422
        return self._page(line, problems=problems, failed=form), 422


def _version() -> int:
    text = request.form.get("version", "")
    return int(text) if text.isdigit() else 0


def _placed(problem: Problem, form: str) -> Problem:
    """Return the problem at the input where it can be mended."""
    by_words = {fact.words.zh: name for name, fact in facts.FACTS.items()} | {"失联": "lost"}
    where = by_words.get(problem.where, problem.where) or form
    return Problem(where, problem.words, problem.rule)
