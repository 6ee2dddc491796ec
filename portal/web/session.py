"""Signing in and out, one's own password, language and type size, and the unit worked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import current_app, redirect, render_template, request, session, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_login import login_user, logout_user

from portal.audit import Act
from portal.core.errors import Invalid, NotFound, Problem
from portal.core.words import Words
from portal.organizations import service as organizations
from portal.scope import service as scope
from portal.web.edge import (
    PortalView,
    account,
    actor,
    db,
    page,
    posts,
    public,
    signed_in,
    toast,
    transaction,
)
from portal.web.language import LANGUAGES

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from portal.organizations.models import Account

HOME = "/"
DIFFERS = Words("两次输入的新密码不一样，密码没有改动", "the two differ; nothing changed")


def safe_next(wanted: str | None) -> str:
    """Return `wanted` if it is an address of this portal, else the first page."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return HOME
    return HOME if any(ord(sign) < ord(" ") or sign == "\\" for sign in wanted) else wanted


def _check(username: str, password: str) -> Account | None:
    with transaction(db()), scope.beyond(db(), scope.Reason.SIGN_IN):
        keeper = current_app.extensions["appbuilder"].sm
        who: Account | None = keeper.auth_user_db(username, password)
        tried = who or keeper.find_user(username=username)
        if tried is not None:
            organizations.note(db(), tried, Act.SIGN_IN if who else Act.SIGN_IN_FAILED)
        if who is not None:
            version = who.session_version or 0
            language = session.get("locale")
            session.clear()
            login_user(who)
            scope.bind_account(db(), who.tenant_id, who.id)
            session.permanent = True
            session["version"] = version
            if language and who.locale is None:
                session["locale"] = language
    return who


class Session(PortalView):
    """Who one is, for the portal and on the screen."""

    name = "session"
    route_base = ""
    default_view = "sign_in"

    @expose("/sign-in", methods=["GET", "POST"])
    @public
    def sign_in(self) -> ResponseReturnValue:
        """Show the form; check name and password."""
        target = safe_next(request.args.get("next"))
        if signed_in() is not None:
            return redirect(target)
        username, failed = organizations.username(request.form.get("username", "")), False
        if request.method == "POST":
            if _check(username, request.form.get("password", "")) is not None:
                return redirect(target)
            failed = True
        page = render_template("portal/sign_in.html", username=username, failed=failed)
        return page, 401 if failed else 200

    @expose("/sign-out", methods=["POST"])
    @page(unsettled=True)
    def sign_out(self) -> ResponseReturnValue:
        """End the session in this browser."""
        with transaction(db()):
            organizations.note(db(), account(), Act.SIGN_OUT)
        logout_user()
        session.clear()
        return redirect(url_for("session.sign_in"))

    @expose("/me/password", methods=["GET", "POST"])
    @page(unsettled=True)
    def password(self) -> ResponseReturnValue:
        """Choose a password; every other session of this account ends."""
        problems: tuple[Any, ...] = ()
        if request.method == "POST":
            try:
                return self._set_password(request.form)
            except Invalid as invalid:
                problems = invalid.problems
        template = "portal/password.html"
        return render_template(template, problems=problems), 422 if problems else 200

    def _set_password(self, form: Any) -> ResponseReturnValue:
        if form.get("new", "") != form.get("again", ""):
            raise Invalid(Problem("again", DIFFERS))
        with transaction(db()) as unit_of_work:
            who = organizations.change_password(
                unit_of_work, actor(), form.get("old", ""), form.get("new", ""),
                password_method=current_app.config["FAB_PASSWORD_HASH_METHOD"],
            )  # fmt: skip
            session["version"] = who.session_version
        toast(gettext("密码已改，别处的登录都已退出"))
        return redirect(HOME)

    @expose("/me", methods=["GET"])
    @page()
    def me(self) -> ResponseReturnValue:
        """Show one's own name, posts and choices; what the menu holds on a phone."""
        held = organizations.posts_of(db(), actor())
        return render_template("portal/me.html", held=held)

    @expose("/me/choices", methods=["POST"])
    @page(unsettled=True)
    def choose(self) -> ResponseReturnValue:
        """Keep the language and the size of type with the account."""
        with transaction(db()):
            who = account()
            if request.form.get("locale") in LANGUAGES:
                who.locale = session["locale"] = request.form["locale"]
            if "large_type" in request.form:
                who.large_type = request.form["large_type"] == "1"
        return redirect(safe_next(request.form.get("next")))

    @expose("/me/unit", methods=["POST"])
    @page()
    def work_for(self) -> ResponseReturnValue:
        """Work for another of one's own units from now on."""
        chosen = request.form.get("unit", "")
        if chosen not in {str(post.id) for post in posts()}:
            raise NotFound(Words("任职单位", "unit of yours"))
        session["unit"] = chosen
        return redirect(HOME)

    @expose("/help", methods=["GET"])
    @page()
    def help(self) -> ResponseReturnValue:
        """Show the keys and where to ask."""
        return render_template("portal/help.html")
