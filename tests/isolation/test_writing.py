"""Every form and every call that writes, by everybody: nothing out of reach is touched or told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.isolation import rules
from tests.isolation.answers import alike
from tests.isolation.conftest import VISITORS
from tests.isolation.sending import FORMS
from tests.web.conftest import token_of
from tests.web.world import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.isolation.answers import Visit
    from tests.isolation.visiting import House

NAMES = [name for name, *_ in VISITORS]
OWNERS = ("A1", "B1", "H1")
READS = {"GET", "HEAD", "OPTIONS"}


def _visits(house: House, name: str) -> list[tuple[Visit, Visit | None]]:
    """Send everything that can be sent, each as if it were the first; nothing stays changed."""
    if name not in house.kept:
        house.kept[name] = list(_sent(house, name))
    return house.kept[name]


def _sent(house: House, name: str) -> Iterator[tuple[Visit, Visit | None]]:
    visitor = house.visitors[name]
    for rule in house.rules():
        for method in sorted((rule.methods or set()) - READS):
            at, compared = (visitor, method, rule), False
            for code in house.owners(rule, OWNERS):
                for values, address in house.addresses(rule, code):
                    if house.is_beyond(visitor, rule, code):
                        ghost = None if compared else house.ghost(rule, values)
                        found = house.visit(*at, address, code=code, part=compared)
                        yield found, ghost and house.visit(*at, ghost, code=code)
                        compared = True
                        continue
                    for sent in FORMS.get(rule.endpoint, ({},)):
                        yield house.visit(*at, address, code=code, sent=sent), None
                    # The address is one's own, what is sent names things of others.
                    yield house.visit(*at, address, code=code, part=True, of="B1"), None


@pytest.mark.parametrize("name", NAMES)
def test_nobody_reaches_what_is_not_theirs_by_sending(house: House, name: str):
    visits, visitor = _visits(house, name), house.visitors[name]
    wrong = [fault for visit, _ in visits for fault in rules.faults(house, visitor, visit)]
    assert not wrong, "\n".join(wrong)
    told = [str(visit) for visit, ghost in visits if ghost and not alike(visit, ghost)]
    assert not told, "differs from what is not there:\n" + "\n".join(told)


def test_what_is_sent_does_something_where_it_may(house: House):
    done = {
        (visit.method, visit.endpoint)
        for name in ("own clerk", "own secretary", "own committee", "city", "system admin")
        for visit, _ in _visits(house, name)
        if visit.status < 400 and b"Location: /sign-in" not in visit.text
    }
    assert len(done) >= 40, sorted(done)


def test_a_disabled_account_is_not_let_in(house: House):
    client = house.app.test_client()
    form = {
        "username": "t1.E1.clerk", "password": PASSWORD,
        "csrf_token": token_of(client.get("/sign-in").text),
    }  # fmt: skip
    assert client.post("/sign-in", data=form).status_code == 401
    assert client.get("/me").status_code == 302
    answer = client.post("/api/v1/session", json={"username": "t1.E1.clerk", "password": PASSWORD})
    assert answer.status_code == 401


def test_a_browser_s_session_opens_no_call_of_the_api(house: House):
    for name in ("own clerk", "city", "system admin"):
        client = house.visitors[name].client
        for address in ("/api/v1/units", "/api/v1/members", "/api/v1/campaigns"):
            assert client.get(address).status_code == 401, (name, address)
