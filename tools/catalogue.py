"""Bring the English catalogue up to date with what the pages say, and list what it lacks.

Sentences that nobody says any more are dropped; new ones are added without a translation, which
`make test` does not let pass.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

HOME = Path(__file__).resolve().parent.parent / "portal"
FILE = HOME / "translations" / "en" / "LC_MESSAGES" / "messages.po"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"trimmed": "true"}}
COMMENT = "# English words for the pages of the portal; the ids are the Chinese ones."


def said() -> list[str]:
    """Return every message in the code and the templates, each once."""
    found = extract_from_dir(HOME, METHODS, OPTIONS)
    return list(dict.fromkeys(text for _, _, text, _, _ in found if isinstance(text, str)))


def known() -> dict[str, str]:
    """Return the translations there are."""
    if not FILE.exists():
        return {}
    with FILE.open("rb") as file:
        return {each.id: each.string for each in read_po(file, locale="en") if each.id}


def refresh() -> list[str]:
    """Write the catalogue anew and return the sentences without a translation."""
    there, day = known(), datetime(2026, 11, 23, tzinfo=UTC)
    catalogue = Catalog(
        locale="en", project="Sicha", version="0.1", header_comment=COMMENT, fuzzy=False,
        creation_date=day, revision_date=day, msgid_bugs_address="see README.md",
        last_translator="the maintainers", language_team="the maintainers",
    )  # fmt: skip
    for text in sorted(said()):
        flags = ("python-format",) if "%(" in text else ()
        catalogue.add(text, there.get(text, ""), flags=flags)
    FILE.parent.mkdir(parents=True, exist_ok=True)
    with FILE.open("wb") as file:
        write_po(file, catalogue, width=98)
    return [each.id for each in catalogue if each.id and not each.string]


if __name__ == "__main__":
    missing = refresh()
    sys.stdout.writelines(f"{text}\n" for text in missing)
    sys.exit(1 if missing else 0)
