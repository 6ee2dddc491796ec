"""Change the guarding modules a bit at a time, and see that their tests notice each change.

One operator, constant, condition or returned value is changed per mutant, in a copy of the tree;
the narrow tests of that module must then fail. ``make mutants``; a word given keeps the modules
whose name has it. Exits with 1 below the share that has to be noticed.
"""

from __future__ import annotations

import ast
import copy
import importlib
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools import plant

if TYPE_CHECKING:
    from collections.abc import Iterator

# What is mutated, and by which tests it has to be noticed. A new guard is a line here.
MODULES: dict[str, tuple[str, ...]] = {
    "portal/access.py": (
        "tests/unit/test_access_rules.py",
        "tests/unit/test_policy.py",
        "tests/unit/test_hands.py",
        "tests/web/test_authz_matrix.py",
        "tests/scope/test_tree.py",
    ),
    "portal/core/tree.py": ("portal/core/tree.py", "tests/unit/test_access_rules.py"),
    "portal/core/crypto.py": ("tests/unit/test_crypto.py", "tests/integration/test_keys.py"),
    "portal/members/masking.py": ("tests/unit/test_masking.py",),
    "portal/audit/recording.py": ("tests/integration/test_audit_entries.py",),
    "portal/audit/chain.py": ("tests/audit", "tests/integration/test_audit_entries.py"),
    "portal/audit/verifying.py": ("tests/audit",),
    "portal/scope/rules.py": ("tests/scope/test_tree.py", "tests/scope/test_shapes.py"),
    "portal/scope/conditions.py": ("tests/scope/test_shapes.py", "tests/scope/test_walls.py"),
    "portal/scope/guard.py": ("tests/scope/test_guard.py", "tests/scope/test_hostile.py"),
    "portal/web/gate.py": ("tests/web/test_gate.py",),
    "portal/web/watch.py": ("tests/web/test_watch.py",),
}
LEAST_SHARE = 0.9
WORKERS = int(os.environ.get("WORKERS", "2"))
LONGEST_SECONDS = 120
SERVE = "--serve"
QUIET = ("-q", "-x", "-p", "no:cacheprovider", "--no-header", "--tb=no")
# Of other people's, and slow to load; none of it stands on the portal.
LOADED = (
    "hypothesis.strategies", "sqlalchemy.orm", "flask_appbuilder", "flask_jwt_extended", "huey",
    "cryptography.fernet", "openpyxl", "pydantic_settings", "structlog", "alembic.command",
)  # fmt: skip
OTHER: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE,
    ast.GtE: ast.Gt, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.And: ast.Or, ast.Or: ast.And, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A module with one change in it."""

    file: str
    line: int
    was: str
    now: str
    text: str

    def __str__(self) -> str:
        """Return how it is listed."""
        return f"{self.file}:{self.line}: {self.was!r:.60} became {self.now!r:.60}"


def changed(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what an expression or the value of a statement could be by mistake."""
    if isinstance(node, ast.Compare | ast.BoolOp | ast.BinOp):
        yield from _other_sign(node)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield ast.Constant(node.value + 1)
    elif isinstance(node, ast.IfExp):
        yield ast.IfExp(node.test, node.orelse, node.body)


def _other_sign(node: ast.Compare | ast.BoolOp | ast.BinOp) -> Iterator[ast.expr]:
    made = copy.deepcopy(node)
    if isinstance(made, ast.Compare):
        for at, sign in enumerate(made.ops):
            if type(sign) in OTHER:
                one = copy.deepcopy(made)
                one.ops[at] = OTHER[type(sign)]()  # type: ignore[call-overload]
                yield one
    elif type(made.op) in OTHER:
        made.op = OTHER[type(made.op)]()  # type: ignore[assignment]
        yield made


def _targets(tree: ast.Module) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield every place that can be changed with what it becomes; annotations are no places."""
    skipped = set()
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            note = getattr(node, name, None)
            skipped |= set(map(id, ast.walk(note))) if isinstance(note, ast.AST) else set()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            skipped |= set(map(id, ast.walk(node)))
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.expr):
            for now in changed(node):
                yield node, now
        elif isinstance(node, ast.Return) and node.value is not None:
            yield node.value, ast.Constant(None)
        elif isinstance(node, ast.If):
            yield node.test, ast.UnaryOp(ast.Not(), node.test)


def mutants(file: str) -> list[Mutant]:
    """Return every mutant of a module that can be compiled, each once."""
    source = (plant.ROOT / file).read_text(encoding="utf-8")
    lines = source.encode().splitlines(keepends=True)
    starts = [sum(map(len, lines[:n])) for n in range(len(lines))]
    whole, found = source.encode(), {}
    for node, now in _targets(ast.parse(source)):
        begin = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        said = f"({ast.unparse(ast.fix_missing_locations(now))})"
        text = (whole[:begin] + said.encode() + whole[end:]).decode()
        try:
            compile(text, file, "exec")
        except SyntaxError:  # inside an f-string, say
            continue
        was = whole[begin:end].decode()
        found[text] = Mutant(file, node.lineno, was, said, text)
    return list(found.values())


def is_killed(tree: Path, mutant: Mutant) -> bool:
    """Tell whether the tests of its module notice a mutant; one that runs on for ever counts."""
    file = tree / mutant.file
    before = file.read_text(encoding="utf-8")
    file.write_text(mutant.text, encoding="utf-8")
    try:
        return _tried(MODULES[mutant.file]) != plant.PASSED
    finally:
        file.write_text(before, encoding="utf-8")


def _tried(tests: tuple[str, ...]) -> int:
    """Run tests in a copy of this process, which has everything of others loaded already."""
    child = os.fork()
    if not child:
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
            signal.alarm(LONGEST_SECONDS)
            os._exit(pytest.main([*QUIET, *tests]))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def serve(tree: Path, file: str, share: int) -> None:
    """Try every mutant of `file` whose turn it is, in `tree`; print those that live."""
    os.chdir(tree)
    sys.path.insert(0, str(tree))
    for name in LOADED:
        importlib.import_module(name)
    if share == 0 and _tried(MODULES[file]) != plant.PASSED:
        raise SystemExit(f"the tests of {file} do not pass as it is")
    for mutant in mutants(file)[share::WORKERS]:
        if not is_killed(tree, mutant):
            print(mutant, flush=True)


def attack(file: str, trees: list[Path]) -> tuple[int, list[str]]:
    """Try every mutant of a module; how many there were, and those that lived."""
    env = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1",
                        "WORKERS": str(WORKERS)}  # fmt: skip
    me = str(Path(__file__).resolve())
    running = [
        subprocess.Popen(  # noqa: S603  ourselves
            [sys.executable, me, SERVE, str(tree), file, str(share)],
            env=env,
            text=True,
            stdout=subprocess.PIPE,
        )
        for share, tree in enumerate(trees)
    ]
    said = [each.communicate()[0].splitlines() for each in running]
    if any(each.returncode for each in running):
        raise SystemExit(1)
    return len(mutants(file)), sorted(line for lines in said for line in lines)


def main() -> int:
    """Try the modules asked for and print what became of them."""
    files = [file for file in MODULES if all(word in file for word in sys.argv[1:])]
    trees, worst = [plant.copy() for _ in range(WORKERS)], 1.0
    try:
        for file in files:
            number, lived = attack(file, trees)
            share = 1 - len(lived) / max(number, 1)
            worst = min(worst, share)
            print(f"{file}: {number - len(lived)} of {number} killed, {share:.0%}", *lived,
                  sep="\n  ", flush=True)  # fmt: skip
    finally:
        for tree in trees:
            shutil.rmtree(tree.parent)
    return 0 if worst >= LEAST_SHARE else 1


if __name__ == "__main__":
    if sys.argv[1:2] == [SERVE]:
        serve(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
    else:
        sys.exit(main())
