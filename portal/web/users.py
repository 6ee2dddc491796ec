"""People who sign in: who they are, what they are appointed to, and inviting one more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import current_app, redirect, render_template, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from portal import access
from portal.access import Action, Role
from portal.core.errors import Invalid, NotFound, Problem
from portal.core.words import Words
from portal.identity import service as identity
from portal.organizations import service as organizations
from portal.organizations.models import Kind
from portal.web.edge import PortalView, actor, db, page, toast, transaction

if TYPE_CHECKING:
    import uuid

    from flask.typing import ResponseReturnValue

    from portal.organizations.models import Unit
    from portal.organizations.service import Holder

PAGE_SIZE = 50
FOUND = 12
NO_ROLE = Words("请选一个岗位，再保存", "choose a post, then save")


def grantable(unit: Unit) -> list[Role]:
    """Return the posts that the actor may fill at `unit`, as the policy lists them."""
    there = organizations.roles_at(Kind(unit.kind))
    return [role for role in Role if role in there and access.may_grant(actor(), role, unit.path)]


def _role() -> Role:
    try:
        return Role(request.form.get("role", ""))
    except ValueError as unknown:
        raise Invalid(Problem("role", NO_ROLE)) from unknown


def _unit(given: str | None) -> Unit | None:
    """Return the unit that the address names by its id, or None if it names none.

    Raises:
        NotFound: there is none such within reach.
    """
    if not given:
        return None
    try:
        return organizations.get_unit(db(), actor(), UUID(given))
    except ValueError as malformed:
        raise NotFound(Words("组织", "unit")) from malformed


def _holder(user_id: int) -> Holder:
    """Return one person and their posts, as far as the actor may know.

    Raises:
        NotFound: there is none such within reach.
    """
    found = organizations.accounts(db(), actor(), after=user_id - 1, limit=1)
    if not found or found[0].account.id != user_id:
        raise NotFound(Words("用户", "user"))
    return found[0]


class Users(PortalView):
    """The list of people, one person, and the forms that change what they may do."""

    name = "users"
    route_base = "/users"

    @expose("")
    @page(Action.USER_VIEW)
    def list(self) -> ResponseReturnValue:
        """Show who holds a post in one's reach."""
        wanted = request.args.get("q", "").strip()[:60]
        below = _unit(request.args.get("unit"))
        after = request.args.get("after", type=int)
        holders = organizations.accounts(
            db(), actor(), search=wanted, below=below.path if below else None, after=after,
            limit=PAGE_SIZE + 1,
        )  # fmt: skip
        return render_template(
            "portal/users.html", holders=holders[:PAGE_SIZE], wanted=wanted, below=below,
            more=len(holders) > PAGE_SIZE, paged=after is not None,
        )  # fmt: skip

    @expose("/<int:user_id>")
    @page(Action.USER_VIEW)
    def show(self, user_id: int) -> ResponseReturnValue:
        """Show one person, their posts, and what may be done about them."""
        return self._person(user_id)

    def _person(self, user_id: int, problems: tuple[Problem, ...] = ()) -> ResponseReturnValue:
        holder = _holder(user_id)
        wanted = request.values.get("q", "").strip()[:60]
        chosen = _unit(request.values.get("unit"))
        text = render_template(
            "portal/user.html", person=holder.account, held=holder.posts, problems=problems,
            wanted=wanted, chosen=chosen, found=self._found(wanted),
            roles=grantable(chosen) if chosen else [], oneself=user_id == actor().user_id,
            may_end=bool(actor().places(Action.SESSION_END)),
        )  # fmt: skip
        return text, 422 if problems else 200

    def _found(self, wanted: str) -> Any:
        return organizations.list_units(db(), actor(), search=wanted, limit=FOUND) if wanted else ()

    @expose("/invite", methods=["GET", "POST"])
    @page(Action.USER_INVITE)
    def invite(self) -> ResponseReturnValue:
        """Invite a person to a post; the password for the first sign-in is shown once."""
        chosen = _unit(request.values.get("unit"))
        problems: tuple[Problem, ...] = ()
        if request.method == "POST" and chosen is not None:
            try:
                return self._invited(chosen)
            except Invalid as invalid:
                problems = invalid.problems
        wanted = request.values.get("q", "").strip()[:60]
        text = render_template(
            "portal/invite.html", chosen=chosen, wanted=wanted, found=self._found(wanted),
            roles=grantable(chosen) if chosen else [], problems=problems, form=request.form,
        )  # fmt: skip
        return text, 422 if problems else 200

    def _invited(self, unit: Unit) -> ResponseReturnValue:
        method = current_app.config["FAB_PASSWORD_HASH_METHOD"]
        with transaction(db()) as session:
            account, password = organizations.invite(
                session, actor(), unit, _role(), username=request.form.get("username", ""),
                full_name=request.form.get("full_name", ""), password_method=method,
            )  # fmt: skip
        return render_template("portal/one_time.html", person=account, password=password)

    @expose("/<int:user_id>/posts", methods=["POST"])
    @page(Action.USER_INVITE, fresh=True)
    def appoint(self, user_id: int) -> ResponseReturnValue:
        """Give a person one more post."""
        unit = _unit(request.form.get("unit"))
        if unit is None:
            raise NotFound(Words("组织", "unit"))
        try:
            with transaction(db()) as session:
                organizations.appoint(session, actor(), user_id, unit, _role())
        except Invalid as invalid:
            return self._person(user_id, invalid.problems)
        toast(gettext("已任命"))
        return redirect(url_for("users.show", user_id=user_id))

    @expose("/<int:user_id>/posts/<uuid:post_id>", methods=["POST"])
    @page(Action.USER_INVITE, fresh=True)
    def dismiss(self, user_id: int, post_id: uuid.UUID) -> ResponseReturnValue:
        """Take a post from a person."""
        with transaction(db()) as session:
            organizations.dismiss(session, actor(), post_id)
        toast(gettext("已免去，本人在别处的登录都已退出"))
        return redirect(url_for("users.show", user_id=user_id))

    @expose("/<int:user_id>/account", methods=["POST"])
    @page(Action.USER_INVITE, fresh=True)
    def switch(self, user_id: int) -> ResponseReturnValue:
        """Shut an account, or open it again."""
        shut = request.form.get("active") == "0"
        with transaction(db()) as session:
            change = organizations.disable_account if shut else organizations.enable_account
            change(session, actor(), user_id)
        toast(gettext("账号已停用，登录都已退出") if shut else gettext("账号已启用"))
        return redirect(url_for("users.show", user_id=user_id))

    @expose("/<int:user_id>/password", methods=["POST"])
    @page(Action.USER_INVITE, fresh=True)
    def reset(self, user_id: int) -> ResponseReturnValue:
        """Give somebody who lost their password a new one for the next sign-in."""
        method = current_app.config["FAB_PASSWORD_HASH_METHOD"]
        with transaction(db()) as session:
            password = organizations.reset_password(
                session, actor(), user_id, password_method=method
            )
            account = organizations.get_account(session, actor(), user_id)
        return render_template("portal/one_time.html", person=account, password=password)

    @expose("/<int:user_id>/factor", methods=["POST"])
    @page(Action.USER_INVITE, fresh=True)
    def reset_factor(self, user_id: int) -> ResponseReturnValue:
        """Take the one-time codes from somebody who lost their generator; say why."""
        try:
            with transaction(db()) as session:
                identity.reset(session, actor(), user_id, request.form.get("reason", ""))
        except Invalid as invalid:
            return self._person(user_id, invalid.problems)
        toast(gettext("动态口令已重置，本人下次登录时重新设置"))
        return redirect(url_for("users.show", user_id=user_id))
