"""The roster: finding members, one member with every change, adding, changing, leaving."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from portal import access
from portal.access import Action
from portal.core.errors import Invalid, Overtaken, Problem
from portal.core.words import Words
from portal.members import codes, reveals, roster
from portal.members import service as members
from portal.members.models import Leaving, Tie
from portal.organizations import service as organizations
from portal.privacy import service as privacy
from portal.screening import service as screening
from portal.web import member_form, menu, persons, reveal_parts, typed
from portal.web.edge import PortalView, actor, campaign, db, page, toast, transaction, unit

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.members.models import Member
    from portal.organizations.models import Unit

PAGE_SIZE = 50
TIES: dict[str, Words] = {
    "": Words("应排查", "To be audited"),
    Tie.ON_ROLL.value: Words("在册", "On the roll"),
    Tie.SENT.value: Words("转出未收回执", "Sent off, no receipt"),
    Tie.LEFT.value: Words("已离开", "Left"),
}
ACTS = {
    "add": Words("登记", "Added"),
    "change": Words("修改", "Changed"),
    "leave": Words("离开名册", "Left the roll"),
    "undo": Words("撤销导入", "Import undone"),
}
NO_DAY = Words("请写成 2026-11-19 这样的日期", "write the day like 2026-11-19")


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a member's history as it is shown."""

    title: Words
    at: Any
    who: str
    fields: Sequence[tuple[Words, str, str]]


@menu.counts("roster.list")
def on_the_roll(session: Session, who: Actor, here: Unit) -> str:
    """Return how many are on the roll here."""
    n = members.count(session, who, path=here.path, tie=Tie.ON_ROLL.value)
    return "" if n > 10_000 else str(n)  # noqa: PLR2004  the most that are counted


def _follow(session: Session, member_id: uuid.UUID) -> None:
    """Bring the campaign's record of a member up to date with the roster."""
    running = campaign()
    if running is not None:
        screening.follow(session, actor(), running, [member_id])


def _may_change(path: str) -> bool:
    return access.allows(actor(), Action.MEMBER_CHANGE, path)


class Roster(PortalView):
    """Who belongs to the branch."""

    name = "roster"
    route_base = "/members"
    default_view = "list"

    @expose("")
    @page(Action.MEMBER_VIEW)
    def list(self) -> ResponseReturnValue:
        """Show the members at one's own unit and beneath it."""
        search = request.args.get("q", "").strip()[:60]
        tie = request.args.get("tie", "")
        tie = tie if tie in TIES else ""
        here = {"path": unit().path, "search": search}
        found = members.list_members(
            db(), actor(), tie=tie or None, after=_uuid(request.args.get("after")),
            limit=PAGE_SIZE + 1, **here,
        )  # fmt: skip
        shown = found[:PAGE_SIZE]
        units = organizations.find_units(db(), actor(), {m.unit_id for m in shown})
        numbers = {code: members.count(db(), actor(), tie=code or None, **here) for code in TIES}
        return render_template(
            "roster/list.html", members=shown, units=units, search=search, tie=tie, ties=TIES,
            numbers=numbers, more=shown[-1].id if len(found) > PAGE_SIZE else None,
            brief=persons.brief, number_of=persons.number_of, phone_of=persons.phone_of,
            is_branch=unit().kind == "branch", may_change=_may_change(unit().path),
        )  # fmt: skip

    @expose("/<uuid:member_id>")
    @page(Action.MEMBER_VIEW)
    def show(self, member_id: uuid.UUID) -> ResponseReturnValue:
        """Show one member with every change."""
        return self._shown(members.get_member(db(), actor(), member_id))

    def _shown(
        self, member: Member, problems: Sequence[Problem] = (), *, sentence: Words | None = None
    ) -> ResponseReturnValue:
        facts = [
            (
                column.words,
                persons.masked(column.field, getattr(member, column.field)),
                reveal_parts.of(member, column.field) if column.field in reveals.FIELDS else None,
            )
            for column in roster.STORED
            if column.field != "name"
        ]
        reasons = [(code.code, code.words) for code in codes.LEAVING if code.code != Leaving.UNDONE]
        status = 409 if sentence else 422 if problems else 200
        return render_template(
            "roster/show.html", member=member, facts=facts, brief=persons.brief(member),
            number=persons.number_of(member), history=_events(member), reasons=reasons,
            extra=_odd_columns(member), at=_unit_name(member),
            may_change=_may_change(member.path), problems=problems, sentence=sentence,
            typed=request.form, left=member.tie == Tie.LEFT.value,
            reason=codes.words("left_reason", member.left_reason), who=persons.who,
            seen=reveals.seen_of(db(), actor(), member.id), fields=reveals.FIELDS,
            reasons_shown=reveals.REASONS,
            holds=privacy.list_holds(db(), actor(), member_id=member.id),
            may_hold=access.allows(actor(), Action.HOLD_SET, member.path),
        ), status  # fmt: skip

    @expose("/add", methods=["GET", "POST"])
    @page(Action.MEMBER_CHANGE)
    def add(self) -> ResponseReturnValue:
        """Put somebody on the roll of one's own branch."""
        access.require(actor(), Action.MEMBER_CHANGE, unit().path)
        problems: Sequence[Problem] = ()
        if request.method == "POST":
            try:
                with transaction(db()) as session:
                    fields = members.read_fields(member_form.typed(request.form))
                    added = members.add(session, actor(), unit(), fields)
                    _follow(session, added.id)
                    member_id, name = added.id, added.name
            except Invalid as invalid:
                problems = invalid.problems
            else:
                toast(gettext("%(name)s已登记到名册", name=name))
                return redirect(url_for("roster.show", member_id=member_id))
        return render_template(
            "roster/form.html", groups=member_form.groups(None, request.form), member=None,
            problems=problems, places=member_form.PLACES, now=(),
        ), 422 if problems else 200  # fmt: skip

    @expose("/<uuid:member_id>/change", methods=["GET", "POST"])
    @page(Action.MEMBER_CHANGE)
    def change(self, member_id: uuid.UUID) -> ResponseReturnValue:
        """Change a member; what somebody else changed meanwhile is shown beside what one typed."""
        member = members.get_member(db(), actor(), member_id)
        access.require(actor(), Action.MEMBER_CHANGE, member.path)
        problems: Sequence[Problem] = ()
        now: Sequence[tuple[Words, Words, str]] = ()
        if request.method == "POST":
            try:
                return self._changed(member_id)
            except Invalid as invalid:
                problems = invalid.problems
            except Overtaken:
                member = members.get_member(db(), actor(), member_id)
                now = member_form.differences(member, request.form)
        page = render_template(
            "roster/form.html", groups=member_form.groups(member, request.form), member=member,
            problems=problems, places=member_form.PLACES, now=now,
            overtaken=request.method == "POST" and not problems,
        )  # fmt: skip
        return page, 422 if problems else 409 if request.method == "POST" else 200

    def _changed(self, member_id: uuid.UUID) -> ResponseReturnValue:
        with transaction(db()) as session:
            fields = members.read_fields(member_form.typed(request.form, changing=True))
            changed = members.change(session, actor(), member_id, fields, version=typed.version())
            _follow(session, member_id)
            name = changed.name
        toast(gettext("已保存%(name)s", name=name))
        return redirect(url_for("roster.show", member_id=member_id))

    @expose("/<uuid:member_id>/leave", methods=["POST"])
    @page(Action.MEMBER_CHANGE)
    def leave(self, member_id: uuid.UUID) -> ResponseReturnValue:
        """Take a member off the roll with reason and day; nobody is deleted."""
        member = members.get_member(db(), actor(), member_id)
        name = member.name
        try:
            with transaction(db()) as session:
                members.leave(
                    session, actor(), member_id, request.form.get("reason", ""), _day("on"),
                    request.form.get("note", ""), version=typed.version(),
                )  # fmt: skip
                _follow(session, member_id)
        except Invalid as invalid:
            return self._shown(members.get_member(db(), actor(), member_id), invalid.problems)
        except Overtaken as overtaken:
            again = members.get_member(db(), actor(), member_id)
            return self._shown(again, sentence=overtaken.words)
        toast(gettext("%(name)s已离开名册，记录都还在", name=name))
        return redirect(url_for("roster.show", member_id=member_id))

    @expose("/<uuid:member_id>/back", methods=["POST"])
    @page(Action.MEMBER_CHANGE)
    def back(self, member_id: uuid.UUID) -> ResponseReturnValue:
        """Put a member who left by mistake, or came back, on the roll again."""
        with transaction(db()) as session:
            member = members.take_back(session, actor(), member_id, version=typed.version())
            _follow(session, member_id)
            name = member.name
        toast(gettext("%(name)s已恢复到名册", name=name))
        return redirect(url_for("roster.show", member_id=member_id))


def _events(member: Member) -> list[Event]:
    return [
        Event(
            ACTS.get(past.act, Words(past.act, past.act)),
            past.at,
            persons.who(past.by),
            [
                (roster.BY_FIELD[name].words, old, new)
                for name, (old, new) in past.fields.items()
                if name in roster.BY_FIELD and (old or new)
            ],
        )
        for past in members.history(db(), actor(), member.id)
    ]


def _odd_columns(member: Member) -> dict[str, str]:
    """Return what a workbook said in columns that are no field."""
    kept: dict[str, str] = json.loads(member.extra_json or "{}")
    return {title: persons.without_numbers(str(text)) for title, text in kept.items()}


def _unit_name(member: Member) -> str:
    found = organizations.find_unit(db(), actor(), member.unit_id)
    return found.name if found else ""


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _day(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError as malformed:
        raise Invalid(Problem("离开日期", NO_DAY)) from malformed
