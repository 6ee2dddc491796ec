"""Settings: typed, read from the environment once, in one place.

Every variable starts with ``PORTAL_``. `portal doctor` reads the same object and says what must
not go live.
"""

from __future__ import annotations

import base64
import ipaddress
import secrets
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

FIRST_KEY = "key1"
"""The name of a master key that is given without one."""


class Settings(BaseSettings):
    """What can be set from outside. Defaults serve one office on one machine.

    `portal demo` runs without `second_factor`, so that the accounts it prints open at once;
    `portal doctor --deploy` refuses that for anything that goes live.
    """

    model_config = SettingsConfigDict(env_prefix="PORTAL_", frozen=True, extra="ignore")

    database: str = Field(
        "sqlite:///portal.db", description="database URL: sqlite:///… or postgresql+psycopg://…"
    )
    database_owner: str = Field(
        "", description="PostgreSQL: the owner of the tables, for `portal setup` and backups alone"
    )
    data_dir: Path = Field(
        Path("~/.local/share/sicha").expanduser(),
        description="uploads, exports and keys; not web-readable",
    )
    secret_key: SecretStr = Field(
        SecretStr(""), description="signs sessions and tokens; ≥ 32 chars"
    )
    master_key: SecretStr = Field(
        SecretStr(""),
        description="seals fields: 32 bytes in base64, or several as name:base64 with commas, the "
        "one that seals first; losing it loses the fields",
    )
    crypto: Literal["aes", "sm"] = Field(
        "aes", description="aes: AES-256-GCM and SHA-256; sm: SM4-GCM and SM3"
    )
    heads_dir: Path | None = Field(
        None, description="where the heads of the audit are kept; best on another machine"
    )
    backup_key: SecretStr = Field(
        SecretStr(""), description="passphrase of backups, ≥ 20 chars; not one of the keys above"
    )
    secure_cookies: bool = Field(True, description="send cookies over https only")
    debug: bool = Field(False, description="development only; never in production")
    upload_megabytes: int = Field(10, ge=1, le=50, description="largest upload in MB")
    upload_rows: int = Field(200_000, ge=100, description="largest roster in rows")
    inline_rows: int = Field(2_000, ge=1, description="rosters above this many rows run as a job")
    plugins: tuple[str, ...] = Field(
        (), description="modules of plugins beside those found by entry point"
    )
    hosts: tuple[str, ...] = Field((), description="names the portal answers to; none: any name")
    trusted_proxies: tuple[str, ...] = Field(
        (), description="addresses of proxies whose X-Forwarded-For counts"
    )
    metrics_token: SecretStr = Field(
        SecretStr(""), description="opens /metrics to who sends it; none: this machine only"
    )
    log_format: Literal["json", "console"] = Field(
        "json", description="json: one object per line; console: for people"
    )
    trace_hooks: bool = Field(False, description="print every question asked of a plugin")
    password_method: str = Field("scrypt", description="werkzeug hash method for passwords")
    password_profile: Literal["asvs", "mlps3"] = Field(
        "asvs", description="what passwords must be: length, or 等保 classes and 90 days as well"
    )
    second_factor: bool = Field(
        True, description="ask those who review, sign, export or administer for a one-time code"
    )

    sign_in_by: Literal["portal", "ldap", "oidc"] = Field(
        "portal", description="who vouches for people: the portal, a directory or a provider"
    )
    kept_accounts: tuple[str, ...] = Field(
        (), description="accounts that keep a password of the portal, whoever vouches for the rest"
    )
    ldap_server: str = Field(
        "", description="ldaps://host[:port], or ldap://host[:port], which has to speak StartTLS"
    )
    ldap_base: str = Field("", description="the entry below which accounts are looked for")
    ldap_name: str = Field("uid", description="the attribute that equals the account's name")
    ldap_bind: str = Field("", description="the entry that may look accounts up; none: anybody may")
    ldap_bind_password: SecretStr = Field(SecretStr(""), description="its password")
    oidc_issuer: str = Field("", description="the provider, word for word as its tokens name it")
    oidc_client: str = Field("", description="what the provider calls this portal")
    oidc_secret: SecretStr = Field(SecretStr(""), description="the secret shared with the provider")
    oidc_return: str = Field(
        "",
        description="where the provider sends people back: https://portal/sign-in/outside/return",
    )
    oidc_claim: str = Field(
        "preferred_username", description="the claim that equals the account's name"
    )
    oidc_factors: tuple[str, ...] = Field(
        (), description="values of amr or acr by which the provider says it asked a second factor"
    )
    outside_ca: Path | None = Field(
        None, description="certificates by which the directory or provider is known; none: system's"
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse what is no address; a name could be pointed elsewhere."""
        return tuple(str(ipaddress.ip_network(each)) for each in given)

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

    def masters(self) -> dict[str, bytes]:
        """Return the master keys by name, the one that seals first.

        Raises:
            ValueError: one is not base64, or two bear one name.
        """
        keys: dict[str, bytes] = {}
        for part in self.master_key.get_secret_value().replace(",", " ").split():
            name, _, text = part.rpartition(":")
            if (name or FIRST_KEY) in keys:
                raise ValueError("two master keys of one name")
            keys[name or FIRST_KEY] = base64.b64decode(text, validate=True)
        return keys
