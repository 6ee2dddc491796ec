"""Half a set-up of who vouches for people is named fault by fault, and does not start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal.app import create_app
from portal.identity.outside import BadOutside
from portal.settings import Settings
from tests.integration.test_doctor import faults, fit  # noqa: F401  a fixture

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.commands import Command

LDAP = {
    "PORTAL_SIGN_IN_BY": "ldap", "PORTAL_LDAP_SERVER": "ldaps://directory.example",
    "PORTAL_LDAP_BASE": "ou=people,dc=example", "PORTAL_LDAP_BIND": "cn=portal,dc=example",
    "PORTAL_LDAP_BIND_PASSWORD": "x" * 12, "PORTAL_KEPT_ACCOUNTS": '["system_admin"]',
}  # fmt: skip
OIDC = {
    "PORTAL_SIGN_IN_BY": "oidc", "PORTAL_OIDC_ISSUER": "https://identity.example",
    "PORTAL_OIDC_CLIENT": "sicha", "PORTAL_OIDC_SECRET": "x" * 12,
    "PORTAL_OIDC_RETURN": "https://sicha.example/sign-in/outside/return",
    "PORTAL_KEPT_ACCOUNTS": '["system_admin"]',
}  # fmt: skip
BAD = [
    (LDAP, "LDAP_SERVER", "http://directory.example", "ldap-server"),
    (LDAP, "LDAP_SERVER", "", "ldap-server"),
    (LDAP, "LDAP_SERVER", "ldaps://directory.example:many", "ldap-server"),
    (LDAP, "LDAP_BASE", "", "ldap-base"),
    (LDAP, "LDAP_NAME", "uid=*)(uid", "ldap-name"),
    (LDAP, "LDAP_BIND_PASSWORD", "", "ldap-bind"),
    (LDAP, "OUTSIDE_CA", "/nowhere/at-all.pem", "outside-ca"),
    (OIDC, "OIDC_ISSUER", "http://identity.example", "oidc-issuer"),
    (OIDC, "OIDC_ISSUER", "https://me:secret@identity.example", "oidc-issuer"),
    (OIDC, "OIDC_CLIENT", "", "oidc-client"),
    (OIDC, "OIDC_SECRET", "", "oidc-secret"),
    (OIDC, "OIDC_CLAIM", "", "oidc-claim"),
    (OIDC, "OIDC_RETURN", "https://sicha.example/elsewhere", "oidc-return"),
    (OIDC, "OIDC_RETURN", "http://sicha.example/sign-in/outside/return", "oidc-return"),
]


@pytest.mark.parametrize("good", [LDAP, OIDC], ids=["ldap", "oidc"])
def test_a_full_set_up_may_go_live(fit: Command, good: dict[str, str]):  # noqa: F811
    assert faults(fit, "--deploy", **good) == {}


@pytest.mark.parametrize(("good", "name", "text", "code"), BAD)
def test_each_fault_is_named_and_stops(
    fit: Command, good: dict[str, str], name: str, text: str, code: str,  # noqa: F811
):  # fmt: skip
    assert faults(fit, **good | {f"PORTAL_{name}": text}) == {code: True}


@pytest.mark.parametrize(("good", "name", "text", "code"), BAD)
def test_the_portal_does_not_start_with_it(
    good: dict[str, str], name: str, text: str, code: str,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
):  # fmt: skip
    for each, value in (good | {f"PORTAL_{name}": text}).items():
        monkeypatch.setenv(each, value)
    settings = Settings(data_dir=tmp_path, database=f"sqlite:///{tmp_path}/portal.db")
    with pytest.raises(BadOutside, match=f"PORTAL_{name.removesuffix('_PASSWORD')}"):
        create_app(settings)


def test_a_provider_in_the_clear_may_be_tried_and_not_go_live(fit: Command):  # noqa: F811
    plain = OIDC | {"PORTAL_OIDC_ISSUER": "http://localhost:9000"}
    assert faults(fit, **plain) == {"oidc-plain": False}
    assert faults(fit, "--deploy", **plain) == {"oidc-plain": True}


def test_an_installation_that_hangs_on_the_outside_alone_is_warned(fit: Command):  # noqa: F811
    assert faults(fit, "--deploy", **LDAP | {"PORTAL_KEPT_ACCOUNTS": "[]"}) == {"no-way-in": False}
