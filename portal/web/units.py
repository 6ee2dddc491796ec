"""The tree of organizations: looked at by everybody in it, changed by those who may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from sqlalchemy import func, select

from portal import access
from portal.access import Action
from portal.core import tree
from portal.core.errors import Invalid, NotFound, Problem
from portal.core.words import Words
from portal.members.models import Member, Tie
from portal.organizations import service as organizations
from portal.organizations.facts import CATEGORIES, KINDS, LABELS, SECTORS
from portal.organizations.models import Kind
from portal.organizations.service import Counter
from portal.web import typed
from portal.web.edge import PortalView, actor, db, page, toast, transaction
from portal.web.language import words

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterator, Sequence

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from portal.organizations.models import Unit

FOUND = 60
STAFF = 30
FORM = ("code", "name", "full_name", "category", "sector", "first_responsible",
        "directly_responsible", "liaison", "phone", "information")  # fmt: skip
CHOICES = {"category": CATEGORIES, "sector": SECTORS}
LEVELS = tuple(Kind)
NO_DAY = Words("请写成 2026-11-30 这样的日期", "write the day like 2026-11-30")


def _members(session: Session, tenant_id: int, path: str) -> int:
    found = session.scalar(
        select(func.count())
        .select_from(Member)
        .where(
            Member.tenant_id == tenant_id, access.within(Member, path), Member.tie != Tie.LEFT.value
        )
    )
    return found or 0


COUNTERS = (Counter(Words("党员", "members"), _members, binds=True),)


@dataclass(frozen=True, slots=True)
class Node:
    """One line of the tree as it is drawn."""

    unit: Unit
    level: int
    is_open: bool
    is_leaf: bool


def drawn(selected: Unit | None) -> Iterator[Node]:
    """Return the tree from the actor's places down, opened along the way to `selected`."""
    places = actor().places(Action.UNIT_VIEW)
    tops = [at for at in places if not any(tree.is_within(at, up) for up in places if up != at)]
    for place in tops:
        top = organizations.lineage(db(), actor().tenant_id, place)[-1]
        yield from _below(top, 0, selected)


def _below(unit: Unit, level: int, selected: Unit | None) -> Iterator[Node]:
    is_leaf = unit.kind == Kind.BRANCH
    is_open = not is_leaf and selected is not None and tree.is_within(selected.path, unit.path)
    yield Node(unit, min(level, 3), is_open, is_leaf)
    if is_open:
        for child in organizations.children(db(), actor(), unit):
            yield from _below(child, level + 1, selected)


def _typed() -> dict[str, str]:
    """Return what the form says; what a form does not ask is not changed."""
    return {name: request.form[name].strip() for name in (*FORM, "kind") if name in request.form}


def _day() -> date:
    try:
        return date.fromisoformat(request.form.get("on", ""))
    except ValueError as malformed:
        raise Invalid(Problem("生效日期", NO_DAY)) from malformed


def _kinds_below(unit: Unit) -> list[tuple[str, str]]:
    below = LEVELS[LEVELS.index(Kind(unit.kind)) :]
    return [(kind.value, words(KINDS[kind])) for kind in below if kind != Kind.CITY]


class Units(PortalView):
    """The tree, one unit of it, and the forms that change it."""

    name = "units"
    route_base = "/units"

    @expose("")
    @page(Action.UNIT_VIEW)
    def tree(self) -> ResponseReturnValue:
        """Show the tree from one's own place, or what `q` finds in it."""
        wanted = request.args.get("q", "").strip()[:60]
        if not wanted:
            top = next(drawn(None)).unit
            return redirect(url_for("units.show", unit_id=top.id))
        found = organizations.list_units(db(), actor(), search=wanted, limit=FOUND)
        nodes = [Node(unit, 0, is_open=False, is_leaf=True) for unit in found]
        return render_template(
            "portal/units.html", nodes=nodes, unit=None, wanted=wanted, most=FOUND
        )

    @expose("/<uuid:unit_id>")
    @page(Action.UNIT_VIEW)
    def show(self, unit_id: uuid.UUID) -> ResponseReturnValue:
        """Show one unit: what is known of it, what stands beneath it, who has a post there."""
        unit = organizations.get_unit(db(), actor(), unit_id)
        return render_template(
            "portal/units.html",
            nodes=list(drawn(unit)),
            unit=unit,
            wanted="",
            labels=LABELS,
            facts=FORM,
            choices=CHOICES,
            children=organizations.children(db(), actor(), unit),
            members=_members(db(), unit.tenant_id, unit.path),
            staff=self._staff(unit),
            links=organizations.links_of(db(), actor(), unit),
            may_change=access.allows(actor(), Action.UNIT_CHANGE, unit.path),
            may_invite=access.allows(actor(), Action.USER_INVITE, unit.path),
            may_switch=access.allows(actor(), Action.PLUGIN_SWITCH, unit.path),
        )

    def _staff(self, unit: Unit) -> Sequence[tuple[Any, Any]]:
        if not access.allows(actor(), Action.USER_VIEW, unit.path):
            return ()
        holders = organizations.accounts(db(), actor(), below=unit.path, limit=STAFF)
        return [
            (holder.account, post)
            for holder in holders
            for post in holder.posts
            if post.unit.id == unit.id
        ]

    @expose("/<uuid:unit_id>/add", methods=["GET", "POST"])
    @page(Action.UNIT_CHANGE)
    def add(self, unit_id: uuid.UUID) -> ResponseReturnValue:
        """Add a unit directly below this one."""
        parent = organizations.get_unit(db(), actor(), unit_id)
        access.require(actor(), Action.UNIT_CHANGE, parent.path)
        problems: tuple[Problem, ...] = ()
        if request.method == "POST":
            try:
                with transaction(db()) as session:
                    made = organizations.add_below(session, actor(), parent, **_needed(_typed()))
                    toast(gettext("已增加“%(name)s”", name=made.name))
                    return redirect(url_for("units.show", unit_id=made.id))
            except Invalid as invalid:
                problems = invalid.problems
        return self._form(parent, None, problems)

    @expose("/<uuid:unit_id>/change", methods=["GET", "POST"])
    @page(Action.UNIT_CHANGE)
    def change(self, unit_id: uuid.UUID) -> ResponseReturnValue:
        """Change what is known about a unit."""
        unit = organizations.get_unit(db(), actor(), unit_id)
        access.require(actor(), Action.UNIT_CHANGE, unit.path)
        problems: tuple[Problem, ...] = ()
        if request.method == "POST":
            version = typed.version()
            try:
                with transaction(db()) as session:
                    organizations.change_unit(session, actor(), unit_id, _typed(), version=version)
            except Invalid as invalid:
                problems = invalid.problems
            else:
                toast(gettext("已保存"))
                return redirect(url_for("units.show", unit_id=unit_id))
        return self._form(None, organizations.get_unit(db(), actor(), unit_id), problems)

    def _form(
        self, parent: Unit | None, unit: Unit | None, problems: tuple[Problem, ...]
    ) -> ResponseReturnValue:
        known = {name: getattr(unit, name) or "" for name in FORM} if unit else {}
        choices = {
            name: [(code, f"{code} {words(said)}") for code, said in table.items()]
            for name, table in CHOICES.items()
        }
        if parent is not None:
            choices["category"].insert(0, ("", gettext("按层级")))
        text = render_template(
            "portal/unit_form.html", parent=parent, unit=unit, problems=problems, labels=LABELS,
            names=FORM, choices=choices, kinds=_kinds_below(parent) if parent else (),
            values={**known, **_typed()},
            fields={label.zh: (name, words(label)) for name, label in LABELS.items()},
        )  # fmt: skip
        return text, 422 if problems else 200

    @expose("/<uuid:unit_id>/move", methods=["GET", "POST"])
    @page(Action.UNIT_CHANGE)
    def move(self, unit_id: uuid.UUID) -> ResponseReturnValue:
        """Choose a new parent, see what the move touches, move."""
        unit = organizations.get_unit(db(), actor(), unit_id)
        access.require(actor(), Action.UNIT_CHANGE, unit.path)
        parent = self._parent()
        problems: tuple[Problem, ...] = ()
        effect = None
        if parent is not None:
            try:
                if request.method == "POST":
                    return self._moved(unit, parent)
            except Invalid as invalid:
                problems = invalid.problems
            try:
                effect = organizations.preview_move(db(), actor(), unit, parent, counters=COUNTERS)
            except Invalid as invalid:
                problems = problems or invalid.problems
        return self._confirm("portal/unit_move.html", unit, problems, parent=parent, effect=effect)

    def _parent(self) -> Unit | None:
        given = request.values.get("unit")
        try:
            return organizations.get_unit(db(), actor(), UUID(given)) if given else None
        except ValueError as malformed:
            raise NotFound(Words("组织", "unit")) from malformed

    def _moved(self, unit: Unit, parent: Unit) -> ResponseReturnValue:
        reason = request.form.get("reason", "").strip()
        with transaction(db()) as session:
            organizations.move_unit(session, actor(), unit, parent, on=_day(), reason=reason)
        toast(gettext("已移到“%(name)s”下面", name=parent.name))
        return redirect(url_for("units.show", unit_id=unit.id))

    @expose("/<uuid:unit_id>/dissolve", methods=["GET", "POST"])
    @page(Action.UNIT_CHANGE)
    def dissolve(self, unit_id: uuid.UUID) -> ResponseReturnValue:
        """See what still stands at a unit; end it when nothing does."""
        unit = organizations.get_unit(db(), actor(), unit_id)
        access.require(actor(), Action.UNIT_CHANGE, unit.path)
        problems: tuple[Problem, ...] = ()
        if request.method == "POST":
            try:
                with transaction(db()) as session:
                    organizations.dissolve_unit(
                        session, actor(), unit, counters=COUNTERS, on=_day(),
                        reason=request.form.get("reason", "").strip(),
                    )  # fmt: skip
            except Invalid as invalid:
                problems = invalid.problems
            else:
                toast(gettext("“%(name)s”已撤销，历史都保留", name=unit.name))
                return redirect(url_for("units.tree"))
        effect = organizations.effect(db(), actor(), unit, counters=COUNTERS)
        return self._confirm("portal/unit_dissolve.html", unit, problems, effect=effect)

    def _confirm(
        self, template: str, unit: Unit, problems: tuple[Problem, ...], **more: Any
    ) -> ResponseReturnValue:
        wanted = request.values.get("q", "").strip()[:60]
        found = organizations.list_units(db(), actor(), search=wanted, limit=12) if wanted else ()
        text = render_template(
            template, unit=unit, problems=problems, wanted=wanted, found=found,
            today=organizations.today(db(), unit.tenant_id), form=request.form,
            labels=LABELS, **more,
        )  # fmt: skip
        return text, 422 if problems else 200


def _needed(typed: dict[str, str]) -> dict[str, Any]:
    """Return `typed` with the three facts that no unit goes without."""
    return {"code": "", "kind": "", "name": "", **typed}
