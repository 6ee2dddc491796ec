"""Write docs/authz-matrix.md: every address of the portal, and who gets past its door.

Run ``python tools/authz.py`` after adding a page or a call; a test compares.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from portal.access import POLICY
from portal.api.routes import ROUTES
from portal.app import create_app
from portal.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

FILE = Path(__file__).parents[1] / "docs" / "authz-matrix.md"
HEAD = """# Who gets past which door

Made by `python tools/authz.py` from the URL map and the policy table of `portal.access`. A test
fails while it is out of date, and names every address that is not in it. A door is the first of
three walls: what lies behind it is cut to the scope of whoever came in. *Everybody* is everybody
with an account; a call of the API asks for a token, and its verb for the action.

| method | address | endpoint | open to |
|---|---|---|---|
"""


def _open_to(view: Any, endpoint: str, public_calls: frozenset[str]) -> str:
    if getattr(view, "is_public", False) or endpoint in public_calls | {
        "api.nothing",
        "static",
        "appbuilder.static",
    }:
        return "strangers"
    if endpoint.startswith("api."):
        return "a token; the verb asks"
    if not hasattr(view, "page_actions"):
        return "**nobody has said**"
    if not view.page_actions:
        return "everybody"
    roles = sorted({role.value for action in view.page_actions for role in POLICY[action]})
    return ", ".join(sorted(action.value for action in view.page_actions)) + ": " + ", ".join(roles)


def rows(app: Flask) -> Iterator[str]:
    """Yield one line for every method and address."""
    public = frozenset(f"api.{route.view.__name__}" for route in ROUTES if route.public)
    for rule in sorted(app.url_map.iter_rules(), key=lambda each: (each.rule, each.endpoint)):
        who = _open_to(app.view_functions[rule.endpoint], rule.endpoint, public)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield f"| {method} | `{rule.rule}` | {rule.endpoint} | {who} |"


def matrix(app: Flask) -> str:
    """Return the whole page."""
    return HEAD + "\n".join(rows(app)) + "\n"


def main() -> None:
    """Write the page."""
    with TemporaryDirectory() as folder:
        settings = Settings(database=f"sqlite:///{folder}/none.db", data_dir=Path(folder))
        FILE.write_text(matrix(create_app(settings)), encoding="utf-8")


if __name__ == "__main__":
    main()
