"""The doors in the walls: every reason for touching rows outside one's own places.

A closed list, read by people: `tests/scope` lists each use, and fails on one that is new.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a verb reaches further than its actor; never further than one tenant."""

    POSTS = "posts"
    SIGN_IN = "sign_in"
    ACCOUNTS = "accounts"
    TENANTS = "tenants"
    JOBS = "jobs"
    SUBTOTAL = "subtotal"
    SAME_PERSON = "same_person"
    COUNTING = "counting"
    TREE = "tree"
    LOG = "log"
    OPENING = "opening"
    CHECKING = "checking"
    HEADS = "heads"
    FILES = "files"
    CHARGE = "charge"
    HANDS = "hands"
    KEYS = "keys"
    PURGE = "purge"
    PLUGINS = "plugins"
    REMINDING = "reminding"


WHY: dict[Reason, str] = {
    Reason.POSTS: "who somebody is has to be known before a scope can be worked out from it; and "
    "a post far away keeps an account out of the hands of who may not fill it",
    Reason.SIGN_IN: "an account is found by its name before anybody knows whose it is",
    Reason.ACCOUNTS: "user names and numbers of accounts are unique over all tenants",
    Reason.TENANTS: "the operator is asked which tenant is meant",
    Reason.JOBS: "whoever takes jobs from the queue serves all tenants, and sees ids and states",
    Reason.SUBTOTAL: "filing brings the one row of the direct superior up to date",
    Reason.SAME_PERSON: "one person stands on one roll: an equal ID number is looked for by its "
    "keyed digest, and only whether there is one is said",
    Reason.COUNTING: "superiors see how many, and never who: figures are counted from rows that "
    "name persons",
    Reason.TREE: "a unit that moves takes along every row that lies at it",
    Reason.LOG: "an entry is written for somebody who is not let in",
    Reason.OPENING: "opening a campaign makes records and duties for the whole tree at once",
    Reason.PLUGINS: "a plugin that is switched on or off is asked anew about everybody beneath",
    Reason.REMINDING: "branches are told of what is due wherever they are; nobody is shown it "
    "but them",
    Reason.HEADS: "the ends of all chains of the log are signed at one moment; there are numbers "
    "and digests in them",
    Reason.FILES: "a stored file may be removed only if no row of any tenant names it",
    Reason.CHARGE: "whoever is in charge of an account sees and ends its sessions, and takes a "
    "lost second factor from it",
    Reason.HANDS: "nobody reviews what they had a hand in, also where they may not look now",
    Reason.KEYS: "everything that is sealed is sealed anew, unread",
    Reason.PURGE: "what is past its time is found, and destroyed with all that hangs on it; who "
    "decides sees numbers",
    Reason.CHECKING: "the operator's doctor looks at every table for rows gone astray",
}

# These serve all tenants, each for one kind of table (see `rules`), and need no tenant.
OVER_TENANTS = frozenset({
    Reason.SIGN_IN, Reason.ACCOUNTS, Reason.TENANTS, Reason.JOBS, Reason.HEADS,
    Reason.FILES,
})  # fmt: skip
