"""My sessions: where one is signed in, and ending it; for the security admin also of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from portal.access import Action
from portal.identity import service as identity
from portal.organizations import service as organizations
from portal.web import door
from portal.web.edge import PortalView, actor, db, page, toast, transaction

if TYPE_CHECKING:
    import uuid

    from flask.typing import ResponseReturnValue


class SignIns(PortalView):
    """The running sessions of one person."""

    name = "sign_ins"
    route_base = ""
    default_view = "own"

    @expose("/me/sessions")
    @page()
    def own(self) -> ResponseReturnValue:
        """Show where one is signed in."""
        return self._shown(actor().user_id or 0)

    @expose("/users/<int:user_id>/sessions")
    @page(Action.SESSION_END)
    def others(self, user_id: int) -> ResponseReturnValue:
        """Show where somebody is signed in."""
        return self._shown(user_id)

    def _shown(self, user_id: int) -> str:
        running = identity.sessions_of(db(), actor(), user_id)
        return render_template(
            "portal/sign_ins.html", running=running, here=door.sign_in().id,
            person=organizations.get_account(db(), actor(), user_id),
            oneself=user_id == actor().user_id,
        )  # fmt: skip

    @expose("/me/sessions/<uuid:sign_in_id>", methods=["POST"])
    @page()
    def end_own(self, sign_in_id: uuid.UUID) -> ResponseReturnValue:
        """End one of one's own sessions."""
        return self._ended(actor().user_id or 0, sign_in_id, url_for("sign_ins.own"))

    @expose("/users/<int:user_id>/sessions/<uuid:sign_in_id>", methods=["POST"])
    @page(Action.SESSION_END, fresh=True)
    def end(self, user_id: int, sign_in_id: uuid.UUID) -> ResponseReturnValue:
        """End a session of somebody else."""
        return self._ended(user_id, sign_in_id, url_for("sign_ins.others", user_id=user_id))

    def _ended(self, user_id: int, sign_in_id: uuid.UUID, back: str) -> ResponseReturnValue:
        with transaction(db()) as session:
            identity.end(session, actor(), user_id, sign_in_id)
        toast(gettext("这次登录已结束"))
        return redirect(back)
