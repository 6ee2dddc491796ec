"""The facts and the tables we hand out are enough to count everything again without us."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit import Act, Entry
from portal.cli import main
from portal.core.database import open_engine
from tests import scene

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

KEY = "c2ljaGEuLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4="


@pytest.fixture
def under_way(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The URL of a database in which two branches have filed; B1's filing is accepted."""
    monkeypatch.setenv("PORTAL_MASTER_KEY", KEY)
    monkeypatch.setenv("PORTAL_SECRET_KEY", "s" * 32)
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path))
    engine = open_engine(database_url, owner=True)
    with Session(engine) as session:
        built = scene.build(session)
        scene.screen(session, built)
        scene.file(session, built)
        scene.screen(session, built, "sibling", "B2")
    engine.dispose()
    return database_url


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


def answer(*arguments: str) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def read(file: Path, described: dict[str, Any]) -> list[dict[str, Any]]:
    """Read the facts as anybody would who has the help text and nothing of ours."""
    kinds = {fact["name"]: fact["kind"] for fact in described["facts"]}
    with file.open(encoding="utf-8", newline="") as opened:
        return [
            {name: _value(kinds.get(name, "code"), text) for name, text in row.items()}
            for row in csv.DictReader(opened)
        ]


def _value(kind: str, text: str) -> Any:
    if kind == "flag":
        return {"true": True, "false": False}[text]
    if kind == "number":
        return int(text) if text else None
    return text


def holds(condition: dict[str, Any], person: dict[str, Any]) -> bool:  # noqa: PLR0911
    value = person.get(condition.get("fact", ""))
    match condition["kind"]:
        case "always":
            return True
        case "is":
            return bool(value == condition["value"])
        case "one_of":
            return value in condition["values"]
        case "between":
            low, high = condition["low"], condition["high"]
            return value is not None and (low is None or value >= low) and (
                high is None or value <= high
            )  # fmt: skip
        case "has":
            return condition["value"] in str(value).split("|")
        case "all":
            return all(holds(each, person) for each in condition["conditions"])
        case "any":
            return any(holds(each, person) for each in condition["conditions"])
        case "not":
            return not holds(condition["condition"], person)
    raise AssertionError(condition)


def test_anybody_can_count_the_tables_again(under_way: str, tmp_path: Path):
    file = tmp_path / "facts.csv"
    answer("facts", "export", "--database", under_way, "--out", str(file))
    described = answer("tables", "--database", under_way)
    persons = [p for p in read(file, described) if p["unit"] == "B1"]

    assert len(persons) == 5
    assert {p["path"] for p in persons} == {"C/D1/H1/G1/B1"}
    for table in described["tables"]:
        totals = answer(
            "totals", "--unit", "B1", "--table", table["code"], "--database", under_way
        )["cells"]
        counted = {
            code: sum(holds(cell["condition"], person) for person in persons)
            for code, cell in table["cells"].items()
        }
        assert {code: cell["reported"] for code, cell in totals.items()} == counted


def test_the_balance_rules_hold_for_what_was_filed(under_way: str):
    described = answer("tables", "--database", under_way)
    figures: dict[str, int] = {}
    for table in described["tables"]:
        totals = answer("totals", "--unit", "B1", "--table", table["code"], "--database", under_way)
        figures |= {f"{table['code']}:{c}": n["reported"] for c, n in totals["cells"].items()}

    def side(terms: list[str]) -> int:
        return sum(-figures[t[1:]] if t[0] == "-" else figures[t] for t in terms)

    rules = {rule["id"]: rule for table in described["tables"] for rule in table["rules"]}
    assert len(rules) > 10
    for rule in rules.values():
        if rule["severity"] == "error":
            left, right = side(rule["left"]), side(rule["right"])
            holds_ = {"=": left == right, "<=": left <= right, ">=": left >= right}[rule["op"]]
            assert holds_, rule["words"]["zh"]


def test_the_facts_name_nobody_and_say_which_row_is_whose_unit(under_way: str, tmp_path: Path):
    file = tmp_path / "facts.csv"
    told = answer("facts", "export", "--database", under_way, "--out", str(file))
    text = file.read_text(encoding="utf-8")

    assert told == {"file": str(file), "rows": 8, "campaign": "four-checks"}
    assert text.startswith("person,unit,path,standing,on_roll,")
    assert text.isascii()
    assert "139000" not in text
    assert not any(scene.id_number(at) in text for at in range(8))
    assert file.stat().st_mode & 0o077 == 0


def test_every_export_of_facts_is_logged(under_way: str, tmp_path: Path):
    answer("facts", "export", "--database", under_way, "--out", str(tmp_path / "facts.csv"))
    engine = open_engine(under_way, owner=True)

    with Session(engine) as session:
        entry = session.scalars(select(Entry).where(Entry.act == Act.FACTS_EXPORT)).one()
        assert (entry.user_id, entry.detail) == (None, {"rows": 8})
    engine.dispose()


def test_an_export_that_cannot_be_written_is_told_and_leaves_nothing(
    under_way: str, tmp_path: Path
):
    out = tmp_path / "missing" / "facts.csv"
    result = run("facts", "export", "--database", under_way, "--out", str(out))

    assert result.exit_code == 1
    assert "没有导出" in result.stderr
    assert "nothing was exported" in result.stderr


def test_totals_tell_how_many_units_have_filed(under_way: str):
    told = answer("totals", "--unit", "H1", "--table", "表7", "--database", under_way)

    assert told["cells"]["01.1"] == {"reported": 5, "accepted": 0, "recognised": 0}
    assert told["coverage"] == {
        "units": 4, "filed": 1, "accepted": 0, "late": 0, "missing": 3, "exempt": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        ("totals", "--unit", "NONE", "--table", "t7"),
        ("totals", "--unit", "B1", "--table", "t99"),
        ("tables", "--campaign", "none"),
    ],
)
def test_what_is_not_there_is_told_in_both_languages(under_way: str, arguments: tuple[str, ...]):
    result = run(*arguments, "--database", under_way)

    assert result.exit_code == 1
    assert "没有找到" in result.stderr
    assert "There is no such" in result.stderr


@pytest.mark.parametrize("command", [("facts", "export"), ("tables",), ("totals",)])
def test_the_help_of_a_command_documents_its_answer(command: tuple[str, ...]):
    text = run(*command, "--help").output

    for word in {"facts": ("person", "path"), "tables": ("cells", "one_of", "severity"),
                 "totals": ("recognised", "coverage", "exempt")}[command[0]]:  # fmt: skip
        assert word in text
