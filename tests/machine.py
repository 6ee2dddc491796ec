"""What this machine has for the tests that need more than Python, and how to get the rest."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path


def postgres_programs() -> Path | None:
    """Return the folder of the newest PostgreSQL server on this machine."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_release)
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def _release(program: Path) -> float:
    return float(program.parent.parent.name)


def chromium() -> str | None:
    """Return the browser to drive."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def office() -> str | None:
    """Return the LibreOffice program, which opens our workbooks as a stranger would."""
    return shutil.which("soffice")


@dataclass(frozen=True, slots=True)
class Need:
    """A thing a test may need: its words, whether it is here, and the packages that bring it."""

    words: str
    here: bool
    packages: str


NEEDS = {
    "postgres": Need("PostgreSQL", postgres_programs() is not None, "postgresql"),
    "browser": Need("Chromium", chromium() is not None, "chromium fonts-noto-cjk"),
    "office": Need("LibreOffice", office() is not None, "libreoffice-calc-nogui"),
}
# Whoever asks for one of these fixtures has said what the test needs.
NEED_OF_FIXTURE = {
    "postgres_url": "postgres",
    "pg_session": "postgres",
    "postgres_copies": "postgres",
    "postgres_server": "postgres",
    "page": "browser",
    "browser": "browser",
    "context": "browser",
    "new_context": "browser",
}
# With PORTAL_REQUIRE_ALL=1, as in CI, a test that would be left out fails instead.
REQUIRE_ALL = os.environ.get("PORTAL_REQUIRE_ALL") == "1"
