"""Returns: what is owed, filed, recalled, taken up, accepted, returned and answered."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from portal.api import filed, reading
from portal.api.campaigns import meant
from portal.api.edge import actor, db, route, transaction
from portal.api.schemas import page_of
from portal.organizations import service as organizations
from portal.reporting import service as reporting
from portal.reporting.models import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from portal.reporting.models import Filing, Return

_ONE = "/returns/<uuid:return_id>"


@route("GET", "/returns", tag="returns", query=filed.ReturnQuery, gives=page_of(filed.ReturnSchema))
def list_returns(query: dict[str, Any]) -> Any:
    """List what is owed in reach, in the order in which it came to be owed."""
    unit, last = query.get("unit"), reading.cursor(query["after"], uuid.UUID)
    found = reporting.list_owed(
        db(),
        actor(),
        meant(query.get("campaign")),
        path=organizations.get_unit(db(), actor(), unit).path if unit else None,
        state=query["state"],
        deliverable=query["deliverable"],
        after=last[0] if last else None,
        limit=query["limit"] + 1,
    )
    return reading.next_page(found, query["limit"], lambda item: (item.id,))


@route("GET", _ONE, tag="returns", gives=filed.FiledReturnSchema)
def get_return(return_id: uuid.UUID) -> dict[str, Any]:
    """Give one return with its newest filing and every remark."""
    return _shown(reporting.get_return(db(), actor(), return_id))


def _shown(item: Return) -> dict[str, Any]:
    plain = {name: getattr(item, name) for name in filed.ReturnSchema().fields}
    stands = item.filing_id is not None and item.state != State.OPEN
    filing = reporting.get_filing(db(), actor(), item) if stands else None
    return plain | {
        "filing": filing and _filing(item, filing),
        "remarks": reporting.remarks_of(db(), item),
    }


def _filing(item: Return, filing: Filing) -> dict[str, Any]:
    plain = {name: getattr(filing, name, None) for name in filed.FilingSchema().fields}
    frozen = reporting.catalogue_of(db(), reporting.campaign_of(db(), item))
    return plain | {
        "figures": reporting.figures_of(frozen, filing) if filing.figures else {},
        "checks": [_outcome(check) for check in filing.checks],
    }


def _outcome(check: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a rule says without the persons it is about: how many is enough here."""
    return {**check, "persons": len(check["members"])}


@route("GET", f"{_ONE}/draft", tag="returns", gives=filed.DraftSchema)
def get_draft(return_id: uuid.UUID) -> dict[str, Any]:
    """Give what the unit would file now, with every rule that does not hold."""
    draft = reporting.preview(db(), actor(), return_id)
    failing = [outcome for outcome in draft.outcomes if not outcome.holds]
    figures = draft.catalogue.by_cell(draft.figures) if draft.figures.size else {}
    return {
        "figures": figures,
        "outcomes": [_outcome(outcome.to_json()) for outcome in failing],
        "blocking": [outcome.rule for outcome in draft.blocking],
    }


@route(
    "POST", f"{_ONE}/file", tag="returns", takes=filed.FileSchema, gives=filed.FiledReturnSchema,
    once=True,
)  # fmt: skip
def file(session: Session, return_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """File the return upward: an immutable snapshot of figures, persons and checks."""
    reporting.file(
        session, actor(), return_id, version=body["version"], narrative=body["narrative"]
    )
    return _shown(reporting.get_return(session, actor(), return_id))


@route("POST", f"{_ONE}/recall", tag="returns", takes=filed.StepSchema, gives=filed.ReturnSchema)
def recall(return_id: uuid.UUID, body: dict[str, Any]) -> Return:
    """Take a filing back before anybody has taken it up."""
    with transaction(db()) as session:
        return reporting.recall(session, actor(), return_id, version=body["version"])


@route("POST", f"{_ONE}/take-up", tag="returns", takes=filed.StepSchema, gives=filed.ReturnSchema)
def take_up(return_id: uuid.UUID, body: dict[str, Any]) -> Return:
    """Take a filing up for review; it can no longer be recalled."""
    with transaction(db()) as session:
        return reporting.take_up(session, actor(), return_id, version=body["version"])


@route("POST", f"{_ONE}/put-back", tag="returns", takes=filed.StepSchema, gives=filed.ReturnSchema)
def put_back(return_id: uuid.UUID, body: dict[str, Any]) -> Return:
    """Put a filing back, so that the unit may recall it again."""
    with transaction(db()) as session:
        return reporting.put_back(session, actor(), return_id, version=body["version"])


@route(
    "POST", f"{_ONE}/accept", tag="returns", takes=filed.StepSchema, gives=filed.ReturnSchema,
    once=True,
)  # fmt: skip
def accept(session: Session, return_id: uuid.UUID, body: dict[str, Any]) -> Return:
    """Accept a filing: its figures become part of this level's totals."""
    return reporting.accept(session, actor(), return_id, version=body["version"])


@route(
    "POST", f"{_ONE}/return", tag="returns", takes=filed.SendBackSchema,
    gives=filed.FiledReturnSchema,
)  # fmt: skip
def send_back(return_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Return a filing with numbered remarks; each must be answered before it is filed again."""
    notes = [reporting.Note(**remark) for remark in body["remarks"]]
    with transaction(db()) as session:
        item = reporting.send_back(session, actor(), return_id, notes, version=body["version"])
        return _shown(item)


@route(
    "POST", f"{_ONE}/answers", tag="returns", takes=filed.AnswerSchema, gives=filed.RemarkSchema,
    status=201,
)  # fmt: skip
def answer(return_id: uuid.UUID, body: dict[str, Any]) -> Any:
    """Answer one remark: changed, or explained in words."""
    with transaction(db()) as session:
        return reporting.answer(
            session, actor(), return_id, body["number"], body["kind"], body["text"]
        )


@route(
    "POST", f"{_ONE}/explanations", tag="returns", takes=filed.ExplanationSchema,
    gives=filed.DraftSchema, status=201,
)  # fmt: skip
def explain(return_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Write the sentence that a rule asks for."""
    with transaction(db()) as session:
        reporting.explain(session, actor(), return_id, body["rule"], body["text"])
        return get_draft(return_id)


@route(
    "POST", f"{_ONE}/overrides", tag="returns", takes=filed.OverrideSchema,
    gives=filed.DraftSchema, status=201,
)  # fmt: skip
def override(return_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Type a figure over the counted one, with a reason that every superior sees."""
    with transaction(db()) as session:
        reporting.override(session, actor(), return_id, body["cell"], body["value"], body["reason"])
        return get_draft(return_id)
