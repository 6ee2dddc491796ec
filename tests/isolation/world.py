"""The world of these tests: a city of two districts, whose every text says whose it is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from typing_extensions import override

from portal import access
from portal.access import Actor, Grant, Role
from portal.core import clock, tree
from portal.core.database import transaction
from portal.core.precision import Day
from portal.core.words import Words
from portal.duties import service as duties
from portal.exports import service as exports
from portal.imports import service as imports
from portal.imports.models import RememberedMapping
from portal.jobs import service as jobs
from portal.members import reveals
from portal.members.models import Member
from portal.notifications import service as notifications
from portal.organizations import service as organizations
from portal.organizations.models import Account, Appointment, Unit
from portal.privacy import service as privacy
from portal.privacy.models import Purge
from portal.rehearsal import people
from portal.rehearsal.people import MadeUp
from portal.rehearsal.play import CHANNELS, Play, Script
from portal.reporting import service as reporting
from portal.reporting.review import Note
from portal.screening import service as screening
from portal.tracing import service as tracing
from tests import rosters
from tests.isolation.canaries import canary
from tests.web import world as web

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.reporting.models import Return

TREE = """code,name,level,parent
C0,试点市,city,
D1,东区,district,C0
D2,西区,district,C0
H1,河街道,street,D1
H2,山街道,street,D1
H3,海街道,street,D2
A1,河一社区居委会,village,H1
A2,河二村委会,village,H1
B1,山一社区居委会,village,H2
B2,山二村委会,village,H2
E1,海一村委会,village,H3
"""
BRANCHES = ("A1", "A2", "B1", "B2", "E1")
COMMITTEES = ("H1", "H2", "H3")
# What each unit's tables have come to; the units below come first.
ENDS = {
    "A1": "returned", "A2": "accepted", "B1": "filed", "B2": "taken up", "E1": "accepted",
    "H3": "accepted",
}  # fmt: skip
TEXTS = ("pinyin", "staff_number", "occupation", "party_post", "address", "destination",
         "letter_number", "remark")  # fmt: skip


class Stage(Play):
    """A rehearsal with few people, each of them marked, and filings in every state."""

    def __init__(self, session: Session) -> None:
        """Prepare to play in tenant 1."""
        super().__init__(session, 1, Script("four-checks", 0, 7, until="screen"))

    def unit(self, code: str) -> Unit:
        """Return the unit with that code."""
        return next(each for each in self.units if each.code == code)

    def build(self) -> None:
        """Play everything."""
        self.run(organizations.read(TREE.encode(), "tree.csv").rows)
        for code in (*BRANCHES, *COMMITTEES):
            self._mark_unit(code)
        for code, end in ENDS.items():
            with clock.pinned(self._at(self.unit(code).kind, -1)):
                self._bring(self.unit(code), end)
        for code in ("A1", "B1", "H1", "H2"):
            unit = self.unit(code)
            with clock.pinned(self._at(unit.kind, -1, "plan")):
                self._file(unit, "plan", f"方案 {canary('f', code)}")
        for code in BRANCHES:
            self._mark_work(code)
        for code in ("A2", "E1", "H1"):
            self._take_away(code)

    @override
    def fill_rosters(self) -> None:
        """Give every branch one person of each kind."""
        number, day = 0, self._day("branch")
        for code in BRANCHES:
            self._add(
                self.unit(code), [self._person(code, at, day) for at in range(number, number + 6)]
            )
            number += 6

    def _person(self, code: str, number: int, day: Any) -> MadeUp:
        story = number % 6
        roster = people.make(self.random, number, day).roster
        person, listed = canary("p", code), canary("r", code)
        roster |= dict.fromkeys(TEXTS, f"某省某市某区{person}路1号")
        roster |= {
            "name": f"{listed if story == 1 else person}{number}", "landline": f"0580-{number:07d}",
            "tie": "sent" if story == 4 else "on_roll", "letter_number": f"{person}",
            "dues_until": Day("2026-01"), "last_meeting": Day("2026-02"),
        }  # fmt: skip
        lost = {"lost": True, "circumstance": "7", "wish": person}
        truths: dict[int, dict[str, Any]] = {
            1: lost | {"lost_note": f"备注{listed}"},
            2: lost | {"lost_note": f"备注{person}"},
            3: {"floating": True, "destination_scope": "other_city", "destination": person,
                "destination_kind": "private_firm", "former_occupation": "farmer",
                "left_on": Day("2026-03"), "reason_away": person, "host": person},
            4: {"receipt": "missing"},
            5: {"nominal": "unsettled"},
        }  # fmt: skip
        outcome = {1: "not_found", 2: "found"}.get(story, "")
        return MadeUp(roster, truths.get(story, {}), outcome)

    @override
    def _screen_branch(self, unit: Unit, stories: dict[str, MadeUp]) -> None:
        clerk, campaign = self.cast.filler(unit), self.campaign
        person = canary("p", unit.code)
        rows = screening.list_records(self.session, clerk, campaign, unit.path, limit=100)
        for record, member in rows:
            story = stories[member.id.hex]
            said = {item["code"]: {"result": "ok", "note": person}
                    for item in campaign.plan["checks"]}  # fmt: skip
            screening.screen(self.session, clerk, campaign, record.id, said, version=record.version)
            screening.explain(
                self.session, clerk, record.id, f"说明{person}", version=record.version
            )
            screening.find(
                self.session, clerk, campaign, record.id,
                {"lost": False, "floating": False} | story.truth, version=record.version,
            )  # fmt: skip
            if story.outcome:
                self._search(clerk, record, story)

    @override
    def _search(self, clerk: Actor, record: Any, story: MadeUp) -> None:
        code = self.by_path[record.path].code
        found = story.outcome == "found"
        for channel in CHANNELS:
            tracing.add_contact(
                self.session, clerk, record.id, on=Day("2026-11-18"), channel=channel,
                result="reached" if found else "not_reached", responsible=canary("p", code),
                course=f"经过{canary('p', code)}",
            )  # fmt: skip
        tracing.set_outcome(
            self.session, clerk, record.id, story.outcome, version=record.version,
            found_on=Day("2026-11-18") if found else None,
            wish=canary("p", code) if found else "",
        )  # fmt: skip

    def _mark_unit(self, code: str) -> None:
        """Mark what is known of a unit and of its people; a branch's name, too."""
        with transaction(self.session):
            unit = self.session.scalars(select(Unit).where(Unit.code == code)).one()
            unit.full_name = unit.information = canary("u", code)
            asked = canary("c", code)
            unit.liaison = unit.first_responsible = unit.directly_responsible = asked
            if code in BRANCHES:
                unit.name = f"{unit.name}{canary('b', code)}"
                for account in self._staff(unit):
                    account.full_name = f"{canary('a', code)}{account.id}"
        self.units = [each if each.code != code else unit for each in self.units]
        self.session.refresh(unit)
        self.session.expunge(unit)
        self.by_path[unit.path] = unit

    def _staff(self, unit: Unit) -> list[Account]:
        of = select(Appointment.user_id).where(Appointment.unit_id == unit.id)
        return list(self.session.scalars(select(Account).where(Account.id.in_(of))))

    def _bring(self, unit: Unit, end: str) -> None:
        deliverable = self.plan.tables.code
        self._file(unit, deliverable, f"报告{canary('f', unit.code)}")
        if end == "accepted":
            self._accept(unit, deliverable)
        elif end == "taken up":
            self._step(unit, reporting.take_up)
        elif end == "returned":
            self._return_with_answers(unit)

    def _step(self, unit: Unit, act: Any) -> None:
        reviewer = self.cast.reviewer(self.by_path[tree.parent(unit.path)])
        with transaction(self.session):
            item = self._item(reviewer, unit, self.plan.tables.code)
            act(self.session, reviewer, item.id, version=item.version)

    @override
    def _explain(self, unit: Unit, item: Return, text: str) -> None:
        """Explain whatever asks for it; errors, too, for these people are made to fail."""
        filler = self.cast.filler(unit)
        draft = reporting.preview(self.session, filler, item.id, narrative=text)
        assert not draft.outcomes_of("error"), [o.words.zh for o in draft.outcomes_of("error")]
        for outcome in draft.outcomes_of("explain"):
            reporting.explain(
                self.session, filler, item.id, outcome.rule, f"说明{canary('f', unit.code)}"
            )

    def _return_with_answers(self, unit: Unit) -> None:
        """Return a filing with two remarks, answer one, and type over a figure."""
        word = canary("f", unit.code)
        self._step(unit, reporting.take_up)
        reviewer = self.cast.reviewer(self.by_path[tree.parent(unit.path)])
        with transaction(self.session):
            item = self._item(reviewer, unit, self.plan.tables.code)
            notes = [Note(f"批注{word}", "t7", "t7:01.11"), Note(f"又{word}", "t3")]
            reporting.send_back(self.session, reviewer, item.id, notes, version=item.version)
        filler = self.cast.filler(unit)
        with transaction(self.session):
            item = self._item(filler, unit, self.plan.tables.code)
            reporting.answer(self.session, filler, item.id, 1, "explained", f"答复{word}")
            reporting.override(self.session, filler, item.id, "t7:01.8", 3, f"理由{word}")

    def _mark_work(self, code: str) -> None:
        """Leave an upload, a job and a notice with the clerk of a branch."""
        unit, word = self.unit(code), canary("w", code)
        clerk = self.cast.filler(unit)
        assert clerk.user_id is not None
        at = BRANCHES.index(code)
        rows = [
            rosters.row(100 * at + n, 姓名=f"{word}{n}", 手机号=f"1370000{n:04}") for n in range(3)
        ]
        rows.append(rosters.row(100 * at + 3, 出生日期=word, 手机号=""))
        with transaction(self.session):
            upload = imports.receive(
                self.session, clerk, unit, f"{word}.xlsx", rosters.roster(*rows)
            )
            job = jobs.start(
                self.session, clerk, unit.path, imports.READ_JOB, {"upload": str(upload.id)}
            )
            job.message_zh = job.message_en = word
            notice = canary("n", code)
            notifications.tell(
                self.session, self.tenant, [clerk.user_id], "chase", Words(notice, notice)
            )
            self._mark_protection(unit, clerk)
            known = self.session.scalars(
                select(RememberedMapping).where(RememberedMapping.unit_id == unit.id)
            ).one_or_none()
            if known is None:
                self.session.add(
                    RememberedMapping(tenant_id=1, unit_id=unit.id, mapping={word: "name"})
                )

    def _take_away(self, code: str) -> None:
        """Let whoever fills in for a unit export its tables; one of them waits for approval."""
        unit, filler = self.unit(code), self.cast.filler(self.unit(code))
        for table in ("t7", "t2"):
            with transaction(self.session):
                made = exports.ask(self.session, filler, self.campaign, unit, table, reason="check")
                made.state = "waiting" if table == "t2" else made.state

    def _mark_protection(self, unit: Unit, clerk: Actor) -> None:
        """Let a clerk have a field shown, with a reason that names somebody; hold the unit."""
        person = self.session.scalars(select(Member).where(Member.unit_id == unit.id)).first()
        assert person is not None
        with clock.pinned(clock.now() - timedelta(days=1)):
            reveals.reveal(
                self.session, clerk, person.id, "phone", "verify",
                f"联系{canary('p', unit.code)}", seat="an earlier session",
            )  # fmt: skip
        privacy.set_on_unit(
            self.session, Actor(None, 1, frozenset({Grant(Role.SECURITY_ADMIN, "/")})), unit,
            "纪检在查",
        )  # fmt: skip


def name_admins(session: Session, stage: Stage) -> None:
    """Invite the admins of the tenant, and plant a second tenant with one of everybody."""
    for role in (Role.SECTOR_ADMIN, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN):
        organizations.invite(
            session, access.operator(1), stage.root, role, username=f"t1.{role.value}",
            full_name=role.value, password_method=web.METHOD,
        )  # fmt: skip
    for code, holder, role in (
        ("A1", "clerk", Role.SECRETARY), ("A2", "clerk", Role.SECRETARY),
        ("B1", "clerk", Role.SECRETARY), ("H1", "organiser", Role.COMMITTEE_SECRETARY),
    ):  # fmt: skip
        duties.propose_appointment(
            session, _named(session, "system_admin"), _user(session, f"{code}.{holder}"),
            stage.unit(code), role, f"换届{canary('o', code)}",
        )  # fmt: skip
    with clock.pinned(clock.now() - timedelta(hours=2)):
        for code in ("A1", "A2", "B1"):
            duties.open_access(
                session, _named(session, "D1.district_leader"), stage.unit(code), minutes=60,
                reason=f"有急事要查看{canary('e', code)}",
            )  # fmt: skip
    session.add(
        Purge(
            tenant_id=1, path=stage.root.path, on=date(2026, 11, 1), counts={"member": 1}, by=None
        )
    )
    web.build(session, 2, "乙")


def _user(session: Session, name: str) -> int:
    found = organizations.find_account(session, f"t1.{name}")
    if found is None:
        found = session.scalars(select(Account).where(Account.username == f"t1.{name}")).one()
    return found.id


def _named(session: Session, name: str) -> Actor:
    return organizations.actor_for(session, _user(session, name), 1)
