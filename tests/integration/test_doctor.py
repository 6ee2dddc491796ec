"""portal doctor: what must not go live is not let through, and every fault has a mend."""

from __future__ import annotations

import base64
import os
import shutil
import sqlite3
import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.orm import Session

from portal import access, audit
from portal.audit import Act
from portal.cli import checks, checks_database, checks_durable, checks_machine
from portal.core import clock
from portal.core.database import open_engine, transaction
from portal.jobs import queue
from tests.integration.commands import MASTER, SECRET, Command

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CSV = "code,name,level,parent\nC,某市,city,\nD,某区,district,C\nV,某村,village,D\n"
ADMINS = ("system_admin", "security_admin", "audit_admin")
GOOD = {"PORTAL_PASSWORD_METHOD": "scrypt", "PORTAL_HOSTS": '["sicha.example"]'}


@pytest.fixture
def fit(tmp_path: Path) -> Command:
    """An installation that may go live."""
    portal = Command(f"sqlite:///{tmp_path}/portal.db", tmp_path / "data")
    portal.run("setup")
    (tmp_path / "tree.csv").write_text(CSV, encoding="utf-8")
    portal.run("units", "import", str(tmp_path / "tree.csv"))
    for role in ADMINS:
        added = portal.run("users", "add", role, "--name", "某", "--unit", "C", "--role", role)
        assert added.exit_code == 0, added.output
    portal.env = dict(GOOD)
    return portal


def faults(portal: Command, *words: str, **env: str | None) -> dict[str, bool]:
    answer = portal.json("doctor", *words, **env)
    for fault in answer["faults"]:
        for sentence in (fault["words"], fault["mend"]):
            assert sentence["zh"]
            assert sentence["en"]
    assert answer["ok"] is not any(fault["stops"] for fault in answer["faults"])
    return {fault["code"]: fault["stops"] for fault in answer["faults"]}


def test_a_good_set_up_passes(fit: Command):
    assert faults(fit, "--deploy") == {}
    passed = fit.run("doctor", "--deploy")
    assert (passed.exit_code, passed.stdout.strip()) == (0, "可以上线 / fit to go live")


SAME = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


@pytest.mark.parametrize(
    ("env", "code"),
    [
        ({"PORTAL_SECRET_KEY": "short"}, "secret-short"),
        ({"PORTAL_SECRET_KEY": SECRET[:31]}, "secret-short"),
        ({"PORTAL_SECRET_KEY": "a" * 40}, "secret-weak"),
        ({"PORTAL_SECRET_KEY": "changeme-0123456789-abcdefghijklm"}, "secret-weak"),
        ({"PORTAL_SECRET_KEY": "\\2\\1thisismyscretkey\\1\\2\\e\\y\\y\\h0123"}, "secret-weak"),
        ({"PORTAL_MASTER_KEY": "not base64 at all"}, "master-size"),
        ({"PORTAL_MASTER_KEY": base64.b64encode(b"x" * 16).decode()}, "master-size"),
        ({"PORTAL_MASTER_KEY": base64.b64encode(b"x" * 32).decode()}, "master-weak"),
        ({"PORTAL_MASTER_KEY": SAME, "PORTAL_SECRET_KEY": SAME}, "master-same"),
        ({"PORTAL_DEBUG": "true"}, "debug"),
        ({"PORTAL_SECURE_COOKIES": "false"}, "cookies"),
        ({"PORTAL_TRACE_HOOKS": "true"}, "trace"),
        ({"PORTAL_SECOND_FACTOR": "false"}, "second-factor"),
        ({"PORTAL_PASSWORD_PROFILE": "none"}, "settings"),
        ({"PORTAL_PASSWORD_METHOD": "pbkdf2:sha256:1000"}, "password-method"),
        ({"PORTAL_PASSWORD_METHOD": "plain"}, "password-method"),
        ({"PORTAL_PLUGINS": '["no.such.plugin"]'}, "plugin"),
        ({"PORTAL_PLUGINS": '["json"]'}, "plugin"),
        ({"PORTAL_UPLOAD_MEGABYTES": "many"}, "settings"),
        ({"PORTAL_UPLOAD_MEGABYTES": "50"}, "upload-large"),
        ({"PORTAL_HOSTS": "[]"}, "hosts-missing"),
        ({"PORTAL_HOSTS": '["*"]'}, "hosts-wide"),
        ({"PORTAL_HOSTS": '[".example"]'}, "hosts-wide"),
        ({"PORTAL_HOSTS": '["https://sicha.example"]'}, "hosts-wide"),
        ({"PORTAL_TRUSTED_PROXIES": '["0.0.0.0/0"]'}, "proxies-wide"),
        ({"PORTAL_TRUSTED_PROXIES": '["127.0.0.1", "10.0.0.0/8"]'}, "proxies-wide"),
        ({"PORTAL_TRUSTED_PROXIES": '["::/0"]'}, "proxies-wide"),
        ({"PORTAL_TRUSTED_PROXIES": '["proxy.example"]'}, "settings"),
        ({"PORTAL_METRICS_TOKEN": "0123456789ab"}, "metrics-token"),
        ({"PORTAL_METRICS_TOKEN": "default-token-0123456789"}, "metrics-token"),
        ({"PORTAL_LOG_FORMAT": "xml"}, "settings"),
        ({"PORTAL_SECURE_COOKIE": "true"}, "misspelt"),
        ({"PORTAL_DATA_DIR": "/proc"}, "data-unwritable"),
    ],
)
def test_a_setting_that_must_not_go_live_stops(fit: Command, env: dict[str, str], code: str):
    assert faults(fit, "--deploy", **env)[code]
    stopped = fit.run("doctor", "--deploy", **env)
    assert stopped.exit_code == 1
    assert f"[{code}]" in stopped.stdout


def test_in_use_a_weak_setting_is_a_warning_and_a_broken_one_stops(fit: Command):
    assert faults(fit, PORTAL_DEBUG="true") == {"debug": False}
    assert faults(fit, PORTAL_MASTER_KEY="broken")["master-size"]


def loosen_data(portal: Command) -> None:
    portal.folder.chmod(0o755)


def loosen_key(portal: Command) -> None:
    (portal.folder / "master.key").touch(0o644)
    (portal.folder / "master.key").chmod(0o644)


def loosen_database(portal: Command) -> None:
    os.chmod(portal.url.removeprefix("sqlite:///"), 0o644)  # noqa: PTH101


def write(portal: Command, *statements: str) -> None:
    engine = open_engine(portal.url, owner=True)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def lose_revision(portal: Command) -> None:
    write(portal, "DELETE FROM alembic_version")


def old_revision(portal: Command) -> None:
    write(portal, "UPDATE alembic_version SET version_num = 'long ago'")


def turn_on_wal(portal: Command) -> None:
    with sqlite3.connect(portal.url.removeprefix("sqlite:///")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.close()


def make_framework_admin(portal: Command) -> None:
    write(
        portal,
        "INSERT INTO ab_role (id, name) VALUES (900, 'Admin')",
        "INSERT INTO ab_user_role (id, user_id, role_id) SELECT 900, min(id), 900 FROM ab_user",
    )


def dismiss_auditor(portal: Command) -> None:
    write(portal, "DELETE FROM appointment WHERE role = 'audit_admin'")


def disable_auditor(portal: Command) -> None:
    write(portal, "UPDATE ab_user SET active = 0 WHERE username = 'audit_admin'")


def break_zone(portal: Command) -> None:
    write(portal, "UPDATE tenant SET zone = 'Mars/Olympus'")


def write_ahead(portal: Command) -> None:
    engine = open_engine(portal.url, owner=True)
    later = clock.now() + timedelta(days=9)
    with Session(engine) as session, transaction(session), clock.pinned(later):
        audit.record(session, access.operator(1), Act.APPOINT, "/1/", "user:1")
    engine.dispose()


def leave_a_job(portal: Command) -> None:
    write(
        portal,
        "INSERT INTO job (tenant_id, id, path, kind, arguments, state, done, total, message_zh,"
        " message_en, result, cancel, at) VALUES (1, x'00000000000070008000000000000001', '/1/',"
        " 'x', '{}', 'waiting', 0, 0, '', '', '{}', 0, '2026-01-01 00:00:00')",
    )


def make_demo(portal: Command) -> None:
    write(portal, "UPDATE tenant SET demo = 1")


def remove_database(portal: Command) -> None:
    os.unlink(portal.url.removeprefix("sqlite:///"))  # noqa: PTH108


def empty_database(portal: Command) -> None:
    remove_database(portal)
    write(portal, "CREATE TABLE other (id integer)")
    os.chmod(portal.url.removeprefix("sqlite:///"), 0o600)  # noqa: PTH101


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (loosen_data, "data-readable"),
        (loosen_key, "key-readable"),
        (loosen_database, "database-readable"),
        (lose_revision, "schema-behind"),
        (old_revision, "schema-behind"),
        (make_framework_admin, "fab-admin"),
        (dismiss_auditor, "three-admins"),
        (disable_auditor, "three-admins"),
        (break_zone, "zone"),
        (make_demo, "demo"),
        (write_ahead, "clock"),
        (remove_database, "database"),
        (empty_database, "schema-missing"),
    ],
)
def test_an_installation_that_must_not_go_live_stops(
    fit: Command, spoil: Callable[[Command], None], code: str
):
    spoil(fit)
    assert faults(fit, "--deploy").get(code)


def test_wal_stops_on_a_version_of_sqlite_that_loses_commits(
    fit: Command, monkeypatch: pytest.MonkeyPatch
):
    turn_on_wal(fit)
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 40, 1))
    assert faults(fit)["sqlite-wal"]
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 3))
    assert "sqlite-wal" not in faults(fit)


def test_jobs_that_nobody_does_are_a_warning_since_a_start_mends_them(fit: Command):
    leave_a_job(fit)
    assert faults(fit, "--deploy") == {"jobs-stuck": False}


def test_a_disk_that_is_nearly_full_stops(fit: Command, monkeypatch: pytest.MonkeyPatch):
    for usage in ((100 * 1024**3, 0, 1024**3 - 1), (100 * 1024**3, 0, 4 * 1024**3)):
        left = shutil._ntuple_diskusage(*usage)
        monkeypatch.setattr(shutil, "disk_usage", lambda _folder, left=left: left)
        assert faults(fit, "--deploy")["disk-full"]


def test_a_python_that_was_never_released_stops(fit: Command, monkeypatch: pytest.MonkeyPatch):
    version = SimpleNamespace(releaselevel="candidate")
    monkeypatch.setattr(checks_machine, "sys", SimpleNamespace(version_info=version))
    assert faults(fit, "--deploy")["python"]


def test_connections_that_are_not_set_up_safely_stop(fit: Command, monkeypatch: pytest.MonkeyPatch):
    assert "sqlite-unsafe" not in faults(fit)
    monkeypatch.setattr(checks_database, "open_engine", create_engine)
    unsafe = [fault for fault in fit.json("doctor")["faults"] if fault["code"] == "sqlite-unsafe"]
    assert unsafe[0]["stops"]
    assert "foreign_keys" in unsafe[0]["words"]["en"]


@pytest.mark.parametrize("name", [*checks_durable.PRAGMAS, "busy_timeout"])
def test_each_thing_a_connection_is_set_up_for_counts(name: str):
    good = {**checks_durable.PRAGMAS, "busy_timeout": 15_000}
    assert not list(checks_durable._pragmas(good))
    told = list(checks_durable._pragmas({**good, name: 1 - good[name] if good[name] < 2 else 1}))
    assert [name in fault.words.en for fault in told] == [True]


def test_old_databases_stop():
    assert [fault.code for fault in checks_durable._old_sqlite((3, 34, 1))] == ["sqlite-old"]
    assert not list(checks_durable._old_sqlite((3, 35, 0)))
    assert [fault.code for fault in checks_durable._old_postgres(130_013)] == ["postgres-old"]
    assert not list(checks_durable._old_postgres(140_000))


@pytest.mark.parametrize("name", checks_durable.SERVER)
def test_a_postgresql_that_forgets_on_a_power_cut_stops(name: str):
    good = dict.fromkeys(checks_durable.SERVER, "on")
    assert not list(checks_durable._server({**good, "synchronous_commit": "remote_apply"}))
    assert [name in fault.words.en for fault in checks_durable._server({**good, name: "off"})] == [
        True
    ]


@pytest.mark.postgres
def test_the_postgresql_of_the_tests_forgets_and_is_found_out(postgres_url: str, fit: Command):
    assert faults(Command(postgres_url, fit.folder, dict(GOOD)), "--deploy")["durability"]


@pytest.mark.parametrize(("seconds", "told"), [(-31, True), (-29, False), (29, False), (31, True)])
def test_a_clock_that_is_far_from_the_database_s_is_told(seconds: int, told: bool):
    found = list(checks_durable._drift(clock.now() + timedelta(seconds=seconds)))
    assert bool(found) is told


def test_missing_files_of_pages_stop(fit: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(checks, "STATIC", tmp_path / "static")
    assert faults(fit)["vendor"]


def test_a_data_folder_that_is_served_stops(
    fit: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(checks, "STATIC", tmp_path)
    assert faults(fit)["data-public"]


def test_without_keys_a_first_start_is_fine_and_going_live_is_not(fit: Command):
    none: dict[str, Any] = {"PORTAL_SECRET_KEY": None, "PORTAL_MASTER_KEY": None}
    assert faults(fit, **none) == {}
    assert faults(fit, "--deploy", **none) == {"secret-missing": True, "master-missing": True}
    assert not (fit.folder / "secret.key").exists()


@pytest.mark.postgres
def test_a_service_on_postgresql_is_neither_superuser_nor_owner(postgres_url: str, fit: Command):
    on_postgres = Command(postgres_url, fit.folder, dict(GOOD))
    found = faults(on_postgres, "--deploy")
    assert found["database-superuser"]
    assert found["database-owner"]
    assert not any(code.startswith("database-") for code in faults(on_postgres))


@pytest.mark.postgres
def test_a_role_that_may_only_read_and_write_is_right_for_the_service(
    postgres_url: str, fit: Command
):
    queue.open_queue(postgres_url, fit.folder).close()
    name = f"service_{make_url(postgres_url).database}"
    write(
        Command(postgres_url, fit.folder),
        f"CREATE ROLE {name} LOGIN",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {name}",
    )
    url = make_url(postgres_url).set(username=name).render_as_string(hide_password=False)
    codes = faults(Command(url, fit.folder, dict(GOOD)), "--deploy")
    assert not [code for code in codes if code.startswith("database")]
    opened = queue.open_queue(url, fit.folder)
    opened.send(1, uuid.uuid4())
    assert opened.huey.pending_count() == 1
    opened.close()


@pytest.mark.parametrize(
    ("query", "stops"), [("", True), ("?sslmode=require", True), ("?sslmode=verify-full", False)]
)
def test_a_database_on_another_machine_is_asked_for_its_certificate(query: str, *, stops: bool):
    url = make_url(f"postgresql+psycopg://u@db.example.invalid/x{query}")
    assert bool(list(checks_database._wire(url))) is stops


@pytest.mark.postgres
def test_a_database_that_does_not_answer_is_said(fit: Command):
    away = Command("postgresql+psycopg://127.0.0.1:9/none", fit.folder, dict(GOOD))
    assert faults(away) == {"database": True}


def test_keys_of_the_tests_are_themselves_good():
    assert len(base64.b64decode(MASTER)) == 32
