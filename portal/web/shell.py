"""What stands around every page: who, where, the menu, the inbox, the addresses of files."""

from __future__ import annotations

from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import request, url_for

from portal import __version__
from portal.core import clock, keys
from portal.identity import service as identity
from portal.notifications import service as notifications
from portal.organizations import facts
from portal.organizations import service as organizations
from portal.web import door, edge, language, menu

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from flask import Flask

    from portal.organizations.models import Account, Unit
    from portal.web.menu import Page

STATIC = Path(__file__).parent.parent / "static"


@lru_cache(maxsize=256)
def _print_of(name: str) -> str:
    file = STATIC / name
    return sha256(file.read_bytes()).hexdigest()[:10] if file.is_file() else "0"


def asset(name: str) -> str:
    """Return the address of a static file; it changes whenever the file does."""
    return url_for("static", filename=name, v=_print_of(name))


def icon_href(name: str) -> str:
    """Return the address of one icon in the sprite."""
    return f"{asset('vendor/icons.svg')}#{name}"


class Shell:
    """Read by the base template; each part is worked out only when a template asks for it."""

    version = __version__
    count = staticmethod(menu.count)
    is_current = staticmethod(menu.is_current)

    @cached_property
    def person(self) -> Account | None:
        """Return who is signed in."""
        return edge.signed_in()

    @cached_property
    def name(self) -> str:
        """Return the person's name as it is written on the screen."""
        who = self.person
        return "" if who is None else (who.full_name or who.username)

    @cached_property
    def settled(self) -> bool:
        """Tell whether the menu may be shown: nothing is to be done about signing in first."""
        if self.person is None or self.person.must_change:
            return False
        return door.sign_in().stage == identity.Stage.OPEN

    @cached_property
    def posts(self) -> Sequence[Unit]:
        """Return the units this person can work for."""
        return edge.posts() if self.settled else ()

    @cached_property
    def unit(self) -> Unit | None:
        """Return the unit this person works for just now."""
        return edge.unit() if self.posts else None

    @cached_property
    def lineage(self) -> Sequence[Unit]:
        """Return the units from the top of the tree down to, not including, this one."""
        here = self.unit
        if here is None:
            return ()
        return organizations.lineage(edge.db(), here.tenant_id, here.path)[:-1]

    @cached_property
    def menu(self) -> tuple[Page, ...]:
        """Return the entries of the menu; what it has no room for stands on 我的."""
        return self.pages[: menu.MOST]

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """Return every page that this person's post here opens."""
        return menu.entries() if self.settled else ()

    @cached_property
    def bottom(self) -> tuple[Page, ...]:
        """Return the entries of the bottom bar."""
        return menu.on_phones() if self.settled else ()

    @cached_property
    def unread(self) -> int:
        """Return how many notices wait in the inbox."""
        return notifications.count_unread(edge.db(), edge.actor()) if self.settled else 0

    @property
    def now(self) -> datetime:
        """Return the moment up to which the page is right."""
        return clock.now()

    @property
    def here(self) -> str:
        """Return the address of this page, to come back to."""
        return request.full_path.rstrip("?") if request.method == "GET" else request.path


def furnish(app: Flask) -> None:
    """Give the templates of `app` the shell and the addresses of its files."""
    app.jinja_env.globals.update(
        asset=asset,
        once_key=keys.uuid7,
        icon_href=icon_href,
        languages=language.LANGUAGES,
        role_names=organizations.ROLES,
        kind_names=facts.KINDS,
    )

    @app.context_processor
    def _shell() -> dict[str, Any]:
        return {"shell": Shell(), "locale": language.locale()}
