"""The examples of deploy/ hold together: with the settings, the command and each other."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest
from gunicorn.config import make_settings

from portal.cli import checks_machine, main
from portal.settings import Settings
from portal.web import gate, metrics, security

DEPLOY = Path(__file__).resolve().parent.parent / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
NGINX = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
OURS = "/opt/sicha/.venv/bin/"
# What an Exec line may start with beside the program.
ADMIN = (DEPLOY.parent / "docs" / "admin.md").read_text(encoding="utf-8")


def environment() -> dict[str, str]:
    lines = (DEPLOY / "sicha.env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def unit(file: Path) -> configparser.RawConfigParser:
    found = configparser.RawConfigParser(strict=True)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read(file, encoding="utf-8")
    return found


def commands() -> list[list[str]]:
    """Return every command line of every unit."""
    lines = [
        value
        for file in UNITS
        for name, value in unit(file).items("Service" if file.suffix == ".service" else "Unit")
        if name.startswith("Exec")
    ]
    return [shlex.split(line) for line in lines]


def test_every_variable_of_the_example_is_a_setting_and_reads_well(monkeypatch: pytest.MonkeyPatch):
    given = environment()
    known = {f"PORTAL_{name.upper()}" for name in Settings.model_fields}
    assert set(given) <= known | {metrics.SHARED}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.hosts == ("sicha.example",)
    assert gate.trust(settings).is_proxy("127.0.0.1")
    faults = {fault.code for fault in checks_machine.machine(settings, given)}
    assert not faults - {"data-unwritable", "disk-full"}  # this machine is not the one


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_of_a_unit_is_one_of_ours_with_options_it_has(words: list[str]):
    program, *rest = words
    assert program.startswith(OURS)
    options = [word.partition("=")[0] for word in rest if word.startswith("--")]
    if program.endswith("gunicorn"):
        known = {flag for setting in make_settings().values() for flag in setting.cli or ()}
        assert rest[-1] == "portal.wsgi:app"
    else:
        command = main.commands[rest[0]]
        known = {
            flag for each in command.params for flag in each.opts if isinstance(each, click.Option)
        }
    assert set(options) <= known


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.name)
def test_a_unit_runs_as_nobody_much(file: Path):
    found = unit(file)
    if file.suffix == ".timer":
        assert (file.with_suffix(".service")).is_file()
        return
    service = dict(found.items("Service"))
    assert service["User"] == "sicha"
    assert service["EnvironmentFile"] == "/etc/sicha/sicha.env"
    assert service["UMask"] == "0077"
    for guard in ("NoNewPrivileges", "ProtectHome", "PrivateTmp"):
        assert service[guard] == "yes"
    assert service["ProtectSystem"] == "strict"


def test_what_is_in_hand_has_time_to_finish():
    web = dict(unit(DEPLOY / "systemd" / "sicha-web.service").items("Service"))
    graceful = int(re.findall(r"--graceful-timeout (\d+)", web["ExecStart"])[0])
    worker = dict(unit(DEPLOY / "systemd" / "sicha-worker.service").items("Service"))
    assert int(web["TimeoutStopSec"]) > graceful >= 30
    assert int(worker["TimeoutStopSec"]) > 25  # the worker's own patience
    assert web["KillSignal"] == worker["KillSignal"] == "SIGTERM"


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.name)
def test_systemd_finds_no_fault_in_a_unit_where_it_is_there(file: Path, tmp_path: Path):
    program = shutil.which("systemd-analyze")
    text = re.sub(rf"{OURS}\w+", "/bin/true", file.read_text(encoding="utf-8"))
    (tmp_path / file.name).write_text(text, encoding="utf-8")
    if file.suffix == ".timer":
        shutil.copy(file.with_suffix(".service"), tmp_path)
    if program is not None:
        said = subprocess.run(
            [program, "verify", "--man=no", str(tmp_path / file.name)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        ours = [line for line in said.stderr.splitlines() if str(tmp_path) in line]
        assert not [line for line in ours if "Unknown" in line or "ailed to parse" in line], ours


def nginx(name: str) -> list[str]:
    return re.findall(rf"^\s*{name}\s+([^;]+);", NGINX, re.MULTILINE)


def test_the_proxy_adds_no_header_that_the_portal_sends():
    assert "add_header" not in NGINX
    assert not [name for name in security.HEADERS if name in NGINX]


def test_the_proxy_tells_who_asks_and_passes_no_claim_of_strangers_on():
    sent = dict(line.split(None, 1) for line in nginx("proxy_set_header"))
    assert sent["X-Forwarded-For"] == "$remote_addr"
    assert sent["X-Request-ID"] == "$request_id"
    claims = {claim.removeprefix("HTTP_").replace("_", "-").lower() for claim in gate.CLAIMS}
    assert claims - {"x-real-ip"} <= {name.lower() for name in sent}


def test_the_proxy_s_limits_fit_the_portal_s():
    largest = int(nginx("client_max_body_size")[0].removesuffix("m"))
    assert largest == Settings.model_fields["upload_megabytes"].default + 1
    assert set(nginx("server_name")) == {"sicha.example", "_"}
    assert json.loads(environment()["PORTAL_HOSTS"]) == ["sicha.example"]
    assert nginx("ssl_protocols") == ["TLSv1.2 TLSv1.3"]
    assert nginx("access_log") == ["off"]
    assert NGINX.count("{") == NGINX.count("}")


def test_nginx_itself_finds_no_fault_where_it_is_there(tmp_path: Path):
    program = shutil.which("nginx")
    if program is None:
        assert not [
            line
            for line in NGINX.splitlines()
            if not re.fullmatch(r"\s*(#.*|[^#{};]+[{;]|\}|)", line)
        ]  # every line is a comment, a block or a rule
        return
    text = re.sub(r"\s*ssl_certificate(_key)? [^;]+;|http2 on;", "", NGINX)
    text = re.sub(r"listen (\S+) ssl", r"listen \1", text).replace("ssl_reject_handshake on;", "")
    whole = f"pid {tmp_path}/pid; error_log {tmp_path}/log; events {{}} http {{ {text} }}"
    (tmp_path / "nginx.conf").write_text(whole.replace("/var/log/nginx", str(tmp_path)))
    subprocess.run([program, "-t", "-c", str(tmp_path / "nginx.conf")], check=True)


def test_the_handbook_names_every_example():
    for file in (*UNITS, DEPLOY / "nginx.conf", DEPLOY / "sicha.env"):
        assert f"deploy/{file.relative_to(DEPLOY)}" in ADMIN, file.name
