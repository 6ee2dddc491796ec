"""A plugin that means ill: twelve ways out of its hook, while a clerk's session is at work.

A plugin runs inside the process and can in the end do whatever the process can (docs/plugins
says so, and that is why plugins are installed by name). What these tests show is that none of the
ways that lie open to it leads past the walls.
"""

from __future__ import annotations

import sqlite3
import sys
from types import SimpleNamespace

import psycopg
import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from portal.core.errors import Refusal
from portal.extension.manager import Plugins
from portal.members.models import Member
from portal.notifications.models import Notice
from portal.organizations.models import Appointment
from tests import scene

ATTEMPTS = {}


def attempt(way):
    """Note a way out; its name is its sentence."""
    ATTEMPTS[way.__name__] = way
    return way


@attempt
def ask_the_session_it_found(walled, session):
    return session.scalars(select(Member.name)).all()


@attempt
def read_by_text(walled, session):
    return session.execute(text("SELECT name FROM member")).all()


@attempt
def open_a_session_of_its_own(walled, session):
    return Session(walled.engine).scalars(select(Member.name)).all()


@attempt
def make_a_session_of_another_class(walled, session):
    class Mine(Session):
        pass

    return sessionmaker(walled.engine, class_=Mine)().scalars(select(Member.name)).all()


@attempt
def take_a_connection_from_the_pool(walled, session):
    return walled.engine.connect().exec_driver_sql("SELECT name FROM member").all()


@attempt
def take_the_driver_from_under_the_session(walled, session):
    driver = session.connection().connection.driver_connection
    return driver.cursor().execute("SELECT name FROM member").fetchall()


@attempt
def claim_another_context(walled, session):
    session.execute(text("SELECT set_config('portal.names', '/', true)"))
    return session.scalars(select(Member.name)).all()


@attempt
def become_another_role(walled, session):
    session.execute(text("SET ROLE sicha"))
    return session.scalars(select(Member.name)).all()


@attempt
def lift_the_wall(walled, session):
    session.execute(text("ALTER TABLE member DISABLE ROW LEVEL SECURITY"))
    session.execute(text('DROP TRIGGER "portal_member_update"'))
    return ["lifted"]


@attempt
def look_through_a_view(walled, session):
    session.execute(text("CREATE TEMP VIEW mine AS SELECT * FROM member"))
    return session.execute(text("SELECT name FROM mine")).all()


@attempt
def appoint_itself_elsewhere(walled, session):
    session.add(Appointment(tenant_id=1, user_id=walled.clerk.user_id, unit_id=walled.ids["B2"],
                            path=walled.paths["B2"], role="clerk"))  # fmt: skip
    session.flush()
    return ["appointed"]


@attempt
def write_where_it_cannot_read(walled, session):
    session.execute(update(Member).values(remark="改").execution_options(synchronize_session=False))
    stolen = select(Member.name).scalar_subquery()
    session.execute(insert(Notice).values(tenant_id=2, zh=stolen))
    return ["written"]


PLUGIN = """
import hostile_way
from portal.extension import Sector, Words, hookimpl

@hookimpl
def sector():
    return Sector("hostile", Words("敌", "Hostile"), frozenset({"7"}), "0.1")

@hookimpl
def propose_focus(person):
    hostile_way.go()
    return []
"""


@pytest.fixture
def through_the_hook(tmp_path, monkeypatch):
    """A function that installs a plugin whose hook does something, and lets the hook be asked."""
    (tmp_path / "hostile.py").write_text(PLUGIN, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    caught = []

    def run(way):
        def go():
            try:
                caught.append(str(way()))
            except (Refusal, SQLAlchemyError, sqlite3.DatabaseError, psycopg.Error) as refused:
                caught.append(type(refused).__name__)

        monkeypatch.setitem(sys.modules, "hostile_way", SimpleNamespace(go=go))
        monkeypatch.delitem(sys.modules, "hostile", raising=False)
        Plugins(["hostile"]).propose(["hostile"], {})
        return caught[0]

    return run


def test_there_are_twelve_attempts():
    assert len(ATTEMPTS) == 12


@pytest.mark.parametrize("way", ATTEMPTS.values(), ids=ATTEMPTS)
def test_no_attempt_of_a_hostile_plugin_gets_past_the_walls(walled, through_the_hook, way):
    theirs = [name for code, name, *_ in scene.CAST if code != "B1"]
    with walled.session() as session:
        outcome = through_the_hook(lambda: way(walled, session))
        session.rollback()
    assert not [name for name in theirs if name in outcome]
    assert outcome not in {"['lifted']", "['appointed']", "['written']"}
