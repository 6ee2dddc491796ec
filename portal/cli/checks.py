"""What can be wrong with the settings, the files and the plugins of an installation."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.security import generate_password_hash

from portal.core.crypto import MASTER_BYTES, Keyring
from portal.core.words import Words
from portal.extension.manager import PluginError, Plugins, installed
from portal.screening import facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import ValidationError

    from portal.settings import Settings

STATIC = Path(__file__).resolve().parent.parent / "static"
VENDOR = ("bootstrap.min.css", "bootstrap.bundle.min.js", "htmx.min.js", "echarts.min.js",
          "icons.svg")  # fmt: skip
WEAK = ("secret", "changeme", "change-me", "change_me", "password", "default", "example", "test",
        "\\2\\1thisismyscretkey", "thisismyscretkey", "your-secret", "please")  # fmt: skip
SHORTEST_SECRET, FEWEST_LETTERS = 32, 10
FEWEST_ROUNDS = 600_000


class Weight(StrEnum):
    """How much a fault weighs: in use and going live."""

    ALWAYS = "stops always"
    DEPLOY = "stops going live, a warning before"
    DEPLOY_ONLY = "stops going live, nothing before"
    HINT = "a warning"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and how to mend it. Sentences without their full stop."""

    code: str
    weight: Weight
    words: Words
    mend: Words
    stops: bool = False

    def matters(self, *, deploy: bool) -> bool:
        """Tell whether this is worth a line."""
        return deploy or self.weight != Weight.DEPLOY_ONLY

    def seen(self, *, deploy: bool) -> Fault:
        """Return the fault with whether it stops what is being asked for."""
        stops = self.weight == Weight.ALWAYS or (deploy and self.weight != Weight.HINT)
        return replace(self, stops=stops)


NO_URL = Fault(
    "database-url",
    Weight.ALWAYS,
    Words("数据库地址写得不对", "The database URL cannot be read"),
    Words(
        "应为 sqlite:///文件 或 postgresql+psycopg://用户@主机/库名",
        "Write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME",
    ),
    stops=True,
)


def unreadable(error: ValidationError) -> Fault:
    """Return the fault of settings that do not hold."""
    names = ", ".join(f"PORTAL_{'_'.join(map(str, e['loc']))}".upper() for e in error.errors())
    return Fault(
        "settings",
        Weight.ALWAYS,
        Words(f"这些设置写得不对：{names}", f"These settings do not hold: {names}"),
        Words("请改正后再启动", "Mend them before you start"),
        stops=True,
    )


def settings(given: Settings) -> Iterator[Fault]:
    """Yield what is wrong with the settings and the files they name."""
    yield from _secret(given)
    yield from _master(given)
    yield from _switches(given)
    yield from _passwords(given)
    yield from _folder(given.data_dir)
    yield from _vendor()
    yield from _plugins(given)


def _effective(given: Settings, name: str, text: str) -> str:
    """Return a key as the portal would use it: from the environment, else from its file."""
    file = given.data_dir / f"{name}.key"
    return text or (file.read_text().strip() if file.is_file() else "")


def ring_of(given: Settings) -> Keyring | None:
    """Return the keyring these settings make, or None if they make none yet."""
    text = _effective(given, "master", given.master_key.get_secret_value())
    secret = type(given.master_key)(text)
    try:
        return Keyring(given.model_copy(update={"master_key": secret}).masters(), given.crypto)
    except ValueError:
        return None


def _secret(given: Settings) -> Iterator[Fault]:
    secret = _effective(given, "secret", given.secret_key.get_secret_value())
    mend = Words(
        "用 python -c “import secrets; print(secrets.token_urlsafe(48))” 生成一个，"
        "设为 PORTAL_SECRET_KEY",
        "Make one with python -c 'import secrets; print(secrets.token_urlsafe(48))' and set "
        "PORTAL_SECRET_KEY",
    )
    if not secret:
        words = Words("还没有会话密钥，首次启动时会生成在数据目录", "There is no secret key yet")
        yield Fault("secret-missing", Weight.DEPLOY_ONLY, words, mend)
        return
    if len(secret) < SHORTEST_SECRET:
        words = Words(
            f"会话密钥只有 {len(secret)} 个字符，少于 {SHORTEST_SECRET}",
            f"The secret key has {len(secret)} characters, fewer than {SHORTEST_SECRET}",
        )
        yield Fault("secret-short", Weight.DEPLOY, words, mend)
    if len(set(secret)) < FEWEST_LETTERS or any(word in secret.lower() for word in WEAK):
        words = Words("会话密钥太容易猜到", "The secret key is a default or easy to guess")
        yield Fault("secret-weak", Weight.DEPLOY, words, mend)


def _master(given: Settings) -> Iterator[Fault]:
    text = _effective(given, "master", given.master_key.get_secret_value())
    mend = Words(
        "用 openssl rand -base64 32 生成，设为 PORTAL_MASTER_KEY，并另存一份备份；丢了就打不开密文",
        "Make one with openssl rand -base64 32, set PORTAL_MASTER_KEY and keep a copy elsewhere; "
        "without it sealed fields stay shut",
    )
    if not text:
        words = Words("还没有主密钥，首次启动时会生成在数据目录", "There is no master key yet")
        yield Fault("master-missing", Weight.DEPLOY_ONLY, words, mend)
        return
    keys: dict[str, bytes] = {}
    try:
        keys = given.model_copy(update={"master_key": type(given.master_key)(text)}).masters()
        Keyring(keys)
    except ValueError:
        words = Words(
            "主密钥不是 32 字节的 base64，或名称不是四个字母", "A master key is not base64 of 32 "
            "bytes, or its name is not four letters",
        )  # fmt: skip
        yield Fault("master-size", Weight.ALWAYS, words, mend)
    if any(len(set(key)) < FEWEST_LETTERS for key in keys.values() if len(key) == MASTER_BYTES):
        words = Words("主密钥太容易猜到", "The master key is easy to guess")
        yield Fault("master-weak", Weight.DEPLOY, words, mend)
    if text == given.secret_key.get_secret_value():
        words = Words("主密钥与会话密钥相同", "The master key is the secret key")
        yield Fault("master-same", Weight.DEPLOY, words, mend)


def _switches(given: Settings) -> Iterator[Fault]:
    if given.debug:
        yield Fault(
            "debug",
            Weight.DEPLOY,
            Words(
                "调试模式开着，出错页会泄露内部信息", "Debug mode is on and shows what is inside"
            ),
            Words("去掉 PORTAL_DEBUG", "Unset PORTAL_DEBUG"),
        )
    if not given.secure_cookies:
        yield Fault(
            "cookies",
            Weight.DEPLOY,
            Words("会话 Cookie 会走明文连接", "Session cookies travel over plain http"),
            Words(
                "在反向代理上启用 https，并去掉 PORTAL_SECURE_COOKIES=false",
                "Serve https and unset PORTAL_SECURE_COOKIES=false",
            ),
        )
    if not given.second_factor:
        yield Fault(
            "second-factor",
            Weight.DEPLOY,
            Words(
                "没有要求动态口令，审核、签批、导出和管理员只凭密码就能登录",
                "Nobody is asked for a one-time code, whatever they may do",
            ),
            Words("去掉 PORTAL_SECOND_FACTOR=false", "Unset PORTAL_SECOND_FACTOR=false"),
        )
    if given.trace_hooks:
        yield Fault(
            "trace",
            Weight.DEPLOY,
            Words("插件跟踪开着，会把党员的事实写进日志", "Traces of plugins print people's facts"),
            Words("去掉 PORTAL_TRACE_HOOKS", "Unset PORTAL_TRACE_HOOKS"),
        )


def _passwords(given: Settings) -> Iterator[Fault]:
    method, _, rest = given.password_method.partition(":")
    try:
        generate_password_hash("x", method=given.password_method)
    except (ValueError, TypeError):
        fit = False
    else:
        rounds = rest.rpartition(":")[2]
        fit = method == "scrypt" or not rounds.isdigit() or int(rounds) >= FEWEST_ROUNDS
    if not fit:
        yield Fault(
            "password-method",
            Weight.DEPLOY,
            Words("密码的散列方法太弱或不存在", "The hash for passwords is weak or unknown"),
            Words("设 PORTAL_PASSWORD_METHOD=scrypt", "Set PORTAL_PASSWORD_METHOD=scrypt"),
        )


def _folder(folder: Path) -> Iterator[Fault]:
    if folder.resolve().is_relative_to(STATIC):
        yield Fault(
            "data-public",
            Weight.ALWAYS,
            Words("数据目录在网页静态目录里，任何人都能下载", "The data folder is served as pages"),
            Words("把 PORTAL_DATA_DIR 移到别处", "Move PORTAL_DATA_DIR elsewhere"),
        )
    if os.name != "posix" or not folder.exists():
        return
    mode = folder.stat().st_mode
    if mode & 0o007:
        yield Fault(
            "data-readable",
            Weight.DEPLOY,
            Words(
                f"数据目录 {folder} 本机任何用户都能进入",
                f"The data folder {folder} is open to every user of this machine",
            ),
            Words(f"运行 chmod 700 {folder}", f"Run chmod 700 {folder}"),
        )
    for file in sorted(folder.glob("*.key")):
        if file.stat().st_mode & 0o077:
            yield Fault(
                "key-readable",
                Weight.DEPLOY,
                Words(f"密钥文件 {file} 别人也能读", f"The key file {file} is open to others"),
                Words(f"运行 chmod 600 {file}", f"Run chmod 600 {file}"),
            )


def _vendor() -> Iterator[Fault]:
    missing = [name for name in VENDOR if not (STATIC / "vendor" / name).is_file()]
    if missing:
        yield Fault(
            "vendor",
            Weight.ALWAYS,
            Words(f"缺少页面用的文件：{'、'.join(missing)}", f"Pages lack {', '.join(missing)}"),
            Words("运行 make setup，或重新安装", "Run make setup, or install again"),
        )


def _plugins(given: Settings) -> Iterator[Fault]:
    try:
        Plugins((*installed(), *given.plugins), frozenset(facts.NAMES))
    except PluginError as error:
        yield Fault(
            "plugin",
            Weight.ALWAYS,
            Words(f"有插件用不了：{error}", f"A plugin cannot be used: {error}"),
            Words("修好它，或从设置里去掉", "Mend it, or take it out of the settings"),
        )
