"""Telling a unit what became of what it filed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.access import Role
from portal.campaigns import service as campaigns
from portal.core.words import Words
from portal.notifications import service as notifications
from portal.organizations import service as organizations
from portal.reporting import returns

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.reporting.models import Return

# Who answers for what a unit hands in.
RESPONSIBLE = (
    Role.CLERK, Role.SECRETARY, Role.ORGANISER, Role.COMMITTEE_SECRETARY,
    Role.DISTRICT_REVIEWER, Role.DISTRICT_LEADER,
)  # fmt: skip


def accepted(session: Session, item: Return) -> None:
    """Tell the unit that its filing has been accepted."""
    title = _title(session, item)
    words = Words(f"《{title.zh}》已通过上级审核", f"{title.en}: accepted by your superior")
    _tell(session, item, "accept", words, f"/submit?deliverable={item.deliverable}")


def returned(session: Session, item: Return, remarks: int) -> None:
    """Tell the unit that its filing came back, and how many remarks wait for an answer."""
    title = _title(session, item)
    words = Words(
        f"《{title.zh}》被退回，有 {remarks} 条批注要答复",
        f"{title.en}: returned with {remarks} remarks to answer",
    )
    _tell(session, item, "return", words, f"/submit/answers?deliverable={item.deliverable}")


def _title(session: Session, item: Return) -> Words:
    plan = campaigns.plan_of(returns.campaign_of(session, item))
    return plan.deliverable(item.deliverable).title.words


def _tell(session: Session, item: Return, kind: str, words: Words, link: str) -> None:
    people = organizations.recipients(session, item.tenant_id, item.path, RESPONSIBLE)
    notifications.tell(session, item.tenant_id, people, kind, words, link)
