"""What every page shares: the session, the actor, their unit, and who may open a page."""

from __future__ import annotations

import json
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import abort, current_app, flash, g, redirect, request, session, url_for
from flask_appbuilder import BaseView
from flask_login import current_user
from typing_extensions import override

from portal.access import Action, Actor
from portal.campaigns import service as campaigns
from portal.core.database import transaction
from portal.core.errors import NotFound
from portal.core.retrying import unit_of_work
from portal.core.words import Words
from portal.duties import service as duties
from portal.identity import service as identity
from portal.once import service as onces
from portal.organizations import service as organizations
from portal.scope import service as scope
from portal.web import door, proof
from portal.web.door import db

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from flask import Blueprint
    from sqlalchemy.orm import Session
    from werkzeug import Response

    from portal.campaigns.models import Campaign
    from portal.organizations.models import Account, Unit

__all__ = [
    "PortalView",
    "account",
    "actor",
    "campaign",
    "db",
    "once",
    "page",
    "posts",
    "public",
    "signed_in",
    "toast",
    "transaction",
    "unit",
]

V = TypeVar("V", bound="Callable[..., Any]")
PAGE = Words("页面", "page")
# Pages that show persons: what a post does not open here, an emergency access may.
OF_PERSONS = frozenset({Action.MEMBER_VIEW, Action.RECORD_VIEW})


def signed_in() -> Account | None:
    """Return the account behind this request, or None for a stranger."""
    return current_user._get_current_object() if current_user.is_authenticated else None  # noqa: SLF001


def account() -> Account:
    """Return the account behind this request.

    Raises:
        NotFound: nobody is signed in.
    """
    found = signed_in()
    if found is None:
        raise NotFound(PAGE)
    return found


def actor() -> Actor:
    """Return the signed-in person as an actor, worked out once per request."""
    if "actor" not in g:
        who = account()
        g.actor = (
            Actor(who.id, 0, frozenset())
            if who.tenant_id is None
            else organizations.actor_for(db(), who.id, who.tenant_id)
        )
        scope.bind(db(), g.actor)
    return cast("Actor", g.actor)


def posts() -> Sequence[Unit]:
    """Return the units at which the signed-in person holds a post, from the top of the tree."""
    if "posts" not in g:
        held = organizations.posts_of(db(), actor())
        g.posts = list({post.unit.id: post.unit for post in held}.values())
    return cast("Sequence[Unit]", g.posts)


def unit() -> Unit:
    """Return the unit this person works for just now: the one chosen, else the topmost.

    Raises:
        NotFound: they hold no post.
    """
    if not posts():
        raise NotFound(Words("任职单位", "unit of yours"))
    chosen = session.get("unit")
    return next((post for post in posts() if str(post.id) == chosen), posts()[0])


def campaign() -> Campaign | None:
    """Return the campaign under way, looked up once per request."""
    if "campaign" not in g:
        g.campaign = campaigns.find_current(db(), actor().tenant_id)
    return cast("Campaign | None", g.campaign)


def toast(sentence: str, *, undo: str = "") -> None:
    """Say on the next page that something happened; `undo` is where a POST takes it back."""
    flash(sentence, undo or "done")


def once(work: Callable[[Session], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Do `work` in one transaction, and once only for each showing of the form that asks for it.

    The form carries its key in the hidden field ``once``. Sent twice, by two presses or by a
    browser that tries again, the second gets the answer of the first.
    """
    form = {name: request.form.getlist(name) for name in sorted(request.form)}
    key = "".join(form.pop("once", [])[:1])
    form.pop("csrf_token", None)
    asked = json.dumps([request.path, form], sort_keys=True).encode()
    who, tenant_id = account().id, actor().tenant_id

    def held(session: Session) -> Mapping[str, Any]:
        g.actor = organizations.actor_for(session, who, tenant_id, hold=True)
        scope.bind(session, g.actor)
        return onces.once(session, g.actor, key, asked, work)

    return unit_of_work(db(), held)


def public(view: V) -> V:
    """Mark `view` as open to strangers. `tests/web` has the short list of these."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def page(
    *actions: Action, unsettled: bool = False, fresh: bool = False, polls: bool = False
) -> Callable[[V], V]:
    """Open a page to whoever holds one of `actions` somewhere; to every account if none is named.

    A stranger is sent to sign in and comes back. Everybody else is told that there is no such
    page, so that nobody learns what others can open.

    Args:
        *actions: any one of them opens the page; the service still asks where.
        unsettled: also open to those who must choose a password or set up codes first.
        fresh: a sensitive act; who signed in longer ago proves again who they are (S7).
        polls: asked for by the page itself; does not count as being there (S2).
    """

    def decorate(view: V) -> V:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            turned_away = _turn_away(actions, unsettled=unsettled)
            if turned_away is None and not polls:
                door.touch()
            if turned_away is None and fresh:
                turned_away = proof.demand(account())
            if turned_away is None and OF_PERSONS & set(actions):
                _mark_emergency()
            return view(*args, **kwargs) if turned_away is None else turned_away

        guarded.page_actions = actions  # type: ignore[attr-defined]
        guarded.page_fresh = fresh  # type: ignore[attr-defined]
        guarded.page_polls = polls  # type: ignore[attr-defined]
        return cast("V", guarded)

    return decorate


def _turn_away(actions: tuple[Action, ...], *, unsettled: bool) -> Response | None:
    who = signed_in()
    if who is None:
        return _go(url_for("session.sign_in", next=_here()))
    if who.must_change and not unsettled:
        return _go(url_for("session.password"))
    if door.sign_in().stage == identity.Stage.ENROL and not unsettled:
        return _go(url_for("factor.set_up"))
    if actions and not any(actor().places(action) for action in actions):
        abort(HTTPStatus.NOT_FOUND)  # word for word what an address that is none gets
    return None


def _mark_emergency() -> None:
    """Write down, before the page is made, that it is opened under an emergency access (D6)."""
    if duties.is_under(actor()):
        who = actor()
        with transaction(db()) as session:
            duties.note_use(session, who, f"page:{request.endpoint}")


def _here() -> str | None:
    return request.full_path.rstrip("?") if request.method == "GET" else None


def _go(address: str) -> Response:
    if "HX-Request" not in request.headers:
        return redirect(address)
    answer = current_app.response_class(status=204)
    answer.headers["HX-Redirect"] = address
    return answer


class PortalView(BaseView):
    """A group of pages. FAB registers them; `page` decides who opens them.

    `name` is the first half of the endpoint: ``name = "units"`` and a method ``tree`` make
    ``url_for("units.tree")``.
    """

    name = ""

    @override
    def create_blueprint(
        self, appbuilder: Any, endpoint: str | None = None, static_folder: str | None = None
    ) -> Blueprint:
        return super().create_blueprint(appbuilder, endpoint or self.name, static_folder)
