"""Uploads are kept for a while and then removed, and so is what a crash left."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from portal import access
from portal.cli import main
from portal.core import clock
from portal.core.database import transaction
from portal.core.errors import OutOfTurn
from portal.documents import store
from portal.exports import service as exports
from portal.imports import service as imports
from portal.organizations.models import Unit
from tests import rosters, scene
from tests.web import world as made

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session


@pytest.fixture(autouse=True)
def _own_scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what other processes left on this machine out of the figures."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def test_an_upload_is_removed_after_thirty_days_and_says_so(session: Session, tmp_path: Path):
    store.put_in_place(tmp_path)
    unit, operator = made.build(session).units["B1"], access.operator(1)
    with transaction(session):
        upload = imports.receive(
            session, operator, unit, "名册.xlsx", rosters.roster(rosters.row(1))
        )
    with clock.pinned(clock.now() + timedelta(days=29)):
        assert imports.sweep(session) == 0
    with clock.pinned(clock.now() + timedelta(days=31)), transaction(session):
        assert imports.sweep(session) == 1
    session.expire_all()
    session.info.clear()
    assert list((tmp_path / "uploads").iterdir()) == []
    with pytest.raises(OutOfTurn, match="已过保存期"):
        imports.inspect(session, operator, upload.id)


def test_a_file_that_no_row_knows_of_is_removed_after_a_day(session: Session, tmp_path: Path):
    store.put_in_place(tmp_path)
    made.build(session)
    stray = tmp_path / "uploads" / "0123.part"
    stray.parent.mkdir()
    stray.write_bytes(b"x")
    assert imports.sweep(session) == 0

    os.utime(stray, (1, 1))
    assert imports.sweep(session) == 1
    assert not stray.exists()


def test_the_commands_sweep_and_trace(
    session: Session, fresh_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PORTAL_MASTER_KEY", "c2ljaGEuLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4=")
    monkeypatch.setenv("PORTAL_SECRET_KEY", "s" * 32)
    store.put_in_place(tmp_path)
    built = scene.build(session)
    scene.screen(session, built)
    clerk = built.actor(session, "clerk")
    unit = session.scalars(select(Unit).where(Unit.path == built.path("B1"))).one()
    with transaction(session):
        export = exports.ask(session, clerk, built.campaign, unit, "t2", reason="check")
        number = export.number
        token = exports.link_for(session, clerk, export.id, "x")
        leaked = tmp_path / "泄露.xlsx"
        leaked.write_bytes(exports.fetch(session, clerk, export.id, token, "x")[1])
    session.rollback()

    run = CliRunner().invoke
    told = run(main, ["exports", "trace", str(leaked), "--database", fresh_url, "--json"])
    assert told.exit_code == 0, told.output
    [trail] = json.loads(told.stdout)["trails"]
    assert (trail["number"], trail["by"], trail["how"]) == (number, "clerk", "file")

    other = tmp_path / "other.txt"
    other.write_text("无关")
    assert run(main, ["exports", "trace", str(other), "--database", fresh_url]).exit_code == 1
    with clock.pinned(clock.now() + timedelta(days=2)):
        swept = run(main, ["sweep", "--database", fresh_url, "--json"])
    assert json.loads(swept.stdout)["exports"] == 1
