"""The door of this part: do a thing once per key (security.md W3, ADR 13)."""

from __future__ import annotations

import re
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select

from portal.core import clock
from portal.core.errors import Invalid, OutOfTurn, Problem
from portal.core.words import Words
from portal.once.models import Done

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session

    from portal.access import Actor

KEPT = timedelta(days=1)
_KEY = re.compile(r"[!-~]{8,80}")

NO_KEY = Words(
    "幂等键应为 8 到 80 个可见的 ASCII 字符，请换一个再发",
    "takes 8 to 80 visible ASCII characters; send it again with another",
)
OTHER = Words(
    "这个幂等键已经用在另一个请求上，没有再办。请为新的请求换一个键",
    "was used for another request already; nothing was done. Take a new key for a new request",
)
IN_PROGRESS = Words(
    "同一个请求正在办理，请稍等几秒再看，不用重新提交",
    "The same request is being dealt with; look again in a few seconds, and do not send it again",
)


def once(
    session: Session, actor: Actor, key: str, asked: bytes,
    work: Callable[[Session], Mapping[str, Any]],
) -> Mapping[str, Any]:  # fmt: skip
    """Do `work` and return its answer; asked for again under the same key, only the answer.

    What is refused is not remembered: it may be asked for again under the same key.

    Args:
        session: the caller's session, in its transaction.
        actor: who asks; the same key of somebody else is another key.
        key: made by whoever asks, once per act; empty to do it in any case.
        asked: all that makes this request what it is.
        work: does it, and answers in JSON values.

    Raises:
        Invalid: no possible key, or one used for something else.
        OutOfTurn: the same is being done just now.
    """
    if not key:
        return work(session)
    if not _KEY.fullmatch(key):
        raise Invalid(Problem("Idempotency-Key", NO_KEY, "once"))
    user_id, digest = actor.user_id or 0, sha256(asked).digest()
    _hold(session, actor.tenant_id, user_id, key)
    mine = (Done.tenant_id == actor.tenant_id, Done.user_id == user_id)
    done = session.scalars(select(Done).where(*mine, Done.key == key)).one_or_none()
    if done is not None and done.asked != digest:
        raise Invalid(Problem("Idempotency-Key", OTHER, "once"))
    if done is not None:
        return done.answer
    answer = work(session)
    session.execute(delete(Done).where(*mine, Done.at < clock.now() - KEPT))
    session.add(
        Done(
            tenant_id=actor.tenant_id, user_id=user_id, key=key, asked=digest, answer=dict(answer)
        )
    )  # fmt: skip
    session.flush()
    return answer


def _hold(session: Session, tenant_id: int, user_id: int, key: str) -> None:
    """Hold the key until the transaction ends; on SQLite nobody else writes meanwhile anyway."""
    if session.get_bind().dialect.name != "postgresql":
        return
    name = sha256(f"once:{tenant_id}:{user_id}:{key}".encode()).digest()
    number = int.from_bytes(name[:8], "big", signed=True)
    if not session.scalar(select(func.pg_try_advisory_xact_lock(number))):
        raise OutOfTurn(IN_PROGRESS)
