from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from portal.cli import main
from portal.screening import plugins

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]

KEY = "c2ljaGEuLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4="
TREE = "code,name,level,parent\nA,小市,city,\nB,一支部,branch,A\n"


@pytest.fixture
def run(fresh_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("PORTAL_MASTER_KEY", KEY)
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path))
    (tmp_path / "tree.csv").write_text(TREE, encoding="utf-8")
    runner = CliRunner()

    def run(*words: str) -> Result:
        return runner.invoke(main, [*words, "--database", fresh_url])

    assert run("units", "import", str(tmp_path / "tree.csv")).exit_code == 0
    return run


def answer(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_campaign_is_opened_and_listed(run):
    opened = answer(run("campaigns", "open", "four-checks", "--starts-on", "2026-11-01", "--json"))

    assert opened["code"] == "four-checks-2026"
    assert opened["cut_off"] == "2026-11-25"
    assert [each["code"] for each in answer(run("campaigns", "list", "--json"))] == [
        "four-checks-2026"
    ]


def test_a_code_that_is_taken_is_refused_in_both_languages_and_nothing_is_opened(run):
    command = ("campaigns", "open", "four-checks", "--starts-on", "2026-11-01", "--code", "x")
    assert run(*command).exit_code == 0

    again = run(*command)

    assert again.exit_code == 1
    assert "已经用过" in again.stderr
    assert "taken" in again.stderr
    assert len(answer(run("campaigns", "list", "--json"))) == 1


def test_a_plugin_that_cannot_be_used_is_named_and_nothing_is_done(run, monkeypatch):
    monkeypatch.setenv("PORTAL_PLUGINS", '["plugins.nowhere"]')
    plugins.standard.cache_clear()

    refused = run("campaigns", "open", "four-checks", "--starts-on", "2026-11-01")
    plugins.standard.cache_clear()

    assert refused.exit_code == 1
    assert "plugins.nowhere" in refused.stderr
    monkeypatch.delenv("PORTAL_PLUGINS")
    assert answer(run("campaigns", "list", "--json")) == []
