"""What can be wrong with how the portal is reached, and with the machine it runs on."""

from __future__ import annotations

import ipaddress
import re
import shutil
import sys
import tempfile
from difflib import get_close_matches
from typing import TYPE_CHECKING

from portal.cli.checks import FEWEST_LETTERS, WEAK, Fault, Weight
from portal.core.words import Words
from portal.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MOST_PROXIES = 256
SHORTEST_TOKEN = 16
MOST_MEGABYTES = 20
LEAST_FREE, LEAST_SHARE = 1024**3, 0.05
ALIKE = 0.9
_HOST = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9a-f:]+\]")


def machine(given: Settings, environment: Mapping[str, str]) -> Iterator[Fault]:
    """Yield what is wrong with the names, the proxies, the limits and the disk."""
    yield from _hosts(given)
    yield from _proxies(given)
    yield from _token(given)
    yield from _uploads(given)
    yield from _misspelt(environment)
    yield from _disk(given.data_dir)
    yield from _python()


def _hosts(given: Settings) -> Iterator[Fault]:
    mend = Words(
        '设 PORTAL_HOSTS，例如 ["sicha.example"]，只写用户输入的网址里的名称',
        'Set PORTAL_HOSTS, such as ["sicha.example"]: the names that stand in its address',
    )
    if not given.hosts:
        words = Words("没有限定网址名称，任何名称都会答应", "The portal answers to any host name")
        yield Fault("hosts-missing", Weight.DEPLOY_ONLY, words, mend)
    wrong = [name for name in given.hosts if not _HOST.fullmatch(name)]
    if wrong:
        words = Words(
            f"网址名称写得太宽或不是名称：{'、'.join(wrong)}",
            f"Too wide, or no host name: {', '.join(wrong)}",
        )
        yield Fault("hosts-wide", Weight.DEPLOY, words, mend)


def _proxies(given: Settings) -> Iterator[Fault]:
    for each in given.trusted_proxies:
        if ipaddress.ip_network(each).num_addresses > MOST_PROXIES:
            yield Fault(
                "proxies-wide",
                Weight.DEPLOY,
                Words(
                    f"{each} 里的任何机器都能冒充别人的地址",
                    f"Any machine in {each} could pass for any address",
                ),
                Words(
                    "在 PORTAL_TRUSTED_PROXIES 里只写反向代理自己的地址",
                    "Write the addresses of your proxies alone in PORTAL_TRUSTED_PROXIES",
                ),
            )


def _token(given: Settings) -> Iterator[Fault]:
    token = given.metrics_token.get_secret_value()
    weak = len(set(token)) < FEWEST_LETTERS or any(word in token.lower() for word in WEAK)
    if token and (weak or len(token) < SHORTEST_TOKEN):
        yield Fault(
            "metrics-token",
            Weight.DEPLOY,
            Words("监控令牌太短或太容易猜到", "The token for /metrics is short or easy to guess"),
            Words(
                "用 openssl rand -hex 24 生成，设为 PORTAL_METRICS_TOKEN，或去掉它",
                "Make one with openssl rand -hex 24 and set PORTAL_METRICS_TOKEN, or unset it",
            ),
        )


def _uploads(given: Settings) -> Iterator[Fault]:
    if given.upload_megabytes > MOST_MEGABYTES:
        yield Fault(
            "upload-large",
            Weight.DEPLOY,
            Words(
                f"上传上限 {given.upload_megabytes} MB 太大，几个人同时上传就会占满内存",
                f"Uploads of {given.upload_megabytes} MB would fill the memory, a few at a time",
            ),
            Words(
                f"设 PORTAL_UPLOAD_MEGABYTES 不超过 {MOST_MEGABYTES}；10 MB 约为十万人",
                f"Set PORTAL_UPLOAD_MEGABYTES to {MOST_MEGABYTES} at most; 10 MB hold 100,000 rows",
            ),
        )


def _misspelt(environment: Mapping[str, str]) -> Iterator[Fault]:
    known = {f"PORTAL_{name.upper()}" for name in Settings.model_fields}
    for name in sorted(environment.keys() - known):
        meant = get_close_matches(name, known, n=1, cutoff=ALIKE)
        if meant and name.startswith("PORTAL"):
            yield Fault(
                "misspelt",
                Weight.DEPLOY,
                Words(f"没有 {name} 这项设置，它不起作用", f"There is no setting {name}"),
                Words(f"应为 {meant[0]}", f"Write {meant[0]}"),
            )


def _disk(folder: Path) -> Iterator[Fault]:
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError:
        yield Fault(
            "data-unwritable",
            Weight.ALWAYS,
            Words(f"数据目录 {folder} 写不进去", f"The data folder {folder} cannot be written"),
            Words(
                "让运行服务的账户拥有它，或把 PORTAL_DATA_DIR 设到别处",
                "Make the service's account its owner, or set PORTAL_DATA_DIR elsewhere",
            ),
        )
        return
    usage = shutil.disk_usage(there)
    if usage.free < LEAST_FREE or usage.free < usage.total * LEAST_SHARE:
        yield Fault(
            "disk-full",
            Weight.DEPLOY,
            Words(
                f"数据目录所在的磁盘只剩 {usage.free // 1024**2} MB",
                f"Only {usage.free // 1024**2} MB are left on the disk of the data folder",
            ),
            Words("清理或换大磁盘；写满后不能保存", "Make room; nothing is saved on a full disk"),
        )


def _python() -> Iterator[Fault]:
    if sys.version_info.releaselevel != "final":
        yield Fault(
            "python",
            Weight.DEPLOY,
            Words("Python 是未发布的版本", "This Python is not a release"),
            Words("换用正式发布的 Python", "Use a released Python"),
        )
