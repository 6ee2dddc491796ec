"""Who vouches for whom: the portal by a password of its own, or a directory or provider outside.

An outside says who somebody is, and no more. Whether they have an account here, which posts they
hold and whether they are shut out is decided here; nobody gets an account by being known outside.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from portal.core.errors import Refusal
from portal.core.words import Words
from portal.identity.directory import PORTS, Directory, directory_of
from portal.organizations import service as organizations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal.settings import Settings

RETURN = "/sign-in/outside/return"
HERE = {"localhost", "127.0.0.1", "::1"}
ELSEWHERE = Words(
    "您的密码由单位的统一身份系统管理，请在那里修改",
    "Your password is kept by the directory of your organization; change it there",
)
_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


class BadOutside(Refusal):
    """The settings of a directory or provider do not hold together."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Who vouches in this process, and for whom the portal still does."""

    by: str = "portal"
    kept: frozenset[str] = frozenset()
    factors: frozenset[str] = frozenset()
    directory: Directory | None = None

    def vouches_for(self, username: str) -> bool:
        """Tell whether somebody else than the portal says who this is."""
        return self.by != "portal" and username not in self.kept

    def fits(self, username: str, password: str, *, known: bool) -> bool:
        """Tell whether `password` is right outside; for who is not `known`, do the work only.

        Raises:
            Away: the directory does not answer.
        """
        if self.directory is None:
            return False
        if not known:  # a name that nobody has here is no business of the directory
            username, password = secrets.token_hex(), secrets.token_hex()
        return self.directory.fits(username, password)


_now = Outside()


def put_in_place(settings: Settings) -> None:
    """Let this process take the word of whom the settings name.

    Raises:
        BadOutside: the settings do not hold together.
    """
    global _now  # noqa: PLW0603  one process, one set of settings, as with its keys
    for _, fault in faults(settings):
        raise BadOutside(fault)
    _now = Outside(
        by=settings.sign_in_by,
        kept=frozenset(organizations.username(name) for name in settings.kept_accounts),
        factors=frozenset(settings.oidc_factors),
        directory=directory_of(settings) if settings.sign_in_by == "ldap" else None,
    )


def in_place() -> Outside:
    """Return who vouches in this process."""
    return _now


def faults(settings: Settings) -> Iterator[tuple[str, Words]]:
    """Yield what does not hold together, with a code for each."""
    if settings.sign_in_by == "ldap":
        yield from _of_directory(settings)
    if settings.sign_in_by == "oidc":
        yield from _of_provider(settings)
    if (
        settings.sign_in_by != "portal"
        and settings.outside_ca
        and not settings.outside_ca.is_file()
    ):
        yield "outside-ca", _wrong("OUTSIDE_CA", "是存在的证书文件", "name a file that is there")


def _wrong(name: str, zh: str, en: str) -> Words:
    return Words(f"PORTAL_{name} 应{zh}", f"PORTAL_{name} must {en}")


def _of_directory(settings: Settings) -> Iterator[tuple[str, Words]]:
    address = _split(settings.ldap_server)
    if address is None or address.scheme not in PORTS or not address.hostname or address.username:
        yield "ldap-server", _wrong(
            "LDAP_SERVER", "写成 ldaps://主机 或 ldap://主机（须支持 StartTLS）",
            "be ldaps://HOST, or ldap://HOST of a server that speaks StartTLS",
        )  # fmt: skip
    if not settings.ldap_base:
        yield "ldap-base", _wrong("LDAP_BASE", "写明从哪一项往下找账号", "name an entry")
    if not _ATTRIBUTE.fullmatch(settings.ldap_name):
        yield "ldap-name", _wrong("LDAP_NAME", "是一个属性名，如 uid", "be an attribute, like uid")
    if bool(settings.ldap_bind) != bool(settings.ldap_bind_password.get_secret_value()):
        yield "ldap-bind", _wrong(
            "LDAP_BIND", "与 PORTAL_LDAP_BIND_PASSWORD 一起设，或都不设",
            "be set together with PORTAL_LDAP_BIND_PASSWORD, or neither",
        )  # fmt: skip


def _of_provider(settings: Settings) -> Iterator[tuple[str, Words]]:
    issuer, back = _split(settings.oidc_issuer), _split(settings.oidc_return)
    if issuer is None or not _is_safe(issuer) or issuer.query or issuer.fragment:
        yield "oidc-issuer", _wrong(
            "OIDC_ISSUER", "是身份系统的 https 地址，与其令牌里的 iss 一字不差",
            "be the https address that the tokens of the provider bear as iss",
        )  # fmt: skip
    if back is None or not _is_safe(back) or back.path != RETURN or back.query or back.fragment:
        yield "oidc-return", _wrong(
            "OIDC_RETURN", f"是本系统的 https 地址加 {RETURN}",
            f"be the https address of this portal followed by {RETURN}",
        )  # fmt: skip
    if not settings.oidc_client:
        yield "oidc-client", _wrong("OIDC_CLIENT", "是身份系统登记的客户端名", "be set")
    if not settings.oidc_secret.get_secret_value():
        yield "oidc-secret", _wrong("OIDC_SECRET", "是身份系统给的密钥", "be set")
    if not settings.oidc_claim:
        yield "oidc-claim", _wrong("OIDC_CLAIM", "写明哪一项等于账号", "name a claim")


def is_safe_address(address: str) -> bool:
    """Tell whether nobody between can listen to what is sent to `address`."""
    found = _split(address)
    return found is not None and _is_safe(found)


def _is_safe(address: SplitResult) -> bool:
    if not address.hostname or address.username is not None:
        return False
    return address.scheme == "https" or (address.scheme == "http" and address.hostname in HERE)


def _split(address: str) -> SplitResult | None:
    try:
        found = urlsplit(address)
        found.port  # noqa: B018  reading it is what looks at it
    except ValueError:
        return None
    return found
