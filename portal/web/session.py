"""Signing in and out, one's own password, language and type size, and the unit worked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import current_app, redirect, render_template, request, session, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from portal.audit import Act
from portal.core.errors import Invalid, NotFound, OutOfTurn, Problem
from portal.core.words import Words
from portal.identity import service as identity
from portal.organizations import service as organizations
from portal.scope import service as scope
from portal.web import door, entering
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
from portal.web.leads import HOME, safe_next

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from portal.identity.service import SignIn
    from portal.organizations.models import Account

DIFFERS = Words("两次输入的新密码不一样，密码没有改动", "the two differ; nothing changed")


def _check(username: str, password: str) -> bool:
    """Let somebody in whose password is right: to the portal, or to the question for a code."""
    scope.let_go(db())  # whoever waits for a code here may sign in as somebody else
    tried = door.attempt(username)
    return entering.enter(tried, right=door.fits(tried, password))


def _check_code(row: SignIn, who: Account, code: str) -> bool:
    tried = door.attempt(who.username)
    with transaction(db()) as unit_of_work, scope.beyond(unit_of_work, scope.Reason.SIGN_IN):
        if not (tried.placed and identity.check(unit_of_work, who, code)):
            identity.fail(unit_of_work, tried)
            return False
        identity.succeed(unit_of_work, tried)
        identity.finish(unit_of_work, row, "code given")
        row, token = entering.started(unit_of_work, who, identity.Stage.OPEN)
    door.remember(row, token, who)
    return True


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
            if _check(username, request.form.get("password", "")):
                waits = door.waiting() is not None
                return redirect(url_for("session.code", next=target) if waits else target)
            failed = True
        page = render_template(
            "portal/sign_in.html", username=username, failed=failed, outside=identity.outside()
        )
        return page, 401 if failed else 200

    @expose("/sign-in/code", methods=["GET", "POST"])
    @public
    def code(self) -> ResponseReturnValue:
        """Ask for the one-time code of somebody whose password was right."""
        target, found = safe_next(request.args.get("next")), door.waiting()
        if found is None:
            return redirect(url_for("session.sign_in", next=target))
        failed = request.method == "POST"
        if failed and _check_code(*found, request.form.get("code", "")):
            return redirect(target)
        return render_template("portal/sign_in_code.html", failed=failed), 401 if failed else 200

    @expose("/sign-out", methods=["POST"])
    @page(unsettled=True)
    def sign_out(self) -> ResponseReturnValue:
        """End the session in this browser."""
        with transaction(db()) as unit_of_work:
            organizations.note(unit_of_work, account(), Act.SIGN_OUT)
            identity.finish(unit_of_work, door.sign_in(), "signed out")
        door.forget()
        answer = current_app.make_response(redirect(url_for("session.sign_in")))
        answer.headers["Clear-Site-Data"] = '"cache", "storage"'
        return answer

    @expose("/me/password", methods=["GET", "POST"])
    @page(unsettled=True)
    def password(self) -> ResponseReturnValue:
        """Choose a password; every other session of this account ends."""
        problems: tuple[Any, ...] = ()
        if identity.outside().vouches_for(account().username):
            raise OutOfTurn(identity.ELSEWHERE)
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
        self._prove_current(form.get("old", ""))
        with transaction(db()) as unit_of_work:
            who = organizations.change_password(
                unit_of_work, actor(), form.get("old", ""), form.get("new", ""),
                password_method=current_app.config["FAB_PASSWORD_HASH_METHOD"],
                profile=door.settings().password_profile,
                with_factor=identity.has_factor(unit_of_work, account()),
            )  # fmt: skip
            token = identity.keep(unit_of_work, who, door.sign_in())
        door.renumber(door.sign_in(), token)
        toast(gettext("密码已改，别处的登录都已退出"))
        return redirect(HOME)

    def _prove_current(self, password: str) -> None:
        """Count a wrong present password as at the door; say the same when it is locked."""
        tried = door.attempt(account().username)
        right = door.fits(tried, password)
        with transaction(db()) as unit_of_work, scope.beyond(unit_of_work, scope.Reason.SIGN_IN):
            if right:
                identity.half(unit_of_work, tried)
            else:
                identity.fail(unit_of_work, tried)
        if not right:
            raise Invalid(organizations.WRONG)

    @expose("/me", methods=["GET"])
    @page()
    def me(self) -> ResponseReturnValue:
        """Show one's own name, posts and choices; what the menu holds on a phone."""
        held = organizations.posts_of(db(), actor())
        elsewhere = identity.outside().vouches_for(account().username)
        return render_template("portal/me.html", held=held, elsewhere=elsewhere)

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
