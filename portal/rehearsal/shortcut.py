"""Setting a scene quickly: what a rehearsal does act by act, written in bulk for a demo.

Only for made-up people: the rows are what the acts would have left behind, without their audit
entries. Filings are never written this way; they go through the services.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update

from portal.core import clock, crypto
from portal.core.keys import uuid7
from portal.core.precision import Day
from portal.reporting import filing as filings
from portal.reporting.models import Filing, Return, State, Subtotal
from portal.screening.models import Record
from portal.tracing.models import Case, Contact, OutcomeEntry

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from portal.campaigns.models import Campaign
    from portal.rehearsal.people import MadeUp

SEARCH = timedelta(days=20)
_COLUMNS = (
    "floating", "destination", "destination_scope", "destination_kind", "former_occupation",
    "left_on", "certificate", "reason_away", "nominal", "receipt", "lives_elsewhere", "lost",
    "circumstance", "wish",
)  # fmt: skip
_NOTHING: dict[str, Any] = dict.fromkeys(_COLUMNS, "") | {
    "floating": False, "certificate": False, "lives_elsewhere": False, "lost": False,
    "left_on": None,
}  # fmt: skip


def screen(
    session: Session, campaign: Campaign, stories: Mapping[uuid.UUID, MadeUp], leave_open: set[str]
) -> None:
    """Note every member's screening and findings, but for the units at the paths `leave_open`."""
    items = [item["code"] for item in campaign.plan["checks"]]
    rows = session.execute(
        select(Record.id, Record.member_id, Record.path).where(
            Record.tenant_id == campaign.tenant_id, Record.campaign_id == campaign.id
        )
    ).all()
    done = [(r, m, stories[m]) for r, m, path in rows if path not in leave_open and m in stories]
    values = [_screened(campaign, record, items, story) for record, _, story in done]
    if values:
        session.connection().execute(
            update(Record.__table__).where(  # type: ignore[arg-type]
                Record.__table__.c.tenant_id == bindparam("in_tenant"),
                Record.__table__.c.id == bindparam("of_record"),
            ),
            values,
        )
    paths = {record: path for record, _, path in rows}
    for table, made in ((Contact, _attempts), (Case, _case), (OutcomeEntry, _ending)):
        written = [row for r, _, story in done for row in made(campaign, r, paths[r], story)]
        if written:
            session.execute(insert(table), written)
    session.expire_all()


def _screened(
    campaign: Campaign, record: uuid.UUID, items: list[str], story: MadeUp
) -> dict[str, Any]:
    checks = {item: {"result": "ok", "note": ""} for item in items}
    if story.doubt:
        checks[story.doubt] = {"result": "doubt", "note": "须补材料"}
    return {
        "in_tenant": campaign.tenant_id, "of_record": record, "checks": checks, "screened": True,
        "screened_at": clock.now(), "verified_how": "seen", "proposal": "", "version": 2,
        "updated_at": clock.now(), **_NOTHING, **story.truth, "outcome": story.outcome,
        "found_on": Day.of(clock.now().date()) if story.outcome == "found" else None,
    }  # fmt: skip


def _attempts(
    campaign: Campaign, record: uuid.UUID, path: str, story: MadeUp
) -> Iterable[dict[str, Any]]:
    channels = {"found": ("self",), "not_found": ("self", "kin", "department", "visit")}
    for channel in channels.get(story.outcome, ()):
        key = uuid7()
        course = "按登记的方式联系。"
        yield {
            "tenant_id": campaign.tenant_id, "id": key, "record_id": record, "path": path,
            "on": Day.of(clock.now().date()), "channel": channel,
            "result": "reached" if story.outcome == "found" else "not_reached",
            "responsible": "支部组织委员", "at": clock.now(), "by": None, "corrects": None,
            "course_sealed": crypto.ring().seal("contact.course_sealed", key, course),
        }  # fmt: skip


def _case(
    campaign: Campaign, record: uuid.UUID, path: str, story: MadeUp
) -> Iterable[dict[str, Any]]:
    if story.truth.get("lost"):
        yield {
            "tenant_id": campaign.tenant_id, "id": uuid7(), "record_id": record, "path": path,
            "responsible": "支部组织委员", "due_on": clock.now().date() + SEARCH,
            "updated_at": clock.now(), "version": 1,
        }  # fmt: skip


def _ending(
    campaign: Campaign, record: uuid.UUID, path: str, story: MadeUp
) -> Iterable[dict[str, Any]]:
    if story.outcome:
        yield {
            "tenant_id": campaign.tenant_id, "id": uuid7(), "record_id": record, "path": path,
            "outcome": story.outcome, "at": clock.now(), "by": None,
            "found_on": Day.of(clock.now().date()) if story.outcome == "found" else None,
        }  # fmt: skip


def texts(session: Session, campaign: Campaign, deliverable: str, text: str, at: datetime) -> None:
    """File and accept a text for every unit that owes `deliverable`."""
    items = session.scalars(
        select(Return).where(
            Return.tenant_id == campaign.tenant_id,
            Return.campaign_id == campaign.id,
            Return.deliverable == deliverable,
        )
    ).all()
    made = [_text(item, text, at) for item in items]
    session.add_all(made)
    session.flush()
    for item, filing in zip(items, made, strict=True):
        item.state, item.round, item.filing_id = State.ACCEPTED.value, 1, filing.id
        item.first_filed_at, item.decided_at = at, at
    session.flush()
    session.execute(
        update(Subtotal)
        .where(
            Subtotal.tenant_id == campaign.tenant_id, Subtotal.campaign_id == campaign.id,
            Subtotal.deliverable == deliverable,
        )
        .values(filed=Subtotal.expected, accepted=Subtotal.expected)
    )  # fmt: skip


def _text(item: Return, text: str, at: datetime) -> Filing:
    filing = Filing(
        id=uuid7(), tenant_id=item.tenant_id, campaign_id=item.campaign_id, return_id=item.id,
        path=item.path, round=1, at=at, by=None, catalogue=1, own=b"", figures=b"", checks=[],
        overrides={}, narrative=text, children={}, hash="",
    )  # fmt: skip
    filing.hash = filings.digest(filing, "")
    return filing


def count_states(session: Session, campaign: Campaign) -> dict[str, int]:
    """Return how many returns are in which state, to tell what the scene holds."""
    rows = session.execute(
        select(Return.state, func.count())
        .where(Return.tenant_id == campaign.tenant_id, Return.campaign_id == campaign.id)
        .group_by(Return.state)
    )
    return dict(rows.all())
