"""Changes of posts and accounts by two people: one proposes, another confirms (D3, D5)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from portal import access, audit
from portal.access import CONFIRMABLE, Action, Role
from portal.audit import Act
from portal.core import clock
from portal.core.errors import Invalid, NotAllowed, NotFound, OutOfTurn, Problem
from portal.core.words import Words
from portal.duties.models import Answer, AppointmentProposal, Step
from portal.duties.waiting import PROPOSAL, get_proposal, may_decide, state_of
from portal.notifications import service as notifications
from portal.organizations import service as organizations
from portal.organizations.models import Appointment, Unit

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.organizations.models import Account

LASTS = timedelta(days=7)

STEPS: dict[Step, Words] = {
    Step.APPOINT: Words("任命", "Appoint"),
    Step.DISMISS: Words("免去", "Dismiss"),
    Step.RESET: Words("重设密码", "Reset the password"),
    Step.DISABLE: Words("停用账号", "Disable the account"),
    Step.ENABLE: Words("启用账号", "Enable the account"),
}
_NO_REASON = Problem(
    "理由", Words("请写明为什么，确认的同志要看", "Say why: who confirms reads it"), "reason"
)
_TWICE = Words(
    "同样的提议已经在等确认，不用再提。可在【用户】的【待确认的任免】里看到",
    "The same proposal waits to be confirmed already; see Users, Changes to confirm",
)
_NOBODY = Words(
    "现在没有能确认这一步的同志。请先请运维人员任命安全保密管理员，再提出",
    "There is nobody who could confirm this. Have the operator appoint a security administrator",
)
_DECIDED = Words(
    "这项提议已经有了结果，或过了期限。请刷新页面；仍有需要可重新提出",
    "This proposal has been decided or has lapsed. Reload; propose it again if it is still wanted",
)
_ANOTHER = Words(
    "提出的人和当事人都不能自己确认，请由另一位有权限的同志办理",
    "Neither who proposed it nor whom it concerns may confirm it; another person has to",
)
_GONE = Words(
    "这位同志已经没有这个岗位，不用再免", "The person holds that post no longer; nothing to take"
)


def invite(
    session: Session, actor: Actor, unit: Unit, role: Role, *, username: str, full_name: str,
    reason: str = "", password_method: str | None = None,
) -> tuple[Account, str, AppointmentProposal | None]:  # fmt: skip
    """Make an account; its post comes with it, or as a proposal where it takes two people.

    Raises:
        Invalid: as `organizations.invite`, or no reason is given for a proposal.
        OutOfTurn: nobody could confirm the proposal.
    """
    organizations.may_appoint(actor, unit, role)
    two = access.needs_two(actor, role, unit.path)
    if two and not reason.strip():
        raise Invalid(_NO_REASON)
    account, password = organizations.invite(
        session, actor, unit, role, username=username, full_name=full_name,
        password_method=password_method,
    )  # fmt: skip
    item = propose_appointment(session, actor, account.id, unit, role, reason) if two else None
    return account, password, item


def propose_appointment(
    session: Session, actor: Actor, user_id: int, unit: Unit, role: Role, reason: str
) -> AppointmentProposal:
    """Propose that somebody be given a post; refusals as in `organizations.appoint`."""
    organizations.may_appoint(actor, unit, role)
    organizations.refuse_appointment(session, actor, user_id, unit, role)
    return _put(session, actor, Step.APPOINT, user_id, unit.id, unit.path, role, reason)


def propose_dismissal(
    session: Session, actor: Actor, appointment_id: uuid.UUID, reason: str
) -> AppointmentProposal:
    """Propose that a post be taken from somebody; refusals as in `organizations.dismiss`."""
    held = organizations.get_appointment(session, actor, appointment_id)
    role = Role(held.role)
    return _put(session, actor, Step.DISMISS, held.user_id, held.unit_id, held.path, role, reason)


def propose_for_account(
    session: Session, actor: Actor, step: Step, user_id: int, reason: str
) -> AppointmentProposal:
    """Propose a new password, or to shut or open an account, because of a post it takes two for.

    Raises:
        NotFound: no such account in reach, or it holds no post that takes two.
        NotAllowed: the holder has a post that the actor may not fill.
    """
    organizations.get_account(session, actor, user_id)
    held = organizations.held_posts(session, actor.tenant_id, user_id)
    for role, path in held:
        if not access.may_grant(actor, role, path):
            raise NotAllowed(Action.USER_INVITE, path)
    guarded = [(role, path) for role, path in held if access.needs_two(actor, role, path)]
    if not guarded:
        raise NotFound(PROPOSAL)
    role, path = guarded[0]
    unit = session.scalars(
        select(Unit).where(Unit.tenant_id == actor.tenant_id, Unit.path == path)
    ).one()
    return _put(session, actor, step, user_id, unit.id, path, role, reason)


def _put(
    session: Session, actor: Actor, step: Step, user_id: int, unit_id: uuid.UUID, path: str,
    role: Role, reason: str,
) -> AppointmentProposal:  # fmt: skip
    if actor.user_id is None or user_id == actor.user_id:
        raise OutOfTurn(_ANOTHER)
    if not access.may_grant(actor, role, path):
        raise NotAllowed(Action.USER_INVITE, path)
    if not reason.strip():
        raise Invalid(_NO_REASON)
    now = clock.now()
    _refuse_twice(session, actor, step, user_id, unit_id, role, now)
    item = AppointmentProposal(
        tenant_id=actor.tenant_id, step=step.value, user_id=user_id, unit_id=unit_id, path=path,
        role=role.value, reason=reason.strip()[:500], by=actor.user_id, at=now,
        expires_at=now + LASTS,
    )  # fmt: skip
    session.add(item)
    session.flush()
    audit.record(
        session, actor, Act.PROPOSE, path, f"user:{user_id}", step=step.value, role=role.value,
        proposal=str(item.id),
    )  # fmt: skip
    _ask(session, item)
    return item


def _refuse_twice(
    session: Session, actor: Actor, step: Step, user_id: int, unit_id: uuid.UUID, role: Role,
    now: datetime,
) -> None:  # fmt: skip
    """Let the same proposal lapse if its time is over; refuse if it still waits."""
    same = (
        AppointmentProposal.tenant_id == actor.tenant_id,
        AppointmentProposal.user_id == user_id,
        AppointmentProposal.unit_id == unit_id,
        AppointmentProposal.role == role.value,
        AppointmentProposal.step == step.value,
        AppointmentProposal.state == Answer.WAITING.value,
    )
    session.execute(
        update(AppointmentProposal)
        .where(*same, AppointmentProposal.expires_at <= now)
        .values(state=Answer.EXPIRED.value)
    )
    if session.scalar(select(AppointmentProposal.id).where(*same)) is not None:
        raise OutOfTurn(_TWICE)


def _ask(session: Session, item: AppointmentProposal) -> None:
    """Tell everybody who could confirm it; refuse if there is nobody."""
    role = Role(item.role)
    confirming = [each for each, roles in CONFIRMABLE.items() if role in roles]
    able = organizations.holders_over(session, item.tenant_id, item.path, confirming)
    others = [user for user in able if user not in {item.by, item.user_id}]
    if not others:
        raise OutOfTurn(_NOBODY)
    step, post = STEPS[Step(item.step)], organizations.ROLES[role]
    words = Words(
        f"有一项任免等您确认：{step.zh}（{post.zh}），7 天内有效",
        f"A change of posts waits for you to confirm: {step.en.lower()} ({post.en.lower()}),"
        " within seven days",
    )
    notifications.tell(session, item.tenant_id, others, "propose", words, _link(item))


def _link(item: AppointmentProposal) -> str:
    return f"/proposals/{item.id}"


def _open(session: Session, actor: Actor, proposal_id: uuid.UUID) -> AppointmentProposal:
    item = get_proposal(session, actor, proposal_id)
    if state_of(item, clock.now()) != Answer.WAITING:
        raise OutOfTurn(_DECIDED)
    return item


def _to_decide(session: Session, actor: Actor, proposal_id: uuid.UUID) -> AppointmentProposal:
    item = _open(session, actor, proposal_id)
    if actor.user_id in {item.by, item.user_id}:
        raise OutOfTurn(_ANOTHER)
    if not may_decide(actor, item):
        raise NotAllowed(Action.USER_INVITE, item.path)
    return item


def confirm(
    session: Session, actor: Actor, proposal_id: uuid.UUID, *, password_method: str | None = None
) -> tuple[AppointmentProposal, str]:
    """Agree to a proposal: it is done now, with the rights that who proposed it has now.

    Returns:
        The proposal, and the new password if one was asked for.

    Raises:
        NotFound: out of reach. OutOfTurn: decided, lapsed, or the actor is one of the two.
        NotAllowed: the actor may not confirm it, or who proposed it has lost the right to.
    """
    item = _to_decide(session, actor, proposal_id)
    _decide(session, actor, item, Answer.CONFIRMED)
    proposer = organizations.actor_for(session, item.by, item.tenant_id)
    password = _carry_out(session, proposer, actor, item, password_method)
    audit.record(
        session, actor, Act.CONFIRM, item.path, f"user:{item.user_id}", step=item.step,
        role=item.role, proposal=str(item.id), proposed_by=item.by,
    )  # fmt: skip
    _answer(session, item, Words("已确认", "confirmed"))
    session.flush()
    return item, password


def _carry_out(
    session: Session, proposer: Actor, second: Actor, item: AppointmentProposal,
    password_method: str | None,
) -> str:  # fmt: skip
    """Do what was proposed, in the name of both."""
    step, user = Step(item.step), item.user_id
    if step == Step.APPOINT:
        unit = session.get_one(Unit, (item.tenant_id, item.unit_id))
        organizations.appoint(session, proposer, user, unit, Role(item.role), second=second)
    elif step == Step.DISMISS:
        organizations.dismiss(session, proposer, _held(session, item).id, second=second)
    elif step == Step.RESET:
        return organizations.reset_password(
            session, proposer, user, second=second, password_method=password_method
        )
    elif step == Step.DISABLE:
        organizations.disable_account(session, proposer, user, second=second)
    else:
        organizations.enable_account(session, proposer, user, second=second)
    return ""


def _held(session: Session, item: AppointmentProposal) -> Appointment:
    held = session.scalars(
        select(Appointment).where(
            Appointment.tenant_id == item.tenant_id,
            Appointment.user_id == item.user_id,
            Appointment.unit_id == item.unit_id,
            Appointment.role == item.role,
        )
    ).one_or_none()
    if held is None:
        raise OutOfTurn(_GONE)
    return held


def decline(session: Session, actor: Actor, proposal_id: uuid.UUID, why: str) -> None:
    """Turn a proposal down, with a reason; refusals as in `confirm`."""
    item = _to_decide(session, actor, proposal_id)
    if not why.strip():
        words = Words("请写明为什么不同意，提出的同志要看", "Say why: who proposed it reads it")
        raise Invalid(Problem("不同意的理由", words, "answer"))
    item.answer = why.strip()[:500]
    _decide(session, actor, item, Answer.DECLINED)
    audit.record(
        session, actor, Act.DECLINE, item.path, f"user:{item.user_id}", step=item.step,
        role=item.role, proposal=str(item.id), proposed_by=item.by,
    )  # fmt: skip
    _answer(session, item, Words("没有同意", "declined"))
    session.flush()


def withdraw(session: Session, actor: Actor, proposal_id: uuid.UUID) -> None:
    """Take back what one proposed oneself.

    Raises:
        NotAllowed: somebody else proposed it.
    """
    item = _open(session, actor, proposal_id)
    if item.by != actor.user_id:
        raise NotAllowed(Action.USER_INVITE, item.path)
    _decide(session, actor, item, Answer.WITHDRAWN)
    audit.record(
        session, actor, Act.WITHDRAW, item.path, f"user:{item.user_id}", proposal=str(item.id)
    )
    session.flush()


def _decide(session: Session, actor: Actor, item: AppointmentProposal, answer: Answer) -> None:
    item.state, item.decided_by, item.decided_at = answer.value, actor.user_id, clock.now()
    session.flush()


def _answer(session: Session, item: AppointmentProposal, outcome: Words) -> None:
    """Tell who proposed it what became of it."""
    step, post = STEPS[Step(item.step)], organizations.ROLES[Role(item.role)]
    words = Words(
        f"您提出的任免{outcome.zh}：{step.zh}（{post.zh}）",
        f"What you proposed was {outcome.en}: {step.en.lower()} ({post.en.lower()})",
    )
    notifications.tell(session, item.tenant_id, [item.by], "propose", words, _link(item))
