"""A pool of two connections, and everybody who takes turns on them."""

from __future__ import annotations

import threading
from random import Random

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.core.database import engine_options, prepare
from portal.members.models import Member
from portal.scope import service as scope
from portal.scope.service import OutOfScope
from tests.databases import as_app

TURNS = 10_000
THREADS = 2


class Turns:
    """One thread that takes its turns, and writes down what it should not have seen."""

    def __init__(self, walled, engine, seed: int) -> None:
        self.walled, self.engine, self.random = walled, engine, Random(seed)
        self.crossings: list[str] = []

    def __call__(self) -> None:
        for _ in range(TURNS // THREADS):
            with Session(self.engine) as session:
                self.turn(session)

    def turn(self, session: Session) -> None:
        actor = self.random.choice([None, self.walled.clerk, self.walled.sibling])
        if actor is None:
            with pytest.raises(OutOfScope):
                session.scalars(select(Member.path)).all()
            return
        scope.bind(session, actor)
        seen = set(session.scalars(select(Member.path)))
        own = {self.walled.paths["B1" if actor is self.walled.clerk else "B2"]}
        if seen != own:
            self.crossings.append(f"{actor.user_id}: {seen}")
        self.leave(session)

    def leave(self, session: Session) -> None:
        way = self.random.randrange(5)
        if way == 0:
            session.commit()
        elif way == 1:
            session.rollback()
        elif way == 2:
            with pytest.raises((DBAPIError, OutOfScope)):
                session.execute(text("SELECT no_such_function_at_all()"))
        elif way == 3:
            with scope.beyond(session, scope.Reason.TREE):
                pass
        elif self.random.random() < 0.02:
            session.connection().invalidate()


def test_ten_thousand_turns_on_two_connections_never_cross(walled):
    url = as_app(walled.url)
    engine = prepare(create_engine(url, pool_size=2, max_overflow=0, **engine_options(url)))
    turns = [Turns(walled, engine, seed) for seed in range(THREADS)]
    threads = [threading.Thread(target=each) for each in turns]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()
    assert [each.crossings for each in turns] == [[]] * THREADS


def test_a_connection_keeps_nothing_of_who_had_it(walled):
    url = as_app(walled.url)
    engine = prepare(create_engine(url, pool_size=1, max_overflow=0, **engine_options(url)))
    with Session(engine) as session:
        scope.bind(session, walled.clerk)
        assert session.scalars(select(Member.path)).all()
        session.commit()
    with engine.connect() as connection, pytest.raises((DBAPIError, OutOfScope)):
        assert connection.execute(text("UPDATE member SET remark = '改'")).rowcount == -1
    engine.dispose()
