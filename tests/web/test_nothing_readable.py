"""What is sensitive is in no file, no dump, no log and no address (P2, P6, P8)."""

from __future__ import annotations

import hashlib
import io
import logging
import subprocess
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url, select, text
from sqlalchemy.orm import Session

from portal import access
from portal.core import clock
from portal.core.database import open_engine, transaction
from portal.core.precision import Day
from portal.jobs.models import Job
from portal.members import detector
from portal.members import service as members
from portal.members.models import Member
from portal.organizations.models import Account
from portal.privacy import service as privacy
from tests import machine, scene
from tests.rosters import xlsx
from tests.web.conftest import let_go, token_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient

    from tests.scene import Scene
    from tests.web.conftest import SignIn
    from tests.web.world import World

STREET, ODD, COURSE = "金丝雀巷七号楼", "金丝雀怪列", "金丝雀经过"
SEEDED = 40


def number(at: int) -> str:
    return scene.id_number(500 + at)


def phone(at: int) -> str:
    return f"13877{at:06d}"


def secrets() -> list[str]:
    """Return everything seeded that no file may hold."""
    people = [text for at in range(SEEDED) for text in (number(at), phone(at))]
    return [*people, STREET, ODD, COURSE]


@pytest.fixture
def stage(session: Session, world: World) -> Scene:
    """A campaign under way with many people whose numbers are known."""
    made = scene.build(session, world)
    with clock.pinned(scene.AT), transaction(session):
        for at in range(SEEDED):
            fields = {
                "name": f"丁{at}号", "id_number": number(at), "phone": phone(at),
                "address": f"某省某市某区{STREET}{at}", "gender": "1", "standing": "full",
                "born": Day(f"{number(at)[6:10]}-03-10"), "joined": Day("2010-05"),
                "extra_json": f'{{"{ODD}": "{ODD}"}}', "ethnicity": "01",
            }  # fmt: skip
            members.add(session, access.operator(1), session.merge(world.units["B1"]), fields)
    scene.leave(session, made)
    return made


def walk(browser: FlaskClient, stage: Scene) -> list[str]:
    """Go through the main pages as a clerk does, with an upload, a fault and a reveal."""
    member = next(iter(stage.members.values())).id
    addresses = [
        "/", "/work", "/members", f"/members?q={number(1)[-4:]}", f"/members/{member}",
        "/screening", "/lost", "/submit", "/imports", "/inbox", "/me", "/search?q=丁",
        f"/members/{member}/change", "/members/not-there", f"/members/{member}/reveal/phone",
    ]  # fmt: skip
    seen = [browser.get(address).text for address in addresses]
    form = {"csrf_token": token_of(browser.get("/members").text)}
    typed = {**form, "name": "丁新", "id_number": number(0), "phone": phone(0), "address": STREET}
    seen.append(browser.post("/members/add", data=typed).location or "")
    rows = [["姓名", "公民身份证号", "手机号", ODD], ["丁甲", number(2), phone(2), ODD],
            ["丁乙", number(3)[:-1] + "?", phone(3), ODD]]  # fmt: skip
    file = (io.BytesIO(xlsx(("名册", rows))), "名册.xlsx")
    sent = browser.post("/imports", data={**form, "file": file}, content_type="multipart/form-data")
    seen.append(sent.location or "")
    why = {**form, "reason": "verify", "note": "核对介绍信第 12 号"}
    browser.post(f"/members/{member}/reveal/phone", data=why, headers={"HX-Request": "true"})
    return seen


def raw(url: str, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file that the portal keeps: database, journal, queue, uploads; or a dump."""
    where = make_url(url)
    if where.get_backend_name() == "sqlite":
        database = Path(str(where.database))
        yield from ((f.name, f.read_bytes()) for f in database.parent.glob(f"{database.name}*"))
    else:
        programs = machine.postgres_programs()
        assert programs is not None
        plain = where.set(drivername="postgresql").render_as_string(hide_password=False)
        dump = subprocess.run(
            [programs / "pg_dump", "--inserts", plain], capture_output=True, check=True
        )
        yield "dump", dump.stdout
    yield from ((f.name, f.read_bytes()) for f in folder.rglob("*") if f.is_file())


def spellings(secret: str) -> Iterator[bytes]:
    """Yield a text as it could stand in a file: plain, escaped, in hexadecimal, in UTF-16."""
    plain = secret.encode()
    yield from (plain, plain.hex().encode(), secret.encode("utf-16-le"))
    yield secret.encode("unicode_escape")


def hits(files: list[tuple[str, bytes]], wanted: list[str]) -> list[str]:
    return [
        f"{secret} in {name}"
        for (name, data), secret in product(files, wanted)
        if any(spelling in data for spelling in spellings(secret))
    ]


def test_no_file_and_no_dump_holds_what_is_sensitive(
    stage: Scene, sign_in: SignIn, fresh_url: str, tmp_path: Path
):
    walk(sign_in("clerk"), stage)
    files = list(raw(fresh_url, tmp_path))

    assert hits(files, secrets()) == []
    assert hits(files, ["丁1号"]), "a name, which is no secret to the database, is found"


def test_the_journal_holds_nothing_while_a_transaction_is_open(
    stage: Scene, session: Session, fresh_url: str, tmp_path: Path
):
    with transaction(session):
        found = session.scalars(select(Member).where(Member.name == "丁1号")).one()
        found.phone, found.remark = phone(SEEDED + 1), "改"
        session.flush()
        if not fresh_url.startswith("sqlite"):
            return
        files = list(raw(fresh_url, tmp_path))
        assert hits(files, [*secrets(), phone(SEEDED + 1)]) == []
    assert stage.members


def test_no_digest_is_kept_that_can_be_made_without_the_key(
    stage: Scene, fresh_url: str, tmp_path: Path
):
    files = list(raw(fresh_url, tmp_path))
    for at in range(SEEDED):
        for written in (number(at), number(at)[-4:], f"1:{number(at)}"):
            for name in ("md5", "sha1", "sha256", "sha512"):
                made = hashlib.new(name, written.encode()).digest()
                for form in (made[:16], made.hex()[:32].encode()):
                    assert not any(form in data for _, data in files)
    assert stage.members


def test_no_log_no_traceback_no_address_and_no_cookie_names_anybody(
    app: Flask, stage: Scene, sign_in: SignIn, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    browser = sign_in("clerk")
    pages = walk(browser, stage)
    logged = caplog.text
    with browser.session_transaction() as kept:
        cookie = str(dict(kept))
    assert logged
    for place in (logged, cookie, *(page for page in pages if page.startswith("/"))):
        assert not [secret for secret in secrets() if secret in place]
        assert not detector.find(place)


def test_no_page_of_the_walk_shows_a_number_in_full(stage: Scene, sign_in: SignIn):
    for page in walk(sign_in("clerk"), stage):
        assert not detector.find(page)


def test_no_job_carries_anything_of_a_person(
    stage: Scene, sign_in: SignIn, session: Session, app: Flask
):
    walk(sign_in("clerk"), stage)
    let_go(app)
    jobs = session.scalars(select(Job)).all()
    said = str([(job.arguments, job.result, job.message_zh, job.kind) for job in jobs])

    assert not [secret for secret in secrets() if secret in said]
    assert "丁" not in said


def test_the_scripts_of_a_page_keep_nothing_in_the_browser():
    scripts = Path(__file__).resolve().parents[2] / "portal" / "static" / "js"
    for file in scripts.glob("*.js"):
        found = file.read_text(encoding="utf-8")
        assert "localStorage" not in found, file.name
        assert "indexedDB" not in found, file.name


def test_a_purge_leaves_nothing_readable_in_the_file(
    stage: Scene, session: Session, fresh_url: str, tmp_path: Path
):
    name, remark = "丁7号", "金丝雀备注独一份"
    at = datetime(2027, 1, 5, 2, 0, tzinfo=UTC)
    with clock.pinned(at), transaction(session):
        session.execute(text("UPDATE campaign SET state = 'closed', closed_at = '2026-12-01'"))
        leaving = session.scalars(select(Member).where(Member.name == name)).one()
        key = leaving.id
        leaving.remark = remark
        session.flush()
        members.leave(
            session, access.operator(1), key, "died", date(2027, 1, 4), remark,
            version=leaving.version,
        )  # fmt: skip
    assert hits(list(raw(fresh_url, tmp_path)), [name, remark])
    with clock.pinned(datetime(2031, 1, 5, 2, 0, tzinfo=UTC)):
        safety = stage.actor(session, "safety")
        with transaction(session):
            purge = privacy.propose(session, access.operator(1))
        with transaction(session):
            purge_id = privacy.decide(session, safety, purge.id, approve=True).id
        done = 1
        while done:
            with transaction(session):
                done = privacy.carry_out_batch(session, safety, purge_id)
    session.close()

    assert hits(list(raw(fresh_url, tmp_path)), [name, remark]) == []


def test_what_is_looked_for_would_be_found(fresh_url: str, tmp_path: Path):
    (tmp_path / "leak.txt").write_text(f"身份证号 {number(1)}", encoding="utf-8")
    engine = open_engine(fresh_url, owner=True)
    with Session(engine) as session, transaction(session):
        session.add(Account(username=number(2), first_name="x", last_name="", email="x@y.invalid"))
    engine.dispose()

    assert len(hits(list(raw(fresh_url, tmp_path)), [number(1), number(2)])) == 2
