"""Nobody who was purged comes back by an older backup, and what is kept of them names nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import upkeep
from portal.audit import Act, Entry, verifying
from portal.backup import service as backups
from portal.core import clock
from portal.core.database import open_engine, transaction
from portal.members.models import Member, Tombstone
from portal.privacy import graves
from portal.settings import Settings
from portal.tracing.models import Contact
from tests import scene
from tests.databases import as_app
from tests.integration.test_backup import PASSPHRASE
from tests.integration.test_purge import GONE, LATER, NUMBER, purged, rows, stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.scene import Scene

__all__ = ["stage"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The data folder of the portal."""
    return tmp_path / "data"


@pytest.fixture
def restored(
    session: Session, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[[Path, Path], Session]]:
    """A function that restores a backup and opens what came of it."""
    opened: list[Session] = []

    def restore(backup: Path, data: Path) -> Session:
        url = f"sqlite:///{tmp_path / 'restored.db'}"
        if session.get_bind().dialect.name != "sqlite":
            url = request.getfixturevalue("postgres_copies").empty()
        backups.restore(backup, PASSPHRASE, url, data)
        opened.append(Session(open_engine(url, owner=True)))
        return opened[-1]

    yield restore
    for each in opened:
        each.close()
        each.get_bind().dispose()


@pytest.fixture
def older(session: Session, stage: Scene, folder: Path, tmp_path: Path) -> Path:  # noqa: ARG001
    """A backup made before anybody was purged."""
    session.rollback()
    url = session.get_bind().url.render_as_string(hide_password=False)
    out = tmp_path / "out" / "old.backup"
    backups.back_up(url, folder, out, PASSPHRASE, prove=False)
    return out


def keep(session: Session, *folders: Path) -> int:
    with clock.pinned(LATER), transaction(session):
        return graves.keep(session, folders)


def test_an_older_backup_brings_nobody_back(
    session: Session, stage: Scene, older: Path, folder: Path,
    restored: Callable[[Path, Path], Session],
):  # fmt: skip
    member_id = stage.members[GONE].id
    purged(session, stage)
    assert keep(session, folder) > 1
    again = restored(older, folder)
    assert rows(again, Member, Member.id == member_id) == 0
    assert rows(again, Contact) == 0
    assert rows(again, Tombstone) == 1
    acts = again.scalars(select(Entry.subject).where(Entry.act == Act.MEMBER_PURGE)).all()
    assert acts == [f"member:{member_id}"]
    assert verifying.verify(again, 1).whole


def test_without_the_list_they_would_come_back(
    session: Session, stage: Scene, older: Path, tmp_path: Path,
    restored: Callable[[Path, Path], Session],
):  # fmt: skip
    member_id = stage.members[GONE].id
    purged(session, stage)
    again = restored(older, tmp_path / "another")
    assert rows(again, Member, Member.id == member_id) == 1


def test_the_list_beside_the_heads_does_when_the_machine_is_lost(
    session: Session, stage: Scene, older: Path, tmp_path: Path,
    restored: Callable[[Path, Path], Session], monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    purged(session, stage)
    keep(session, tmp_path / "heads")
    monkeypatch.setenv("PORTAL_HEADS_DIR", str(tmp_path / "heads"))
    again = restored(older, tmp_path / "another")
    assert rows(again, Member, Member.id == stage.members[GONE].id) == 0


def test_who_was_not_purged_is_still_there(
    session: Session, stage: Scene, older: Path, folder: Path,
    restored: Callable[[Path, Path], Session],
):  # fmt: skip
    before = rows(session, Member)
    purged(session, stage)
    keep(session, folder)
    assert rows(restored(older, folder), Member) == before - 1


def test_the_list_only_grows_and_outlives_a_line_cut_short(
    session: Session, stage: Scene, folder: Path
):  # fmt: skip
    purged(session, stage)
    written = keep(session, folder)
    file = folder / graves.FILE
    assert keep(session, folder) == 0
    file.write_text(file.read_text()[:-9])
    assert keep(session, folder) == 1
    assert len(graves.read(folder)) == written


def test_the_list_names_nobody(session: Session, stage: Scene, folder: Path):
    purged(session, stage)
    keep(session, folder)
    text = (folder / graves.FILE).read_text()
    assert GONE not in text
    assert NUMBER not in text
    assert scene.id_number(0) not in text
    assert (folder / graves.FILE).stat().st_mode & 0o077 == 0


def test_every_worker_keeps_the_list(
    session: Session, stage: Scene, fresh_url: str, tmp_path: Path
):  # fmt: skip
    purged(session, stage)
    session.rollback()
    engine = open_engine(as_app(fresh_url))
    settings = Settings(data_dir=tmp_path / "data", heads_dir=tmp_path / "heads")
    with clock.pinned(LATER):
        for chore in upkeep.chores_of(settings):
            chore.attend(engine)
    engine.dispose()
    assert graves.read(tmp_path / "data") == graves.read(tmp_path / "heads") != []
