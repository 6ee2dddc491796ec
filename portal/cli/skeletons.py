"""The skeleton of a new plugin: a folder that pip installs, with rules, data and a test."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from portal.core.errors import Invalid, Problem
from portal.core.words import Words
from portal.screening import plugins

if TYPE_CHECKING:
    from collections.abc import Sequence

_HERE = Path(__file__).parent / "skeleton"
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST = 20
_FILES = {
    "pyproject.toml": "pyproject.toml.txt",
    "{module}/__init__.py": "plugin.py.txt",
    "{module}/situations.toml": "situations.toml.txt",
    "tests/test_{module}.py": "test_plugin.py.txt",
}


def write(name: str, sectors: Sequence[str], into: Path) -> tuple[Path, list[str]]:
    """Write a plugin called `name` to a new folder beneath `into`; return it and its files.

    Raises:
        Invalid: the name is not written as names are, or is taken; or the folder is there, or
            cannot be written.
    """
    _refuse_name(name)
    folder = into / f"sicha-{name}"
    quoted = [f'"{sector}"' for sector in sectors]
    said = {
        "name": name, "distribution": f"sicha-{name}", "module": f"sicha_{name}".replace("-", "_"),
        "Title": name.replace("-", " ").capitalize(), "first": sectors[0],
        "quoted": ", ".join(quoted),
        "sectors": ", ".join(quoted) if len(quoted) > 1 else f"{quoted[0]},",
    }  # fmt: skip
    files = {place.format(**said): _filled(source, said) for place, source in _FILES.items()}
    try:
        folder.mkdir(parents=True)
        for place, text in files.items():
            (folder / place).parent.mkdir(exist_ok=True)
            (folder / place).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Invalid(_cannot_write(folder, error)) from error
    return folder, sorted(files)


def _filled(source: str, said: dict[str, str]) -> str:
    return Template((_HERE / source).read_text(encoding="utf-8")).substitute(said)


def _refuse_name(name: str) -> None:
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        words = Words(
            f"插件名只用小写字母、数字和连字符，以字母开头，不超过 {_LONGEST} 个，如 sea-fishing",
            f"use small letters, digits and hyphens, a letter first, {_LONGEST} at most: as in"
            " sea-fishing",
        )
        raise Invalid(Problem(name, words, "plugin"))
    if name in plugins.standard().sectors:
        words = Words(
            "已有插件叫这个名字，请换一个", "is the name of a plugin there is: take another"
        )
        raise Invalid(Problem(name, words, "plugin"))


def _cannot_write(folder: Path, error: OSError) -> Problem:
    if isinstance(error, FileExistsError):
        words = Words(
            "已经有了，没有改动它。请换个名字或地方", "is there already; nothing was changed"
        )
    else:
        words = Words(f"写不了（{error.strerror}）", f"cannot be written ({error.strerror})")
    return Problem(str(folder), words, "file")
