"""Rosters in and out: a large one over bare reading and writing, a branch's end to end."""

from __future__ import annotations

import io
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import python_calamine
import xlsxwriter
from sqlalchemy.orm import Session

from benchmarks import places as where
from benchmarks.cities import City, tree
from benchmarks.measures import Figure, plain, ratio, seconds
from benchmarks.pages import served, signed_in
from portal import access
from portal.core.database import open_engine, transaction
from portal.documents import store
from portal.imports import service as imports
from portal.members import export, roster
from portal.organizations import service as organizations
from portal.rehearsal import people
from tests.web.conftest import token_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.places import Places

ROWS, MANY, FEW, COLUMNS = 10_000, 100_000, 50, 25
OPTIONS = {"constant_memory": True, "strings_to_numbers": False, "strings_to_formulas": False,
           "strings_to_urls": False}  # fmt: skip


def figures(places: Places) -> Iterator[Figure]:
    """Measure on every system that is here."""
    rows = MANY if places.full else ROWS
    file = places.folder / "roster.xlsx"
    texts = _texts(rows)
    _written(file, texts)
    for system in places.systems:
        url = _city(places, system)
        yield from _taken_in(places, system, url, file, rows)
        yield from _taken_out(places, system, url, rows)
    yield _branch(places, _few(places))


def _texts(rows: int) -> list[list[str]]:
    """Return a roster as people type it: a header, and rows of nobody."""
    columns = [c for c in roster.STORED if c.field != "id_number"][: COLUMNS - 1]
    columns.insert(1, roster.BY_FIELD["id_number"])
    random, day = Random(7), date(2026, 11, 25)
    lines = [[column.words.zh for column in columns]]
    for number in range(rows):
        made = people.make(random, number, day).roster | {
            "address": f"某省某市某区某路{number}号", "remark": "从原名册转来", "party_post": "无",
        }  # fmt: skip
        lines.append([_shown(column.field, made.get(column.field)) for column in columns])
    return lines


def _shown(field: str, value: Any) -> str:
    return "" if value is None or value == "" else roster.shown(field, value)


def _written(file: Path, lines: list[list[str]]) -> None:
    with xlsxwriter.Workbook(str(file), OPTIONS) as book:
        page = book.add_worksheet("名册")
        for at, line in enumerate(lines):
            for place, text in enumerate(line):
                if text:
                    page.write_string(at, place, text)


def _city(places: Places, system: str) -> str:
    url = places.fresh(system)
    engine = open_engine(url, owner=True)
    with Session(engine) as session:
        # No campaign is open: with one, every new member is enrolled in it as well.
        City(session, 2, 0).set_up(organizations.read(tree(2), "tree.csv").rows)
    engine.dispose()
    return url


def _taken_in(places: Places, system: str, url: str, file: Path, rows: int) -> Iterator[Figure]:
    bare, _ = _apart(_read_bare, url, file)
    ours, memory = _apart(_take_in, url, file)
    places.settle(url)
    yield ratio(f"Roster in, {rows:,} x {COLUMNS}, {system}", ours, "calamine's bare read", bare,
                unit="s", at_most=6)  # fmt: skip
    yield plain(f"Memory it adds, {system}", memory, "MB", at_most=400)


def _taken_out(places: Places, system: str, url: str, rows: int) -> Iterator[Figure]:
    out = places.folder / "out.xlsx"
    ours, memory = _apart(_take_out, url, out)
    lines = python_calamine.CalamineWorkbook.from_path(str(out)).get_sheet_by_index(0).to_python()
    floor, _ = _apart(_write_bare, url, out)
    yield ratio(f"Roster out, {rows:,} x {len(lines[2])}, {system}", ours,
                "XlsxWriter constant_memory, same texts", floor, unit="s", at_most=1.2)  # fmt: skip
    yield plain(f"Memory it adds, {system}", memory, "MB", at_most=100)


def _apart(act: Callable[[str, Path], float], url: str, file: Path) -> tuple[float, float]:
    """Return seconds and the MB that `act` adds at most, in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(_alone, act, url, file).result()


def _alone(act: Callable[[str, Path], float], url: str, file: Path) -> tuple[float, float]:
    where.put_keys_in_place()
    store.put_in_place(file.parent)
    before = _kilobytes("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins here
    taken = act(url, file)
    return taken, (_kilobytes("VmHWM") - before) / 1024


def _kilobytes(name: str) -> int:
    """Return what the kernel says of this process; a child that reads has a limit of its own."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith(name)))


def _read_bare(_url: str, file: Path) -> float:
    data = file.read_bytes()

    def read() -> None:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        book.get_sheet_by_index(0).to_python()

    return min(seconds(read) for _ in range(3))


def _take_in(url: str, file: Path) -> float:
    engine = open_engine(url, owner=True)
    with Session(engine) as session:
        operator = access.operator(1)
        unit = organizations.get_unit_by_code(session, operator, "B0")
        started = time.perf_counter()
        with transaction(session):
            upload = imports.receive(session, operator, unit, file.name, file.read_bytes())
            imports.take_over(session, operator, upload.id, version=upload.version)
        taken = time.perf_counter() - started
    engine.dispose()
    return taken


def _take_out(url: str, out: Path) -> float:
    engine = open_engine(url, owner=True)
    with Session(engine) as session:
        operator = access.operator(1)
        unit = organizations.get_unit_by_code(session, operator, "B0")

        def write() -> None:
            with transaction(session):
                export.export_roster(session, operator, unit, out)

        taken = seconds(write)
    engine.dispose()
    return taken


def _write_bare(_url: str, out: Path) -> float:
    book = python_calamine.CalamineWorkbook.from_path(str(out))
    lines = [[str(cell) for cell in line] for line in book.get_sheet_by_index(0).to_python()]
    return seconds(lambda: _written(out.with_name("floor.xlsx"), lines))


def _few(places: Places) -> str:
    url = places.fresh(places.systems[-1])
    engine = open_engine(url, owner=True)
    with Session(engine) as session:
        names = City(session, 2, 0).build().open_doors()
    engine.dispose()
    places.settle(url)
    return f"{url} {names['branch']}"


def _branch(places: Places, at: str) -> Figure:
    """Measure a branch's workbook from the upload to the page that says what is wrong."""
    url, name = at.split()
    file = places.folder / "branch.xlsx"
    _written(file, _texts(FEW))
    with served(places, url) as app:
        client = signed_in(app, name)
        times = []
        for at_row in range(4):
            # Another file each time, for the same one again is the same upload.
            lines = _texts(FEW)
            lines[1][0] = f"王{'甲乙丙丁'[at_row]}"
            _written(file, lines)
            form = {"csrf_token": token_of(client.get("/me").text),
                    "file": (io.BytesIO(file.read_bytes()), f"{at_row}.xlsx")}  # fmt: skip

            def send(form: dict[str, Any] = form) -> None:
                answer = client.post("/import", data=form, follow_redirects=True)
                assert answer.status_code == 200
                assert answer.request.path != "/import"

            times.append(seconds(send))
    system = places.systems[-1]
    return plain(f"A branch's {FEW} rows, upload to checked page, {system}", 1000 * min(times),
                 "ms", at_most=300)  # fmt: skip
