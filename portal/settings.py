"""Settings: typed, read from the environment once, in one place.

Every variable starts with ``PORTAL_``. `portal doctor` reads the same object and says what must
not go live.
"""

from __future__ import annotations

import base64
import secrets
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What can be set from outside. Defaults serve one office on one machine."""

    model_config = SettingsConfigDict(env_prefix="PORTAL_", frozen=True, extra="ignore")

    database: str = Field(
        "sqlite:///portal.db", description="database URL: sqlite:///… or postgresql+psycopg://…"
    )
    database_owner: str = Field(
        "", description="PostgreSQL: the owner of the tables, for `portal setup` alone"
    )
    data_dir: Path = Field(
        Path("~/.local/share/sicha").expanduser(),
        description="uploads, exports and keys; not web-readable",
    )
    secret_key: SecretStr = Field(
        SecretStr(""), description="signs sessions and tokens; ≥ 32 chars"
    )
    master_key: SecretStr = Field(
        SecretStr(""), description="seals fields; 32 bytes in base64; losing it loses the fields"
    )
    secure_cookies: bool = Field(True, description="send cookies over https only")
    debug: bool = Field(False, description="development only; never in production")
    upload_megabytes: int = Field(10, ge=1, le=50, description="largest upload in MB")
    upload_rows: int = Field(200_000, ge=100, description="largest roster in rows")
    inline_rows: int = Field(2_000, ge=1, description="rosters above this many rows run as a job")
    plugins: tuple[str, ...] = Field(
        (), description="modules of plugins beside those found by entry point"
    )
    trace_hooks: bool = Field(False, description="print every question asked of a plugin")
    password_method: str = Field("scrypt", description="werkzeug hash method for passwords")

    def with_keys(self) -> Settings:
        """Return the settings with keys from `data_dir`, made there on the first start.

        A production set-up gives both keys in the environment and this changes nothing.
        """
        if self.secret_key.get_secret_value() and self.master_key.get_secret_value():
            return self
        self.data_dir.mkdir(parents=True, exist_ok=True)
        return self.model_copy(
            update={
                "secret_key": self._key("secret", self.secret_key),
                "master_key": self._key("master", self.master_key),
            }
        )

    def _key(self, name: str, given: SecretStr) -> SecretStr:
        if given.get_secret_value():
            return given
        file = self.data_dir / f"{name}.key"
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
        return SecretStr(file.read_text().strip())

    def master_bytes(self) -> bytes:
        """Return the master key as its 32 bytes.

        Raises:
            ValueError: it is not base64 of 32 bytes.
        """
        return base64.b64decode(self.master_key.get_secret_value(), validate=True)
