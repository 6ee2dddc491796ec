"""How a refusal is shown: what happened, what to do next, and that nothing was lost."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from portal.core import tree
from portal.core.errors import Away, Invalid, NotAllowed, NotFound, OutOfTurn, Overtaken, Refusal
from portal.core.words import Words
from portal.web import edge, gate
from portal.web.language import locale

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue

    from portal.core.errors import Problem

log = logging.getLogger(__name__)

STATUS: dict[type[Refusal], HTTPStatus] = {
    Away: HTTPStatus.SERVICE_UNAVAILABLE,
    NotFound: HTTPStatus.NOT_FOUND,
    NotAllowed: HTTPStatus.FORBIDDEN,
    OutOfTurn: HTTPStatus.CONFLICT,
    Overtaken: HTTPStatus.CONFLICT,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
}


def status_of(refusal: Refusal) -> HTTPStatus:
    """Return the status of a refusal, which may be of a class derived from the known ones."""
    return next(STATUS[each] for each in type(refusal).__mro__ if each in STATUS)


TITLES: dict[HTTPStatus, Words] = {
    HTTPStatus.BAD_REQUEST: Words("这一页放得太久了", "This page has been open too long"),
    HTTPStatus.FORBIDDEN: Words("这一步要由别的岗位办理", "Another post has to do this"),
    HTTPStatus.NOT_FOUND: Words("没有找到", "Not found"),
    HTTPStatus.METHOD_NOT_ALLOWED: Words("没有找到", "Not found"),
    HTTPStatus.CONFLICT: Words("现在办不了这一步", "This step is not possible now"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Words("文件太大", "The file is too large"),
    HTTPStatus.UNPROCESSABLE_ENTITY: Words("还有几处要改", "A few things need mending"),
    HTTPStatus.TOO_MANY_REQUESTS: Words("请稍等一会儿", "Please wait a little"),
    HTTPStatus.INTERNAL_SERVER_ERROR: Words("系统出错了", "Something broke on our side"),
    HTTPStatus.SERVICE_UNAVAILABLE: Words("请稍等几秒", "Wait a few seconds"),
}

SENTENCES: dict[HTTPStatus, Words] = {
    HTTPStatus.BAD_REQUEST: Words(
        "为安全起见，请返回上一页，刷新后再提交。您填的内容还在上一页，没有送出。",
        "Go back, reload and send again. What you typed is still there; nothing was sent.",
    ),
    HTTPStatus.NOT_FOUND: Words(
        "没有这个页面，或不在您的管理范围内。您的数据没有变动。",
        "There is no such page within your reach. Nothing of yours has changed.",
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: Words(
        "没有这个页面，或不在您的管理范围内。您的数据没有变动。",
        "There is no such page within your reach. Nothing of yours has changed.",
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Words(
        "这个文件超过了上传上限，没有上传。请删去图片或多余的工作表后再试。",
        "This file is above the upload limit and was not taken. Remove pictures or spare sheets.",
    ),
    HTTPStatus.TOO_MANY_REQUESTS: Words(
        "试得太快了，请过一会儿再试。", "Too many attempts; try again in a while."
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: Words(
        "这一步没有完成，已保存的数据没有变动。请再试一次；还不行就把请求编号告诉管理员。",
        "This step did not finish; what was saved is unchanged. Try again, or report the number.",
    ),
}

BUSY = Words(
    "数据库正忙，这一步没有保存。请稍等几秒再试；已填内容都在。",
    "The database is busy; this step was not saved. Try again in a few seconds.",
)
LOST = Words("请返回上一页重试。", "Go back and try again.")


def _problem(status: HTTPStatus, title: str, detail: str) -> ResponseReturnValue:
    problem = jsonify(
        type="about:blank", title=title, status=status, detail=detail,
        instance=f"urn:sicha:request:{gate.number()}",
    )  # fmt: skip
    problem.mimetype = "application/problem+json"
    return problem, status


def answer(
    status: HTTPStatus, words: Words, problems: tuple[Problem, ...] = ()
) -> ResponseReturnValue:
    """Return the page, the fragment or the problem+json that says what was refused."""
    language = locale()
    title = TITLES.get(status, TITLES[HTTPStatus.CONFLICT]).in_language(language)
    sentence = words.in_language(language)
    if request.path.startswith("/api/"):
        return _problem(status, title, sentence)
    fragment = "HX-Request" in request.headers
    page = render_template(
        "portal/refusal.html" if fragment else "portal/error.html",
        status=status, title=title, sentence=sentence, problems=problems, number=gate.number(),
    )  # fmt: skip
    return page, status


def busy_answer() -> ResponseReturnValue:
    """Return the answer that asks to try again in a moment."""
    return answer(HTTPStatus.SERVICE_UNAVAILABLE, BUSY)


def _in_sight(refusal: NotAllowed) -> bool:
    return any(tree.is_within(refusal.place, grant.place) for grant in edge.actor().grants)


def show_refusals(app: Flask) -> None:  # noqa: C901  one short handler per kind
    """Answer every refusal, and everything that goes wrong by itself, in one place."""

    @app.errorhandler(Refusal)
    def refused(refusal: Refusal) -> ResponseReturnValue:
        if isinstance(refusal, NotAllowed) and not _in_sight(refusal):
            return answer(HTTPStatus.NOT_FOUND, SENTENCES[HTTPStatus.NOT_FOUND])
        problems = refusal.problems if isinstance(refusal, Invalid) else ()
        return answer(status_of(refusal), refusal.words, problems)

    @app.errorhandler(StaleDataError)
    def overtaken(_: StaleDataError) -> ResponseReturnValue:
        return answer(HTTPStatus.CONFLICT, Overtaken().words)

    @app.errorhandler(OperationalError)
    def busy(_: OperationalError) -> ResponseReturnValue:
        log.warning("the database did not answer")
        edge.db().rollback()
        return busy_answer()

    @app.errorhandler(CSRFError)
    def untrusted(_: CSRFError) -> ResponseReturnValue:
        return answer(HTTPStatus.BAD_REQUEST, SENTENCES[HTTPStatus.BAD_REQUEST])

    @app.errorhandler(HTTPException)
    def stopped(error: HTTPException) -> ResponseReturnValue:
        status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
        if status < HTTPStatus.BAD_REQUEST:
            return error.get_response()
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            return broken(error)
        return answer(status, SENTENCES.get(status, LOST))

    def broken(error: Exception) -> ResponseReturnValue:
        number = gate.number()
        if getattr(error, "original_exception", None) is None:  # Flask has logged the others
            log.error("failed", exc_info=error)
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        if request.path.startswith("/api/"):
            return _problem(status, str(TITLES[status]), f"{SENTENCES[status]} ({number})")
        # Asks neither the session nor the database, either of which may be what broke.
        page = app.jinja_env.get_template("portal/broken.html")
        return page.render(title=TITLES[status], words=SENTENCES[status], number=number), status

    app.register_error_handler(HTTPStatus.INTERNAL_SERVER_ERROR, broken)
