"""Refusals as ``application/problem+json`` (RFC 9457), in both languages, with stable types."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import jsonify, request

from portal.core.errors import (
    Away,
    Invalid,
    NotAllowed,
    NotFound,
    OutOfTurn,
    Overtaken,
    Refusal,
)
from portal.core.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

    from portal.core.errors import Problem


class SignInFailed(Refusal):
    """Name and password do not belong together, or the account is shut."""

    def __init__(self) -> None:
        super().__init__(
            Words(
                "用户名或密码不对，或账号已停用。请核对后再试",
                "The user name or the password is wrong, or the account is disabled",
            )
        )


class ProofTooOld(Refusal):
    """A sensitive call, and the token was got too long ago."""

    def __init__(self) -> None:
        super().__init__(
            Words(
                "这一步要求五分钟内刚验证过身份。请用 POST /api/v1/session 重新取令牌，再发一次",
                "This call wants a proof of who you are from the last five minutes. Get a new "
                "token by POST /api/v1/session and send it again; nothing was done",
            )
        )


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: the end of its type, its status, and its title."""

    slug: str
    status: HTTPStatus
    title: Words

    @property
    def type(self) -> str:
        """Return the URI that names this kind for ever."""
        return f"urn:sicha:problem:{self.slug}"


KINDS: Mapping[type[Refusal], Kind] = {
    NotFound: Kind("not-found", HTTPStatus.NOT_FOUND, Words("没有找到", "Not found")),
    NotAllowed: Kind(
        "not-allowed", HTTPStatus.FORBIDDEN, Words("您的岗位不能办理", "Not allowed to your post")
    ),
    OutOfTurn: Kind("out-of-turn", HTTPStatus.CONFLICT, Words("现在不能办理", "Not possible now")),
    Overtaken: Kind("overtaken", HTTPStatus.CONFLICT, Words("已被别人改过", "Changed meanwhile")),
    Invalid: Kind(
        "invalid", HTTPStatus.UNPROCESSABLE_ENTITY, Words("内容须修改", "Something needs mending")
    ),
    SignInFailed: Kind(
        "sign-in-failed", HTTPStatus.UNAUTHORIZED, Words("没有登录成功", "Signing in failed")
    ),
    Away: Kind("away", HTTPStatus.SERVICE_UNAVAILABLE, Words("暂时连不上", "Out of reach for now")),
    ProofTooOld: Kind(
        "proof-too-old", HTTPStatus.FORBIDDEN, Words("请再次验证身份", "Prove again who you are")
    ),
}
NO_TOKEN = Kind("no-token", HTTPStatus.UNAUTHORIZED, Words("请先取得令牌", "A token is needed"))
UNREADABLE = Kind("unreadable", HTTPStatus.BAD_REQUEST, Words("请求读不懂", "Not understood"))
TOO_LARGE = Kind(
    "too-large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, Words("请求太大", "The request is too large")
)
ALL = (*KINDS.values(), NO_TOKEN, UNREADABLE, TOO_LARGE)


def of(refusal: Refusal) -> Kind:
    """Return the kind of a refusal, which may be of a class derived from the known ones."""
    return next(KINDS[each] for each in type(refusal).__mro__ if each in KINDS)


def answer(kind: Kind, words: Words, problems: tuple[Problem, ...] = ()) -> Response:
    """Return the answer that tells a problem."""
    told: dict[str, Any] = {
        "type": kind.type,
        "title": str(kind.title),
        "status": kind.status.value,
        "detail": str(words),
        "instance": f"urn:sicha:request:{request.environ.get('portal.number', '')}",
        "words": _said(words),
    }
    if problems:
        told["problems"] = [
            {"where": each.where, "rule": each.rule, "words": _said(each.words)}
            for each in problems
        ]
    made = jsonify(told)
    made.status_code = kind.status.value
    made.mimetype = "application/problem+json"
    if kind.status == HTTPStatus.UNAUTHORIZED:
        made.headers["WWW-Authenticate"] = "Bearer"
    return made


def _said(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}
