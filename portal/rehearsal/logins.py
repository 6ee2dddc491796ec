"""The accounts of the demo: one per role, with names, telephones and one password."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from portal import access
from portal.access import EXCLUSIVE, Role
from portal.organizations import service as organizations
from portal.organizations.models import Account
from portal.rehearsal import people

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

    from portal.organizations.models import Unit
    from portal.rehearsal.cast import Cast


@dataclass(frozen=True, slots=True)
class Login:
    """One account to try the demo with."""

    role: Role
    unit: str
    username: str
    password: str


class Reception:
    """Gives the demo's people names and passwords; the caller's transaction keeps them."""

    def __init__(self, session: Session, tenant_id: int, method: str) -> None:
        """Prepare for one tenant; `method` is how passwords are hashed."""
        self._session, self._method = session, method
        self._operator = access.operator(tenant_id)
        self._random = Random(11)  # noqa: S311  made-up names
        self._password = "-".join(secrets.token_hex(3) for _ in range(3))

    def open_accounts(self, cast: Cast, at: Mapping[Role, Unit], root: Unit) -> list[Login]:
        """Open one account per role: those of the line `at` their units, the rest at the root."""
        logins = [
            self._open(self._session.get_one(Account, cast.at(unit, role).user_id), role, unit)
            for role, unit in at.items()
            if cast.has(unit, role)
        ]
        for role in (Role.SECTOR_ADMIN, *sorted(EXCLUSIVE)):
            account, _ = organizations.invite(
                self._session, self._operator, root, role,
                username=_username(role), full_name=people.name(self._random),
            )  # fmt: skip
            logins.append(self._open(account, role, root))
        return logins

    def _open(self, account: Account, role: Role, unit: Unit) -> Login:
        account.username = _username(role)
        account.full_name = people.name(self._random)
        organizations.set_password(self._session, account, self._password, method=self._method)
        self._session.flush()
        return Login(role, unit.name, account.username, self._password)

    def introduce(self, units: Iterable[Unit]) -> None:
        """Write down who is responsible at each of `units`, and a telephone."""
        for number, unit in enumerate(units):
            fresh = organizations.get_unit(self._session, self._operator, unit.id)
            facts = {
                "first_responsible": people.name(self._random),
                "directly_responsible": people.name(self._random),
                "liaison": people.name(self._random),
                "phone": f"13900000{number:03d}",
            }
            organizations.change_unit(
                self._session, self._operator, fresh.id, facts, version=fresh.version
            )


def _username(role: Role) -> str:
    return f"demo.{role.value.replace('_', '.')}"
