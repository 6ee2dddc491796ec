"""The people who act in a rehearsal: one account for every post of every unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from portal.access import Role
from portal.core import clock
from portal.core.keys import uuid7
from portal.organizations import service as organizations
from portal.organizations.models import Account, Appointment, Kind, Unit
from portal.scope import service as scope

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

    from portal.access import Actor

# Nobody can sign in with it: no hash has this form.
_NO_PASSWORD = "!"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Posts:
    """Which role fills in, signs and reviews at a kind of unit."""

    fills: Role
    signs: Role
    reviews: Role


POSTS: dict[str, Posts] = {
    Kind.BRANCH: Posts(Role.CLERK, Role.SECRETARY, Role.ORGANISER),
    Kind.GENERAL_BRANCH: Posts(Role.CLERK, Role.SECRETARY, Role.ORGANISER),
    Kind.COMMITTEE: Posts(Role.ORGANISER, Role.COMMITTEE_SECRETARY, Role.ORGANISER),
    Kind.DISTRICT: Posts(Role.DISTRICT_REVIEWER, Role.DISTRICT_LEADER, Role.DISTRICT_REVIEWER),
    Kind.CITY: Posts(Role.CITY_INSPECTOR, Role.CITY_LEADER, Role.CITY_INSPECTOR),
}


class Cast:
    """Finds the actor for a post at a unit: read from the appointments, with real scope."""

    def __init__(
        self, session: Session, tenant_id: int, units: Sequence[Unit], named: Callable[[], str]
    ) -> None:
        """Make an account for every post of every unit, in bulk, and appoint it."""
        self._session, self._tenant = session, tenant_id
        self._users: dict[tuple[str, Role], int] = {}
        self._actors: dict[int, Actor] = {}
        with scope.beyond(session, scope.Reason.ACCOUNTS):
            first = (session.scalar(select(func.max(Account.id))) or 0) + 1
        accounts: list[dict[str, object]] = []
        appointments: list[dict[str, object]] = []
        for unit in units:
            for role in sorted(self._roles(unit.kind)):
                user_id = first + len(accounts)
                self._users[unit.path, role] = user_id
                accounts.append(_account(tenant_id, user_id, unit, role) | {"full_name": named()})
                appointments.append(_appointment(tenant_id, user_id, unit, role))
        session.execute(insert(Account), accounts)
        session.execute(insert(Appointment), appointments)
        if session.get_bind().dialect.name == "postgresql":
            session.execute(select(func.setval("ab_user_id_seq", first + len(accounts))))

    @staticmethod
    def _roles(kind: str) -> set[Role]:
        posts = POSTS[kind]
        both = {posts.fills, posts.signs}
        return both if kind == Kind.BRANCH else both | {posts.reviews}

    def has(self, unit: Unit, role: Role) -> bool:
        """Tell whether somebody holds `role` at `unit`."""
        return (unit.path, role) in self._users

    def at(self, unit: Unit, role: Role) -> Actor:
        """Return the holder of `role` at `unit` as an actor."""
        user_id = self._users[unit.path, role]
        if user_id not in self._actors:
            self._actors[user_id] = organizations.actor_for(self._session, user_id, self._tenant)
        return self._actors[user_id]

    def filler(self, unit: Unit) -> Actor:
        """Return who fills in for `unit`."""
        return self.at(unit, POSTS[unit.kind].fills)

    def signer(self, unit: Unit) -> Actor:
        """Return who signs and files for `unit`."""
        return self.at(unit, POSTS[unit.kind].signs)

    def reviewer(self, unit: Unit) -> Actor:
        """Return who reviews at `unit` what the units below file."""
        return self.at(unit, POSTS[unit.kind].reviews)


def _account(tenant_id: int, user_id: int, unit: Unit, role: Role) -> dict[str, object]:
    name = f"{unit.code}.{role.value}"
    return {
        "id": user_id, "tenant_id": tenant_id, "username": f"t{tenant_id}.{name}"[:64],
        "first_name": "", "last_name": name[:64],
        "email": f"{tenant_id}.{name}@portal.invalid"[:320], "password": _NO_PASSWORD,
        "active": True, "session_version": 0, "large_type": False, "must_change": False,
    }  # fmt: skip


def _appointment(tenant_id: int, user_id: int, unit: Unit, role: Role) -> dict[str, object]:
    return {
        "tenant_id": tenant_id, "id": uuid7(), "user_id": user_id, "unit_id": unit.id,
        "path": unit.path, "role": role.value, "at": clock.now(), "by": None,
    }  # fmt: skip
