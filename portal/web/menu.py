"""The table of pages: what stands in the menu, for whom, in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from flask import current_app, request

from portal.access import POLICY, Action
from portal.core.words import Words
from portal.web import edge

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.organizations.models import Unit

    Count = Callable[[Session, Actor, Unit], str]

C = TypeVar("C", bound="Count")


@dataclass(frozen=True, slots=True)
class Page:
    """One entry: shown to whoever holds `action` at the unit they work for just now."""

    endpoint: str
    icon: str
    title: Words
    rail: Words
    action: Action
    phone: bool = False


PAGES: tuple[Page, ...] = (
    Page("work.index", "list-check", Words("我的任务", "My tasks"),
         Words("任务", "Tasks"), Action.REPORT_PREPARE, phone=True),
    Page("roster.list", "people", Words("党员名册", "Roster"),
         Words("名册", "Roster"), Action.MEMBER_VIEW),
    Page("screening.desk", "ui-checks-grid", Words("逐人排查", "Screening"),
         Words("排查", "Screen"), Action.RECORD_SCREEN, phone=True),
    Page("review.desk", "clipboard-check", Words("审核台", "Review desk"),
         Words("审核", "Review"), Action.REPORT_REVIEW, phone=True),
    Page("lost.list", "person-exclamation", Words("失联台账", "Out of contact"),
         Words("台账", "Lost"), Action.RECORD_VIEW, phone=True),
    Page("submit.show", "send-check", Words("核对上报", "Check and file"),
         Words("上报", "File"), Action.REPORT_PREPARE, phone=True),
    Page("imports.start", "upload", Words("导入", "Import"),
         Words("导入", "Import"), Action.ROSTER_IMPORT),
    Page("board.show", "bar-chart-steps", Words("汇总看板", "Totals"),
         Words("汇总", "Totals"), Action.REPORT_CHASE, phone=True),
    Page("status.matrix", "grid-3x3", Words("进度催报", "Progress"),
         Words("进度", "Progress"), Action.REPORT_CHASE),
    Page("units.tree", "diagram-3", Words("组织管理", "Organizations"),
         Words("组织", "Units"), Action.UNIT_VIEW, phone=True),
    Page("plugins.show", "puzzle", Words("插件", "Plugins"),
         Words("插件", "Plugins"), Action.PLUGIN_SWITCH, phone=True),
    Page("users.list", "person-gear", Words("用户", "Users"),
         Words("用户", "Users"), Action.USER_VIEW, phone=True),
    Page("emergency.list", "shield-exclamation", Words("应急访问", "Emergency access"),
         Words("应急", "Urgent"), Action.EMERGENCY_VIEW),
    Page("purge.show", "trash3", Words("到期销毁", "Purges"),
         Words("销毁", "Purge"), Action.PURGE_VIEW, phone=True),
    Page("reveals.watch", "eye", Words("异常显示", "Reveals"),
         Words("显示", "Reveals"), Action.REVEAL_WATCH, phone=True),
    Page("audit.search", "journal-check", Words("操作日志", "Audit log"),
         Words("日志", "Log"), Action.AUDIT_VIEW, phone=True),
)  # fmt: skip

MOST = 9
ON_PHONES = 3  # and 我的, which everybody has

_counts: dict[str, Count] = {}


def counts(endpoint: str) -> Callable[[C], C]:
    """Let the decorated function say what stands behind the entry of `endpoint`."""

    def keep(count: C) -> C:
        _counts[endpoint] = count
        return count

    return keep


def _holds_here(action: Action) -> bool:
    here = edge.unit().path
    return any(g.place == here and g.role in POLICY[action] for g in edge.actor().grants)


def entries() -> tuple[Page, ...]:
    """Return the pages that exist and that this person's post here opens."""
    if not edge.posts():
        return ()
    served = current_app.view_functions
    return tuple(page for page in PAGES if page.endpoint in served and _holds_here(page.action))


def on_phones() -> tuple[Page, ...]:
    """Return the entries of the bottom bar."""
    return tuple(page for page in entries() if page.phone)[:ON_PHONES]


def count(page: Page) -> str:
    """Return the figure behind `page`, or nothing."""
    if page.endpoint not in _counts:
        return ""
    return _counts[page.endpoint](edge.db(), edge.actor(), edge.unit())


def is_current(page: Page) -> bool:
    """Tell whether the page shown belongs to the entry `page`."""
    shown = request.endpoint or ""
    exact = any(other.endpoint == shown for other in PAGES)
    if exact:
        return shown == page.endpoint
    return _group(shown) == _group(page.endpoint)


def _group(endpoint: str) -> str:
    """Return the group of pages an endpoint belongs to: ``lost`` for ``lost_case.log``."""
    return endpoint.partition(".")[0].partition("_")[0]
