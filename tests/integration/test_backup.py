"""A backup is proved by restoring it; one that was touched is refused; keys are kept apart."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, inspect, make_url, select, text
from sqlalchemy.orm import Session

from portal import access
from portal.audit import Entry, verifying
from portal.backup import copying, sealing
from portal.backup import service as backups
from portal.core import crypto
from portal.core.database import open_engine, transaction
from portal.core.errors import Invalid, OutOfTurn
from portal.core.keys import uuid7
from portal.documents.store import Store
from portal.members.models import Member
from tests import scene
from tests.integration.commands import Command
from tests.web.conftest import KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PASSPHRASE = "备份口令-与主密钥分开保管-2026-某市组织部"
ROW = uuid7()


@pytest.fixture
def lived_in(database_url: str, tmp_path: Path) -> tuple[str, Path]:
    """A database in use, and the folder of its files."""
    engine = open_engine(database_url, owner=True)
    with Session(engine) as session:
        built = scene.build(session)
        scene.screen(session, built)
        scene.file(session, built)
    engine.dispose()
    folder = tmp_path / "data"
    Store(folder / "uploads", "upload.file").put(ROW, "名册".encode())
    (folder / "uploads" / f"{ROW.hex}.part").write_bytes(b"half written")
    return database_url, folder


@pytest.fixture
def made(lived_in: tuple[str, Path], tmp_path: Path) -> Path:
    url, folder = lived_in
    out = tmp_path / "out" / "sicha.backup"
    done = backups.back_up(url, folder, out, PASSPHRASE)
    assert (done.files, done.proved) == (1, True)
    return out


@pytest.fixture
def empty(lived_in: tuple[str, Path], tmp_path: Path, request: Any) -> Iterator[str]:
    if make_url(lived_in[0]).get_backend_name() == "sqlite":
        yield f"sqlite:///{tmp_path / 'restored.db'}"
        return
    yield request.getfixturevalue("postgres_copies").empty()


def seen(url: str) -> tuple[dict[str, int], list[Any], list[str | None], bool]:
    engine = open_engine(url, owner=True)
    with Session(engine) as session:
        found = (
            copying.counts(session.connection()),
            session.execute(select(Entry.number, Entry.hash).order_by(Entry.number)).all(),
            sorted(member.id_number or "" for member in session.scalars(select(Member))),
            verifying.verify(session, 1).whole,
        )
    engine.dispose()
    return found


def test_what_is_restored_is_what_was_backed_up(
    lived_in: tuple[str, Path], made: Path, empty: str, tmp_path: Path
):
    backups.restore(made, PASSPHRASE, empty, tmp_path / "elsewhere")

    assert seen(empty) == seen(lived_in[0])
    (file,) = (tmp_path / "elsewhere" / "uploads").iterdir()
    assert Store(file.parent, "upload.file").get(ROW, file.name) == "名册".encode()


def test_a_restored_log_cannot_be_changed_either(made: Path, empty: str, tmp_path: Path):
    backups.restore(made, PASSPHRASE, empty, tmp_path / "elsewhere")
    engine = open_engine(empty, owner=True)

    with pytest.raises(Exception, match="never changed"), engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_entry"))
    engine.dispose()


def test_a_restored_portal_goes_on_where_the_old_one_stopped(
    made: Path, empty: str, tmp_path: Path
):
    backups.restore(made, PASSPHRASE, empty, tmp_path / "elsewhere")
    engine = open_engine(empty, owner=True)
    with Session(engine) as session:
        before = session.scalar(select(func.max(Entry.number)))
        with transaction(session):
            organizer = access.operator(1)
            from_now_on(session, organizer)
        outcome = verifying.verify(session, 1)
    engine.dispose()
    assert (outcome.whole, outcome.number) == (True, before + 1)


def from_now_on(session: Session, actor: access.Actor) -> None:
    backups.audit.record(session, actor, backups.audit.Act.UNIT_CHANGE, "/1/", "unit:1")


def test_a_database_with_anything_in_it_is_not_restored_into(
    lived_in: tuple[str, Path], made: Path, tmp_path: Path
):
    before = seen(lived_in[0])
    with pytest.raises(OutOfTurn, match="已有表"):
        backups.restore(made, PASSPHRASE, lived_in[0], tmp_path / "elsewhere")
    assert seen(lived_in[0]) == before


def flip(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "a flipped bit": flip,
    "a cut tail": lambda data: data[:-1000],
    "something appended": lambda data: data + b"x",
    "a head cut off": lambda data: data[10:],
    "nothing at all": lambda _: b"",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_backup_is_refused_and_nothing_is_restored(
    made: Path, empty: str, tmp_path: Path, damage: str
):
    made.write_bytes(DAMAGE[damage](made.read_bytes()))

    with pytest.raises(Invalid, match="打不开"):
        backups.restore(made, PASSPHRASE, empty, tmp_path / "elsewhere")
    copying.require_empty(empty)
    assert not (tmp_path / "elsewhere").exists()


def test_chunks_cannot_be_swapped_or_left_out(tmp_path: Path):
    file = tmp_path / "sealed"
    with file.open("wb") as out:
        sealer = sealing.Sealer(out, PASSPHRASE)
        sealer.write(os.urandom(3 * sealing.CHUNK))
        sealer.close()
    whole, head, size = file.read_bytes(), len(sealing.MAGIC) + 23, sealing.CHUNK + 16
    parts = [whole[head + at * size : head + (at + 1) * size] for at in range(3)]

    for forged in ([1, 0, 2], [0, 2], [0, 1], [0, 0, 2]):
        file.write_bytes(whole[:head] + b"".join(parts[at] for at in forged))
        with file.open("rb") as source, pytest.raises(Invalid):
            sealing.Opener(source, PASSPHRASE).read()


def test_another_passphrase_opens_nothing(made: Path, empty: str, tmp_path: Path):
    with pytest.raises(Invalid, match="打不开"):
        backups.restore(made, PASSPHRASE + "x", empty, tmp_path / "elsewhere")


def test_nothing_personal_can_be_read_in_a_backup(lived_in: tuple[str, Path], made: Path):
    engine = open_engine(lived_in[0], owner=True)
    with Session(engine) as session:
        known = [member.name for member in session.scalars(select(Member))]
        known += [member.id_number or "" for member in session.scalars(select(Member))]
    engine.dispose()
    data = made.read_bytes()
    assert not [text for text in known if text.encode() in data]
    assert b"SQLite" not in data
    assert b"PGDMP" not in data


def test_a_backup_that_does_not_prove_good_is_not_kept(lived_in: tuple[str, Path], tmp_path: Path):
    """With another master key what is sealed does not open: better no backup than that one."""
    url, folder = lived_in
    crypto.put_in_place(crypto.Keyring({"key1": b"another".ljust(32, b".")}))

    with pytest.raises(Invalid, match="does not open"):
        backups.back_up(url, folder, tmp_path / "bad.backup", PASSPHRASE)
    assert not list(tmp_path.glob("bad.backup*"))


def test_who_was_purged_since_stays_purged(made: Path, empty: str, tmp_path: Path):
    def purge(session: Session, _data: Path) -> None:
        session.execute(text("DELETE FROM notice"))
        session.execute(text("UPDATE member SET remark = ''"))

    backups.replayed(purge)
    try:
        backups.restore(made, PASSPHRASE, empty, tmp_path / "elsewhere")
    finally:
        backups.REPLAYS.remove(purge)
    engine = open_engine(empty, owner=True)
    with engine.connect() as connection:
        left = connection.scalar(text("SELECT count(*) FROM member WHERE remark <> ''"))
    engine.dispose()
    assert left == 0


def test_the_commands_back_up_and_restore(lived_in: tuple[str, Path], empty: str, tmp_path: Path):
    portal = Command(lived_in[0], tmp_path / "keys", {"PORTAL_BACKUP_KEY": PASSPHRASE})
    portal.env["PORTAL_MASTER_KEY"] = KEY
    out = str(tmp_path / "b" / "x.backup")

    told = portal.json("backup", "--out", out)
    back = Command(empty, tmp_path / "other", portal.env).json("restore", out)

    assert (told["verified"], back["verified"], back["rows"]) == (True, True, told["rows"])
    engine = open_engine(empty, owner=True)
    assert "member" in inspect(engine).get_table_names()
    engine.dispose()


def test_a_short_passphrase_is_refused(lived_in: tuple[str, Path], tmp_path: Path):
    with pytest.raises(Invalid, match="至少"):
        backups.back_up(*lived_in, tmp_path / "x.backup", "短口令")
