"""Two branches of one tenant and a second tenant, and a session bound to the clerk of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy.orm import Session

from portal.core.database import open_engine
from portal.scope import service as scope
from tests import scene
from tests.databases import as_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine


class Walled:
    """A marked tenant behind its walls: the engine of the portal, and who stands before them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.owner = open_engine(url, owner=True)
        self.engine: Engine = open_engine(as_app(url))
        with Session(self.owner) as session:
            built = scene.build(session)
            scene.screen(session, built)
            self.paths = {code: unit.path for code, unit in built.world.units.items()}
            self.ids = {code: unit.id for code, unit in built.world.units.items()}
            self.clerk = built.actor(session, "clerk")
            self.sibling = built.actor(session, "sibling")
            self.members = {name: member.id for name, member in built.members.items()}
            scene.leave(session, built)

    def session(self) -> Session:
        """Return a session bound to the clerk of B1."""
        session = Session(self.engine)
        scope.bind(session, self.clerk)
        return session

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()
        self.owner.dispose()


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def walled(request: pytest.FixtureRequest) -> Iterator[Walled]:
    """The tenant, once on each of the two systems; no test of it leaves anything changed."""
    kind = "postgres_copies" if request.param == "postgres" else "sqlite_files"
    maker = request.getfixturevalue(kind)
    url = maker.fresh()
    built = Walled(url)
    yield built
    built.close()
    maker.drop(url)
