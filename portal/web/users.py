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
from portal.duties import service as duties
from portal.duties.models import Step
from portal.identity import service as identity
from portal.members import service as members
from portal.organizations import service as organizations
from portal.organizations.models import Kind
from portal.web import menu, typed
from portal.web.edge import PortalView, actor, db, page, toast, transaction

if TYPE_CHECKING:
    import uuid

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.members.models import Member
    from portal.organizations.models import Unit
    from portal.organizations.service import Holder, Post

PAGE_SIZE = 50
FOUND = 12
NO_ROLE = Words("请选一个岗位，再保存", "choose a post, then save")


@menu.counts("users.list")
def waiting(session: Session, who: Actor, _here: Unit) -> str:
    """Return how many changes of posts wait for this person to confirm."""
    return str(len(duties.to_confirm(session, who)) or "")


def takes_two(role: Role, path: str) -> bool:
    """Tell whether the actor needs a second person to give or take `role` at `path`."""
    return access.needs_two(actor(), role, path)


def _guarded(held: tuple[Post, ...], roles: frozenset[Role]) -> bool:
    return any(post.role in roles and takes_two(post.role, post.unit.path) for post in held)


def grantable(unit: Unit) -> list[Role]:
    """Return the posts that the actor may fill at `unit`, as the policy lists them."""
    there = organizations.roles_at(Kind(unit.kind))
    return [role for role in Role if role in there and access.may_grant(actor(), role, unit.path)]


def _role() -> Role:
    try:
        return Role(request.form.get("role", ""))
    except ValueError as unknown:
        raise Invalid(Problem("role", NO_ROLE)) from unknown


def _reason() -> str:
    return request.form.get("reason", "")


def _held(user_id: int) -> tuple[Post, ...]:
    """Return the posts of a person that the actor may know about; nobody's if there is none."""
    found = organizations.accounts(db(), actor(), after=user_id - 1, limit=1)
    return found[0].posts if found and found[0].account.id == user_id else ()


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
        after = typed.whole(request.args.get("after", ""))
        holders = organizations.accounts(
            db(), actor(), search=wanted, below=below.path if below else None, after=after,
            limit=PAGE_SIZE + 1,
        )  # fmt: skip
        return render_template(
            "portal/users.html", holders=holders[:PAGE_SIZE], wanted=wanted, below=below,
            more=len(holders) > PAGE_SIZE, paged=after > 0,
            to_confirm=len(duties.to_confirm(db(), actor())),
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
            takes_two=takes_two, form=request.form,
            reset_by_two=_guarded(holder.posts, access.APPOINTABLE),
            switch_by_two=_guarded(holder.posts, access.GUARDED),
            **self._record_of(holder),
            may_end=bool(actor().places(Action.SESSION_END)),
        )  # fmt: skip
        return text, 422 if problems else 200

    def _record_of(self, holder: Holder) -> dict[str, Any]:
        """Return what the page says of the holder's own record, to those who may see names."""
        sees = any(access.allows(actor(), Action.MEMBER_VIEW, p.unit.path) for p in holder.posts)
        if not sees:
            return {"sees_members": False}
        asked, linked = request.args.get("member", "").strip()[:60], holder.account.member_id
        found: list[Member] = (
            list(members.list_members(db(), actor(), search=asked, limit=FOUND)) if asked else []
        )
        own = members.get_member(db(), actor(), linked) if linked else None
        return {"sees_members": True, "asked": asked, "candidates": found, "own": own}

    def _found(self, wanted: str) -> Any:
        return organizations.list_units(db(), actor(), search=wanted, limit=FOUND) if wanted else ()

    @expose("/invite", methods=["GET", "POST"])
    @page(Action.USER_INVITE, fresh=True)
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
            takes_two=takes_two,
        )  # fmt: skip
        return text, 422 if problems else 200

    def _invited(self, unit: Unit) -> ResponseReturnValue:
        method = current_app.config["FAB_PASSWORD_HASH_METHOD"]
        with transaction(db()) as session:
            account, password, proposal = duties.invite(
                session, actor(), unit, _role(), username=request.form.get("username", ""),
                full_name=request.form.get("full_name", ""), password_method=method,
                reason=request.form.get("reason", ""),
            )  # fmt: skip
        return render_template(
            "portal/one_time.html", person=account, password=password, proposal=proposal
        )

    @expose("/<int:user_id>/posts", methods=["POST"])
    @page(Action.USER_INVITE, fresh=True)
    def appoint(self, user_id: int) -> ResponseReturnValue:
        """Give a person one more post, or propose it where it takes two."""
        unit = _unit(request.form.get("unit"))
        if unit is None:
            raise NotFound(Words("组织", "unit"))
        try:
            role = _role()
            if takes_two(role, unit.path):
                with transaction(db()) as session:
                    duties.propose_appointment(session, actor(), user_id, unit, role, _reason())
                return self._proposed(user_id)
            with transaction(db()) as session:
                organizations.appoint(session, actor(), user_id, unit, role)
        except Invalid as invalid:
            return self._person(user_id, invalid.problems)
        toast(gettext("已任命"))
        return redirect(url_for("users.show", user_id=user_id))

    def _proposed(self, user_id: int) -> ResponseReturnValue:
        toast(gettext("已提出，等另一位同志确认；现在还没有改动"))
        return redirect(url_for("users.show", user_id=user_id))

    @expose("/<int:user_id>/posts/<uuid:post_id>", methods=["POST"])
    @page(Action.USER_INVITE, fresh=True)
    def dismiss(self, user_id: int, post_id: uuid.UUID) -> ResponseReturnValue:
        """Take a post from a person, or propose it where it takes two."""
        try:
            with transaction(db()) as session:
                held = organizations.get_appointment(session, actor(), post_id)
                two = takes_two(Role(held.role), held.path)
                if two:
                    duties.propose_dismissal(session, actor(), post_id, _reason())
                else:
                    organizations.dismiss(session, actor(), post_id)
        except Invalid as invalid:
            return self._person(user_id, invalid.problems)
        if two:
            return self._proposed(user_id)
        toast(gettext("已免去，本人在别处的登录都已退出"))
        return redirect(url_for("users.show", user_id=user_id))

    @expose("/<int:user_id>/account", methods=["POST"])
    @page(Action.USER_INVITE, fresh=True)
    def switch(self, user_id: int) -> ResponseReturnValue:
        """Shut an account, or open it again; propose it where it takes two."""
        shut = request.form.get("active") == "0"
        if _guarded(_held(user_id), access.GUARDED):
            return self._propose(user_id, Step.DISABLE if shut else Step.ENABLE)
        with transaction(db()) as session:
            change = organizations.disable_account if shut else organizations.enable_account
            change(session, actor(), user_id)
        toast(gettext("账号已停用，登录都已退出") if shut else gettext("账号已启用"))
        return redirect(url_for("users.show", user_id=user_id))

    def _propose(self, user_id: int, step: Step) -> ResponseReturnValue:
        try:
            with transaction(db()) as session:
                duties.propose_for_account(session, actor(), step, user_id, _reason())
        except Invalid as invalid:
            return self._person(user_id, invalid.problems)
        return self._proposed(user_id)

    @expose("/<int:user_id>/member", methods=["POST"])
    @page(Action.USER_INVITE, fresh=True)
    def link(self, user_id: int) -> ResponseReturnValue:
        """Say which member this person is, or take that back."""
        given = request.form.get("member", "")
        try:
            member_id = UUID(given) if given else None
        except ValueError as malformed:
            raise NotFound(Words("党员", "member")) from malformed
        with transaction(db()) as session:
            duties.link_member(session, actor(), user_id, member_id)
        toast(gettext("已关联本人档案") if given else gettext("已取消关联"))
        return redirect(url_for("users.show", user_id=user_id))

    @expose("/<int:user_id>/password", methods=["POST"])
    @page(Action.USER_INVITE, fresh=True)
    def reset(self, user_id: int) -> ResponseReturnValue:
        """Give somebody who lost their password a new one; propose it where it takes two."""
        if _guarded(_held(user_id), access.APPOINTABLE):
            return self._propose(user_id, Step.RESET)
        method = current_app.config["FAB_PASSWORD_HASH_METHOD"]
        with transaction(db()) as session:
            password = organizations.reset_password(
                session, actor(), user_id, password_method=method
            )
            account = organizations.get_account(session, actor(), user_id)
        return render_template(
            "portal/one_time.html", person=account, password=password, proposal=None
        )

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
