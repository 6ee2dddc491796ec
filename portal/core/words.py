"""Sentences in the two languages of the portal, kept side by side.

What a person reads in a page comes from gettext catalogues; what the domain itself says (a
refusal, the label of a fact, a balance rule) is data, and data carries both languages with it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """One sentence in Chinese and in English."""

    zh: str
    en: str

    def __str__(self) -> str:
        """Return both languages, Chinese first: for logs, terminals and JSON."""
        return f"{self.zh} / {self.en}" if self.zh != self.en else self.zh

    def in_language(self, language: str) -> str:
        """Return the sentence in `language` ("en…" gives English, anything else Chinese)."""
        return self.en if language.startswith("en") else self.zh
