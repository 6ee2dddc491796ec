"""The example in the plugin guide is whole: it runs, it keeps the contract, and is tested so."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from portal.extension.manager import GROUP
from tests.plugins import test_contract as contract

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "plugins.md"
NAME = "sicha_fishing"


def block(language: str, heading: str) -> str:
    """Return the first code block in `language` under a heading of the guide."""
    _, found, section = GUIDE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")
    assert found
    code = re.search(rf"^```{language}\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert code is not None
    return code[1]


@pytest.fixture
def example(write) -> str:
    return write(NAME, block("python", "A whole plugin"))


CONTRACT = [
    check
    for name, check in vars(contract).items()
    if name.startswith(("test_a_plugin", "test_the_c"))
]


@pytest.mark.parametrize("check", CONTRACT, ids=lambda check: check.__name__)
def test_the_example_keeps_the_contract(example, check):
    check(example)


def test_the_test_in_the_guide_passes_on_the_example(example):
    written = block("python", "Testing it")

    assert example in written
    exec(compile(written, str(GUIDE), "exec"), {})  # noqa: S102  it is ours, and this is its test


def test_the_packaging_in_the_guide_makes_the_example_found():
    packaged = tomllib.loads(block("toml", "A whole plugin"))

    assert packaged["project"]["entry-points"][GROUP] == {"fishing": NAME}
