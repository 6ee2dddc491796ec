"""Measure, and print a table of ratios beside their targets: ``python -m benchmarks``.

Ratios, because a shared machine is now fast and now slow: each figure stands over another that
was taken on the same machine in the same minute. Nothing here fails; it is read by people.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from benchmarks import filing, pages, places, rolls, weight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.measures import Figure
    from benchmarks.places import Places

PARTS: dict[str, Callable[[Places], Iterator[Figure]]] = {
    "filing": filing.figures,
    "pages": pages.figures,
    "rosters": rolls.figures,
    "weight": weight.figures,
}


def main() -> None:
    """Run the parts that were asked for, and print each as soon as it is measured."""
    asked = _arguments()
    console = Console(width=None if asked.wide else 150)
    with places.opened(full=asked.full, sqlite_only=asked.sqlite) as opened:
        if "PostgreSQL" not in opened.systems:
            console.print("PostgreSQL is left out: not asked for, or not on this machine.")
        for part in asked.parts or PARTS:
            started = time.perf_counter()
            console.print(_table(part, list(PARTS[part](opened))))
            console.print(f"{part}: {time.perf_counter() - started:.0f} s in all\n", style="dim")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="default: all of them")
    parser.add_argument("--full", action="store_true", help="the sizes the targets speak of")
    parser.add_argument("--sqlite", action="store_true", help="leave PostgreSQL out")
    parser.add_argument("--wide", action="store_true", help="as wide as the terminal")
    return parser.parse_args()


def _table(part: str, figures: list[Figure]) -> Table:
    table = Table(title=part, title_justify="left")
    for heading in ("what", "ours", "divided by", "ratio", "target", ""):
        table.add_column(heading, overflow="fold")
    for line in figures:
        mark = {True: "met", False: "MISSED", None: ""}[line.met]
        table.add_row(
            line.what, line.ours, line.divided_by, line.ratio, line.target, mark,
            style="red" if line.met is False else "",
        )  # fmt: skip
    return table


if __name__ == "__main__":
    main()
