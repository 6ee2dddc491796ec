"""The code lists of a person, from ``codes.toml``: a code, its words, its other writings."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portal.core.words import Words
from portal.members import tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FILE = Path(__file__).with_name("codes.toml")


@dataclass(frozen=True, slots=True)
class Code:
    """One value of a list."""

    code: str
    words: Words
    also: tuple[str, ...] = ()
    group: str = ""


@dataclass(frozen=True)
class CodeList:
    """A list of codes, found by code or by anything that is written for one of them."""

    name: str
    codes: tuple[Code, ...]
    _by_code: Mapping[str, Code] = field(init=False, repr=False)
    _by_text: Mapping[str, Code] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Index the list both ways.

        Raises:
            ValueError: one writing stands for two codes.
        """
        by_text: dict[str, Code] = {}
        for code in self.codes:
            for text in (code.words.zh, code.words.en, *code.also):
                if by_text.setdefault(tidy.folded(text), code) is not code:
                    raise ValueError(f"{self.name}: {text!r} stands for two codes")
        object.__setattr__(self, "_by_code", {code.code: code for code in self.codes})
        object.__setattr__(self, "_by_text", by_text)

    def __iter__(self) -> Iterator[Code]:
        """Walk the list in its order."""
        return iter(self.codes)

    def __contains__(self, code: object) -> bool:
        """Tell whether `code` is one of the list."""
        return code in self._by_code

    def words(self, code: str) -> Words:
        """Return the words of `code`; an unknown code stands for itself."""
        known = self._by_code.get(code)
        return known.words if known else Words(code, code)

    def find(self, text: str) -> Code | None:
        """Return the code that `text` is written for, or None."""
        return self._by_text.get(tidy.folded(text))


def _read() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def _listed(name: str, rows: list[dict[str, Any]]) -> CodeList:
    return CodeList(
        name,
        tuple(
            Code(
                row["code"],
                Words(row["zh"], row["en"]),
                tuple(row.get("also", ())),
                row.get("group", ""),
            )
            for row in rows
        ),
    )


_DATA = _read()

GENDER = _listed("gender", _DATA["gender"])
ETHNICITY = _listed("ethnicity", _DATA["ethnicity"])
EDUCATION = _listed("education", _DATA["education"])
STANDING = _listed("standing", _DATA["standing"])
MEMBERSHIP = _listed("membership", _DATA["membership"])
TIE = _listed("tie", _DATA["tie"])
LEAVING = _listed("leaving", _DATA["leaving"])
YES_NO = _listed("yes_no", _DATA["yes_no"])
OCCUPATION = _listed("occupation", _DATA["occupation"])

GB_4658: Mapping[str, str] = _DATA["education_gb4658"]
"""Education codes of GB/T 4658-2006, each with the 党统 code it stands for."""

BY_FIELD: Mapping[str, CodeList] = {
    "gender": GENDER,
    "ethnicity": ETHNICITY,
    "education": EDUCATION,
    "standing": STANDING,
    "membership": MEMBERSHIP,
    "tie": TIE,
    "left_reason": LEAVING,
    "occupation": OCCUPATION,
}
"""The list of each coded field of a member."""


def words(name: str, code: str) -> Words:
    """Return the words of the value `code` of the field `name`; free text stands for itself."""
    known = BY_FIELD.get(name)
    return known.words(code) if known else Words(code, code)
