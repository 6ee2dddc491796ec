"""The portal command: setup, units, users."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.commands import Command

if TYPE_CHECKING:
    from pathlib import Path

CSV = (
    "code,name,level,parent\nC,某市,city,\nD,某区,district,C\nS,某街道,street,D\nV,某村,village,S\n"
)


@pytest.fixture
def portal(database_url: str, tmp_path: Path) -> Command:
    return Command(database_url, tmp_path / "data")


@pytest.fixture
def tree(tmp_path: Path) -> str:
    (tmp_path / "tree.csv").write_text(CSV, encoding="utf-8")
    return str(tmp_path / "tree.csv")


def test_a_tree_is_imported_and_listed(portal: Command, tree: str):
    answer = portal.json("units", "import", tree, "--name", "某市库")
    assert answer == {
        "tenant": 1,
        "rows": 4,
        "added": 4,
        "unchanged": 0,
        "kinds": {"city": 1, "district": 1, "committee": 1, "branch": 1},
        "unknown_columns": [],
        "differing": [],
    }
    listed = portal.json("units", "list", "--below", "D")
    assert [unit["code"] for unit in listed] == ["D", "S", "V"]


def test_a_second_tenant_is_named_by_its_number(portal: Command, tree: str):
    portal.run("units", "import", tree)
    assert portal.json("units", "import", tree, "--tenant", "2")["added"] == 4
    refused = portal.run("units", "list")
    assert refused.exit_code == 1
    assert "请用 --tenant 指明" in refused.stderr
    assert "Say which tenant" in refused.stderr
    assert len(portal.json("units", "list", "--tenant", "2")) == 4


def test_an_account_is_made_and_its_password_shown_once(portal: Command, tree: str):
    portal.run("units", "import", tree)
    made = portal.json("users", "add", "Wang", "--name", "王某", "--unit", "V", "--role", "clerk")
    assert made["username"] == "wang"
    assert len(made["password"]) == 19
    done = portal.run("users", "appoint", "wang", "--unit", "V", "--role", "secretary")
    assert done.exit_code == 0, done.output
    (row,) = portal.json("users", "list")
    assert {post["role"] for post in row["posts"]} == {"clerk", "secretary"}
    again = portal.json("users", "reset-password", "wang")
    assert again["password"] != made["password"]


def test_an_account_is_linked_to_nobody_who_is_not_on_a_roll(portal: Command, tree: str):
    portal.run("units", "import", tree)
    portal.json("users", "add", "wang", "--name", "王某", "--unit", "V", "--role", "clerk")
    wrong = portal.run("users", "link", "wang", "--member", "01a21299-9d48-739e-87ed-8adabfafa460")
    assert wrong.exit_code == 1
    assert "没有找到这个党员" in wrong.output
    assert portal.run("users", "link", "wang").exit_code == 0


@pytest.mark.parametrize(
    ("words", "zh", "en"),
    [
        (["units", "list"], "请先运行 portal units import", "Run portal units import"),
        (["units", "import", "no-such.csv"], "请检查路径", "Check its path"),
    ],
)
def test_a_refusal_is_told_in_both_languages_and_exits_with_1(
    portal: Command, words: list[str], zh: str, en: str
):
    refused = portal.run(*words)
    assert refused.exit_code == 1
    assert zh in refused.stderr
    assert en in refused.stderr
    assert refused.stdout == ""


def test_a_faulty_file_plants_nothing_and_names_every_row(portal: Command, tmp_path: Path):
    (tmp_path / "bad.csv").write_text(CSV + "V,又一个,village,S\nX,孤儿,village,404\n", "utf-8")
    refused = portal.run("units", "import", str(tmp_path / "bad.csv"))
    assert refused.exit_code == 1
    assert "(row 6)" in refused.stderr
    assert "(row 7)" in refused.stderr
    assert "还没有组织树" in portal.run("units", "list").stderr


def test_setup_makes_a_database_that_the_rest_can_use(tmp_path: Path):
    portal = Command(f"sqlite:///{tmp_path}/new/portal.db", tmp_path / "data")
    assert "portal setup" in portal.run("units", "list").stderr
    assert portal.run("setup").exit_code == 0
    assert portal.run("setup").exit_code == 0
    (tmp_path / "tree.csv").write_text(CSV, encoding="utf-8")
    assert portal.run("units", "import", str(tmp_path / "tree.csv")).exit_code == 0
    assert (tmp_path / "new" / "portal.db").stat().st_mode & 0o077 == 0
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def test_keys_are_made_on_the_first_start_and_kept(tmp_path: Path):
    portal = Command(f"sqlite:///{tmp_path}/portal.db", tmp_path / "data")
    portal.env = {"PORTAL_SECRET_KEY": None, "PORTAL_MASTER_KEY": None}
    portal.run("setup")
    made = (tmp_path / "data" / "master.key").read_text()
    portal.run("setup")
    assert (tmp_path / "data" / "master.key").read_text() == made


@pytest.mark.parametrize("url", ["nonsense", "sqlit:///x", "foo+bar://x/y"])
def test_what_is_no_database_url_is_said(tmp_path: Path, url: str):
    refused = Command(url, tmp_path).run("units", "list")
    assert refused.exit_code == 1
    assert "数据库地址写得不对" in refused.stderr


def test_help_of_every_command_is_in_both_languages(portal: Command):
    for words in ([], ["units"], ["units", "import"], ["users", "add"], ["doctor"], ["worker"]):
        shown = portal.run(*words, "--help", database=False)
        assert shown.exit_code == 0
        assert " / " in shown.stdout
