"""Playing a whole campaign: every act by a real actor with real scope, through the services."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from portal import access
from portal.campaigns import calendar, template
from portal.campaigns import service as campaigns
from portal.core import clock, tree
from portal.core.database import tell_sizes, transaction
from portal.core.precision import Day
from portal.members import bulk
from portal.members.models import Change, Member
from portal.organizations import service as organizations
from portal.organizations.models import Appointment, Kind, Unit, UnitLink
from portal.rehearsal import people
from portal.rehearsal.cast import Cast
from portal.reporting import recount
from portal.reporting import service as reporting
from portal.reporting.models import State
from portal.reporting.review import Note
from portal.screening import service as screening
from portal.tracing import service as tracing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.campaigns.models import Campaign
    from portal.organizations.treefile import Row
    from portal.rehearsal.people import MadeUp
    from portal.reporting.models import Return

STAGES = ("setup", "roster", "open", "screen", "branch", "general_branch", "committee",
          "district", "city", "reports")  # fmt: skip
CHANNELS = ("self", "kin", "department", "visit")


@dataclass(frozen=True, slots=True)
class Script:
    """How a rehearsal is to go.

    `returns` and `late` are shares of the filings that are returned once, and of those of the
    lowest units that come after the deadline.
    """

    template: str
    members: int
    seed: int
    returns: float = 0.1
    late: float = 0.05
    until: str = "reports"
    starts_on: date = date(2026, 11, 1)


@dataclass
class Report:
    """What happened, under the keys that `portal rehearse --report` writes."""

    units: int = 0
    members: int = 0
    filings: int = 0
    returned: int = 0
    refiled: int = 0
    accepted: int = 0
    late: int = 0
    checks: Counter[str] = field(default_factory=lambda: Counter(run=0, errors=0, explained=0))
    root: dict[str, dict[str, int]] = field(default_factory=dict)
    recomputed: dict[str, dict[str, int]] = field(default_factory=dict)
    equal: bool = False
    seconds: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the report as it is written."""
        return {**vars(self), "checks": dict(self.checks)}


class Play:
    """One rehearsal on one tenant. Each act is a transaction of its own, as at an edge."""

    def __init__(self, session: Session, tenant_id: int, script: Script) -> None:
        """Prepare to play `script` in the empty tenant `tenant_id`."""
        self.session, self.tenant, self.script = session, tenant_id, script
        self.plan = template.load(script.template)
        self.random = Random(script.seed)  # noqa: S311  a play is to be repeatable
        self.report = Report()
        self.stories: dict[str, dict[str, MadeUp]] = {}
        self.units: list[Unit] = []
        self.by_path: dict[str, Unit] = {}

    def run(self, rows: Sequence[Row], say: Callable[[str], None] = lambda _: None) -> Report:
        """Play every stage up to the one the script names, and compare the totals at the end."""
        acts: dict[str, Callable[[], None]] = {
            "setup": lambda: self.set_up(rows),
            "roster": self.fill_rosters,
            "open": self.open_campaign,
            "screen": self.screen_everybody,
            **{kind: self._filing_of(kind) for kind in STAGES[4:9]},
            "reports": self.file_reports,
        }
        for stage in STAGES:
            started = time.perf_counter()
            acts[stage]()
            self.report.seconds[stage] = round(time.perf_counter() - started, 2)
            say(f"{stage}: {self.report.seconds[stage]} s")
            if stage == self.script.until:
                break
        if "open" in self.report.seconds:
            self.compare()
        return self.report

    def set_up(self, rows: Sequence[Row]) -> None:
        """Plant the tree and appoint somebody to every post."""
        operator = access.operator(self.tenant)
        with transaction(self.session):
            organizations.import_tree(self.session, operator, rows, demo=True)
        with transaction(self.session):
            self.units = list(organizations.list_units(self.session, operator, limit=1_000_000))
            self.session.expunge_all()
            self.by_path = {unit.path: unit for unit in self.units}
            named = Random(self.script.seed)  # noqa: S311  made-up names
            self.cast = Cast(self.session, self.tenant, self.units, lambda: people.name(named))
        self.root = min(self.units, key=lambda unit: tree.depth(unit.path))
        self.report.units = len(self.units)

    def fill_rosters(self) -> None:
        """Give every unit without a unit beneath its share of made-up members."""
        parents = {tree.parent(unit.path) for unit in self.units}
        homes = [unit for unit in self.units if unit.path not in parents]
        homes = [unit for unit in homes if unit.kind == Kind.BRANCH] or homes
        shares = Counter(self.random.choices(range(len(homes)), k=self.script.members))
        number, day = 0, self.known_until()
        for at, unit in enumerate(homes):
            lost = self.lost_share(unit)
            made = [people.make(self.random, number + n, day, lost) for n in range(shares[at])]
            number += len(made)
            if made:
                self._add(unit, made)
        self.report.members = number
        with transaction(self.session):
            tell_sizes(self.session, Unit, UnitLink, Appointment, Member, Change)

    def known_until(self) -> date:
        """Return the last day of which the rosters can tell."""
        return self._day("branch")

    def lost_share(self, _unit: Unit) -> float:
        """Return which share of a unit's members is out of contact."""
        return 0.012

    def _add(self, unit: Unit, made: list[MadeUp]) -> None:
        clerk = self.cast.filler(unit)
        with transaction(self.session):
            drafts = [bulk.Draft(unit.id, unit.path, each.roster) for each in made]
            ids = bulk.add_many(self.session, clerk, drafts)
        self.stories[unit.path] = {key.hex: story for key, story in zip(ids, made, strict=True)}

    def open_campaign(self) -> None:
        """Open the campaign at the root."""
        city = self.root.kind == Kind.CITY
        actor = self.cast.signer(self.root) if city else access.operator(self.tenant)
        with clock.pinned(self._at("branch", -20)), transaction(self.session):
            campaign = reporting.open_campaign(
                self.session, actor, self.root, self.script.template,
                code=self.script.template, starts_on=self.script.starts_on, plan=self.plan,
            )  # fmt: skip
            self.campaign_id = campaign.id

    @property
    def campaign(self) -> Campaign:
        """Return the campaign being played."""
        found = campaigns.find_campaign(self.session, self.tenant, self.script.template)
        if found is None:
            raise LookupError(self.script.template)
        return found

    def screen_everybody(self) -> None:
        """Let every branch's clerk go through its members one by one."""
        with clock.pinned(self._at("branch", -3)):
            for path, stories in self.stories.items():
                with transaction(self.session):
                    self._screen_branch(self.by_path[path], stories)

    def _screen_branch(self, unit: Unit, stories: dict[str, MadeUp]) -> None:
        clerk, campaign = self.cast.filler(unit), self.campaign
        items = [item["code"] for item in campaign.plan["checks"]]
        rows = screening.list_records(self.session, clerk, campaign, unit.path, limit=100_000)
        for record, member in rows:
            story = stories[member.id.hex]
            said = {item: {"result": "ok", "note": ""} for item in items}
            if story.doubt:
                said[story.doubt] = {"result": "doubt", "note": "演练：须补材料"}
            screening.screen(
                self.session, clerk, campaign, record.id, said,
                version=record.version, verified_how="seen",
            )  # fmt: skip
            if story.truth or record.proposal:
                settled = dict.fromkeys(p for p in record.proposal.split("|") if p)
                details = {name: False for name in settled if name in ("lost", "floating")}
                screening.find(
                    self.session, clerk, campaign, record.id, details | story.truth,
                    version=record.version,
                )  # fmt: skip
            if story.outcome:
                self._search(clerk, record, story)

    def _search(self, clerk: Actor, record: Any, story: MadeUp) -> None:
        found = story.outcome == "found"
        for channel in CHANNELS[: 1 if found else 4]:
            tracing.add_contact(
                self.session, clerk, record.id, on=Day.of(self._day("branch", -4)),
                channel=channel, result="reached" if found else "not_reached",
                responsible="演练责任人",
            )  # fmt: skip
        tracing.set_outcome(
            self.session, clerk, record.id, story.outcome, version=record.version,
            found_on=Day.of(self._day("branch", -4)) if found else None,
            wish=story.truth.get("wish", ""),
        )  # fmt: skip

    def _filing_of(self, kind: str) -> Callable[[], None]:
        def act() -> None:
            for unit in self._lowest_first(kind):
                self._file_tables(unit)

        return act

    def _lowest_first(self, kind: str) -> Iterator[Unit]:
        chosen = [unit for unit in self.units if unit.kind == kind]
        yield from sorted(chosen, key=lambda unit: (-tree.depth(unit.path), unit.path))

    def _file_tables(self, unit: Unit) -> None:
        late = unit.kind == Kind.BRANCH and self.random.random() < self.script.late
        again = unit is not self.root and self.random.random() < self.script.returns
        deliverable = campaigns.plan_of(self.campaign).tables.code
        with clock.pinned(self._at(unit.kind, 2 if late else -1)):
            self._file(unit, deliverable)
            if unit is self.root:
                return
            if again:
                self._send_back_and_refile(unit, deliverable)
            self._accept(unit, deliverable)

    def _item(self, actor: Actor, unit: Unit, deliverable: str) -> Return:
        item = reporting.find_return(self.session, actor, self.campaign, unit.path, deliverable)
        if item is None:
            raise LookupError(f"{unit.code} owes no {deliverable}")
        return item

    def _file(self, unit: Unit, deliverable: str, text: str = "") -> None:
        signer = self.cast.signer(unit)
        with transaction(self.session):
            item = self._item(signer, unit, deliverable)
            self._explain(unit, item, text)
            filing = reporting.file(
                self.session, signer, item.id, version=item.version, narrative=text
            )
            self.report.filings += 1
            self.report.refiled += filing.round > 1
            self.report.late += item.late and filing.round == 1
            self.report.accepted += item.state == State.ACCEPTED

    def _explain(self, unit: Unit, item: Return, text: str) -> None:
        """Write the sentences that the rules ask for, as a clerk would."""
        filler = self.cast.filler(unit)
        draft = reporting.preview(self.session, filler, item.id, narrative=text)
        self.report.checks["run"] += len(draft.outcomes)
        self.report.checks["errors"] += len(draft.outcomes_of("error"))
        for outcome in draft.outcomes_of("explain"):
            self.report.checks["explained"] += 1
            reporting.explain(
                self.session, filler, item.id, outcome.rule, "演练：已逐人核实，情况属实。"
            )

    def _send_back_and_refile(self, unit: Unit, deliverable: str) -> None:
        above = self.by_path[tree.parent(unit.path)]
        reviewer = self.cast.reviewer(above)
        with transaction(self.session):
            item = self._item(reviewer, unit, deliverable)
            reporting.take_up(self.session, reviewer, item.id, version=item.version)
            note = Note("请核对失联人数与台账是否一致。", "t7", "t7:01.11", "error")
            reporting.send_back(self.session, reviewer, item.id, [note], version=item.version)
            self.report.returned += 1
        filler = self.cast.filler(unit)
        with transaction(self.session):
            item = self._item(filler, unit, deliverable)
            for remark in reporting.open_remarks(self.session, item):
                reporting.answer(
                    self.session, filler, item.id, remark.number, "explained", "已核对，一致。"
                )
        self._file(unit, deliverable)

    def _accept(self, unit: Unit, deliverable: str) -> None:
        above = self.by_path[tree.parent(unit.path)]
        reviewer = self.cast.reviewer(above)
        with transaction(self.session):
            item = self._item(reviewer, unit, deliverable)
            reporting.take_up(self.session, reviewer, item.id, version=item.version)
            reporting.accept(self.session, reviewer, item.id, version=item.version)
            self.report.accepted += 1

    def file_reports(self) -> None:
        """Let every unit file the texts it owes, the lowest first, and have them accepted."""
        plan = campaigns.plan_of(self.campaign)
        for deliverable in (each for each in plan.deliverables if each.kind == "report"):
            for kind in deliverable.due:
                for unit in self._lowest_first(kind):
                    if unit is self.root:
                        continue
                    with clock.pinned(self._at(kind, -1, deliverable.code)):
                        title = deliverable.title.zh
                        self._file(unit, deliverable.code, f"演练：{unit.name}{title}。")
                        self._accept(unit, deliverable.code)

    def compare(self) -> None:
        """Hold the root's totals against a count straight from the people's facts."""
        signer = self.cast.signer(self.root)
        with transaction(self.session):
            campaign = self.campaign
            totals = reporting.totals(self.session, signer, campaign, self.root.path)
            finished = self.script.until in ("city", "reports")
            figures = totals.recognised if finished else totals.reported
            counted = recount.count(self.session, campaign, self.root.path, totals.catalogue)
            by_cell = totals.catalogue.by_cell(figures)
            self.report.root = _by_table(by_cell)
            self.report.recomputed = _by_table(counted)
        self.report.equal = self.report.root == self.report.recomputed

    def _day(self, kind: str, shift: int = 0, deliverable: str = "") -> date:
        """Return the deadline day of `kind`, moved by `shift` days."""
        owed = self.plan.deliverable(deliverable) if deliverable else self.plan.tables
        day = calendar.due_day(owed, kind, self.script.starts_on)
        return (day or self.script.starts_on) + timedelta(days=shift)

    def _at(self, kind: str, shift: int, deliverable: str = "") -> datetime:
        zone = organizations.zone_of(self.session, self.tenant)
        return datetime.combine(
            self._day(kind, shift, deliverable), datetime.min.time().replace(hour=10), zone
        )


def _by_table(by_cell: dict[str, int]) -> dict[str, dict[str, int]]:
    tables: dict[str, dict[str, int]] = {}
    for cell, number in by_cell.items():
        code, _, place = cell.partition(":")
        tables.setdefault(code, {})[place] = number
    return tables
