"""Keys are changed while the portal is in use: killed, continued, and the old one taken away."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal import access
from portal.app import create_app
from portal.core import crypto
from portal.core.crypto import Keyring
from portal.core.database import Model, open_engine, transaction
from portal.core.errors import OutOfTurn
from portal.core.suites import InvalidTag
from portal.documents import store
from portal.imports import service as imports
from portal.jobs import queue
from portal.members import bulk, idnumber
from portal.members import service as members
from portal.members.bulk import Draft
from portal.members.models import Member
from portal.organizations import service as organizations
from portal.privacy import sealed
from portal.privacy import service as privacy
from portal.settings import Settings
from tests import scene
from tests.integration.commands import MASTER, SECRET, Command
from tests.rosters import xlsx

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from portal.access import Actor
    from portal.privacy.rotation import Use

OLD = {"key1": b"sicha".ljust(32, b".")}
NEW = {"key2": b"another".ljust(32, b"."), **OLD}
OPERATOR = access.operator(1)


@pytest.fixture
def filled(session: Session, tmp_path: Path) -> Iterator[Session]:
    """A tenant with a campaign, a search, an upload, all of it sealed with the first key."""
    store.put_in_place(tmp_path)
    made = scene.build(session)
    scene.screen(session, made)
    with transaction(session):
        lost = session.merge(made.members["丁三甲"])
        members.change(session, OPERATOR, lost.id, {"phone": "13900000077"}, version=lost.version)
        data = xlsx(("名册", [["姓名", "公民身份证号"], ["己一丙", scene.id_number(7)]]))
        imports.receive(session, OPERATOR, made.world.units["B3"], "名册.xlsx", data)
    yield session
    store.put_in_place(tmp_path)


def rotate(session: Session, size: int = 3, most: int = 10_000) -> int:
    """Seal anew in batches; return how many batches it took."""
    for batch in range(most):
        with transaction(session):
            done = privacy.rotate_batch(session, OPERATOR, size)
        session.expunge_all()
        if done is None:
            return batch
    return most


def everything(session: Session) -> dict[tuple[str, str], str]:
    """Return the text of every sealed value there is."""
    found = {}
    for table, columns in sealed.tables():
        for column in columns:
            place = f"{table.name}.{column.name}"
            for row_id, kept in session.execute(
                select(table.c.id, column).where(column.is_not(None))
            ):
                found[place, str(row_id)] = crypto.ring().open(place, row_id, kept)
    return found


def in_use(session: Session, place: str) -> list[Use]:
    return [use for use in privacy.inventory(session, OPERATOR) if use.place == place]


def older(session: Session) -> int:
    return sum(use.values for use in privacy.inventory(session, OPERATOR) if not use.newest)


@pytest.mark.parametrize("suite", ["aes", "sm"])
def test_everything_is_sealed_anew_and_says_the_same(filled: Session, suite: str):
    before = everything(filled)
    assert len({place for place, _ in before}) >= 4, {place for place, _ in before}
    crypto.put_in_place(Keyring(NEW, suite))
    assert older(filled) > len(before)
    rotate(filled)

    assert older(filled) == 0
    crypto.put_in_place(Keyring({"key2": NEW["key2"]}, suite))
    assert everything(filled) == before


def test_a_move_to_the_other_suite_needs_no_other_key(filled: Session):
    before = everything(filled)
    crypto.put_in_place(Keyring(OLD, "sm"))
    rotate(filled)

    assert {use.suite for use in privacy.inventory(filled, OPERATOR)} == {"sm"}
    assert everything(filled) == before


def found_by_number(session: Session, actor: Actor) -> list[int]:
    return [
        len(members.list_members(session, actor, search=word))
        for number in map(scene.id_number, range(8))
        for word in (number, number[-4:])
    ]


def test_lookups_answer_the_same_after_every_batch(filled: Session):
    before = found_by_number(filled, OPERATOR)
    assert min(before) >= 1
    crypto.put_in_place(Keyring(NEW, "sm"))
    while rotate(filled, size=2, most=1):
        assert found_by_number(filled, OPERATOR) == before
        taken = bulk.taken_numbers(filled, 1, [scene.id_number(at) for at in range(8)])
        assert len(taken) == 8
        with transaction(filled):
            if privacy.rotate_batch(filled, OPERATOR, 2) is None:
                break


def test_a_roster_is_compared_right_in_the_middle_of_a_change_of_keys(filled: Session):
    rows = [[name, scene.id_number(at)] for at, (_, name, _, _) in enumerate(scene.CAST)]
    data = xlsx(("名册", [["姓名", "公民身份证号"], *rows]))
    crypto.put_in_place(Keyring(NEW))
    rotate(filled, size=3, most=7)
    unit = organizations.get_root(filled, 1)
    assert {each.newest for each in in_use(filled, "member.id_digest")} == {True, False}
    with transaction(filled):
        upload = imports.receive(filled, OPERATOR, unit, "名册.xlsx", data)
        found = imports.inspect(filled, OPERATOR, upload.id)

    assert (found.new, found.changed) == ([], [])
    assert found.same == len(rows)


def test_the_uploaded_file_is_sealed_anew_as_well(filled: Session, tmp_path: Path):
    crypto.put_in_place(Keyring(NEW))
    rotate(filled)

    files = list((tmp_path / "uploads").iterdir())
    assert files
    assert all(file.read_bytes()[:5] == b"\x01key2" for file in files)


def test_what_an_older_process_still_wrote_is_caught_at_the_end(filled: Session):
    crypto.put_in_place(Keyring(NEW))
    rotate(filled, size=2, most=1)
    first = filled.scalars(select(Member).order_by(Member.id).limit(1)).one()
    crypto.put_in_place(Keyring(OLD))
    with transaction(filled):
        first.phone = "13900000099"
    crypto.put_in_place(Keyring(NEW))
    rotate(filled)

    assert older(filled) == 0


def test_a_key_is_dropped_only_when_nothing_needs_it(filled: Session):
    crypto.put_in_place(Keyring(OLD))
    with transaction(filled):
        privacy.register(filled, crypto.ring())
    crypto.put_in_place(Keyring(NEW))
    rotate(filled, most=1)
    with pytest.raises(OutOfTurn, match="还在用"), transaction(filled):
        privacy.drop(filled, OPERATOR, "key1", [1])
    rotate(filled)
    with transaction(filled):
        privacy.drop(filled, OPERATOR, "key1", [1])

    privacy.confirm(filled, Keyring({"key2": NEW["key2"]}))


def test_ciphertexts_that_changed_places_do_not_open(filled: Session):
    one, two = filled.scalars(select(Member).order_by(Member.id).limit(2)).all()
    one.id_sealed, two.id_sealed = two.id_sealed, one.id_sealed

    for row in (one, two):
        with pytest.raises(InvalidTag):
            _ = row.id_number
    one.phone_sealed = one.landline_sealed = two.address_sealed
    with pytest.raises(InvalidTag):
        _ = one.phone
    filled.rollback()


TREE = "code,name,level,parent\nC,某市,city,\nD,某区,district,C\nB,某支部,branch,D\n"
ROWS = 400


@pytest.fixture
def portal(fresh_url: str, tmp_path: Path) -> Command:
    """An installation with some hundred members."""
    portal = Command(fresh_url, tmp_path / "data")
    (tmp_path / "tree.csv").write_text(TREE, encoding="utf-8")
    assert portal.run("units", "import", str(tmp_path / "tree.csv")).exit_code == 0
    crypto.put_in_place(Keyring({"key1": base64.b64decode(MASTER)}))
    engine = open_engine(fresh_url, owner=True)
    with Session(engine) as session, transaction(session):
        branch = next(u for u in organizations.list_units(session, OPERATOR) if u.code == "B")
        drafts = [
            Draft(branch.id, branch.path, {"name": f"丁{at}", "id_number": number(at)})
            for at in range(ROWS)
        ]
        bulk.add_many(session, OPERATOR, drafts)
        privacy.register(session, crypto.ring())
    engine.dispose()
    return portal


def number(at: int) -> str:
    stem = f"9901011987{at % 12 + 1:02d}10{at:03d}"
    return stem + idnumber.check_digit(stem)


BOTH = f"key2:{base64.b64encode(bytes(range(40, 72))).decode()},key1:{MASTER}"


def killed(portal: Command, batches: int) -> bool:
    """Rotate in a process of its own and kill it after some batches; tell whether it lived."""
    program = [sys.executable, "-c", "from portal.cli import main; main()"]
    keys = {
        "PORTAL_MASTER_KEY": BOTH, "PORTAL_SECRET_KEY": SECRET,
        "PORTAL_DATA_DIR": str(portal.folder),
    }  # fmt: skip
    with subprocess.Popen(
        [*program, "keys", "rotate", "--batch", "7", "--database", portal.url],
        env={**os.environ, **keys}, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        for _ in range(batches):
            if not process.stderr.readline():
                break
        process.send_signal(signal.SIGKILL)
        process.stderr.read()
    return process.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_rotation_that_is_killed_again_and_again_goes_on_where_it_was(portal: Command):
    for batches in (1, 9, 4, 13):
        killed(portal, batches)
        listed = portal.json("keys", "list", PORTAL_MASTER_KEY=BOTH)
        ids = [row for row in listed if row["place"] == "member.id_sealed"]
        assert sum(row["values"] for row in ids) == ROWS
    done = portal.json("keys", "rotate", PORTAL_MASTER_KEY=BOTH)
    assert 0 < done["values"] < ROWS
    assert portal.run("keys", "drop", "key1", PORTAL_MASTER_KEY=BOTH).exit_code == 0
    only = BOTH.partition(",")[0]
    assert {row["key"] for row in portal.json("keys", "list", PORTAL_MASTER_KEY=only)} == {"key2"}
    crypto.put_in_place(Keyring({"key2": bytes(range(40, 72))}))
    engine = open_engine(portal.url, owner=True)
    with Session(engine) as session:
        numbers = {member.id_number for member in session.scalars(select(Member))}
    engine.dispose()
    assert numbers == {number(at) for at in range(ROWS)}


OTHER = base64.b64encode(bytes(range(90, 122))).decode()


@pytest.mark.parametrize("keys", [OTHER, f"key9:{OTHER}"])
def test_another_key_is_told_of_at_once_and_not_by_the_first_field(portal: Command, keys: str):
    refused = portal.run("units", "list", PORTAL_MASTER_KEY=keys)

    assert refused.exit_code == 1
    assert "主密钥" in refused.stderr
    assert "Traceback" not in refused.output


def test_the_doctor_tells_of_another_key(tmp_path: Path):
    office = Command(f"sqlite:///{tmp_path}/portal.db", tmp_path)
    assert office.run("setup").exit_code == 0

    for keys, told in ((MASTER, False), (OTHER, True)):
        faults = office.json("doctor", PORTAL_MASTER_KEY=keys)["faults"]
        assert ("master-other" in [fault["code"] for fault in faults]) is told


def test_the_portal_does_not_start_with_another_key(tmp_path: Path):
    office = Command(f"sqlite:///{tmp_path}/portal.db", tmp_path)
    assert office.run("setup").exit_code == 0
    with pytest.raises(privacy.WrongKey, match="不是这个数据库"):
        create_app(Settings(database=office.url, data_dir=tmp_path, secret_key=SECRET,
                            master_key=OTHER))  # fmt: skip
    queue.put_in_place(None)


def test_a_database_older_than_the_check_is_tried_with_a_value_of_its_own(portal: Command):
    engine = open_engine(portal.url, owner=True)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM key_check"))
    with Session(engine) as session:
        privacy.confirm(session, Keyring({"key1": base64.b64decode(MASTER)}))
        with pytest.raises(privacy.WrongKey, match="打不开"):
            privacy.confirm(session, Keyring({"key1": base64.b64decode(OTHER)}))
    engine.dispose()


def test_a_new_key_is_put_first_in_the_key_file(tmp_path: Path):
    office = Command(f"sqlite:///{tmp_path}/portal.db", tmp_path)
    alone = {"PORTAL_MASTER_KEY": None}
    office.run("setup", **alone)
    assert office.run("keys", "new", "k2027", **alone).exit_code == 1
    made = office.run("keys", "new", "k027", **alone)

    assert made.exit_code == 0, made.output
    assert [line[:5] for line in (tmp_path / "master.key").read_text().split()] == [
        "k027:",
        "key1:",
    ]
    assert office.run("keys", "rotate", **alone).exit_code == 0
    assert (tmp_path / "master.key").stat().st_mode & 0o077 == 0


def test_every_sealed_column_is_found_by_its_name():
    sealing = {
        f"{table.name}.{column.name}"
        for table in Model.metadata.sorted_tables
        for column in table.c
        if column.info.get("class") == "S3" and column.name.endswith("_sealed")
    }
    listed = {f"{table.name}.{c.name}" for table, columns in sealed.tables() for c in columns}
    assert sealing <= listed
    assert "member.id_sealed" in listed
