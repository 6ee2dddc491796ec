"""Signing in, and proving once more who one is, by a provider outside."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import abort, redirect, render_template, request, session, url_for
from flask_appbuilder import expose

from portal.identity import service as identity
from portal.scope import service as scope
from portal.web import door, entering, provider
from portal.web.edge import PortalView, account, db, page, public, signed_in
from portal.web.leads import safe_next

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from portal.web.provider import Vouched


def _need_provider() -> None:
    """Say that there is no such page where there is no provider."""
    if identity.outside().by != "oidc":
        abort(HTTPStatus.NOT_FOUND)


class Outside(PortalView):
    """To the provider and back."""

    name = "outside"
    route_base = ""
    default_view = "leave"

    @expose("/sign-in/outside", methods=["GET"])
    @public
    def leave(self) -> ResponseReturnValue:
        """Go to the provider to sign in."""
        _need_provider()
        target = safe_next(request.args.get("next"))
        return redirect(target) if signed_in() is not None else provider.leave(target)

    @expose("/sign-in/outside/return", methods=["GET"])
    @public
    def come_back(self) -> ResponseReturnValue:
        """Come back from the provider: into the portal, or to where one had to prove oneself."""
        _need_provider()
        came = provider.come_back()
        if came is None:
            return self._not_in()
        return self._proved(came) if came.proving else self._entered(came)

    def _entered(self, came: Vouched) -> ResponseReturnValue:
        scope.let_go(db())
        tried = door.attempt(came.username)
        right = tried.outside and tried.usable and tried.placed
        if not entering.enter(tried, right=right, factor=came.factor):
            return self._not_in()
        waits = door.waiting() is not None
        return redirect(url_for("session.code", next=came.target) if waits else came.target)

    def _proved(self, came: Vouched) -> ResponseReturnValue:
        who = signed_in()
        if who is None:
            return redirect(url_for("session.sign_in", next=came.target))
        same = came.anew and came.proving == str(door.sign_in().id)
        if not same or not door.vouch(who, came.username):
            return self._again(came.target, failed=True)
        if identity.has_factor(db(), who) and not came.factor:
            return self._again(came.target, failed=False)  # which now asks for the code alone
        if not door.prove(who, "", "", factor=came.factor):
            return self._again(came.target, failed=True)
        return redirect(came.target)

    def _again(self, target: str, *, failed: bool) -> ResponseReturnValue:
        return redirect(url_for("factor.prove", next=target, failed="1" if failed else None))

    def _not_in(self) -> ResponseReturnValue:
        text = render_template(
            "portal/sign_in.html", username="", failed=True, outside=identity.outside()
        )
        return text, HTTPStatus.UNAUTHORIZED

    @expose("/me/prove/outside", methods=["GET"])
    @page(unsettled=True)
    def prove(self) -> ResponseReturnValue:
        """Go to the provider to prove once more who one is."""
        _need_provider()
        if not identity.outside().vouches_for(account().username):
            abort(HTTPStatus.NOT_FOUND)
        session.pop(door.VOUCHED, None)
        target = safe_next(request.args.get("next"))
        return provider.leave(target, proving=str(door.sign_in().id))

    @expose("/me/prove/done", methods=["GET"])
    @page(unsettled=True)
    def done(self) -> ResponseReturnValue:
        """Say that one may go back to the page that waits."""
        return render_template("portal/proved.html")
