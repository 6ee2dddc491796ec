"""Having one field of one member shown, and watching who has what shown (security.md 3.3)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for
from flask_appbuilder import expose

from portal import access
from portal.access import Action
from portal.core import clock
from portal.core.errors import Invalid, NotFound, Problem
from portal.core.words import Words
from portal.members import reveals
from portal.members import service as members
from portal.organizations import service as organizations
from portal.web import persons, reveal_parts
from portal.web.edge import PortalView, actor, db, page, transaction
from portal.web.language import words, zone

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

    from portal.web.reveal_parts import Shown

WATCHED = timedelta(days=30)


def _in_page() -> bool:
    return "HX-Request" in request.headers


def _field(member_id: uuid.UUID, field: str) -> Shown:
    """Return the field asked for, if this person may ask for it."""
    member = members.get_member(db(), actor(), member_id)
    access.require(actor(), Action.MEMBER_REVEAL, member.path)
    shown = reveal_parts.of(member, field) if field in reveals.FIELDS else None
    if shown is None:
        raise NotFound(Words("项目", "field"))
    return shown


class Reveals(PortalView):
    """The one door to an unmasked field."""

    name = "reveals"
    route_base = ""
    default_view = "watch"

    @expose("/members/<uuid:member_id>/reveal/<field>")
    @page(Action.MEMBER_REVEAL, fresh=True)
    def ask(self, member_id: uuid.UUID, field: str) -> ResponseReturnValue:
        """Ask for the reason: in place of the masked value, or on a page of its own."""
        return self._form(_field(member_id, field), ())

    @expose("/members/<uuid:member_id>/reveal/<field>", methods=["POST"])
    @page(Action.MEMBER_REVEAL, fresh=True)
    def show(self, member_id: uuid.UUID, field: str) -> ResponseReturnValue:
        """Show the field in full and note it, both in one transaction."""
        asked = _field(member_id, field)
        try:
            with transaction(db()) as session:
                reveals.reveal(
                    session, actor(), member_id, field, request.form.get("reason", ""),
                    request.form.get("note", ""), seat=reveal_parts.seat(made=True),
                )  # fmt: skip
        except Invalid as invalid:
            return self._form(asked, invalid.problems)
        if not _in_page():
            return redirect(url_for("roster.show", member_id=member_id))
        reveal_parts.look_again()
        return render_template("roster/reveal_value.html", it=_field(member_id, field))

    @expose("/members/<uuid:member_id>/reveal/<field>/masked")
    @page(Action.MEMBER_REVEAL)
    def masked(self, member_id: uuid.UUID, field: str) -> ResponseReturnValue:
        """Return the field as it is shown now: masked again, once the minutes are over."""
        return render_template("roster/reveal_value.html", it=_field(member_id, field))

    def _form(self, shown: Shown, problems: Sequence[Problem]) -> ResponseReturnValue:
        page_or_part = "roster/reveal_form.html" if _in_page() else "roster/reveal_page.html"
        member = members.get_member(db(), actor(), shown.member_id)
        return render_template(
            page_or_part, it=shown, member=member, problems=problems, typed=request.form,
            reasons=[(code, words(said)) for code, said in reveals.REASONS.items()],
            minutes=reveals.LIMITS["minutes"],
        ), 422 if problems else 200  # fmt: skip

    @expose("/reveals")
    @page(Action.REVEAL_WATCH)
    def watch(self) -> ResponseReturnValue:
        """Show what is unusual: at night, or too much in an hour; ids and no names of members."""
        found = reveals.unusual(db(), actor(), clock.now() - WATCHED, zone())[:200]
        places = organizations.names_at(db(), actor().tenant_id, {it.reveal.path for it in found})
        return render_template(
            "portal/reveals.html", found=found, places=places, who=persons.who,
            fields=reveals.FIELDS, reasons=reveals.REASONS, days=WATCHED.days,
        )  # fmt: skip
