"""The world of these tests, built once on each database, and everybody who calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from portal import access
from portal.core import clock
from portal.core.database import open_engine, transaction
from portal.documents import store
from portal.identity import service as identity
from portal.organizations import service as organizations
from portal.organizations.models import Account
from tests.databases import as_app
from tests.isolation import things
from tests.isolation.visiting import House, open_house
from tests.isolation.world import Stage, name_admins
from tests.web.world import METHOD, PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

ELSEWHERE = identity.Visit(identity.Channel.WEB, "Chrome · Windows", "192.0.2.7")
# name of the visitor, post as in the table of readers, unit, user name
VISITORS = (
    ("nobody", "", "", ""),
    ("own clerk", "clerk", "A1", "t1.A1.clerk"),
    ("own secretary", "secretary", "A1", "t1.A1.secretary"),
    ("sibling", "clerk", "A2", "t1.A2.clerk"),
    ("own committee", "committee", "H1", "t1.H1.organiser"),
    ("own committee's secretary", "committee", "H1", "t1.H1.committee_secretary"),
    ("other committee", "committee", "H2", "t1.H2.organiser"),
    ("district", "district", "D1", "t1.D1.district_reviewer"),
    ("other district", "district", "D2", "t1.D2.district_leader"),
    ("city", "city", "C0", "t1.C0.city_inspector"),
    ("sector admin", "sector", "C0", "t1.sector_admin"),
    ("system admin", "system", "C0", "t1.system_admin"),
    ("security admin", "security", "C0", "t1.security_admin"),
    ("audit admin", "audit", "C0", "t1.audit_admin"),
    ("another city", "", "", "inspector乙"),
    ("disabled", "", "", "t1.E1.clerk"),
)


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """The portal on a database that holds the marked world, with everybody at the door."""
    kind = "postgres_copies" if request.param == "postgres" else "sqlite_files"
    maker = request.getfixturevalue(kind)
    url, folder = maker.fresh(), tmp_path_factory.mktemp("files")
    app = open_house(as_app(url), folder)
    engine = open_engine(url, owner=True)
    store.put_in_place(folder)
    with Session(engine) as session:
        house = House(app, *_build(session))
    for name, post, code, username in VISITORS:
        house.let_in(name, post, code, username)
    with Session(engine) as session:
        _disable(session, "t1.E1.clerk")
    engine.dispose()
    house.seal()
    with clock.pinned(clock.now()):  # however long it takes, nobody's session grows old
        yield house
    house.close()
    maker.drop(url)


def _build(session: Session) -> tuple[dict[str, things.Owned], frozenset[str], dict[str, int]]:
    stage = Stage(session)
    stage.build()
    with transaction(session):
        name_admins(session, stage)
    wanted = [username.lower() for *_, username in VISITORS]
    with transaction(session):
        for account in session.query(Account):
            if account.username.lower() in wanted:
                account.password = generate_password_hash(PASSWORD, METHOD)
                account.must_change = False
            if account.tenant_id == 1:
                identity.start(session, account, ELSEWHERE, identity.Stage.OPEN)
    found = things.owned(stage), things.secrets(session), things.versions(session)
    session.rollback()
    return found


def _disable(session: Session, username: str) -> None:
    with transaction(session):
        found = session.query(Account).filter_by(username=username).one()
        organizations.disable_account(session, access.operator(1), found.id)
