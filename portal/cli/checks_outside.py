"""What can be wrong with the directory or provider that vouches for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.cli.checks import Fault, Weight
from portal.core.words import Words
from portal.identity import service as identity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal.settings import Settings

MEND = Words(
    "见管理员手册“单位统一身份”一节",
    "See “Sign-in by the organization” in the administrator's guide",
)


def outside(given: Settings) -> Iterator[Fault]:
    """Yield what is wrong with who vouches for people."""
    found = [Fault(code, Weight.ALWAYS, words, MEND)
             for code, words in identity.outside_faults(given)]  # fmt: skip
    yield from found
    if given.sign_in_by == "portal" or found:
        return
    if given.sign_in_by == "oidc" and "http://" in given.oidc_issuer + given.oidc_return:
        yield Fault(
            "oidc-plain",
            Weight.DEPLOY,
            Words("与身份系统的往来没有加密", "The provider is talked to over plain http"),
            Words("PORTAL_OIDC_ISSUER 和 PORTAL_OIDC_RETURN 都用 https", "Use https for both"),
        )
    if not given.kept_accounts:
        yield Fault(
            "no-way-in",
            Weight.HINT,
            Words("统一身份一停，谁也登录不了", "Nobody can sign in while the directory is away"),
            Words(
                "在 PORTAL_KEPT_ACCOUNTS 里留一两个应急账号，密码封存",
                "Keep one or two accounts in PORTAL_KEPT_ACCOUNTS, their passwords sealed",
            ),
        )
