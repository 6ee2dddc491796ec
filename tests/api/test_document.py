"""What the document of the API promises, tried by every kind of role with calls made up from it.

No call breaks, and every answer is one that the document describes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from sqlalchemy import select

from portal.api.edge import ROUTES
from portal.campaigns.models import Campaign
from portal.members.models import Member
from portal.organizations.models import Unit
from portal.reporting.models import Return
from portal.screening.models import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from sqlalchemy.orm import Session

    from tests.api.conftest import Enter
    from tests.scene import Scene

ROLES = ("clerk", "organiser", "leader", "city", "auditor", "")
# What is filled into addresses, so that calls also meet things there are.
THINGS: dict[str, Any] = {
    "unit_id": Unit, "member_id": Member, "record_id": Record, "return_id": Return,
    "campaign_id": Campaign,
}  # fmt: skip
KEY = re.compile(r"<uuid:(\w+)>")
# A document cannot say that an outcome needs a search, or that a cursor was handed out.
NOT_SAID = [positive_data_acceptance]
FEW = settings(
    max_examples=4, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@pytest.fixture
def ids(session: Session, under_way: Scene) -> dict[str, list[str]]:
    """The ids of things there are, by the name they have in addresses."""
    assert under_way
    found = {
        name: [str(key) for key in session.scalars(select(table.id))]
        for name, table in THINGS.items()
    }
    session.commit()
    return found


def known(case: Any, ids: dict[str, list[str]], turn: int) -> Any:
    """Return the call with every second id replaced by one of a thing there is."""
    if turn % 2:
        for name in case.path_parameters or {}:
            there = ids[name]
            case.path_parameters[name] = there[turn % len(there)]
    return case


def operations(app: Flask, headers: dict[str, str]) -> Iterator[Any]:
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, headers=headers)
    for found in document.get_all_operations():
        yield found.ok()


def probe(operation: Any, headers: dict[str, str], ids: dict[str, list[str]]) -> int:
    """Make calls up, make them, hold the answers against the document; return how many."""
    tried = 0

    @FEW
    @given(case=operation.as_strategy())
    def call(case: Any) -> None:
        nonlocal tried
        tried += 1
        answer = known(case, ids, tried).call(headers=headers)
        assert answer.status_code < 500
        case.validate_response(answer, excluded_checks=NOT_SAID, headers=headers)

    call()
    return tried


@pytest.mark.parametrize("who", ROLES)
def test_no_call_breaks_and_every_answer_is_as_the_document_says(
    app: Flask, enter: Enter, ids: dict[str, list[str]], who: str
):
    headers = enter(who).headers if who else {}
    tried = {
        operation.label: probe(operation, headers, ids)
        for operation in operations(app, enter("clerk").headers)
    }
    rules = {f"{each.method} {each.rule}" for each in ROUTES}
    # schemathesis does not ask for the document that it has been given.
    assert {*tried, "GET /openapi.json"} == {KEY.sub(r"{\1}", rule) for rule in rules}
    assert min(tried.values()) > 0


def test_an_answer_that_the_document_does_not_tell_of_would_be_seen(app: Flask, enter: Enter):
    headers = enter("clerk").headers
    operation = next(each for each in operations(app, headers) if each.path == "/units")
    case = operation.Case()
    case.validate_response(case.call(headers=headers), headers=headers)
    answer = case.call(headers=headers)
    answer.content = b'{"items": 7}'
    with pytest.raises(schemathesis.core.failures.FailureGroup):
        case.validate_response(answer, headers=headers)
