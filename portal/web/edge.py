"""What every page shares: the session, the actor, their unit, and who may open a page."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import current_app, flash, g, redirect, request, session, url_for
from flask_appbuilder import BaseView
from flask_login import current_user
from typing_extensions import override

from portal.access import Actor
from portal.campaigns import service as campaigns
from portal.core.database import transaction
from portal.core.errors import NotFound
from portal.core.words import Words
from portal.organizations import service as organizations
from portal.scope import service as scope

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flask import Blueprint
    from sqlalchemy.orm import Session
    from werkzeug import Response

    from portal.access import Action
    from portal.campaigns.models import Campaign
    from portal.organizations.models import Account, Unit

__all__ = [
    "PortalView",
    "account",
    "actor",
    "campaign",
    "db",
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


def db() -> Session:
    """Return the session of this request."""
    return cast("Session", current_app.extensions["sqlalchemy"].session())


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


def public(view: V) -> V:
    """Mark `view` as open to strangers. `tests/web` has the short list of these."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def page(*actions: Action, unsettled: bool = False, fresh: bool = False) -> Callable[[V], V]:
    """Open a page to whoever holds one of `actions` somewhere; to every account if none is named.

    A stranger is sent to sign in and comes back. Everybody else is told that there is no such
    page, so that nobody learns what others can open.

    Args:
        *actions: any one of them opens the page; the service still asks where.
        unsettled: also open to those who must choose a password first.
        fresh: a sensitive act; who signed in longer ago proves again who they are (S7).
    """

    def decorate(view: V) -> V:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            turned_away = _turn_away(actions, unsettled=unsettled)
            return view(*args, **kwargs) if turned_away is None else turned_away

        guarded.page_actions = actions  # type: ignore[attr-defined]
        guarded.page_fresh = fresh  # type: ignore[attr-defined]
        return cast("V", guarded)

    return decorate


def _turn_away(actions: tuple[Action, ...], *, unsettled: bool) -> Response | None:
    who = signed_in()
    if who is None:
        return _go(url_for("session.sign_in", next=_here()))
    if who.must_change and not unsettled:
        return _go(url_for("session.password"))
    if actions and not any(actor().places(action) for action in actions):
        raise NotFound(PAGE)
    return None


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
