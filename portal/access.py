"""Who may do what, and where.

Pure: no tables, no request. `portal.organizations.service.actor_for` builds the actor, the
edges pass it on, and services ask `require` before they change anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, false, or_

from portal.core import tree
from portal.core.errors import NotAllowed, OutOfTurn
from portal.core.words import Words

if TYPE_CHECKING:
    import uuid

    from sqlalchemy import ColumnElement


class Role(StrEnum):
    """What a person is appointed to at a unit."""

    CLERK = "clerk"
    SECRETARY = "secretary"
    ORGANISER = "organiser"
    COMMITTEE_SECRETARY = "committee_secretary"
    DISTRICT_REVIEWER = "district_reviewer"
    DISTRICT_LEADER = "district_leader"
    CITY_INSPECTOR = "city_inspector"
    CITY_LEADER = "city_leader"
    SECTOR_ADMIN = "sector_admin"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"
    OPERATOR = "operator"
    EMERGENCY = "emergency"


class Action(StrEnum):
    """What can be asked for, as ``part:verb``."""

    UNIT_VIEW = "unit:view"
    UNIT_CHANGE = "unit:change"
    USER_VIEW = "user:view"
    USER_INVITE = "user:invite"
    PLUGIN_SWITCH = "plugin:switch"
    MEMBER_VIEW = "member:view"
    MEMBER_CHANGE = "member:change"
    MEMBER_REVEAL = "member:reveal"
    REVEAL_WATCH = "reveal:watch"
    HOLD_SET = "hold:set"
    PURGE_VIEW = "purge:view"
    PURGE_PROPOSE = "purge:propose"
    PURGE_APPROVE = "purge:approve"
    KEY_ROTATE = "key:rotate"
    ROSTER_IMPORT = "roster:import"
    ROSTER_EXPORT = "roster:export"
    ROSTER_PLAIN = "roster:plain"
    CAMPAIGN_VIEW = "campaign:view"
    CAMPAIGN_OPEN = "campaign:open"
    DEADLINE_SET = "deadline:set"
    RECORD_VIEW = "record:view"
    RECORD_SCREEN = "record:screen"
    REPORT_VIEW = "report:view"
    REPORT_PREPARE = "report:prepare"
    REPORT_FILE = "report:file"
    REPORT_REVIEW = "report:review"
    REPORT_CHASE = "report:chase"
    REPORT_EXPORT = "report:export"
    EXPORT_OVERSEE = "export:oversee"
    EXPORT_APPROVE = "export:approve"
    FACTS_EXPORT = "facts:export"
    AUDIT_VIEW = "audit:view"
    EMERGENCY_OPEN = "emergency:open"
    EMERGENCY_END = "emergency:end"
    EMERGENCY_VIEW = "emergency:view"
    SESSION_END = "session:end"


_BRANCH = frozenset({Role.CLERK, Role.SECRETARY})
_COMMITTEE = frozenset({Role.ORGANISER, Role.COMMITTEE_SECRETARY})
_DISTRICT = frozenset({Role.DISTRICT_REVIEWER, Role.DISTRICT_LEADER})
_CITY = frozenset({Role.CITY_INSPECTOR, Role.CITY_LEADER})
_LINE = _BRANCH | _COMMITTEE | _DISTRICT | _CITY
_SUPERIORS = _COMMITTEE | _DISTRICT | _CITY
_SIGNERS = frozenset(
    {Role.SECRETARY, Role.COMMITTEE_SECRETARY, Role.DISTRICT_LEADER, Role.CITY_LEADER}
)
_REVIEWERS = frozenset({Role.ORGANISER, Role.DISTRICT_REVIEWER, Role.CITY_INSPECTOR})
_OPERATOR = frozenset({Role.OPERATOR})
_EMERGENCY = frozenset({Role.EMERGENCY})

# What a person can be appointed to; the other two are the machine's own and last for a while.
APPOINTABLE = frozenset(Role) - _OPERATOR - _EMERGENCY

# Names stop at the base committee (mission W4): a district and the city see units and counts.
POLICY: dict[Action, frozenset[Role]] = {
    Action.UNIT_VIEW: _LINE
    | _OPERATOR
    | {Role.SECTOR_ADMIN, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN},
    Action.UNIT_CHANGE: _OPERATOR | {Role.SYSTEM_ADMIN},
    Action.USER_VIEW: _SUPERIORS | _OPERATOR | {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN},
    Action.USER_INVITE: _SUPERIORS | _OPERATOR | {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN},
    Action.PLUGIN_SWITCH: _OPERATOR | {Role.SECTOR_ADMIN},
    Action.MEMBER_VIEW: _BRANCH | _COMMITTEE | _OPERATOR | _EMERGENCY,
    Action.MEMBER_CHANGE: _BRANCH | _OPERATOR,
    Action.MEMBER_REVEAL: _BRANCH | _COMMITTEE,
    Action.REVEAL_WATCH: frozenset({Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}),
    Action.HOLD_SET: frozenset({Role.SECURITY_ADMIN, Role.COMMITTEE_SECRETARY}),
    Action.PURGE_VIEW: _OPERATOR | {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN},
    Action.PURGE_PROPOSE: _OPERATOR | {Role.SYSTEM_ADMIN},
    Action.PURGE_APPROVE: frozenset({Role.SECURITY_ADMIN}),
    Action.KEY_ROTATE: _OPERATOR,
    Action.ROSTER_IMPORT: _BRANCH | _OPERATOR,
    Action.ROSTER_EXPORT: _BRANCH | _COMMITTEE | _OPERATOR,
    Action.ROSTER_PLAIN: _OPERATOR,
    Action.CAMPAIGN_VIEW: _LINE | _OPERATOR | {Role.SECTOR_ADMIN, Role.SYSTEM_ADMIN},
    Action.CAMPAIGN_OPEN: _OPERATOR | {Role.CITY_LEADER},
    Action.DEADLINE_SET: _SUPERIORS,
    Action.RECORD_VIEW: _BRANCH | _COMMITTEE | _EMERGENCY,
    Action.RECORD_SCREEN: _BRANCH,
    Action.REPORT_VIEW: _LINE | _OPERATOR,
    Action.REPORT_PREPARE: _LINE,
    Action.REPORT_FILE: _SIGNERS,
    Action.REPORT_REVIEW: _REVIEWERS,
    Action.REPORT_CHASE: _SUPERIORS,
    Action.REPORT_EXPORT: _LINE | _OPERATOR,
    Action.EXPORT_OVERSEE: _SUPERIORS | _SIGNERS | _OPERATOR,
    Action.EXPORT_APPROVE: _SIGNERS,
    Action.FACTS_EXPORT: _OPERATOR,
    Action.AUDIT_VIEW: frozenset({Role.AUDIT_ADMIN}),
    Action.EMERGENCY_OPEN: _DISTRICT | _CITY,
    Action.EMERGENCY_END: frozenset({Role.SECURITY_ADMIN}),
    # Whoever appoints a secretary alone sees no less than the secretary does (security.md D3).
    Action.EMERGENCY_VIEW: _SUPERIORS | {Role.SECRETARY, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN},
    Action.SESSION_END: frozenset({Role.SECURITY_ADMIN}),
}

# What a post does for its own unit and never for one beneath it: nobody files, screens or
# reviews in a subordinate's name.
OWN_UNIT_ONLY = frozenset(
    {
        Action.MEMBER_CHANGE,
        Action.RECORD_SCREEN,
        Action.REPORT_PREPARE,
        Action.REPORT_FILE,
        Action.REPORT_REVIEW,
    }
)

# The three administrators of a tenant are three people (security.md D1).
EXCLUSIVE = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})

# Who proves a second factor when signing in (security.md A5), and why.
SECOND_FACTOR: dict[str, frozenset[Role]] = {
    "reviews": POLICY[Action.REPORT_REVIEW],
    "signs at a committee or above": POLICY[Action.REPORT_FILE] - _BRANCH,
    "is one of the three administrators": EXCLUSIVE,
    "may export": POLICY[Action.REPORT_EXPORT]
    | POLICY[Action.ROSTER_EXPORT]
    | POLICY[Action.ROSTER_PLAIN]
    | POLICY[Action.FACTS_EXPORT],
}

# Whom a post may give a post, at its own unit or beneath it: alone, or as a proposal.
GRANTABLE: dict[Role, frozenset[Role]] = {
    Role.ORGANISER: _BRANCH,
    Role.COMMITTEE_SECRETARY: _BRANCH | {Role.ORGANISER},
    Role.DISTRICT_REVIEWER: _BRANCH | _COMMITTEE,
    Role.DISTRICT_LEADER: _BRANCH | _COMMITTEE | {Role.DISTRICT_REVIEWER},
    Role.CITY_INSPECTOR: _BRANCH | _COMMITTEE | _DISTRICT,
    Role.CITY_LEADER: APPOINTABLE - {Role.CITY_LEADER},
    Role.SYSTEM_ADMIN: _LINE,
    Role.SECURITY_ADMIN: _LINE | {Role.SECTOR_ADMIN},
    Role.OPERATOR: APPOINTABLE,
}

# Which of these it gives, takes and helps out alone: a base committee the posts of its branches.
# For everything else it takes two people (security.md D3, D5): one proposes, another confirms.
ALONE: dict[Role, frozenset[Role]] = {
    Role.ORGANISER: _BRANCH,
    Role.COMMITTEE_SECRETARY: _BRANCH,
    Role.OPERATOR: APPOINTABLE,
}

# Who confirms what somebody else proposed, at their own unit or beneath it.
CONFIRMABLE: dict[Role, frozenset[Role]] = {
    Role.ORGANISER: _BRANCH,
    Role.COMMITTEE_SECRETARY: _BRANCH,
    Role.DISTRICT_LEADER: _BRANCH | _COMMITTEE,
    Role.CITY_LEADER: _BRANCH | _COMMITTEE | _DISTRICT | {Role.CITY_INSPECTOR, Role.SECTOR_ADMIN},
    Role.SYSTEM_ADMIN: frozenset({Role.SECURITY_ADMIN}),
    Role.SECURITY_ADMIN: APPOINTABLE,
}

# Whose account is shut and opened by two people; those of other posts by one who may fill them.
GUARDED = frozenset({Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})

TWO_PEOPLE = Words(
    "这一步须由两个人办：请写明理由提出，再由另一位有权限的同志确认",
    "This takes two people: propose it with a reason, and let another who may confirm it",
)
ONESELF = Words(
    "这是您本人的档案，不能由自己修改或排查，请由支部里别的同志办理",
    "This is your own record: somebody else of the branch has to change or screen it",
)


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """A role held at one unit, and with it over everything beneath.

    `basis` names the emergency access that it comes from; a post has none.
    """

    role: Role
    place: str
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """The person acting, within one tenant. A plain value: safe to keep, log and compare.

    `user_id` is None for the operator at the command line only; `member_id` is the record of the
    person themselves, where an administrator has linked it.
    """

    user_id: int | None
    tenant_id: int
    grants: frozenset[Grant]
    member_id: uuid.UUID | None = None

    def places(self, action: Action) -> tuple[str, ...]:
        """Return the tree paths at which this actor may do `action`, sorted."""
        return tuple(sorted({g.place for g in self.grants if g.role in POLICY[action]}))

    def holds(self, role: Role) -> bool:
        """Tell whether this actor is appointed to `role` anywhere."""
        return any(grant.role == role for grant in self.grants)


def needs_factor(actor: Actor) -> bool:
    """Tell whether any post of `actor` asks for a second factor."""
    asked = frozenset[Role]().union(*SECOND_FACTOR.values())
    return any(grant.role in asked for grant in actor.grants)


def operator(tenant_id: int) -> Actor:
    """Return the operator at the machine itself: the `portal` command, never a web request."""
    return Actor(None, tenant_id, frozenset({Grant(Role.OPERATOR, tree.ROOT)}))


def _covers(action: Action, place: str, path: str) -> bool:
    if action in OWN_UNIT_ONLY and place != tree.ROOT:
        return path == place
    return tree.is_within(path, place)


def allows(actor: Actor, action: Action, path: str) -> bool:
    """Tell whether `actor` may do `action` at the tree path `path`."""
    return any(_covers(action, place, path) for place in actor.places(action))


def require(actor: Actor, action: Action, path: str) -> None:
    """Return quietly if `actor` may do `action` at `path`.

    Raises:
        NotAllowed: otherwise.
    """
    if not allows(actor, action, path):
        raise NotAllowed(action, path)


def may_grant(actor: Actor, role: Role, path: str) -> bool:
    """Tell whether `actor` may appoint somebody to `role` at `path`."""
    return _in(GRANTABLE, actor, role, path)


def may_confirm(actor: Actor, role: Role, path: str) -> bool:
    """Tell whether `actor` may confirm what another proposed about `role` at `path`."""
    return _in(CONFIRMABLE, actor, role, path)


def _in(table: dict[Role, frozenset[Role]], actor: Actor, role: Role, path: str) -> bool:
    return any(
        role in table.get(grant.role, frozenset()) and tree.is_within(path, grant.place)
        for grant in actor.grants
    )


def needs_two(actor: Actor, role: Role, path: str) -> bool:
    """Tell whether `actor` needs a second person to give or take `role` at `path`."""
    return not _in(ALONE, actor, role, path)


def require_hands(actor: Actor, second: Actor | None, role: Role, path: str) -> None:
    """Return quietly if `actor`, with `second` where it takes two, may fill `role` at `path`.

    Raises:
        NotAllowed: `actor` may not even propose it, or `second` may not confirm it.
        OutOfTurn: it takes a second person, and there is none or it is the same one.
    """
    if not may_grant(actor, role, path):
        raise NotAllowed("user:invite", path)
    if not needs_two(actor, role, path):
        return
    if second is None or second.user_id in {None, actor.user_id}:
        raise OutOfTurn(TWO_PEOPLE)
    if not may_confirm(second, role, path):
        raise NotAllowed("user:confirm", path)


def refuse_oneself(actor: Actor, member_id: uuid.UUID) -> None:
    """Return quietly unless the record of `member_id` is the actor's own.

    Raises:
        OutOfTurn: it is; nobody acts on their own record (security.md D4).
    """
    if actor.member_id is not None and actor.member_id == member_id:
        raise OutOfTurn(ONESELF)


def basis_of(actor: Actor, path: str) -> str:
    """Return the emergency access under which `actor` acts at `path`; empty if there is none."""
    return next(
        (g.basis for g in sorted(actor.grants) if g.basis and tree.is_within(path, g.place)), ""
    )


def reach(actor: Actor, action: Action, table: Any) -> ColumnElement[bool]:
    """Return the WHERE condition that keeps the rows of `table` in the actor's reach.

    `table` has the columns ``tenant_id`` and ``path``. An actor with no grant gets a condition
    that is always false, never one that is absent.
    """
    ranges = []
    for place in actor.places(action):
        if action in OWN_UNIT_ONLY and place != tree.ROOT:
            ranges.append(table.path == place)
        else:
            low, high = tree.bounds(place)
            ranges.append(and_(table.path >= low, table.path < high))
    return and_(table.tenant_id == actor.tenant_id, or_(false(), *ranges))


def within(table: Any, path: str) -> ColumnElement[bool]:
    """Return the condition that keeps the rows of `table` at `path` or beneath it.

    It narrows; it does not permit: use it together with `reach` or after `require`.
    """
    low, high = tree.bounds(path)
    return and_(table.path >= low, table.path < high)
