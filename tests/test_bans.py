"""What must not stand in the code, and the few places where it may, each with its reason (O1)."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tests.test_architecture import PORTAL, ROOT, ours, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Called by this name, or imported from there: nobody, or these files. A new line is reviewed.
CALLS: dict[str, dict[str, str]] = {
    "exec_driver_sql": {
        "portal/core/database.py": "how a transaction begins",
        "portal/members/quickly.py": "COPY and its like, compiled by SQLAlchemy",
        "portal/audit/protection.py": "triggers, which SQLAlchemy has no words for",
        "portal/backup/copying.py": "making and dropping the database a backup is tried in",
        "portal/backup/proving.py": "a pragma",
        "portal/cli/checks_database.py": "pragmas",
        "portal/cli/checks_durable.py": "pragmas",
        "portal/scope/walls.py": "policies and triggers, which SQLAlchemy has no words for",
    },
    "connection": {
        "portal/scope/service.py": "telling the database whose scope a transaction has",
        "portal/members/quickly.py": "bulk loads that `members.bulk` has limited to the reach",
        "portal/rehearsal/shortcut.py": "a practice tenant, filled at the machine",
        "portal/web/watch.py": "the schema's number, and nothing else",
        "portal/privacy/keycheck.py": "whether a table is there at all",
        "portal/privacy/rotation.py": "many rows in one statement, each named by tenant and id",
    },
    "exempt": {"portal/api/routes.py": "the API reads no cookie"},
    **{key: {} for key in ("eval", "exec", "__import__", "Markup", "render_template_string")},
    **{key: {} for key in ("bulk_insert_mappings", "bulk_update_mappings", "bulk_save_objects")},
    **{key: {} for key in ("system", "popen", "send_from_directory", "from_statement")},
}
IMPORTS: dict[str, dict[str, str]] = {
    "sqlalchemy.text": {
        "portal/core/database.py": "ANALYZE, with names quoted by the dialect",
        "portal/cli/checks_database.py": "the catalogue of PostgreSQL",
        "portal/cli/checks_durable.py": "SHOW, with names of our own",
        "portal/organizations/models.py": "the condition of an index",
        "portal/duties/models.py": "the condition of an index",
        "portal/scope/guard.py": "set_config, with values bound",
        "portal/scope/walls.py": "the catalogue of PostgreSQL",
    },
    "subprocess": {
        "portal/cli/demo.py": "serves the demo by our own interpreter",
        "portal/documents/confined.py": "reads a workbook in a process with limits",
        "portal/backup/copying.py": "pg_dump and pg_restore, with words of our own",
    },
    **{key: {} for key in ("pickle", "marshal", "shelve", "dill", "joblib", "yaml")},
    # Nothing is asked of another machine but of the database (P7).
    **{
        key: {}
        for key in ("requests", "httpx", "aiohttp", "urllib3", "urllib.request", "http.client")
    },
    # What talks with who vouches for people, where an installation has one (docs/adr/0020).
    "ldap3": {"portal/identity/directory.py": "asks the directory of the settings"},
    "authlib": {"portal/web/provider.py": "what its client raises"},
    "authlib.integrations": {},
    "socket": {"portal/documents/fetters.py": "takes it away from the process that reads a file"},
    "ssl": {"portal/identity/directory.py": "checks the directory's certificate"},
    **{key: {} for key in ("smtplib", "ftplib", "telnetlib", "xmlrpc", "websocket")},
    **{key: {} for key in ("ctypes", "code", "pty", "markupsafe")},
}
UNSAFE = re.compile(r"\|\s*safe\b|autoescape\s+false|\bMarkup\b")


def called(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            yield node.func.id if isinstance(node.func, ast.Name) else node.func.attr


def imported(tree: ast.Module) -> Iterator[str]:
    """Yield what is imported, whole and by its parts: ``a.b.c`` also as ``a`` and ``a.b``."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{each.name}" for each in node.names]
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[: at + 1]) for at in range(len(parts)))


def faults(source: str, file: str) -> list[str]:
    tree = ast.parse(source)
    wrong = {name for name in called(tree) if file not in CALLS.get(name, {file: ""})}
    return sorted(
        wrong | {name for name in imported(tree) if file not in IMPORTS.get(name, [file])}
    )


@pytest.mark.parametrize("file", ours(".py", under=("portal", "plugins")), ids=shown)
def test_a_module_does_nothing_that_is_banned(file: Path):
    assert not faults(file.read_text(encoding="utf-8"), shown(file))


@pytest.mark.parametrize("file", ours(".html", under=("portal", "plugins")), ids=shown)
def test_a_template_writes_nothing_unescaped(file: Path):
    assert not UNSAFE.search(file.read_text(encoding="utf-8"))


def test_every_exception_is_still_needed_and_has_its_reason():
    for table, kind in ((CALLS, called), (IMPORTS, imported)):
        for name, files in table.items():
            for file, reason in files.items():
                tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
                assert name in set(kind(tree)), (name, file)
                assert reason


@pytest.mark.parametrize(
    "line",
    ["import pickle", "from requests import get", "import urllib.request", "eval('1')",
     "from sqlalchemy import text", "session.connection()", "csrf.exempt(x)", "os.system('x')",
     "from markupsafe import Markup", "import http.client as h", "session.bulk_save_objects([])"],
)  # fmt: skip
def test_what_is_banned_would_be_seen(line: str):
    assert faults(line, "portal/new.py")
    assert PORTAL.is_dir()
