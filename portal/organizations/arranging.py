"""Putting the rows of a file in the order in which a tree grows: parents before children."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from portal.core.errors import Invalid, Problem
from portal.core.words import Words
from portal.organizations import facts as unit_facts
from portal.organizations import naming
from portal.organizations.models import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from portal.organizations.treefile import Row

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Standing:
    """What already stands in the tree under a code."""

    kind: Kind
    depth: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A row that has found its parent: another row's code, one that stands, or none."""

    row: Row
    parent: str
    kind: Kind
    facts: dict[str, str]


def arrange(rows: Sequence[Row], standing: Mapping[str, Standing]) -> list[Placed]:
    """Return the rows, parents first, each with its level and its facts.

    Args:
        rows: the rows of the file, every one with a code and a parent's code.
        standing: what stands already, by code; a row may hang below it.

    Raises:
        Invalid: with every fault of every row (the first hundred, and how many more there are).
    """
    problems = [fault for row in rows if not row.code for fault in _facts(row, Kind.BRANCH)[1]]
    rows = [row for row in rows if row.code]
    problems += [*_doubles(rows), *_orphans(rows, standing)]
    by_code = {row.code: row for row in rows}
    below: dict[str, list[Row]] = {}
    for row in by_code.values():
        below.setdefault(row.parent, []).append(row)
    reached = _parents_first(by_code, below)
    problems += [_circle(row) for row in by_code.values() if row.code not in reached]
    kinds = _kinds([by_code[code] for code in reached if code in by_code], below, standing)
    placed = []
    for code, kind in kinds.items():
        facts, faults = _facts(by_code[code], kind)
        problems += [*faults, *_under_branch(by_code[code], standing)]
        placed.append(Placed(by_code[code], by_code[code].parent, kind, facts))
    refuse(problems)
    return placed


def refuse(problems: Sequence[Problem]) -> None:
    """Raise what was found, if anything was.

    Raises:
        Invalid: there are problems; only the first hundred are spelled out.
    """
    if not problems:
        return
    more = len(problems) - SHOWN
    words = Words(f"还有 {more} 处问题。没有导入任何内容", f"{more} more; nothing was imported")
    raise Invalid(*problems[:SHOWN], *([Problem("", words)] if more > 0 else []))


def under_one_root(rows: Sequence[Row], name: str) -> list[Row]:
    """Return the rows under a root called `name`, where the file has several roots of its own."""
    codes = {row.code for row in rows}
    roots = [row for row in rows if not row.parent]
    if len(roots) < 2 or not name:  # noqa: PLR2004
        return list(rows)
    code = next(code for code in ("0", "ROOT", "ROOT-0") if code not in codes)
    root = replace(roots[0], number=1, code=code, name=name, level="city", parent="", facts={})
    return [root, *(replace(row, parent=row.parent or code) for row in rows)]


def _problem(row: Row, zh: str, en: str, rule: str) -> Problem:
    return Problem(row.where, Words(zh, en), rule)


def _doubles(rows: Sequence[Row]) -> list[Problem]:
    first: dict[str, Row] = {}
    found = []
    for row in rows:
        earlier = first.setdefault(row.code, row)
        if earlier is not row:
            found.append(
                _problem(
                    row,
                    f"编码 {row.code} 与第 {earlier.number} 行重复。请改成不同的编码，或删去一行",
                    f"code {row.code} is that of row {earlier.number} too. Change or drop one",
                    "duplicate",
                )
            )
    return found


def _orphans(rows: Sequence[Row], standing: Mapping[str, Standing]) -> list[Problem]:
    codes = {row.code for row in rows}
    found = [
        _problem(
            row,
            f"上级 {row.parent} 不在文件里，也不在组织树上。请补上这个上级，或改正上级编码",
            f"its parent {row.parent} is neither in the file nor in the tree. Add it or mend it",
            "parent",
        )
        for row in rows
        if row.parent and row.parent not in codes and row.parent not in standing
    ]
    roots = [row for row in rows if not row.parent and row.code not in standing]
    found += [
        _problem(
            row,
            f"“{row.name}”没有上级，而一棵树只有一个根。请填上级编码，或给出总的上级的名称",
            f"“{row.name}” has no parent, and a tree has one root. Fill in its parent",
            "root",
        )
        for row in roots[0 if standing else 1 :]
    ]
    return found


def _circle(row: Row) -> Problem:
    return _problem(
        row,
        f"从 {row.code} 往上找，绕回了它自己或到不了根。请改正上级编码",
        f"going up from {row.code} never comes to the root. Mend the parent's code",
        "cycle",
    )


def _under_branch(row: Row, standing: Mapping[str, Standing]) -> list[Problem]:
    parent = standing.get(row.parent)
    if parent is None or parent.kind != Kind.BRANCH or row.code in standing:
        return []
    return [
        _problem(
            row,
            f"上级 {row.parent} 是党支部，下面不能再设组织。请先把它改为党总支",
            f"its parent {row.parent} is a branch; make that a general branch first",
            "level",
        )
    ]


def _parents_first(by_code: Mapping[str, Row], below: Mapping[str, list[Row]]) -> dict[str, None]:
    """Return the codes that can be reached from above, parents first; unknown parents included."""
    tops = [row for row in by_code.values() if row.parent not in by_code]
    reached: dict[str, None] = {}
    queue = deque(row.code for row in tops)
    while queue:
        code = queue.popleft()
        if code not in reached:
            reached[code] = None
            queue.extend(row.code for row in below.get(code, ()))
    return reached


def _kinds(
    rows: Sequence[Row], below: Mapping[str, list[Row]], standing: Mapping[str, Standing]
) -> dict[str, Kind]:
    kinds: dict[str, Kind] = {}
    depths: dict[str, int] = {}
    for row in rows:
        over = standing.get(row.parent)
        depths[row.code] = 1 + (over.depth if over else depths.get(row.parent, 0))
        above = over.kind if over else kinds.get(row.parent)
        kinds[row.code] = _kind(row, depths[row.code], above, leaf=row.code not in below)
    if not standing and Kind.BRANCH not in kinds.values():
        # A tree that ends above the branches could hold no members: its ends are the branches.
        for row in rows:
            if row.code not in below and row.parent:
                kinds[row.code] = Kind.BRANCH
    return kinds


def _kind(row: Row, depth: int, above: Kind | None, *, leaf: bool) -> Kind:
    known = naming.level(row.level)
    if known == Kind.CITY and above is not None:
        known = Kind.DISTRICT
    if known == Kind.BRANCH and not leaf:
        return Kind.GENERAL_BRANCH if above else Kind.COMMITTEE
    if known:
        return known
    if above is None:
        return Kind.CITY
    if leaf:
        return Kind.BRANCH
    by_depth = Kind.DISTRICT if depth == 2 else Kind.COMMITTEE  # noqa: PLR2004
    return max(by_depth, above, key=naming.RANK.__getitem__)


def _facts(row: Row, kind: Kind) -> tuple[dict[str, str], list[Problem]]:
    given = {
        "code": row.code,
        "name": row.short or naming.short_name(kind, row.name),
        "full_name": naming.full_name(kind, row.name),
        "category": naming.CATEGORY[kind],
        "sector": naming.sector(row.name) if kind == Kind.BRANCH else "9",
        "information": "；".join(f"{title}：{text}" for title, text in row.kept.items()),
        **row.facts,
    }
    try:
        return unit_facts.checked(given), []
    except Invalid as refusal:
        return {}, [
            replace(problem, where=f"{row.where} {problem.where}") for problem in refusal.problems
        ]
