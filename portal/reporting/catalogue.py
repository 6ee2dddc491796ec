"""The catalogue of a campaign: its tables, frozen, with all cells in one fixed order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from portal import audit
from portal.audit import Act
from portal.core.errors import NotFound
from portal.reporting import forms, grid
from portal.reporting.models import Catalogue

if TYPE_CHECKING:
    import uuid

    from numpy.typing import NDArray
    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.campaigns.models import Campaign
    from portal.extension.contracts import Table


@dataclass(frozen=True)
class Frozen:
    """One version of a catalogue as a value."""

    number: int
    tables: tuple[Table, ...]

    @cached_property
    def cells(self) -> tuple[str, ...]:
        """Return every cell in catalogue order."""
        return grid.cells_of(self.tables)

    @cached_property
    def position(self) -> dict[str, int]:
        """Return where each cell stands."""
        return {cell: at for at, cell in enumerate(self.cells)}

    @property
    def size(self) -> int:
        """Return the number of cells."""
        return len(self.cells)

    def table(self, code: str) -> Table:
        """Return the table `code`; 表7 and 7 are understood for t7.

        Raises:
            NotFound: the campaign has no such table.
        """
        wanted = "t" + code.removeprefix("表").removeprefix("t")
        for table in self.tables:
            if table.code in (code, wanted):
                return table
        raise NotFound(forms.TABLE)

    def by_cell(self, figures: NDArray[Any]) -> dict[str, int]:
        """Return figures as cell to count."""
        return dict(zip(self.cells, (int(n) for n in figures), strict=True))


def freeze(session: Session, actor: Actor, campaign: Campaign) -> Catalogue:
    """Freeze the tables of the campaign's plan as the next version of its catalogue."""
    tables = [forms.to_data(forms.get(code)) for code in _codes(campaign)]
    newest = session.scalars(
        select(Catalogue.number)
        .where(Catalogue.tenant_id == campaign.tenant_id, Catalogue.campaign_id == campaign.id)
        .order_by(Catalogue.number.desc())
        .limit(1)
    ).one_or_none()
    frozen = Catalogue(
        tenant_id=campaign.tenant_id,
        campaign_id=campaign.id,
        number=(newest or 0) + 1,
        tables=tables,
    )
    session.add(frozen)
    session.flush()
    audit.record(
        session, actor, Act.CATALOGUE_FREEZE, campaign.path, f"campaign:{campaign.id}",
        number=frozen.number,
    )  # fmt: skip
    return frozen


def _codes(campaign: Campaign) -> list[str]:
    plans = campaign.plan["deliverables"]
    return [code for each in plans for code in each["tables"]]


def of(session: Session, campaign: Campaign) -> Frozen:
    """Return the newest catalogue of the campaign.

    Raises:
        NotFound: none was frozen: the campaign has not been opened.
    """
    row = session.execute(
        select(Catalogue.id, Catalogue.number)
        .where(Catalogue.tenant_id == campaign.tenant_id, Catalogue.campaign_id == campaign.id)
        .order_by(Catalogue.number.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        raise NotFound(forms.TABLE)
    return _frozen(row.id) or _keep(session, campaign.tenant_id, row.id)


@lru_cache(maxsize=1)
def _memory() -> dict[uuid.UUID, Frozen]:
    return {}


def _frozen(catalogue_id: uuid.UUID) -> Frozen | None:
    return _memory().get(catalogue_id)


def _keep(session: Session, tenant_id: int, catalogue_id: uuid.UUID) -> Frozen:
    """Read a catalogue once per process: a frozen version never changes."""
    stored = session.get_one(Catalogue, (tenant_id, catalogue_id))
    frozen = Frozen(stored.number, tuple(forms.from_data(each) for each in stored.tables))
    _memory()[catalogue_id] = frozen
    return frozen
