"""What is never kept of a person: the words of it, and whether a title or a name is one of them."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from portal.core.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping

_DATA = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Topic:
    """One kind of fact that is never kept, the words that give it away, and how it is called."""

    name: str
    zh: tuple[str, ...]
    en: re.Pattern[str]
    refuses: bool
    said: Words


def _topic(name: str, data: Mapping[str, object]) -> Topic:
    zh, en, said = data["zh"], data["en"], data["said"]
    assert isinstance(zh, list)
    assert isinstance(en, list)
    assert isinstance(said, dict)
    words = "|".join(re.escape(word).replace("_", "[ _-]") for word in en)
    return Topic(
        name,
        tuple(word.lower() for word in zh),
        re.compile(rf"(?<![a-z0-9])(?:{words})(?![a-z0-9])"),
        bool(data.get("refuses")),
        Words(**said),
    )


ALLOWED: Mapping[str, str] = {line["text"]: line["why"] for line in _DATA.pop("allowed")}
TOPICS: tuple[Topic, ...] = tuple(_topic(name, data) for name, data in _DATA.items())
_BLANKS = re.compile(r"\s+")


def find(text: str) -> Topic | None:
    """Return what a title, a name or a label asks for that is never kept; or None.

    >>> find("配偶姓名").name, find("Religion").name, find("interface")
    ('relatives', 'religion', None)
    """
    if text in ALLOWED:
        return None
    lower = text.lower()
    tight = _BLANKS.sub("", lower)
    for topic in TOPICS:
        if any(word in tight for word in topic.zh) or topic.en.search(lower):
            return topic
    return None
