from __future__ import annotations

import json
import resource
from typing import Any

from portal.documents import confined, workbook
from portal.documents.refusals import SENTENCES
from portal.documents.workbook import Unreadable
from tests.hostile import many, mutation

COUNT, SEED, BATCH = 600, 4, 100
KNOWN = set(SENTENCES)


def read_in_batches(files: list[bytes]) -> list[dict[str, Any] | None]:
    """Return what one child says of each file; of one that ends the child, None."""
    said: list[dict[str, Any] | None] = []
    while len(said) < len(files):
        batch = files[len(said) : len(said) + BATCH]
        with confined.running(
            "tests.hostile.many", many.packed(batch), megabytes=512, seconds=60, wall=120
        ) as lines:
            answers = [json.loads(line) for line in lines]
        said += answers
        if len(answers) < len(batch):
            said.append(None)
    return said


def cells(rows: list[list[Any]]) -> set[str]:
    return {cell for row in rows for cell in row if isinstance(cell, str)}


def test_six_hundred_broken_workbooks_are_refused_or_read_and_no_worker_is_lost() -> None:
    files = [data for _, data in mutation.mutated(SEED, COUNT)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    said = read_in_batches(files)

    assert len(said) == COUNT
    endings = [each["end"] if each else "costly" for each in said]
    assert set(endings) <= KNOWN | {"read"}
    assert endings.count("read") > 20
    assert endings.count("broken") > 100
    assert endings.count("costly") < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60 * 1024


def test_what_is_read_of_a_broken_package_is_what_stood_in_it() -> None:
    """A package that still opens has its check sums: no cell may have changed unnoticed."""
    good = mutation.sources()
    whole = {
        kind: cells([list(row) for row in workbook.read(data, f"x.{kind}")[0].rows])
        for kind, data in good.items()
    }
    files = [
        (name, data)
        for name, data in mutation.mutated(SEED + 1, 240)
        if name.endswith("xlsx") and data != good["xlsx"]
    ]
    said = read_in_batches([data for _, data in files])
    for each in said:
        if each and each["end"] == "read" and each["rows"]:
            assert len(each["rows"]) <= 12
    assert whole["xlsx"] == whole["xls"] == whole["ods"]


def test_the_door_says_the_same_of_a_broken_workbook() -> None:
    chosen = list(mutation.mutated(SEED, COUNT))[:: COUNT // 12]
    said = read_in_batches([data for _, data in chosen])
    for (name, data), expected in zip(chosen, said, strict=True):
        try:
            workbook.read(data, name)
        except Unreadable as refused:
            rule = refused.problems[0].rule.removeprefix("file-")
            kinds = {"broken", "kind", "csv", "empty", "web-page"}
            assert expected is None or rule == expected["end"] or rule in kinds
        else:
            assert expected is not None
            assert expected["end"] == "read"
