"""Plugins written for one test, and people about whom only a few facts are known."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from portal.screening import plugins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Write = Callable[[str, str], str]
    Install = Callable[[str, str], None]

HEAD = """
from portal.extension import FocusGroup, Finding, Is, Sector, Severity, Words, hookimpl

@hookimpl
def sector():
    return Sector("{name}", Words("试", "Try"), frozenset({{"7"}}), "0.1")
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """A function that writes a plugin to a module of that name and returns the name.

    The module begins with the usual imports and says that it serves communities.
    """
    monkeypatch.syspath_prepend(tmp_path)
    written = []

    def write(name: str, code: str) -> str:
        text = code if "def sector" in code else HEAD.format(name=name) + code
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        written.append(name)
        return name

    yield write
    for name in written:
        sys.modules.pop(name, None)


@pytest.fixture
def install(write: Write, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """A function that writes a plugin and names it in the settings of the portal."""

    def install(name: str, code: str) -> None:
        monkeypatch.setenv("PORTAL_PLUGINS", json.dumps([write(name, code)]))
        plugins.standard.cache_clear()

    yield install
    plugins.standard.cache_clear()
