"""Cities of any size in the middle of a campaign, built in bulk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import bindparam, insert, select, update
from typing_extensions import override

from portal.core import clock
from portal.core.database import transaction
from portal.core.keys import uuid7
from portal.members import bulk
from portal.organizations import service as organizations
from portal.organizations.models import Account, Kind
from portal.rehearsal import people, shortcut
from portal.rehearsal.play import Play, Script
from portal.reporting import catalogue, grid
from portal.reporting.models import Filing, Return, State, Subtotal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from portal.rehearsal.people import MadeUp

BRANCHES_OF_A_COMMITTEE = 20
DISTRICTS = 10
PASSWORD = "正确的密码 1949 Harbour"  # noqa: S105  opens nothing but what a benchmark made
METHOD = "pbkdf2:sha256:1"


def tree(branches: int) -> bytes:
    """Return the tree file of a city with so many branches."""
    lines = ["code,name,level,parent", "C,试点市,city,"]
    lines += [f"D{at},区{at},district,C" for at in range(DISTRICTS)]
    committees = max(branches // BRANCHES_OF_A_COMMITTEE, 1)
    lines += [f"H{at},街道{at},street,D{at % DISTRICTS}" for at in range(committees)]
    lines += [f"B{at},社区{at}居委会,village,H{at % committees}" for at in range(branches)]
    return "\n".join(lines).encode()


class City(Play):
    """A city whose members are all in order, and screened."""

    def __init__(self, session: Session, branches: int, each: int) -> None:
        """Prepare a city of `branches` with `each` members."""
        super().__init__(session, 1, Script("four-checks", branches * each, 7))
        self.branches, self.each = branches, each

    def build(self) -> City:
        """Plant the tree, fill the rolls, open the campaign and screen everybody."""
        self.set_up(organizations.read(tree(self.branches), "tree.csv").rows)
        self.fill_rosters()
        self.open_campaign()
        stories = {key: made for each in self.kept.values() for key, made in each.items()}
        if stories:
            with transaction(self.session):
                shortcut.screen(self.session, self.campaign, stories, set())
        return self

    @override
    def fill_rosters(self) -> None:
        """Give every branch the same number of members, none with a story."""
        self.kept: dict[str, dict[uuid.UUID, MadeUp]] = {}
        number, day = 0, self._day("branch")
        drafts: list[bulk.Draft] = []
        made: list[MadeUp] = []
        branches = [unit for unit in self.units if unit.kind == Kind.BRANCH]
        for unit in branches:
            for _ in range(self.each):
                person = people.make(self.random, number, day)
                while person.truth or person.doubt or person.outcome:
                    person = people.make(self.random, number, day)
                number += 1
                made.append(person)
                drafts.append(bulk.Draft(unit.id, unit.path, person.roster))
        if not drafts:
            return
        with transaction(self.session):
            clerk = self.cast.filler(branches[0])
            ids = bulk.add_many(self.session, clerk, drafts)
        for draft, key, person in zip(drafts, ids, made, strict=True):
            self.kept.setdefault(draft.path, {})[key] = person

    def report_everything(self) -> None:
        """Write a filing for every branch as filing would leave it, without its persons."""
        depth = max(unit.path.count("/") for unit in self.units)
        with transaction(self.session):
            frozen = catalogue.of(self.session, self.campaign)
            owed = self.session.scalars(
                select(Return).where(
                    Return.campaign_id == self.campaign_id,
                    Return.deliverable == self.plan.tables.code,
                )
            ).all()
            self._write([item for item in owed if item.path.count("/") == depth], frozen.size)

    def _write(self, owed: Sequence[Return], size: int) -> None:
        figures = np.random.default_rng(7).integers(0, 40, size=size, dtype="<i4")
        packed, now = grid.pack(figures), clock.now()
        campaign_id, code = self.campaign_id, self.plan.tables.code
        filings = [
            {
                "tenant_id": 1, "id": uuid7(), "campaign_id": campaign_id, "return_id": item.id,
                "path": item.path, "round": 1, "at": now, "by": None, "catalogue": 1,
                "own": packed, "figures": packed, "persons_sealed": None, "checks": [],
                "overrides": {}, "narrative": "", "children": {}, "hash": "",
            }
            for item in owed
        ]  # fmt: skip
        parents: dict[str, int] = {}
        for item in owed:
            parents[item.parent_path] = parents.get(item.parent_path, 0) + 1
        states = [
            {"in_tenant": 1, "of": row["return_id"], "filing_id": row["id"]} for row in filings
        ]
        self.session.expunge_all()
        self.session.execute(insert(Filing), filings)
        table = Return.__table__
        self.session.connection().execute(
            update(table)
            .where(table.c.tenant_id == bindparam("in_tenant"), table.c.id == bindparam("of"))
            .values(state=State.FILED.value, round=1, filing_id=bindparam("filing_id"),
                    first_filed_at=now),
            states,
        )  # fmt: skip
        sums = Subtotal.__table__
        self.session.connection().execute(
            update(sums)
            .where(
                sums.c.tenant_id == bindparam("in_tenant"), sums.c.campaign_id == campaign_id,
                sums.c.deliverable == code, sums.c.path == bindparam("of"),
            )
            .values(reported=bindparam("total"), filed=bindparam("count")),
            [
                {"in_tenant": 1, "of": path, "total": grid.pack(figures * n), "count": n}
                for path, n in parents.items()
            ],
        )  # fmt: skip

    def open_doors(self) -> dict[str, str]:
        """Give those who look at pages a password; return their user names by role."""
        at = {
            "branch": self.cast.filler(next(u for u in self.units if u.kind == Kind.BRANCH)),
            "committee": self.cast.filler(next(u for u in self.units if u.kind == Kind.COMMITTEE)),
            "district": self.cast.filler(next(u for u in self.units if u.kind == Kind.DISTRICT)),
            "city": self.cast.filler(self.root),
        }
        names = {}
        with transaction(self.session):
            for role, actor in at.items():
                account = self.session.get_one(Account, actor.user_id)
                account.password = organizations.hashed(PASSWORD, METHOD)
                names[role] = account.username
        return names
