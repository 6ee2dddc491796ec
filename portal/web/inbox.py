"""The inbox: what one has been told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, url_for
from flask_appbuilder import expose

from portal.notifications import service as notifications
from portal.web.edge import PortalView, actor, db, page, transaction

if TYPE_CHECKING:
    import uuid

    from flask.typing import ResponseReturnValue


class Inbox(PortalView):
    """Notices, newest first."""

    name = "inbox"
    route_base = "/inbox"

    @expose("")
    @page()
    def list(self) -> ResponseReturnValue:
        """Show the inbox."""
        notices = notifications.inbox(db(), actor())
        return render_template("portal/inbox.html", notices=notices)

    @expose("/<uuid:notice_id>", methods=["POST"])
    @page()
    def open(self, notice_id: uuid.UUID) -> ResponseReturnValue:
        """Mark one notice as read and go to what it speaks of."""
        with transaction(db()) as session:
            notice = notifications.mark_read(session, actor(), notice_id)
            link = notice.link
        return redirect(link or url_for("inbox.list"))

    @expose("/read", methods=["POST"])
    @page()
    def read_all(self) -> ResponseReturnValue:
        """Mark every notice as read."""
        with transaction(db()) as session:
            notifications.mark_all_read(session, actor())
        return redirect(url_for("inbox.list"))
