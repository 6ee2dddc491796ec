"""Every sentence of the pages has its English, and says the same things in it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import portal

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

HOME = Path(portal.__file__).parent
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"trimmed": "true"}}
HOLE = re.compile(r"%\(\w+\)s|\{[^}]*\}")


@cache
def said() -> frozenset[str]:
    """Return every message in the code and the templates."""
    found = extract_from_dir(HOME, METHODS, OPTIONS)
    return frozenset(message for _, _, message, _, _ in found if isinstance(message, str))


@cache
def english() -> Catalog:
    """Return the English catalogue."""
    with (HOME / "translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, locale="en")


def test_every_sentence_of_the_pages_has_its_english():
    known = {message.id for message in english() if message.string and not message.fuzzy}
    assert said() <= known, said() - known


def test_nothing_is_translated_that_nobody_says():
    assert {message.id for message in english() if message.id} <= said()


def test_a_translation_keeps_the_holes_for_names_and_numbers():
    for message in english():
        if message.id:
            assert set(HOLE.findall(message.id)) == set(HOLE.findall(message.string)), message.id


@pytest.mark.parametrize("sentence", ["我的任务", "登录", "没有找到人"])
def test_what_is_said_is_found_at_all(sentence: str):
    assert sentence in said()
