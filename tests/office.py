"""Opening our files with another office program, as their receivers do."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from tests import machine

if TYPE_CHECKING:
    from pathlib import Path


def convert(file: Path, to: str, suffix: str) -> Path:
    """Return `file` as LibreOffice writes it in the format `to`, beside it."""
    program = machine.office()
    assert program is not None
    home = (file.parent / "office").as_uri()
    command = [
        program, f"-env:UserInstallation={home}", "--headless", "--convert-to", to,
        "--outdir", str(file.parent), str(file),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return file.with_suffix(suffix)
