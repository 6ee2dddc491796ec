"""A plugin from outside: written, tested, installed by pip from its folder, and found."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from portal.cli import main
from tests.plugins.test_guide import NAME, ROOT, block

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

# Asked in a process of its own: which plugins are found, and does the portal start with them.
ASK = """
from portal.extension.manager import Plugins, installed
from portal.screening import facts
plugins = Plugins(installed(), frozenset(facts.NAMES))
print(*sorted(plugins.sectors))
"""

INSTALL = (
    "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps",
    "--no-build-isolation",
)  # fmt: skip


def started(*words: str, here: Path, path: str = "") -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own, with the portal and what is at `path` to import."""
    known = os.pathsep.join(each for each in (path, str(ROOT)) if each)
    return subprocess.run(
        [sys.executable, *words], cwd=here, env={**os.environ, "PYTHONPATH": known}, check=False,
        capture_output=True, text=True,
    )  # fmt: skip


def new(into: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["plugin", "new", *words, "--into", str(into)])


def skeleton(into: Path) -> Path:
    assert new(into, "sea-fishing", "--sector", "3", "--sector", "7").exit_code == 0
    return into / "sicha-sea-fishing"


def example(into: Path) -> Path:
    """Write the example of the guide to a folder, with the packaging that the guide gives."""
    folder = into / "fishing"
    folder.mkdir()
    (folder / f"{NAME}.py").write_text(block("python", "A whole plugin"), encoding="utf-8")
    (folder / "pyproject.toml").write_text(block("toml", "A whole plugin"), encoding="utf-8")
    return folder


@pytest.mark.parametrize(("make", "name"), [(example, "fishing"), (skeleton, "sea-fishing")])
def test_a_plugin_installed_from_its_folder_is_found_and_the_portal_starts_with_it(
    tmp_path, make, name
):
    target = tmp_path / "site"
    where = ("--target", str(target), str(make(tmp_path)))

    installing = started(*INSTALL, *where, here=tmp_path)

    assert installing.returncode == 0, installing.stderr
    assert name not in started("-c", ASK, here=tmp_path).stdout.split()
    asked = started("-c", ASK, here=tmp_path, path=str(target))
    assert name in asked.stdout.split(), asked.stderr


def test_the_test_of_a_new_plugin_passes_as_it_is_written(tmp_path):
    folder = skeleton(tmp_path)

    done = started("-m", "pytest", "-q", "-p", "no:cacheprovider", here=folder, path=str(folder))

    assert done.returncode == 0, done.stdout
    assert "5 passed" in done.stdout


def test_the_test_of_a_new_plugin_fails_when_its_rule_is_broken(tmp_path):
    folder = skeleton(tmp_path)
    module = folder / "sicha_sea_fishing" / "__init__.py"
    written = module.read_text(encoding="utf-8")
    module.write_text(written.replace('Is("floating", True)', 'Is("lost", True)'), encoding="utf-8")

    done = started("-m", "pytest", "-q", "-p", "no:cacheprovider", here=folder, path=str(folder))

    assert done.returncode == 1


@pytest.mark.parametrize("name", ["sea", "s" * 20])
def test_a_new_plugin_keeps_the_style_of_the_house(tmp_path, name):
    new(tmp_path, name)
    config = ("--config", str(ROOT / "pyproject.toml"), "--ignore", "I,INP,ANN,D,S101")

    done = started("-m", "ruff", "check", "--no-cache", *config, str(tmp_path), here=tmp_path)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["Fishing", "sea fishing", "../x", "-sea", "s" * 21, "渔村", ""])
def test_a_name_that_is_not_written_as_names_are_is_refused(tmp_path, name):
    refused = new(tmp_path, "--", name) if name.startswith("-") else new(tmp_path, name)

    assert refused.exit_code != 0
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_taken_is_refused(tmp_path):
    refused = new(tmp_path, "township")

    assert refused.exit_code == 1
    assert "已有插件叫这个名字" in refused.stderr
    assert "take another" in refused.stderr


def test_a_folder_that_is_there_is_left_as_it_is(tmp_path):
    folder = skeleton(tmp_path)
    (folder / "pyproject.toml").write_text("mine", encoding="utf-8")

    refused = new(tmp_path, "sea-fishing")

    assert refused.exit_code == 1
    assert "没有改动它" in refused.stderr
    assert (folder / "pyproject.toml").read_text(encoding="utf-8") == "mine"
