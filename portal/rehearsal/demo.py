"""The demo: a city in the middle of its campaign, with filings in every state."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from typing_extensions import override

from portal import access
from portal.access import Role
from portal.campaigns import calendar, template
from portal.core import clock, tree
from portal.core.database import transaction
from portal.core.errors import Invalid
from portal.organizations import service as organizations
from portal.organizations.models import Kind
from portal.rehearsal import shortcut
from portal.rehearsal.logins import Login, Reception
from portal.rehearsal.play import Play, Script
from portal.reporting import service as reporting
from portal.reporting.review import Note
from portal.screening import service as screening

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from portal.campaigns.template import Plan
    from portal.organizations.models import Unit
    from portal.organizations.treefile import Row
    from portal.rehearsal.people import MadeUp

TEMPLATE = "four-checks"
WORKDAYS_TO_GO = 4
CLOSES = time(17, 30)
LOST = (0.0016, 0.003, 0.0055, 0.009)
SHARES = (("accepted", 50), ("taken_up", 8), ("filed", 17), ("returned", 6), ("open", 19))


class Demo(Play):
    """Builds the demo tenant. The acts of filing go through the services; screening is bulk."""

    def __init__(self, session: Session, tenant_id: int, members: int, method: str) -> None:
        """Prepare a demo whose branches' deadline lies a few days ahead of today."""
        today = clock.now().date()
        starts = date(today.year, 11, 1)
        plan = template.load(TEMPLATE)
        due = calendar.due_day(plan.tables, Kind.BRANCH, starts) or starts
        shift = in_workdays(today, WORKDAYS_TO_GO) - due
        super().__init__(session, tenant_id, Script(TEMPLATE, members, 7, starts_on=starts + shift))
        self.plan = shifted(plan, starts, shift)
        self.method = method
        self.today = today

    def build(self, rows: Sequence[Row], say: Callable[[str], None]) -> list[Login]:
        """Build everything and return the accounts, one per role."""
        self.set_up(rows)
        with transaction(self.session):
            organizations.get_tenant(self.session, self.tenant).closes = CLOSES
        say(f"{self.report.units} 个单位 / units")
        self.fill_rosters()
        say(f"{self.report.members} 名党员 / members")
        self.open_campaign()
        with transaction(self.session):
            self._switch_plugins()
        self._choose_stage()
        with transaction(self.session):
            self._screen()
        say("排查 / screening")
        self._file_everything()
        with transaction(self.session):
            states = shortcut.count_states(self.session, self.campaign)
        say("上报 / filings: " + ", ".join(f"{k} {n}" for k, n in sorted(states.items())))
        with transaction(self.session):
            return self._receive()

    @override
    def known_until(self) -> date:
        """Say nothing of days that have not come: the branches' deadline still lies ahead."""
        return self.today

    @override
    def lost_share(self, unit: Unit) -> float:
        """Let the districts differ, as they do."""
        line = tree.lineage(unit.path)
        return LOST[tree.number(line[min(1, len(line) - 1)]) % len(LOST)]

    def _switch_plugins(self) -> None:
        operator = access.operator(self.tenant)
        for plugin in ("township", "enterprise", "university"):
            organizations.switch_plugin(self.session, operator, self.root, plugin, on=True)

    def _choose_stage(self) -> None:
        """Choose the units that the accounts belong to, and those that are all done."""
        by_kind = {kind: list(self._lowest_first(kind)) for kind in Kind}
        homes = {path: len(stories) for path, stories in self.stories.items()}
        below = {d.path: self._below(d) for d in by_kind[Kind.DISTRICT]}
        districts = sorted(by_kind[Kind.DISTRICT], key=lambda d: len(below[d.path]))
        self.done = {district.path for district in districts[:-1][:2]}
        self.settled = districts[0].path if self.done else ""
        stage = districts[-1] if districts else self.root
        committees = [u for u in by_kind[Kind.COMMITTEE] if tree.is_within(u.path, stage.path)]
        committees.sort(key=lambda c: -len(self._below(c)))
        self.hurried = districts[-2].path if len(districts) > 2 else ""  # noqa: PLR2004
        self.district = stage
        self.committee = committees[0] if committees else stage
        self.ready = committees[-1] if len(committees) > 1 else self.committee
        self.examined = committees[-2] if len(committees) > 2 else None  # noqa: PLR2004
        branches = sorted(self._below(self.committee), key=lambda b: -homes.get(b.path, 0))
        self.returned_branch = branches[0] if branches else self.root
        self.busy_branch = branches[1] if len(branches) > 1 else self.returned_branch

    def _below(self, unit: Unit) -> list[Unit]:
        return [
            each for each in self.units
            if each.path in self.stories and tree.is_within(each.path, unit.path)
        ]  # fmt: skip

    def _screen(self) -> None:
        stories: dict[UUID, MadeUp] = {
            UUID(member): story for made in self.stories.values() for member, story in made.items()
        }
        campaign = self.campaign
        with clock.pinned(self._ago(8)):
            if self.hurried:
                hurried = self.by_path[self.hurried]
                reporting.set_inner_date(
                    self.session, self.cast.signer(hurried), campaign, hurried.path,
                    campaign_tables(self.plan), self.today - timedelta(days=3),
                )  # fmt: skip
            shortcut.screen(self.session, campaign, stories, {self.busy_branch.path})
            shortcut.texts(
                self.session,
                campaign,
                "plan",
                "成立工作组，明确责任，按期完成逐人排查。",
                self._ago(14),
            )
        with clock.pinned(self._ago(1)):
            self._screen_most(self.busy_branch)

    def _screen_most(self, unit: Unit) -> None:
        """Let one branch be under way: most are checked, the stories still wait for a person."""
        clerk, campaign = self.cast.filler(unit), self.campaign
        items = [item.code for item in self.plan.checks]
        rows = screening.list_records(self.session, clerk, campaign, unit.path, limit=10_000)
        for at, (record, _) in enumerate(rows):
            if record.proposal or at % 7 == 0:
                continue
            said = {item: {"result": "ok", "note": ""} for item in items}
            screening.screen(
                self.session, clerk, campaign, record.id, said, version=record.version,
                verified_how="seen",
            )  # fmt: skip

    def _file_everything(self) -> None:
        deliverable = campaign_tables(self.plan)
        weights = [share for _, share in SHARES]
        for unit in sorted(self.units, key=lambda u: (-tree.depth(u.path), u.path)):
            # What waits for one branch cannot go up; the root waits for every one.
            if tree.is_within(self.busy_branch.path, unit.path):
                continue
            wanted = self._wanted(unit, weights)
            late = tree.is_within(unit.path, self.hurried) if self.hurried else False
            days = self.random.choice((1, 2) if late and self.random.random() < 0.2 else (4, 5, 6))  # noqa: PLR2004
            with clock.pinned(self._ago(days)):
                self._bring_to(unit, deliverable, wanted)

    def _wanted(self, unit: Unit, weights: list[int]) -> str:
        if any(tree.is_within(unit.path, done) for done in self.done):
            whole = unit.path in self.done
            return "filed" if whole and unit.path != self.settled else "accepted"
        if unit.kind in (Kind.DISTRICT, Kind.CITY):
            return "open"
        if unit is self.returned_branch:
            return "returned"
        for top, state in ((self.ready, "open"), (self.examined, "filed")):
            if top is not None and tree.is_within(unit.path, top.path):
                return state if unit is top else "accepted"
        if unit.path not in self.stories:
            return "open"
        return self.random.choices([state for state, _ in SHARES], weights)[0]

    def _bring_to(self, unit: Unit, deliverable: str, wanted: str) -> None:
        if wanted == "open":
            return
        self._file(unit, deliverable)
        if wanted == "filed":
            return
        if wanted == "accepted":
            self._accept(unit, deliverable)
            return
        reviewer = self.cast.reviewer(self.by_path[tree.parent(unit.path)])
        with transaction(self.session):
            item = self._item(reviewer, unit, deliverable)
            reporting.take_up(self.session, reviewer, item.id, version=item.version)
            if wanted == "returned":
                reporting.send_back(
                    self.session, reviewer, item.id, self._notes(), version=item.version
                )

    @override
    def _file(self, unit: Unit, deliverable: str, text: str = "") -> None:
        """File at once; only where a rule asks for a sentence, look first and write it."""
        signer = self.cast.signer(unit)
        try:
            with transaction(self.session):
                item = self._item(signer, unit, deliverable)
                reporting.file(self.session, signer, item.id, version=item.version)
        except Invalid:
            super()._file(unit, deliverable, text)

    @staticmethod
    def _notes() -> list[Note]:
        return [
            Note("有的同志外出流向只写到省，请落实到县。", "t3", "", "error"),
            Note("持证人数请与发证台账核对。", "t7", "t7:01.8", "error"),
        ]

    def _ago(self, days: int) -> datetime:
        return clock.now() - timedelta(days=days)

    def _receive(self) -> list[Login]:
        reception = Reception(self.session, self.tenant, self.method)
        stage = (self.root, self.district, self.committee, self.busy_branch, self.returned_branch)
        reception.introduce(dict.fromkeys(stage))
        at = {
            Role.CLERK: self.busy_branch,
            Role.SECRETARY: self.returned_branch,
            Role.ORGANISER: self.committee,
            Role.COMMITTEE_SECRETARY: self.ready,
            Role.DISTRICT_REVIEWER: self.district,
            Role.DISTRICT_LEADER: self.district,
            Role.CITY_INSPECTOR: self.root,
            Role.CITY_LEADER: self.root,
        }
        return reception.open_accounts(self.cast, at, self.root)


def in_workdays(today: date, number: int) -> date:
    """Return the day on which `number` workdays have passed after `today`."""
    day = today
    while number:
        day += timedelta(days=1)
        number -= calendar.is_workday(day)
    return day


def shifted(plan: Plan, starts: date, shift: timedelta) -> Plan:
    """Return a tenant's copy of `plan` with every date moved by `shift`."""

    def move(written: str) -> str:
        return (calendar.on_day(written, starts) + shift).strftime("%m-%d")

    data = plan.model_dump(mode="json", by_alias=True)
    for stage in data["stages"]:
        stage["from"], stage["until"] = move(stage["from"]), move(stage["until"])
    for deliverable in data["deliverables"]:
        deliverable["due"] = {kind: move(day) for kind, day in deliverable["due"].items()}
    return type(plan).model_validate(data)


def campaign_tables(plan: Plan) -> str:
    """Return the code of the deliverable that carries the tables."""
    return plan.tables.code
