"""When an export needs a second person, who that may be, and how long things last: as data."""

from __future__ import annotations

from datetime import timedelta

from portal.access import Role

# Above this many persons, or with persons of more than one branch, somebody else must agree.
MOST_PERSONS = 500
MOST_BRANCHES = 1

# How long the file is kept, and how long a link to it works.
KEPT = timedelta(hours=24)
LINK = timedelta(minutes=10)

# Who may agree to what somebody of this post asks for: the signer of their own unit, or of a
# unit above. Nobody agrees to their own.
APPROVERS: dict[Role, tuple[Role, ...]] = {
    Role.CLERK: (Role.SECRETARY, Role.COMMITTEE_SECRETARY, Role.DISTRICT_LEADER, Role.CITY_LEADER),
    Role.SECRETARY: (Role.COMMITTEE_SECRETARY, Role.DISTRICT_LEADER, Role.CITY_LEADER),
    Role.ORGANISER: (Role.COMMITTEE_SECRETARY, Role.DISTRICT_LEADER, Role.CITY_LEADER),
    Role.COMMITTEE_SECRETARY: (
        Role.COMMITTEE_SECRETARY, Role.DISTRICT_LEADER, Role.CITY_LEADER,
    ),
    Role.DISTRICT_REVIEWER: (Role.DISTRICT_LEADER, Role.CITY_LEADER),
    Role.DISTRICT_LEADER: (Role.DISTRICT_LEADER, Role.CITY_LEADER),
    Role.CITY_INSPECTOR: (Role.CITY_LEADER,),
    Role.CITY_LEADER: (Role.CITY_LEADER,),
}  # fmt: skip


def needs_approval(persons: int, branches: int) -> bool:
    """Tell whether a file with so many persons of so many branches needs a second person.

    >>> needs_approval(500, 1), needs_approval(501, 1), needs_approval(2, 2), needs_approval(0, 9)
    (False, True, True, False)
    """
    return persons > MOST_PERSONS or (persons > 0 and branches > MOST_BRANCHES)
