"""Asking again who somebody is, before a sensitive act (security.md S7)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import make_response, redirect, render_template, request, url_for

from portal.identity import service as identity
from portal.web import door

if TYPE_CHECKING:
    from werkzeug import Response

    from portal.organizations.models import Account

PASSWORD, CODE = "proof_password", "proof_code"
OWN = {PASSWORD, CODE, "csrf_token"}


def demand(account: Account) -> Response | None:
    """Return the page that asks for the proof, or None if there is nothing to ask any more.

    What was sent stands in the page and is sent again with the proof: nothing typed is lost.
    """
    if identity.is_fresh(door.sign_in()):
        return None
    if request.method == "GET":
        return _lead_away()
    given = PASSWORD in request.form or CODE in request.form
    if given and take(account):
        return None
    return _ask_beside(account, failed=given)


def take(account: Account) -> bool:
    """Take the password and the code of this request; tell whether they prove it."""
    return door.prove(account, request.form.get(PASSWORD, ""), request.form.get(CODE, ""))


def _lead_away() -> Response:
    address = url_for("factor.prove", next=request.full_path.rstrip("?"))
    if "HX-Request" not in request.headers:
        return make_response(redirect(address))
    answer = make_response("", HTTPStatus.NO_CONTENT)
    answer.headers["HX-Redirect"] = address
    return answer


def _ask_beside(account: Account, *, failed: bool) -> Response:
    carried = [pair for pair in request.form.items(multi=True) if pair[0] not in OWN]
    files = any(file.filename for file in request.files.values())
    part = "HX-Request" in request.headers
    answer = make_response(
        show(account, request.full_path.rstrip("?"), carried, failed=failed, files=files),
        HTTPStatus.OK if part else HTTPStatus.FORBIDDEN,
    )
    if part:
        answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "body", "innerHTML"
    return answer


def show(
    account: Account, action: str, carried: list[tuple[str, str]], *, failed: bool,
    files: bool = False,
) -> str:  # fmt: skip
    """Return the page that asks for password and code and sends `carried` to `action`."""
    return render_template(
        "portal/prove.html", action=action, carried=carried, failed=failed, files=files,
        factor=identity.has_factor(door.db(), account), username=account.username,
        provider=door.by_provider(account), vouched=door.is_vouched(),
        lead=_way_out(action, carried),
    )  # fmt: skip


def _way_out(action: str, carried: list[tuple[str, str]]) -> str:
    """Return the address that leads to the provider and back, to where nothing typed is lost."""
    target = request.args.get("next", action)
    if carried or request.method == "POST":
        target = url_for("outside.done")
    return url_for("outside.prove", next=target)
