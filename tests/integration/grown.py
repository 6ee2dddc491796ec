"""A small tree with people, for tests of the lower parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal import access
from portal.organizations import service as organizations

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.access import Actor, Role
    from portal.organizations.models import Account, Unit

FAST = "pbkdf2:sha256:1"

TREE = (
    ("D1", "district", "C"), ("D2", "district", "C"),
    ("H1", "committee", "D1"), ("H2", "committee", "D1"), ("H3", "committee", "D2"),
    ("G1", "general_branch", "H1"),
    ("B1", "branch", "G1"), ("B2", "branch", "H1"), ("B3", "branch", "H2"),
    ("B4", "branch", "D1"),
)  # fmt: skip


@dataclass
class Grown:
    """A tenant of eleven units."""

    session: Session
    tenant_id: int
    units: dict[str, Unit]

    @property
    def operator(self) -> Actor:
        return access.operator(self.tenant_id)

    def invite(self, username: str, code: str, role: Role, by: Actor | None = None) -> Account:
        account, _ = organizations.invite(
            self.session,
            by or self.operator,
            self.units[code],
            role,
            username=username,
            full_name=f"某{username}",
            password_method=FAST,
        )
        return account

    def actor(self, username: str, code: str, role: Role) -> Actor:
        account = self.invite(username, code, role)
        return organizations.actor_for(self.session, account.id, self.tenant_id)


def grow(session: Session, tenant_id: int = 1) -> Grown:
    """Plant a tenant and let it grow."""
    units = {"C": organizations.plant(session, tenant_id, "某市委组织部", "C")}
    for code, kind, parent in TREE:
        units[code] = organizations.add_below(
            session,
            access.operator(tenant_id),
            units[parent],
            code=code,
            kind=kind,
            name=f"组织{code}",
        )
    session.commit()
    return Grown(session, tenant_id, units)
