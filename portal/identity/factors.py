"""Second factors: setting one up, checking a code, helping who lost theirs."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from portal import audit
from portal.audit import Act
from portal.core import clock, crypto
from portal.core.errors import Invalid, OutOfTurn, Problem
from portal.core.words import Words
from portal.identity import totp
from portal.identity.models import Factor, RecoveryCode, SignIn, Stage
from portal.notifications import service as notifications
from portal.organizations import service as organizations
from portal.scope import service as scope

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.organizations.models import Account

RECOVERY_CODES, RECOVERY_LENGTH = 10, 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
WRONG_CODE = Problem(
    "code",
    Words("口令不对或已经用过，请等下一个口令再试", "is wrong or used already; take the next one"),
    "code",
)
NO_REASON = Problem(
    "reason", Words("请写明重置的原因", "is required: say why it is reset"), "reason"
)
NOT_BEGUN = Words(
    "没有等着确认的动态口令。请重新打开“动态口令”页",
    "No generator of codes waits to be confirmed here. Open the page of one-time codes again",
)


def has_factor(session: Session, account: Account) -> bool:
    """Tell whether somebody has set up one-time codes."""
    return _confirmed(session, account.tenant_id or 0, account.id) is not None


def _confirmed(session: Session, tenant_id: int, user_id: int) -> Factor | None:
    query = select(Factor).where(
        Factor.tenant_id == tenant_id, Factor.user_id == user_id, Factor.confirmed
    )
    return session.scalars(query).one_or_none()


def _proposed(session: Session, sign_in: SignIn) -> Factor | None:
    query = select(Factor).where(
        Factor.tenant_id == sign_in.tenant_id,
        Factor.user_id == sign_in.user_id,
        Factor.proposed_in == sign_in.id,
        Factor.confirmed.is_(False),
    )
    return session.scalars(query).one_or_none()


def propose(session: Session, sign_in: SignIn) -> str:
    """Return the seed that waits to be confirmed in this session, made if there is none."""
    found = _proposed(session, sign_in)
    if found is None:
        session.execute(
            delete(Factor).where(
                Factor.tenant_id == sign_in.tenant_id,
                Factor.user_id == sign_in.user_id,
                Factor.confirmed.is_(False),
            )
        )
        found = Factor(
            tenant_id=sign_in.tenant_id, user_id=sign_in.user_id, seed=totp.new_seed(),
            confirmed=False, proposed_in=sign_in.id, last_step=0, at=clock.now(),
        )  # fmt: skip
        session.add(found)
        session.flush()
    seed: str = found.seed
    return seed


def confirm(session: Session, account: Account, sign_in: SignIn, code: str) -> list[str]:
    """Take the proposed generator into use; return fresh recovery codes, shown this once.

    Raises:
        OutOfTurn: none was proposed in this session.
        Invalid: the code is not of the proposed generator.
    """
    found = _proposed(session, sign_in)
    if found is None:
        raise OutOfTurn(NOT_BEGUN)
    step = totp.matching_step(found.seed, code, clock.now(), found.last_step)
    if step is None:
        raise Invalid(WRONG_CODE)
    _remove(session, sign_in.tenant_id, sign_in.user_id, keep=found)
    found.confirmed, found.last_step, found.at = True, step, clock.now()
    if sign_in.stage == Stage.ENROL:
        sign_in.stage = Stage.OPEN.value
    codes = _fresh_codes(session, sign_in.tenant_id, sign_in.user_id)
    organizations.note(session, account, Act.FACTOR_SET)
    _tell(session, account, Words("您的动态口令已设置", "One-time codes were set up"))
    session.flush()
    return codes


def _remove(session: Session, tenant_id: int, user_id: int, keep: Factor | None = None) -> None:
    where = (Factor.tenant_id == tenant_id, Factor.user_id == user_id)
    gone = delete(Factor).where(*where)
    session.execute(gone if keep is None else gone.where(Factor.id != keep.id))
    session.execute(
        delete(RecoveryCode).where(
            RecoveryCode.tenant_id == tenant_id, RecoveryCode.user_id == user_id
        )
    )


def _fresh_codes(session: Session, tenant_id: int, user_id: int) -> list[str]:
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(RECOVERY_LENGTH))
             for _ in range(RECOVERY_CODES)]  # fmt: skip
    session.add_all(
        RecoveryCode(tenant_id=tenant_id, user_id=user_id, code=_digest(tenant_id, user_id, code))
        for code in codes
    )
    half = RECOVERY_LENGTH // 2
    return [f"{code[:half]}-{code[half:]}" for code in codes]


def _digest(tenant_id: int, user_id: int, code: str) -> bytes:
    return crypto.ring().digest("recovery_code.code", tenant_id, f"{user_id}:{code}")


def _digests(tenant_id: int, user_id: int, code: str) -> tuple[bytes, ...]:
    """Return what the code may be kept as, whichever key was the newest when it was made."""
    return crypto.ring().digests("recovery_code.code", tenant_id, f"{user_id}:{code}")


def check(session: Session, account: Account, typed: str) -> bool:
    """Use up a one-time code or a recovery code of `account`; tell whether it was good."""
    tenant_id = account.tenant_id or 0
    found = _confirmed(session, tenant_id, account.id)
    if found is None:
        return False
    step = totp.matching_step(found.seed, typed, clock.now(), found.last_step)
    if step is None:
        return _recovered(session, account, typed)
    used = session.execute(
        update(Factor)
        .where(Factor.tenant_id == tenant_id, Factor.id == found.id, Factor.last_step < step)
        .values(last_step=step)
    )
    return bool(used.rowcount)  # type: ignore[attr-defined]


def _recovered(session: Session, account: Account, typed: str) -> bool:
    tenant_id = account.tenant_id or 0
    used = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.tenant_id == tenant_id,
            RecoveryCode.user_id == account.id,
            RecoveryCode.code.in_(_digests(tenant_id, account.id, totp.plain(typed))),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=clock.now())
    )
    if not used.rowcount:  # type: ignore[attr-defined]
        return False
    organizations.note(session, account, Act.FACTOR_RECOVERED)
    _tell(session, account, Words("有人用您的恢复码登录", "One of your recovery codes was used"))
    return True


@scope.through(scope.Reason.CHARGE)
def reset(session: Session, actor: Actor, user_id: int, reason: str) -> None:
    """Take the second factor from somebody who lost it; they set up another when they come.

    Raises:
        Invalid: no reason is given.
        NotFound: no such account in the actor's reach.
        NotAllowed: the holder has a post that the actor may not fill.
        OutOfTurn: it is the actor's own.
    """
    account, place = organizations.subordinate(session, actor, user_id)
    if not reason.strip():
        raise Invalid(NO_REASON)
    _remove(session, actor.tenant_id, user_id)
    account.session_version = (account.session_version or 0) + 1
    audit.record(
        session, actor, Act.FACTOR_RESET, place, f"user:{user_id}", reason=reason.strip()[:200]
    )
    _tell(session, account, Words("管理员重置了您的动态口令", "Your one-time codes were reset"))
    session.flush()


def _tell(session: Session, account: Account, words: Words) -> None:
    more = Words(
        f"{words.zh}。如不是您本人办理，请立即联系安全保密管理员",
        f"{words.en}. If that was not you, tell the security administrator at once",
    )
    if account.tenant_id is not None:
        tenant_id, holder = account.tenant_id, account.id
        with scope.beyond(session, scope.Reason.LOG, tenant_id):
            notifications.tell(session, tenant_id, [holder], "security", more, "/me/sessions")
