"""What holds for the code as a whole, and no tool checks for us."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from portal.access import GRANTABLE, POLICY, Action, Role

ROOT = Path(__file__).resolve().parent.parent
PORTAL = ROOT / "portal"
OURS = ("portal", "plugins", "tests", "docs", "migrations", "benchmarks", "tools", ".ci", "changes")
TEXT = {
    ".py",
    ".toml",
    ".html",
    ".css",
    ".js",
    ".svg",
    ".md",
    ".po",
    ".ini",
    ".mako",
    ".csv",
    ".in",
}
MOST_LINES = 400
STYLE_BYTES = 25 * 1024


def ours(*suffixes: str, under: tuple[str, ...] = OURS) -> list[Path]:
    """Return our own files, without what was installed, made or copied from elsewhere."""
    files = [file for folder in under for file in (ROOT / folder).rglob("*") if file.is_file()]
    files += [file for file in ROOT.iterdir() if file.is_file() and under == OURS]
    return sorted(
        file
        for file in files
        if file.suffix in suffixes and not {"vendor", "__pycache__"} & set(file.parts)
    )


def shown(file: Path) -> str:
    return str(file.relative_to(ROOT))


def modules() -> dict[str, Path]:
    """Return every module of the portal and of its plugins, by dotted name."""
    named = {}
    for file in ours(".py", under=("portal", "plugins")):
        dotted = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        named[dotted.removesuffix(".__init__")] = file
    return named


def documented() -> dict[str, str]:
    """Return the modules docs/directory.md tells of, and what it says of them."""
    page = (ROOT / "docs" / "directory.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\s*- `([\w.]+)`: (.+)$", page, re.MULTILINE))


def first_line(file: Path) -> str:
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0]


@pytest.mark.parametrize("file", ours(".py", under=("portal", "plugins")), ids=shown)
def test_a_module_fits_in_the_head(file: Path):
    assert len(file.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("module", modules())
def test_a_module_says_what_it_is_for(module: str):
    file = modules()[module]

    assert first_line(file) or not file.read_text(encoding="utf-8").strip()


def test_the_directory_page_tells_of_every_module_and_of_no_other():
    missing = {name: first_line(file) for name, file in modules().items() if first_line(file)}
    paste = [f"- `{name}`: {line}" for name, line in missing.items() if name not in documented()]

    assert not paste, "docs/directory.md lacks:\n" + "\n".join(paste)
    assert set(documented()) <= set(modules())


def test_every_action_is_in_the_policy():
    assert set(POLICY) == set(Action)
    assert all(POLICY.values())


def test_nobody_can_appoint_an_operator():
    assert not any(Role.OPERATOR in roles for roles in GRANTABLE.values())


FOREIGN = re.compile(r"""["'(=\s](?:https?:)?//(?!www\.w3\.org/)[\w-]+(?:\.[\w-]+)+""")


@pytest.mark.parametrize(
    "file", ours(".html", ".css", ".js", ".svg", under=("portal", "plugins")), ids=shown
)
def test_a_page_asks_no_foreign_host(file: Path):
    assert not FOREIGN.findall(file.read_text(encoding="utf-8"))


INLINE = {
    "a script in the page": re.compile(r"<script(?![^>]*(\bsrc=|application/json))", re.IGNORECASE),
    "a style sheet in the page": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"<[^>{}]*\sstyle\s*=", re.IGNORECASE),
    "a script in an attribute": re.compile(r"<[^>{}]*\son[a-z]+\s*=\s*[\"']", re.IGNORECASE),
}


@pytest.mark.parametrize("what", INLINE)
@pytest.mark.parametrize("file", ours(".html", under=("portal", "plugins")), ids=shown)
def test_a_template_has_nothing_inline(file: Path, what: str):
    assert not INLINE[what].search(file.read_text(encoding="utf-8"))


def test_every_icon_asked_for_is_in_the_sprite():
    known = set((ROOT / "tools" / "icons.txt").read_text(encoding="utf-8").split()) | {"mark"}
    asked = set()
    for file in ours(".html", ".py", under=("portal", "plugins")):
        text = file.read_text(encoding="utf-8")
        asked |= set(re.findall(r"""\bicon\(\s*["']([a-z0-9-]+)["']""", text))
        asked |= set(re.findall(r"""\bicon=["']([a-z0-9-]+)["']""", text))

    assert asked <= known, "add to tools/icons.txt and run `make setup`"


def test_the_style_sheet_stays_small():
    assert (PORTAL / "static" / "css" / "sicha.css").stat().st_size <= STYLE_BYTES


SOMEBODYS_MACHINE = re.compile(r"(?<![\w.:/*-])/(?:home|root|Users|mnt)/\w")


@pytest.mark.parametrize("file", ours(*TEXT), ids=shown)
def test_no_file_knows_the_machine_it_was_written_on(file: Path):
    assert not SOMEBODYS_MACHINE.search(file.read_text(encoding="utf-8"))


def test_the_locks_do_not_say_where_to_download_from():
    for name in ("package-lock.json", "requirements.lock", "requirements.in", "pyproject.toml"):
        assert "://" not in re.sub(r'"url": "[^"]*"', "", (ROOT / name).read_text(encoding="utf-8"))


def test_plugins_is_a_namespace_others_can_add_to():
    assert not (ROOT / "plugins" / "__init__.py").exists()
