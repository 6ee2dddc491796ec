"""A campaign under way in a small tenant: members with every finding, and hands that file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from portal import access
from portal.access import Role
from portal.campaigns import service as campaigns
from portal.core import clock
from portal.core.database import transaction
from portal.core.precision import Day
from portal.members import idnumber
from portal.members import service as members
from portal.organizations import service as organizations
from portal.reporting import service as reporting
from portal.screening import service as screening
from portal.tracing import service as tracing
from tests.web import world as made

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.campaigns.models import Campaign
    from portal.members.models import Member
    from portal.reporting.models import Filing, Return
    from tests.web.world import World

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
CODE = "four-checks"

# code of the branch, name, what the roster says besides, what the search brings to light
CAST: tuple[tuple[str, str, dict[str, Any], dict[str, Any]], ...] = (
    ("B1", "丁一甲", {"dues_until": Day("2026-01")}, {"lost": True, "circumstance": "1"}),
    ("B1", "丁二甲", {"dues_until": Day("2025-11")}, {"lost": True, "circumstance": "3"}),
    ("B1", "丁三甲", {}, {"floating": True, "destination_scope": "other_province",
                        "destination_kind": "private_firm", "former_occupation": "farmer",
                        "left_on": Day("2026-03"), "reason_away": "务工", "certificate": True}),
    ("B1", "丁四甲", {"standing": "probationary", "ethnicity": "03"}, {}),
    ("B1", "丁五甲", {"tie": "sent"}, {"receipt": "missing"}),
    ("B2", "戊一乙", {}, {"nominal": "settled"}),
    ("B2", "戊二乙", {}, {"floating": True, "destination_scope": "same_city",
                        "destination_kind": "city_community", "former_occupation": "lawyer"}),
    ("B3", "己一丙", {"gender": "2"}, {}),
)  # fmt: skip
OUTCOMES = {"丁一甲": "found", "丁二甲": "not_found"}


@dataclass(frozen=True)
class Scene:
    """What was made: the tree and its people, the campaign, the members by name."""

    world: World
    campaign: Campaign
    members: dict[str, Member]

    def path(self, code: str) -> str:
        """Return where the unit `code` stands."""
        return self.world.units[code].path

    def actor(self, session: Session, who: str) -> Actor:
        """Return one of the people as an actor."""
        account = self.world.people[who]
        assert account.tenant_id is not None
        return organizations.actor_for(session, account.id, account.tenant_id)

    def owed(self, session: Session, who: str, code: str) -> Return:
        """Return what the unit `code` owes on the tables."""
        return reporting.tables_return(
            session, self.actor(session, who), self.campaign, self.path(code)
        )


def canary(code: str) -> str:
    """Return the text that every member of the branch `code` carries, and nothing else does."""
    return f"金丝雀{code}"


def id_number(at: int) -> str:
    """Return a made-up ID number, one per `at`, right in its check digit."""
    stem = f"99{at // 499:04d}19{50 + at % 40}0310{at % 499 * 2 + 1:03d}"
    return stem + idnumber.check_digit(stem)


def build(
    session: Session, world: World | None = None, tenant_id: int = 1, mark: str = ""
) -> Scene:
    """Fill the rolls of a small tenant and open the campaign in it."""
    world = world or made.build(session, tenant_id, mark)
    operator = access.operator(tenant_id)
    people = {}
    with clock.pinned(AT), transaction(session):
        for at, (code, name, roster, _) in enumerate(CAST):
            fields = _fields(at, name, {"remark": canary(code), **roster})
            people[name] = members.add(session, operator, world.units[code], fields)
        campaign = reporting.open_campaign(
            session, operator, world.units["C"], CODE, code=CODE, starts_on=date(2026, 11, 1)
        )
    return Scene(world, campaign, people)


def _fields(at: int, name: str, roster: dict[str, Any]) -> dict[str, Any]:
    number = id_number(at)
    return {
        "name": name, "gender": "1", "ethnicity": "01", "id_number": number,
        "born": Day(f"{number[6:10]}-03-10"), "education": "22", "standing": "full",
        "joined": Day("2010-05"), "occupation": "退休人员", "phone": f"139{at:08d}",
        "dues_until": Day("2026-10"), "address": "某省某市某区某路1号", **roster,
    }  # fmt: skip


def screen(session: Session, scene: Scene, who: str = "clerk", code: str = "B1") -> None:
    """Let the clerk of a branch go through its members, search for the lost, and confirm."""
    clerk, campaign = scene.actor(session, who), campaigns.get_current(session, 1)
    truths = {name: truth for _, name, _, truth in CAST}
    items = [item["code"] for item in campaign.plan["checks"]]
    with clock.pinned(AT), transaction(session):
        for record, member in screening.list_records(session, clerk, campaign, scene.path(code)):
            ok = {item: {"result": "ok", "note": ""} for item in items}
            screening.screen(session, clerk, campaign, record.id, ok, version=record.version)
            if truths[member.name] or record.proposal:
                screening.find(
                    session, clerk, campaign, record.id, truths[member.name],
                    version=record.version,
                )  # fmt: skip
            if outcome := OUTCOMES.get(member.name):
                search(session, clerk, record, outcome)


def search(session: Session, clerk: Actor, record: Any, outcome: str) -> None:
    """Log the attempts to reach a lost member, and how they ended."""
    for channel in ("self", "kin", "department", "visit"):
        tracing.add_contact(
            session, clerk, record.id, on=Day("2026-11-18"), channel=channel,
            result="reached" if outcome == "found" else "not_reached", responsible="责任人",
        )  # fmt: skip
    found_on = Day("2026-11-18") if outcome == "found" else None
    tracing.set_outcome(
        session, clerk, record.id, outcome, version=record.version, found_on=found_on
    )


def file(session: Session, scene: Scene, who: str = "secretary", code: str = "B1") -> Filing:
    """Let the signer of a unit file its tables, with a sentence for every rule that asks one."""
    with clock.pinned(AT), transaction(session):
        signer, item = scene.actor(session, who), scene.owed(session, who, code)
        for outcome in reporting.preview(session, signer, item.id).outcomes_of("explain"):
            reporting.explain(session, signer, item.id, outcome.rule, "已逐人核实。")
        return reporting.file(session, signer, item.id, version=item.version)


def accept(session: Session, scene: Scene, who: str, code: str) -> None:
    """Let a reviewer take up and accept what a unit has filed."""
    with clock.pinned(AT), transaction(session):
        actor, item = scene.actor(session, who), scene.owed(session, who, code)
        reporting.take_up(session, actor, item.id, version=item.version)
        reporting.accept(session, actor, item.id, version=item.version)


def leave(session: Session, scene: Scene) -> None:
    """Let go of the database: SQLite lets nobody write while a test still reads."""
    kept = [*scene.world.units.values(), *scene.world.people.values(), *scene.members.values()]
    for each in (*kept, scene.campaign):
        if each in session:
            session.refresh(each)
    session.expunge_all()
    session.rollback()


def second_branch(session: Session, scene: Scene) -> None:
    """Let a second branch screen and file: its clerk becomes its secretary as well."""
    people, units = scene.world.people, scene.world.units
    with transaction(session):
        made.appoint(session, people["sibling"], units["B2"], Role.SECRETARY)
    screen(session, scene, "sibling", "B2")
    file(session, scene, "sibling", "B2")
