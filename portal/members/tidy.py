"""Cleaning what people type: blanks, width, invisible characters. Free text stays as it is."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_BLANKS = re.compile(r"[\s\u3000]+")
_CJK = "\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_BETWEEN_CJK = re.compile(f"(?<=[{_CJK}])[\\s\u3000]+(?=[{_CJK}])")
_DOT = "\u2022\u2027\u22c5\u30fb\uff0e\uff65\u00b7\u2219\u2024."
_DOTS = re.compile(f"(?<=\\w)\\s*[{_DOT}]\\s*(?=\\w)")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_LONGEST_NOTHING = 8
_NOTHING = re.compile(r"(无|没有|暂无|空|[—–-]{1,3}|[/\\]|n/a|none|null)?")


def folded(text: str) -> str:
    """Return `text` for comparing with a list: half width, small letters, no blanks at all.

    >>> folded(" 正式 党员（在册）")
    '正式党员(在册)'
    """
    return _BLANKS.sub("", unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))).casefold()


def says_nothing(text: str) -> bool:
    """Tell whether `text` is one of the ways to leave a cell empty (forms.md §1.3: 无, —)."""
    return len(text) <= _LONGEST_NOTHING and _NOTHING.fullmatch(folded(text)) is not None


def compact(text: str) -> str:
    """Return a coded text in half width without blanks or invisible characters, as typed."""
    if text.isascii() and text.isalnum():
        return text
    return _BLANKS.sub("", unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)))


def trimmed(text: str) -> str:
    """Return free text without invisible characters and without blanks around it."""
    return _INVISIBLE.sub("", text).strip().strip("\u3000")


def name(text: str) -> str:
    """Return a name without padding between Chinese characters and with one kind of middle dot.

    >>> name("王　强"), name("买买提•艾力"), name("Anna  Lee")
    ('王强', '买买提·艾力', 'Anna Lee')
    """
    if text.isalpha():
        return text
    kept = _BETWEEN_CJK.sub("", trimmed(text))
    kept = _BLANKS.sub(" ", kept)
    return _DOTS.sub("·", kept) if not kept.isascii() else kept


def has_private_characters(text: str) -> bool:
    """Tell whether `text` holds characters that exist in one font only (private use area)."""
    return _PRIVATE.search(text) is not None
