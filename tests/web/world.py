"""A small tenant for tests of pages: a tree of five levels and one account for every role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.security import generate_password_hash

from portal import access
from portal.access import Role
from portal.organizations import service as organizations
from portal.organizations.models import Account, Appointment

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.organizations.models import Unit

PASSWORD = "正确的密码 1949 Harbour"
METHOD = "pbkdf2:sha256:1"

# code, level, name, code of the parent
TREE = (
    ("D1", "district", "定海区委组织部", "C"),
    ("D2", "district", "普陀区委组织部", "C"),
    ("H1", "committee", "环南街道党工委", "D1"),
    ("H2", "committee", "昌国街道党工委", "D1"),
    ("G1", "general_branch", "北园社区党总支", "H1"),
    ("B1", "branch", "北园社区党支部", "G1"),
    ("B2", "branch", "北园商贸党支部", "G1"),
    ("B3", "branch", "城隍社区党支部", "H1"),
)

# who, name, code of the unit, role
PEOPLE = (
    ("clerk", "沈雪芬", "B1", Role.CLERK),
    ("secretary", "何建国", "B1", Role.SECRETARY),
    ("sibling", "胡佳", "B2", Role.CLERK),
    ("organiser", "王敏", "H1", Role.ORGANISER),
    ("committee", "陆海燕", "H1", Role.COMMITTEE_SECRETARY),
    ("other", "竺伟", "H2", Role.ORGANISER),
    ("reviewer", "郑永良", "D1", Role.DISTRICT_REVIEWER),
    ("leader", "方志明", "D1", Role.DISTRICT_LEADER),
    ("inspector", "乐静", "C", Role.CITY_INSPECTOR),
    ("city", "周立", "C", Role.CITY_LEADER),
    ("sector", "金波", "C", Role.SECTOR_ADMIN),
    ("system", "傅强", "C", Role.SYSTEM_ADMIN),
    ("safety", "夏琳", "C", Role.SECURITY_ADMIN),
    ("auditor", "应岚", "C", Role.AUDIT_ADMIN),
)


@dataclass(frozen=True)
class World:
    """What was made: units by code, accounts by who they are."""

    units: dict[str, Unit]
    people: dict[str, Account]


def account(session: Session, tenant_id: int, username: str, full_name: str) -> Account:
    """Add an account that may sign in at once."""
    made = Account(
        username=username,
        email=f"{username}@example.invalid",
        first_name=full_name,
        last_name="",
        active=True,
        tenant_id=tenant_id,
        full_name=full_name,
        password=generate_password_hash(PASSWORD, METHOD),
    )
    session.add(made)
    session.flush()
    return made


def appoint(session: Session, who: Account, unit: Unit, role: Role) -> None:
    """Give `who` a post."""
    session.add(
        Appointment(
            tenant_id=unit.tenant_id, user_id=who.id, unit_id=unit.id, path=unit.path,
            role=role.value, by=None,
        )
    )  # fmt: skip
    session.flush()


def build(session: Session, tenant_id: int = 1, mark: str = "") -> World:
    """Plant the tree and its people; `mark` keeps a second tenant's names apart."""
    operator = access.operator(tenant_id)
    units = {"C": organizations.plant(session, tenant_id, f"舟山市委组织部{mark}", f"C{mark}")}
    for code, kind, name, parent in TREE:
        units[code] = organizations.add_below(
            session, operator, units[parent], code=f"{code}{mark}", kind=kind, name=f"{name}{mark}"
        )
    people = {}
    for who, name, code, role in PEOPLE:
        people[who] = account(session, tenant_id, f"{who}{mark}", name)
        appoint(session, people[who], units[code], role)
    session.commit()
    for row in (*units.values(), *people.values()):
        session.refresh(row)
    session.expunge_all()
    session.rollback()  # no lock is held while pages are looked at
    return World(units, people)
