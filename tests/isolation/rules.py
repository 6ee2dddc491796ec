"""What answers are allowed, beside the table of readers: one list, each line with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.members import detector

if TYPE_CHECKING:
    from tests.isolation.answers import Visit
    from tests.isolation.visiting import House, Visitor

# Who has no account that counts.
STRANGERS = {"nobody", "disabled"}
# Strangers get an answer here; everywhere else they are sent to sign in.
OPEN_TO_STRANGERS = {
    "session.sign_in": "the door itself",
    "home.health": "tells that the process serves, and nothing else",
    "watch.ready": "tells whether requests should be sent here, and nothing else",
    "watch.figures": "counts, to programs of this machine; tests/web/test_watch.py asks from afar",
    "api.sign_in": "the door of the API",
    "api.get_document": "describes calls, holds no data",
}
# These say no on purpose: the jobs of the house wait, and nobody does them.
ANSWERS = {("watch.ready", 503)}
# An object out of reach is not there (404), except where the answer comes before the object.
NOT_404_OUT_OF_REACH: dict[tuple[str, int], str] = {}
# Whose canaries may turn up against the table of readers.
READ_ALL_THE_SAME: dict[tuple[str, str, str], str] = {}
# One number of one member in full: the answer to a reason, and nothing else (security.md P5).
MAY_SHOW_ONE = {"reveals.show": "it was asked for with a reason, and is noted"}
# Whoever handed a file in gets it back as it was, with its faults marked.
OWN_FILE = {"imports.copy": "the numbers are those the same unit has just uploaded"}


def faults(house: House, visitor: Visitor, visit: Visit) -> list[str]:
    """Return everything that is wrong with an answer."""
    found = [f"shows {each}" for each in sorted(_leaks(house, visitor, visit))]
    found += [f"shows {each} in full" for each in sorted(_unmasked(visit))]
    if visit.status >= 500 and (visit.endpoint, visit.status) not in ANSWERS:
        found.append("breaks")
    if visit.out_of_reach and visit.status != 404:
        key = (visit.endpoint, visit.status)
        if visitor.name not in STRANGERS and key not in NOT_404_OUT_OF_REACH:
            found.append("is not 404 out of reach")
    if visitor.name in STRANGERS:
        found += _at_the_door(visit)
    return [f"{visit} {fault}" for fault in found]


def _leaks(house: House, visitor: Visitor, visit: Visit) -> set[str]:
    return {
        each
        for each in house.leaks(visitor, visit)
        if (visitor.name, visit.endpoint, each) not in READ_ALL_THE_SAME
        and not (each.isalnum() and each[:2].isdigit() and _may_show(visit))
    }


def _may_show(visit: Visit) -> bool:
    return visit.endpoint in MAY_SHOW_ONE and not visit.out_of_reach and visit.status == 200


def _unmasked(visit: Visit) -> set[str]:
    """Return the ID and mobile numbers, whosever they are, that stand in an answer in full."""
    if visit.endpoint in OWN_FILE and not visit.out_of_reach:
        return set()
    numbers = detector.find(visit.text.decode("utf-8", "replace"))
    return set() if _may_show(visit) and len(numbers) == 1 else numbers


def _at_the_door(visit: Visit) -> list[str]:
    if visit.endpoint in OPEN_TO_STRANGERS:
        return []
    if visit.endpoint.startswith("api."):
        return [] if visit.status in {401, 404} else ["answers a stranger"]
    sent_away = (visit.status == 302 and b"Location: /sign-in" in visit.text) or (
        visit.status == 204 and b"HX-Redirect: /sign-in" in visit.text
    )
    return [] if sent_away or visit.status == 404 else ["answers a stranger"]
