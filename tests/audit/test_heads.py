"""Heads are signed, kept elsewhere every ten minutes, and checked by who holds no secret."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.orm import Session

from portal.audit import heads
from portal.core import clock, crypto
from portal.core.database import open_engine
from portal.core.errors import Invalid
from portal.jobs.chores import KeepHeads
from tests.audit import trails
from tests.integration.commands import Command
from tests.web.conftest import KEY

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

NOON = datetime(2026, 11, 25, 12, 0, 3, tzinfo=UTC)


@pytest.fixture
def kept(session: Session, tmp_path: Path) -> Path:
    trails.write(session, 3)
    file = tmp_path / "kept" / "heads.jsonl"
    heads.append(file, heads.signed(session))
    return file


def test_a_kept_head_names_tenant_number_and_hash(kept: Path):
    (head,) = heads.read(kept)
    assert (head.tenant_id, head.number, len(head.hash)) == (1, 3, 32)


@pytest.mark.parametrize(
    ("name", "value"),
    [("tenant", 2), ("number", 2), ("hash", "00" * 32), ("at", "2020-01-01"), ("signature", "00"),
     ("key", "11" * 32)],
)  # fmt: skip
def test_a_head_that_was_altered_is_refused(kept: Path, name: str, value: object):
    told = json.loads(kept.read_text())
    kept.write_text(json.dumps(told | {name: value}) + "\n")
    with pytest.raises(Invalid, match="签名"):
        heads.read(kept)


def test_a_head_signed_with_another_key_is_refused_unless_that_is_trusted(kept: Path):
    public = heads.public_keys()[-1]
    crypto.put_in_place(crypto.Keyring({"key1": b"another".ljust(32, b".")}))
    with pytest.raises(Invalid):
        heads.read(kept)
    assert len(heads.read(kept, also=[public])) == 1


def test_heads_of_an_older_master_key_hold_after_rotation(kept: Path):
    masters = {"key1": b"sicha".ljust(32, b"."), "key2": b"newer".ljust(32, b".")}
    crypto.put_in_place(crypto.Keyring(masters))
    assert len(heads.read(kept)) == 1
    assert heads.public_keys()[0] != heads.public_keys()[1]


def test_a_worker_keeps_the_heads_at_every_full_ten_minutes(engine: Engine, tmp_path: Path):
    with Session(engine) as session:
        trails.write(session, 2)
    chore = KeepHeads(tmp_path)
    for minutes in (0, 1, 9, 10, 11, 20):
        with clock.pinned(NOON + timedelta(minutes=minutes)):
            chore.attend(engine)
    assert len(heads.read(tmp_path / "heads-2026-11-25.jsonl")) == 3


def test_the_last_head_of_a_day_is_kept_as_the_day_ends(engine: Engine, tmp_path: Path):
    with Session(engine) as session:
        trails.write(session, 2)
    chore = KeepHeads(tmp_path)
    for at in (NOON.replace(hour=23, minute=58), NOON.replace(day=26, hour=0)):
        with clock.pinned(at):
            chore.attend(engine)
    names = sorted(file.name for file in tmp_path.glob("heads-*.jsonl"))
    assert names == ["heads-2026-11-25.jsonl", "heads-2026-11-26.jsonl"]


def test_a_folder_that_is_away_stops_nothing_and_is_tried_again(engine: Engine, tmp_path: Path):
    with Session(engine) as session:
        trails.write(session, 2)
    (tmp_path / "away").touch()
    chore = KeepHeads(tmp_path / "away")
    with clock.pinned(NOON):
        chore.attend(engine)
        (tmp_path / "away").unlink()
        chore.attend(engine)
    assert len(heads.read(tmp_path / "away" / "heads-2026-11-25.jsonl")) == 1


def test_the_command_names_the_first_divergence_and_exits_with_one(
    database_url: str, tmp_path: Path
):
    engine = open_engine(database_url, owner=True)
    with Session(engine) as session:
        trails.write(session, 8)
    portal = Command(database_url, tmp_path, {"PORTAL_MASTER_KEY": KEY})
    file = str(tmp_path / "heads.jsonl")
    assert portal.json("audit", "heads", "--out", file)["written"] == 1
    (whole,) = portal.json("audit", "verify", "--heads", file)
    with engine.connect() as connection:
        log = trails.rows(connection)
    trails.tamper(engine, trails.chained(log[:5]))
    engine.dispose()

    told = portal.run("audit", "verify", "--heads", file)

    assert (whole["whole"], whole["number"]) == (True, 8)
    assert (told.exit_code, "第 6 条起不可信" in told.output) == (1, True)
    assert portal.run("audit", "verify").exit_code == 0
