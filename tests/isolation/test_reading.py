"""Every page and every call that reads, by everybody: nobody sees more than is theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.isolation import canaries, rules
from tests.isolation.answers import Visit, alike
from tests.isolation.conftest import VISITORS
from tests.isolation.sending import ASKED, COMMON, OWNED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.isolation.visiting import House

NAMES = [name for name, *_ in VISITORS]
OWNERS = ("A1", "A2", "B1", "H1")


def _visits(house: House, name: str) -> Iterator[tuple[Visit, Visit | None]]:
    """Ask for everything that can be asked for; out of reach also for what is not there."""
    visitor = house.visitors[name]
    for rule in house.rules():
        if "GET" not in (rule.methods or ()):
            continue
        at, compared = (visitor, "GET", rule), False
        for code in house.owners(rule, OWNERS):
            for values, address in house.addresses(rule, code):
                if house.is_beyond(visitor, rule, code):
                    # The first as a page; then as parts, whose refusals are quick to write.
                    found = house.visit(*at, address, code=code, part=compared)
                    ghost = None if compared else house.ghost(rule, values)
                    yield found, ghost and house.visit(*at, ghost, code=code)
                    compared = True
                    continue
                visit = house.visit(*at, address, code=code)
                yield visit, None
                if visit.status < 400:
                    query = ASKED | house.ids(code)
                    yield house.visit(*at, address, code=code, query=query), None
                    yield house.visit(*at, address, code=code, part=True), None


def test_every_part_of_an_address_can_be_filled(house: House):
    assert not house.unknown_arguments(), "say in sending.py how to fill it"
    for name in OWNED:
        assert any(owned.things.get(name) for owned in house.owned.values()), name
    assert all(COMMON.values())


@pytest.mark.parametrize("name", NAMES)
def test_nobody_is_shown_what_is_not_theirs(house: House, name: str):
    visits, visitor = list(_visits(house, name)), house.visitors[name]
    wrong = [fault for visit, _ in visits for fault in rules.faults(house, visitor, visit)]
    assert not wrong, "\n".join(wrong)
    told = [str(visit) for visit, ghost in visits if ghost and not alike(visit, ghost)]
    assert not told, "differs from what is not there:\n" + "\n".join(told)
    seen = {pair for visit, _ in visits for pair in canaries.found_in(visit.text)}
    assert seen >= MUST_SEE.get(name, set())


# Proof that the words are planted where people look: each of these must turn up.
MUST_SEE = {
    "own clerk": {(letter, "A1") for letter in "pruafwnbc"},
    "own committee": {("p", "A1"), ("p", "A2"), ("r", "A2"), ("f", "A1"), ("u", "A2"), ("a", "A1")},
    "other committee": {("p", "B1"), ("f", "B1"), ("u", "B2")},
    "district": {("f", "A1"), ("u", "B1"), ("a", "B2"), ("r", "A2")},
    "city": {("f", "H1"), ("u", "E1"), ("a", "A1"), ("r", "A2")},
    "system admin": {("u", "A1"), ("a", "A1"), ("o", "A1")},
    "security admin": {("o", "B1"), ("e", "A1")},
    "audit admin": {("e", "A1"), ("e", "B1"), ("b", "A1")},
    "own secretary": {("e", "A1")},
}

# D2: what the three admins never see, whatever page they open: a person, a case, a filing.
OF_PERSONS = frozenset("prfwn")


def test_no_table_of_readers_lets_an_admin_see_a_person_or_a_case():
    admins = {"system", "security", "audit"}
    assert not any(canaries.KINDS[letter].readers & admins for letter in OF_PERSONS)


@pytest.mark.parametrize("name", ["system admin", "security admin", "audit admin"])
def test_the_admins_read_no_word_of_a_person_or_a_case(house: House, name: str):
    seen = {
        letter for visit, _ in _visits(house, name) for letter, _ in canaries.found_in(visit.text)
    }
    assert seen, "the scan saw nothing at all"
    assert not seen & OF_PERSONS


@pytest.mark.parametrize(
    ("name", "status", "text", "beyond", "fault"),
    [
        ("own clerk", 200, b"kvpB1x", False, "shows pB1"),
        ("district", 200, b"kvpA1x", False, "shows pA1"),
        ("city", 200, b"kvpA1x", False, "shows pA1"),
        ("city", 200, b"kvwA1x", False, "shows wA1"),
        ("audit admin", 200, b"kvuA1x", False, "shows uA1"),
        ("another city", 200, b"kvbA1x", False, "shows bA1"),
        ("own clerk", 500, b"", False, "breaks"),
        ("sibling", 403, b"", True, "is not 404 out of reach"),
        ("nobody", 200, b"", False, "answers a stranger"),
        ("disabled", 302, b"Location: /work", False, "answers a stranger"),
    ],
)
def test_every_kind_of_leak_would_be_seen(
    house: House, name: str, status: int, text: bytes, beyond: bool, fault: str
):
    visit = Visit(name, "GET", "roster.show", "/members/1", status, text, "A1", beyond)
    assert rules.faults(house, house.visitors[name], visit)[0].endswith(fault)


def test_a_number_in_full_would_be_seen(house: House):
    number = min(house.secrets)
    visit = Visit("own clerk", "GET", "roster.show", "/members/1", 200, number.encode(), "A1")
    assert rules.faults(house, house.visitors["own clerk"], visit)
