"""Every group of pages there is, in one place. A new one is a line here and one in `menu`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.web.audit_log import AuditLog
from portal.web.board import Board
from portal.web.circulars import Circulars
from portal.web.emergency import Emergency
from portal.web.exports import Exports
from portal.web.factor import Factors
from portal.web.home import Home
from portal.web.imports import Imports
from portal.web.inbox import Inbox
from portal.web.lost import Lost
from portal.web.lost_case import LostCase
from portal.web.lost_contact import LostContact
from portal.web.lost_paper import LostPaper
from portal.web.outside import Outside
from portal.web.plugins import Plugins
from portal.web.proposals import Proposals
from portal.web.purge import Purges
from portal.web.reveals import Reveals
from portal.web.review import Review
from portal.web.roster import Roster
from portal.web.screening import Screening
from portal.web.search import Search
from portal.web.session import Session
from portal.web.sign_ins import SignIns
from portal.web.status import Status
from portal.web.submit import Submit
from portal.web.units import Units
from portal.web.users import Users
from portal.web.watch import Watch
from portal.web.work import Work

if TYPE_CHECKING:
    from portal.web.edge import PortalView

VIEWS: tuple[type[PortalView], ...] = (
    Session,
    Outside,
    Factors,
    SignIns,
    Inbox,
    Search,
    Work,
    Roster,
    Reveals,
    Screening,
    Lost,
    LostCase,
    LostContact,
    LostPaper,
    Imports,
    Submit,
    Review,
    Board,
    Status,
    Circulars,
    Units,
    Plugins,
    Users,
    Proposals,
    Emergency,
    Exports,
    Purges,
    AuditLog,
    Watch,
)  # fmt: skip

__all__ = ["VIEWS", "Home"]
