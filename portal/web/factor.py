"""One-time codes: setting them up, and proving once more who one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import segno
from flask import redirect, render_template, request
from flask_appbuilder import expose

from portal.core.errors import Invalid
from portal.identity import service as identity
from portal.web import door, proof
from portal.web.edge import PortalView, account, db, page, transaction
from portal.web.leads import safe_next

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from portal.core.errors import Problem

ISSUER = "四查"
QUIET = 3  # modules of white around the picture


def drawing(text: str) -> tuple[str, int]:
    """Return a QR code as the path of an SVG, and the side of the square it is drawn in."""
    rows = list(segno.make(text, error="m", micro=False).matrix)
    path = "".join(
        f"M{x + QUIET} {y + QUIET}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, dark in enumerate(row)
        if dark
    )
    return path, len(rows) + 2 * QUIET


class Factors(PortalView):
    """The generator of codes in one's own hands."""

    name = "factor"
    route_base = "/me"
    default_view = "set_up"

    @expose("/factor", methods=["GET", "POST"])
    @page(unsettled=True, fresh=True)
    def set_up(self) -> ResponseReturnValue:
        """Show the seed of this session, take the first code, then show the recovery codes."""
        problems: tuple[Problem, ...] = ()
        if request.method == "POST":
            try:
                return self._confirmed(request.form.get("code", ""))
            except Invalid as invalid:
                problems = invalid.problems
        with transaction(db()) as session:
            seed = identity.propose(session, door.sign_in())
        path, side = drawing(identity.address(seed, ISSUER, account().username))
        text = render_template(
            "portal/factor.html", seed=" ".join(seed[at : at + 4] for at in range(0, len(seed), 4)),
            path=path, side=side, problems=problems, has=identity.has_factor(db(), account()),
        )  # fmt: skip
        return text, 422 if problems else 200

    def _confirmed(self, code: str) -> ResponseReturnValue:
        with transaction(db()) as session:
            codes = identity.confirm(session, account(), door.sign_in(), code)
        return render_template("portal/recovery_codes.html", codes=codes)

    @expose("/prove", methods=["GET", "POST"])
    @page(unsettled=True)
    def prove(self) -> ResponseReturnValue:
        """Ask for password and code again, then go on to where one was."""
        target, failed = safe_next(request.args.get("next")), "failed" in request.args
        if request.method == "POST":
            if proof.take(account()):
                return redirect(target)
            failed = True
        here = request.full_path.rstrip("?")
        return proof.show(account(), here, [], failed=failed), 403 if failed else 200
