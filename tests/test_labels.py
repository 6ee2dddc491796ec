"""Every column says what it is and how long it is kept; what is never kept has no place."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table

from portal import tables
from portal.core import forbidden
from portal.members import roster
from portal.privacy import service as privacy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent
METADATA = tables.Model.metadata
LABELS = privacy.labels(METADATA)
COLUMNS = {f"{t.name}.{c.name}": c for t in METADATA.tables.values() for c in t.c}


def test_every_column_is_labelled_with_class_purpose_and_time():
    assert set(LABELS) == set(COLUMNS)
    for column in COLUMNS.values():
        assert {"class", "purpose", "retain"} <= set(column.info)
        assert column.info["class"] in privacy.classes()
        assert column.info["purpose"] in privacy.purposes()
        assert column.info["retain"] in privacy.CLOCKS


def test_a_column_without_a_label_and_a_label_without_a_column_are_told_of():
    other = MetaData()
    for table in METADATA.tables.values():
        table.to_metadata(other)
    other.tables["member"].append_column(Column("shoe_size", Integer))
    with pytest.raises(ValueError, match=r"member\.shoe_size has none"):
        privacy.labels(other)
    other.remove(other.tables["contact"])
    with pytest.raises(ValueError, match="no table contact"):
        privacy.labels(other)


def test_what_is_sealed_is_sensitive_and_what_is_sensitive_is_sealed():
    for name, label in LABELS.items():
        column = COLUMNS[name]
        if column.name.endswith("_sealed"):
            assert label.sort in {"S3", "S4"}, name
        if label.sort == "S3":
            assert isinstance(column.type, LargeBinary), name


def test_a_class_a_purpose_and_a_clock_that_nothing_uses_are_not_there():
    assert {label.sort for label in LABELS.values()} == set(privacy.classes())
    assert {label.purpose for label in LABELS.values()} == set(privacy.purposes())
    assert {label.keep for label in LABELS.values()} == set(privacy.CLOCKS)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
    elif isinstance(value, str):
        yield value


def keys_in(source: str) -> Iterator[str]:
    """Yield what a module calls things: names of fields, keys of dictionaries, arguments."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Dict):
            yield from (str(key.value) for key in node.keys if isinstance(key, ast.Constant))
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            yield str(node.slice.value)
        elif isinstance(node, ast.keyword | ast.arg):
            yield node.arg or ""
        elif isinstance(node, ast.AnnAssign | ast.Assign):
            targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
            yield from (target.id for target in targets if isinstance(target, ast.Name))


FIELD = re.compile(r"""name="([^"{}]+)"|m\.field\("([^"]+)", _\("([^"]+)"\)""")
LABEL = re.compile(r"<(?:label|dt|th)[^>]*>(?:\{\{ _\(\")?([^<{\"]+)")


def labels_in(page: str) -> Iterator[str]:
    """Yield the names of fields and the labels that a template shows."""
    for groups in FIELD.findall(page):
        yield from filter(None, groups)
    yield from LABEL.findall(page)


def of_columns() -> Iterator[tuple[str, str]]:
    """Yield the names and comments of columns, and the titles a roster may have."""
    for name, column in COLUMNS.items():
        yield from ((name, text) for text in (column.name, column.comment or ""))
    for each in roster.COLUMNS:
        titles = (each.field, each.words.zh, each.words.en, *each.also)
        yield from ((f"roster {each.field}", title) for title in titles)


DATA = {"forbidden.toml", "columns.toml", "retention.toml"}
READERS: dict[str, Callable[[str], Iterator[str]]] = {
    "*.py": keys_in,
    "*.html": labels_in,
    "*.toml": lambda text: (each for each in strings(tomllib.loads(text)) if len(each) < 60),
}


def named() -> Iterator[tuple[str, str]]:
    """Yield every name and label under which something of a person could be kept, and where."""
    yield from of_columns()
    for folder in ("portal", "plugins"):
        for pattern, reader in READERS.items():
            for file in sorted((ROOT / folder).rglob(pattern)):
                if file.name not in DATA:
                    text = file.read_text(encoding="utf-8")
                    yield from ((file.name, name) for name in reader(text))


def test_nothing_that_is_never_kept_has_a_place_to_stand():
    found = {
        (where, text, topic.name) for where, text in named() if (topic := forbidden.find(text))
    }

    assert found == set(), "\n".join(map(str, sorted(found)))


@pytest.mark.parametrize(
    ("text", "topic"),
    [("宗教信仰", "religion"), ("religion", "religion"), ("member_faith", "religion"),
     ("参教 信教情况", "religion"), ("配偶姓名", "relatives"), ("spouse_name", "relatives"),
     ("信用评分", "scores"), ("credit_score", "scores"), ("身份证复印件", "biometrics"),
     ("id_photo", "biometrics"), ("GPS坐标", "whereabouts"), ("last_latitude", "whereabouts"),
     ("病史", "health"), ("家庭收入", "money"), ("salary", "money"), ("微信号", "opinions")],
)  # fmt: skip
def test_a_planted_name_is_found(text: str, topic: str):
    found = forbidden.find(text)

    assert found is not None
    assert found.name == topic


@pytest.mark.parametrize(
    "text", ["姓名", "interface", "surface", "亲属/人际", "党费交至", "facet", "kin"]
)
def test_an_innocent_name_is_left_alone(text: str):
    assert forbidden.find(text) is None


def test_a_planted_column_comment_and_key_are_found():
    planted = Table("t", MetaData(), Column("x", String, comment="宗教"))
    assert forbidden.find(planted.c.x.comment or "")
    assert any(map(forbidden.find, keys_in('answer = {"risk_level": 1}')))
    assert any(map(forbidden.find, keys_in('row["spouse"] = 1')))
    assert any(
        forbidden.find(g) for groups in FIELD.findall('<input name="religion">') for g in groups
    )


def test_every_exception_has_a_reason():
    assert all(forbidden.ALLOWED.values())
    for text in forbidden.ALLOWED:
        words = [word for topic in forbidden.TOPICS for word in topic.zh]
        named = any(topic.en.search(text) for topic in forbidden.TOPICS)
        assert named or any(word in text for word in words), "not needed"
