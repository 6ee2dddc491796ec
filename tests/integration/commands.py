"""Running the portal command in this process, with settings of its own."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from portal.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

SECRET = "uX3-bT9_qLw7ZkRm2NfYh5GdPs8JvCa4E1"
MASTER = base64.b64encode(bytes(range(7, 39))).decode()


@dataclass
class Command:
    """The portal command over one database and one data folder."""

    url: str
    folder: Path
    env: dict[str, str | None] = field(default_factory=dict)

    def run(self, *words: str, database: bool = True, **env: str | None) -> Result:
        given = {
            "PORTAL_DATA_DIR": str(self.folder),
            "PORTAL_SECRET_KEY": SECRET,
            "PORTAL_MASTER_KEY": MASTER,
            "PORTAL_PASSWORD_METHOD": "pbkdf2:sha256:1",
            **self.env,
            **env,
        }
        where = ["--database", self.url] if database else []
        return CliRunner().invoke(main, [*words, *where], env=given)

    def json(self, *words: str, **env: str | None) -> Any:
        done = self.run(*words, "--json", **env)
        assert done.exception is None or done.exit_code, done.output
        return json.loads(done.stdout)
