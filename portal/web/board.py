"""The roll-up board: how far everybody is, what the figures are, and where each comes from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

from flask import render_template, request
from flask_appbuilder import expose
from flask_babel import gettext

from portal import access
from portal.access import Action
from portal.campaigns import service as campaigns
from portal.core.errors import NotFound
from portal.organizations import service as organizations
from portal.organizations.models import Kind
from portal.reporting import grid
from portal.reporting import service as reporting
from portal.reporting.headway import Headway
from portal.web import sheets, typed
from portal.web.edge import PortalView, actor, campaign, db, page, unit
from portal.web.language import number
from portal.web.submit import CAMPAIGN

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Mapping, Sequence

    from flask.typing import ResponseReturnValue

    from portal.campaigns.models import Campaign
    from portal.extension.contracts import Table
    from portal.organizations.models import Unit
    from portal.reporting.totals import Row, Totals

ON_ROLL, FLOATING, LOST, FOUND, NOT_FOUND = "t7:01.2", "t7:01.5", "t7:01.11", "t7:01.12", "t7:01.13"
RECEIPT_SETTLED, RECEIPT_MISSING = "t7:01.14", "t7:01.15"
CLASSES = (2.0, 4.0, 8.0)


@dataclass(frozen=True, slots=True)
class Line:
    """One child on the board."""

    unit: Unit
    headway: Headway
    on_roll: int
    lost: int
    has_children: bool

    @property
    def rate(self) -> float | None:
        """Return how many of a thousand are out of contact; None where nobody is on the roll."""
        return round(1000 * self.lost / self.on_roll, 1) if self.on_roll else None

    @property
    def tone(self) -> int:
        """Return the class of the rate, 0 to 3."""
        return sum((self.rate or 0) >= low for low in CLASSES)


@dataclass(frozen=True, slots=True)
class Three:
    """One cell with its three totals."""

    cell: str
    title: str
    level: int
    reported: int
    accepted: int
    recognised: int


@dataclass(frozen=True, slots=True)
class Share:
    """One unit's share of a figure: as filed, and as it would be now."""

    unit: Unit
    filed: int
    now: int
    leaf: bool


class Board(PortalView):
    """Totals of every level, down to the person."""

    name = "board"
    route_base = "/board"
    default_view = "show"

    @expose("")
    @page(Action.REPORT_CHASE)
    def show(self) -> ResponseReturnValue:
        """Show the board of the unit one works for."""
        return _board(unit())

    @expose("/<uuid:unit_id>")
    @page(Action.REPORT_VIEW)
    def unit(self, unit_id: uuid.UUID) -> ResponseReturnValue:
        """Show the board of any unit in reach."""
        return _board(organizations.get_unit(db(), actor(), unit_id))

    @expose("/<uuid:unit_id>/moved")
    @page(Action.REPORT_VIEW)
    def moved(self, unit_id: uuid.UUID) -> ResponseReturnValue:
        """Say what has changed beneath a unit since it was filed; asked for after the board."""
        at, running = organizations.get_unit(db(), actor(), unit_id), _needed()
        frozen, rows = reporting.rows(db(), actor(), running, at.path)
        moved = reporting.moved(db(), running, at.path, frozen, rows)
        refiled = reporting.drift(db(), running, at.path)
        return render_template(
            "board/moved.html", moved=moved, titles=_titles(frozen.tables), at=at,
            refiled=len(refiled), fragment="HX-Request" in request.headers,
        )  # fmt: skip

    @expose("/<uuid:unit_id>/<cell>")
    @page(Action.REPORT_VIEW)
    def cell(self, unit_id: uuid.UUID, cell: str) -> ResponseReturnValue:
        """Open one number: the units with their shares, the persons, or where names stop."""
        at, running = organizations.get_unit(db(), actor(), unit_id), _needed()
        opened = reporting.open_cell(db(), actor(), running, at.path, cell)
        frozen = reporting.catalogue_of(db(), running)
        table = frozen.table(grid.split(cell)[0])
        now = reporting.shares(db(), running, at.path, frozen, cell)
        whole = sum(now.values())
        part = request.args.get("part", "")
        template = {"rows": "board/shares.html", "persons": "board/persons.html"}.get(part)
        return render_template(
            template or "board/cell.html", at=at, cell=cell, opened=opened, now=whole,
            shares=[_share(each, n, now) for each, n in opened.units], table=table,
            own=now.get(at.path, 0), people=_people(at, opened), level=_level(),
            whole=_level("of") or opened.total, fragment="HX-Request" in request.headers,
            title=sheets.cell_title(table, cell), sheets=sheets, lineage=_lineage(at),
        )  # fmt: skip


def _titles(tables: Iterable[Table]) -> dict[str, str]:
    return {each.cell: each.title for table in tables for each in sheets.named(table)}


def _needed() -> Campaign:
    found = campaign()
    if found is None:
        raise NotFound(CAMPAIGN)
    return found


def _level(name: str = "level") -> int:
    return typed.whole(request.args.get(name, ""))


def _share(at: Unit, filed: int, now: Mapping[str, int]) -> Share:
    return Share(at, filed, now.get(at.path, 0), at.kind == Kind.BRANCH)


def _people(at: Unit, opened: reporting.Opened) -> list[sheets.Listed]:
    linked = access.allows(actor(), Action.RECORD_SCREEN, at.path)
    return sheets.people(opened.persons, linked=linked)


def _lineage(at: Unit) -> list[Unit]:
    """Return the units from the topmost the actor may look at down to, not including, `at`."""
    line = organizations.lineage(db(), at.tenant_id, at.path)
    return [each for each in line[:-1] if access.allows(actor(), Action.REPORT_VIEW, each.path)]


def _board(at: Unit) -> ResponseReturnValue:
    running = campaign()
    if running is None:
        return render_template("board/none.html")
    totals = reporting.totals(db(), actor(), running, at.path)
    _, rows = reporting.rows(db(), actor(), running, at.path)
    ways = reporting.by_child(db(), running, at.path)
    lines = [_line(row, ways) for row in rows]
    whole = reduce(add, ways.values(), Headway())
    asked = request.args.get("table", "t7")
    tables = totals.catalogue.tables
    table = next((each for each in tables if each.code == asked), tables[-1])
    return render_template(
        "board/board.html", at=at, campaign=running, lineage=_lineage(at), lines=lines,
        whole=whole, news=_news(at, whole), figures=_figures(totals, whole),
        stage=campaigns.stage_now(db(), running).title.words, tables=tables, table=table,
        three=_three(table, totals), most=max((x.rate or 0 for x in lines), default=0),
        sheets=sheets, export=sheets.address("exports.choose", unit_id=at.id),
        may_file=at.id == unit().id and access.allows(actor(), Action.REPORT_FILE, at.path),
        lost=sum(line.lost for line in lines), on_roll=sum(line.on_roll for line in lines),
        lost_cell=LOST, is_top=at.path == running.path,
    )  # fmt: skip


def _line(row: Row, ways: Mapping[str, Headway]) -> Line:
    return Line(
        row.unit, ways.get(row.unit.path, Headway()), row.reported.get(ON_ROLL, 0),
        row.reported.get(LOST, 0), row.has_children,
    )  # fmt: skip


def _news(at: Unit, whole: Headway) -> str:
    """Return the news of the board in one sentence."""
    if not whole.units:
        return gettext("%(unit)s汇总", unit=at.name)
    if whole.missing:
        return gettext("%(unit)s：还有 %(n)s 个支部没有上报", unit=at.name, n=whole.missing)
    if whole.recognised == whole.handed_in:
        return gettext("%(unit)s：全部支部已逐级认定", unit=at.name)
    left = whole.handed_in - whole.recognised
    return gettext("%(unit)s：支部都已上报，%(n)s 个还在审", unit=at.name, n=left)


@dataclass(frozen=True, slots=True)
class Figure:
    """One key figure: a label, the number, where it opens, and what stands below it."""

    label: str
    value: int
    cell: str
    split: str
    of: int | None = None


def _figures(totals: Totals, whole: Headway) -> Sequence[Figure]:
    def cell(code: str) -> tuple[int, int, int]:
        return totals.cell(code) if code in totals.catalogue.position else (0, 0, 0)

    settled = gettext("已逐级认定 %(n)s", n=number(cell(ON_ROLL)[2]))
    share = "" if whole.coverage is None else f"{whole.coverage}% · "
    reported = share + gettext("迟报 %(late)s · 未报 %(n)s", late=whole.late, n=whole.missing)
    found = gettext("取得联系 %(a)s · 仍无法 %(b)s", a=cell(FOUND)[0], b=cell(NOT_FOUND)[0])
    receipts = cell(RECEIPT_SETTLED)[0] + cell(RECEIPT_MISSING)[0]
    missing = gettext("未落实 %(n)s", n=cell(RECEIPT_MISSING)[0])
    away = gettext("已逐级认定 %(n)s", n=number(cell(FLOATING)[2]))
    return (
        Figure(gettext("支部上报"), whole.handed_in, "", reported, whole.units),
        Figure(gettext("在册党员"), cell(ON_ROLL)[0], ON_ROLL, settled),
        Figure(gettext("外出流动"), cell(FLOATING)[0], FLOATING, away),
        Figure(gettext("失去联系"), cell(LOST)[0], LOST, found),
        Figure(gettext("未收到回执"), receipts, RECEIPT_MISSING, missing),
    )


def _three(table: Table, totals: Totals) -> list[Three]:
    """Return the cells of a table with their three totals; of a large one those above zero."""
    if table.is_register:
        cell = table.cells()[0]
        return [Three(cell, gettext("人数"), 0, *totals.cell(cell))]
    found = [
        Three(each.cell, each.title, each.level, *totals.cell(each.cell))
        for each in sheets.named(table)
    ]
    if len(table.rows) == 1:
        return found
    return [each for each in found if each.reported or each.accepted]
