"""Copy the front-end libraries out of node_modules, and build the sprite of icons.

Run by `make setup`. Everything written here is git-ignored and can be made again at any time.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "portal" / "static" / "vendor"

FILES = (
    "bootstrap/dist/css/bootstrap.min.css",
    "bootstrap/dist/js/bootstrap.bundle.min.js",
    "htmx.org/dist/htmx.min.js",
    "echarts/dist/echarts.min.js",
    "axe-core/axe.min.js",
)
LICENCES = {
    "bootstrap": "LICENSE",
    "bootstrap-icons": "LICENSE",
    "htmx.org": "LICENSE",
    "echarts": "LICENSE",
    "axe-core": "LICENSE",
    "zrender": "LICENSE",
    "tslib": "LICENSE.txt",
    "@popperjs/core": "LICENSE.md",
}
_SOURCE_MAP = re.compile(r"\n?(?://|/\*)# sourceMappingURL=\S+(?: ?\*/)?\s*$")
_DRAWING = re.compile(r'<svg[^>]*viewBox="([^"]+)"[^>]*>(.*)</svg>', re.DOTALL)


def copy_libraries() -> None:
    """Copy each library without the pointer to its source map, which is not shipped."""
    for name in FILES:
        source = MODULES / name
        text = _SOURCE_MAP.sub("\n", source.read_text(encoding="utf-8"))
        (VENDOR / source.name).write_text(text, encoding="utf-8")
    for package, licence in LICENCES.items():
        target = f"LICENSE.{package.rpartition('/')[2]}.txt"
        shutil.copyfile(MODULES / package / licence, VENDOR / target)


def symbol(name: str, file: Path) -> str:
    """Return the drawing in `file` as a symbol of the sprite."""
    drawing = _DRAWING.search(file.read_text(encoding="utf-8"))
    if drawing is None:
        raise SystemExit(f"{file}: not a drawing with a viewBox")
    inside = " ".join(drawing[2].split())
    return f'<symbol id="{name}" viewBox="{drawing[1]}">{inside}</symbol>\n'


def build_sprite() -> int:
    """Write icons.svg from the names in tools/icons.txt and the brand mark."""
    names = (ROOT / "tools" / "icons.txt").read_text(encoding="utf-8").split()
    icons = MODULES / "bootstrap-icons" / "icons"
    missing = [name for name in names if not (icons / f"{name}.svg").exists()]
    if missing:
        raise SystemExit(f"tools/icons.txt: bootstrap-icons has no {', '.join(missing)}")
    symbols = [symbol(name, icons / f"{name}.svg") for name in sorted(set(names))]
    symbols.append(symbol("mark", ROOT / "portal" / "static" / "mark.svg"))
    sprite = f'<svg xmlns="http://www.w3.org/2000/svg">\n{"".join(symbols)}</svg>\n'
    (VENDOR / "icons.svg").write_text(sprite, encoding="utf-8")
    return len(symbols)


if __name__ == "__main__":
    VENDOR.mkdir(parents=True, exist_ok=True)
    copy_libraries()
    sys.stdout.write(f"{len(FILES)} libraries and {build_sprite()} icons in {VENDOR}\n")
