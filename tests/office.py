"""Opening our files with another office program, as their receivers do."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from tests import machine

if TYPE_CHECKING:
    from pathlib import Path


def convert(file: Path, to: str) -> Path:
    """Return `file` as LibreOffice writes it in the format `to`, in a folder beside it."""
    program = machine.office()
    assert program is not None
    home, made = (file.parent / "office").as_uri(), file.parent / "made"
    command = [
        program, f"-env:UserInstallation={home}", "--headless", "--convert-to", to,
        "--outdir", str(made), str(file),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return made / file.with_suffix(f".{to.partition(':')[0]}").name
