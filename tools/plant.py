"""Plant each fault of tests/planted/faults.toml in a copy of the tree and see that tests notice.

A test that cannot fail protects nobody. First everything named is run on the tree as it is and
has to pass; then each fault alone has to make its tests fail. ``make planted``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "tests" / "planted" / "faults.toml"
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "node_modules", "build", "__pycache__", ".*_cache", ".hypothesis"
)
PASSED, FAILED = 0, 1
PYTEST = ("-m", "pytest", "-q", "-n", "0", "-x", "-p", "no:cacheprovider", "--no-header")
WORKERS = int(os.environ.get("WORKERS", "2"))
LONGEST_SECONDS = 300


class Misplaced(Exception):
    """A fault of the table has no place in the code any more, or several."""


@dataclass(frozen=True)
class Fault:
    """A change of one file, and the tests that must notice it."""

    name: str
    file: str
    find: str
    put: str
    tests: list[str]

    def planted_in(self, text: str) -> str:
        """Return the text of the file with the fault in it.

        Raises:
            Misplaced: the place is gone, or there are several: the table has to follow the code.
        """
        if text.count(self.find) != 1:
            raise Misplaced(f"{self.file} has {text.count(self.find)} times: {self.find!r}")
        return text.replace(self.find, self.put)


def faults(table: Path = TABLE) -> list[Fault]:
    """Return the faults of the table, each checked against the file it is about."""
    found = [Fault(**row) for row in tomllib.loads(table.read_text(encoding="utf-8"))["fault"]]
    for fault in found:
        fault.planted_in((ROOT / fault.file).read_text(encoding="utf-8"))
    return found


def copy() -> Path:
    """Return a copy of the tree in which a fault can be planted."""
    folder = Path(tempfile.mkdtemp(prefix="planted-")) / "tree"
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    return folder


def run(tree: Path, tests: list[str], seconds: int = LONGEST_SECONDS) -> tuple[int, str]:
    """Run tests on a copy; the exit code and what was said."""
    env = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(  # noqa: S603  our own interpreter on our own tests
        [sys.executable, *PYTEST, *tests], cwd=tree, env=env, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds,
    )  # fmt: skip
    return done.returncode, done.stdout


def is_caught(tree: Path, fault: Fault) -> tuple[bool, str]:
    """Plant a fault, run its tests, take it out again; tell whether they failed."""
    file = tree / fault.file
    before = file.read_text(encoding="utf-8")
    file.write_text(fault.planted_in(before), encoding="utf-8")
    try:
        code, said = run(tree, fault.tests)
    finally:
        file.write_text(before, encoding="utf-8")
    # A test that could not even begin says ERROR: the fault broke the program, and was not seen.
    return code == FAILED and "\nFAILED " in said, said


def plant(found: list[Fault], trees: list[Path]) -> list[str]:
    """Plant every fault, as many at a time as there are copies; return those that got by."""
    free: SimpleQueue[Path] = SimpleQueue()
    for tree in trees:
        free.put(tree)

    def one(fault: Fault) -> str:
        tree = free.get()
        try:
            caught, said = is_caught(tree, fault)
        finally:
            free.put(tree)
        print(f"{'caught' if caught else 'GOT BY'}  {fault.name}", flush=True)
        return "" if caught else f"{fault.name}\n{said[-2000:]}"

    with ThreadPoolExecutor(len(trees)) as pool:
        return [told for told in pool.map(one, found) if told]


def main() -> int:
    """Plant all faults, or those whose name contains a word given."""
    found = [f for f in faults() if all(word in f.name for word in sys.argv[1:])]
    trees = [copy() for _ in range(WORKERS)]
    try:
        code, said = run(trees[0], sorted({test for fault in found for test in fault.tests}))
        if code != PASSED:
            print(said[-4000:], "\nThe tests do not pass on the tree as it is.", sep="")
            return 2
        got_by = plant(found, trees)
    finally:
        for tree in trees:
            shutil.rmtree(tree.parent)
    print(f"{len(found) - len(got_by)} of {len(found)} planted faults caught", *got_by, sep="\n")
    return 1 if got_by else 0


if __name__ == "__main__":
    sys.exit(main())
