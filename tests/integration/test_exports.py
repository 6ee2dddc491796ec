"""Files that were taken away: when a second person is needed, what is kept, and the leak drill."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from sqlalchemy import select

from portal import access
from portal.access import Grant, Role
from portal.audit import Act, Entry
from portal.core import clock
from portal.core.errors import NotAllowed, OutOfTurn, Overtaken
from portal.documents import official, store, unseen
from portal.exports import service as exports
from portal.members import tidy
from portal.notifications.models import Notice
from portal.organizations.models import Unit
from tests import office, scene

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from portal.exports.models import Export
    from tests.scene import Scene

HOLDER = "a browser"


@pytest.fixture
def under_way(session: Session, tmp_path: Path) -> Scene:
    """A campaign in which the branch B1 has screened its five members and filed."""
    store.put_in_place(tmp_path)
    built = scene.build(session)
    scene.screen(session, built)
    scene.file(session, built)
    return built


def asked(session: Session, built: Scene, who: str, code: str, table: str = "t2") -> Export:
    unit = session.scalars(select(Unit).where(Unit.path == built.path(code))).one()
    with clock.pinned(scene.AT):
        return exports.ask(
            session, built.actor(session, who), built.campaign, unit, table, reason="check"
        )


def content(session: Session, built: Scene, who: str, export: Export) -> bytes:
    actor = built.actor(session, who)
    with clock.pinned(scene.AT):
        token = exports.link_for(session, actor, export.id, HOLDER)
        return exports.fetch(session, actor, export.id, token, HOLDER)[1]


def trails(session: Session, data: bytes, name: str = "leak.xlsx") -> list[tuple[str, str]]:
    found = exports.trace(session, access.operator(1), data, name)
    return [(trail.export.number, trail.by) for trail in found]


def test_a_small_export_of_ones_own_branch_is_ready_at_once(session: Session, under_way: Scene):
    export = asked(session, under_way, "clerk", "B1")

    assert (export.state, export.persons, export.units) == ("ready", 5, 1)
    assert content(session, under_way, "clerk", export).startswith(b"PK")
    assert export.state == "fetched"


def test_figures_name_nobody_and_need_no_second_person(session: Session, under_way: Scene):
    export = asked(session, under_way, "organiser", "B1", "t7")

    assert (export.state, export.persons) == ("ready", 0)


def test_more_than_one_branch_needs_a_second_person(session: Session, under_way: Scene):
    scene.second_branch(session, under_way)
    export = asked(session, under_way, "organiser", "H1", "t2")

    assert (export.state, export.persons, export.units) == ("waiting", 7, 2)
    told = session.scalars(select(Notice.user_id).where(Notice.kind == "export")).all()
    assert under_way.world.people["committee"].id in told
    assert under_way.world.people["organiser"].id not in told


def waiting(session: Session, built: Scene, who: str = "clerk", code: str = "B1") -> Export:
    export = asked(session, built, who, code)
    export.state = "waiting"
    session.flush()
    return export


# who asked, who would decide, whether they may
DECIDERS = (
    ("clerk", "secretary", True),
    ("clerk", "committee", True),
    ("clerk", "leader", True),
    ("clerk", "clerk", False),
    ("clerk", "organiser", False),
    ("secretary", "committee", True),
    ("secretary", "secretary", False),
)


@pytest.mark.parametrize(("who", "decider", "may"), DECIDERS)
def test_who_may_agree_stands_in_a_table(
    session: Session, under_way: Scene, who: str, decider: str, *, may: bool
):
    export = waiting(session, under_way, who)
    actor = under_way.actor(session, decider)
    with clock.pinned(scene.AT):
        if may:
            exports.approve(session, actor, export.id, version=export.version)
            assert (export.state, export.approver) == ("ready", actor.user_id)
        else:
            with pytest.raises(NotAllowed, match="另一位同志"):
                exports.approve(session, actor, export.id, version=export.version)


def test_nobody_agrees_to_their_own_under_another_post(session: Session, under_way: Scene):
    export = waiting(session, under_way)
    clerk = under_way.actor(session, "clerk")
    both = access.Actor(
        clerk.user_id, 1,
        clerk.grants | {Grant(Role.COMMITTEE_SECRETARY, under_way.path("H1"))},
    )  # fmt: skip

    with clock.pinned(scene.AT), pytest.raises(NotAllowed):
        exports.approve(session, both, export.id, version=export.version)


def test_two_who_decide_at_once_decide_once(session: Session, under_way: Scene):
    export = waiting(session, under_way)
    seen = export.version
    with clock.pinned(scene.AT):
        secretary, committee = (under_way.actor(session, who) for who in ("secretary", "committee"))
        exports.refuse(session, secretary, export.id, version=seen)
        with pytest.raises((OutOfTurn, Overtaken)):
            exports.approve(session, committee, export.id, version=seen)
    assert export.state == "refused"


def test_what_nobody_approved_in_a_day_lapses(session: Session, under_way: Scene):
    export = waiting(session, under_way)
    with clock.pinned(scene.AT + timedelta(hours=25)):
        with pytest.raises(OutOfTurn, match="24 小时"):
            exports.approve(
                session, under_way.actor(session, "secretary"), export.id, version=export.version
            )
        exports.sweep(session)
    session.expire_all()
    assert export.state == "expired"


def test_files_are_removed_after_a_day_and_records_stay(
    session: Session, under_way: Scene, tmp_path: Path
):
    export = asked(session, under_way, "clerk", "B1")
    session.flush()
    kept = tmp_path / "exports" / export.stored_as
    assert kept.exists()
    assert b"PK" not in kept.read_bytes()[:64]

    with clock.pinned(scene.AT + timedelta(hours=23)):
        assert exports.sweep(session) == 0
    with clock.pinned(scene.AT + timedelta(hours=25)):
        assert exports.sweep(session) == 1
    session.expire_all()
    assert not kept.exists()
    assert export.sha256


def test_the_log_tells_each_step_with_its_number(session: Session, under_way: Scene):
    export = asked(session, under_way, "clerk", "B1")
    content(session, under_way, "clerk", export)
    session.commit()

    acts = {Act.REPORT_EXPORT.value, Act.EXPORT_FETCH.value}
    entries = session.scalars(select(Entry).where(Entry.act.in_(acts)).order_by(Entry.number)).all()
    assert [entry.act for entry in entries] == ["report:export", "export:fetch"]
    assert entries[1].detail["number"] == export.number
    assert entries[1].detail["sha256"] == export.sha256


def test_the_mark_stands_on_the_sheet_in_print_and_in_the_properties(
    session: Session, under_way: Scene
):
    export = asked(session, under_way, "clerk", "B1")
    data = content(session, under_way, "clerk", export)

    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {name: package.read(name).decode() for name in package.namelist()}
    number = export.number
    assert number in parts["docProps/core.xml"]
    assert number in parts["docProps/custom.xml"]
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert sheet.split("<oddHeader>")[1].split("</oddHeader>")[0].count(number) == 1
    assert sheet.split("<oddFooter>")[1].split("</oddFooter>")[0].count(number) == 1
    assert number in parts["xl/sharedStrings.xml"]
    assert unseen.found(parts["xl/sharedStrings.xml"]) == {number[-8:]}


def test_the_very_file_is_traced(session: Session, under_way: Scene):
    export = asked(session, under_way, "clerk", "B1")
    asked(session, under_way, "secretary", "B1")

    found = trails(session, content(session, under_way, "clerk", export))
    assert found == [(export.number, "file")]


def without_marks(data: bytes, rows: slice) -> list[list[Any]]:
    """Return some rows of the list, as somebody would copy them."""
    page = openpyxl.load_workbook(io.BytesIO(data)).active
    values = [[cell.value for cell in row] for row in page.iter_rows()]
    return values[5:-3][rows]


def saved(rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_two_copied_rows_are_enough_for_the_unseen_number(session: Session, under_way: Scene):
    export = asked(session, under_way, "clerk", "B1")
    asked(session, under_way, "secretary", "B1")
    rows = without_marks(content(session, under_way, "clerk", export), slice(1, 3))

    assert trails(session, saved(rows)) == [(export.number, "unseen")]


def test_without_the_serial_numbers_the_cells_still_tell_which_exports_it_could_be(
    session: Session, under_way: Scene
):
    one = asked(session, under_way, "clerk", "B1")
    two = asked(session, under_way, "secretary", "B1")
    asked(session, under_way, "secretary", "B1", "t7")
    rows = without_marks(content(session, under_way, "clerk", one), slice(1, 4))

    found = trails(session, saved([row[1:] for row in rows]))
    assert sorted(found) == sorted([(one.number, "content"), (two.number, "content")])


def test_rows_typed_into_a_text_file_are_traced_as_well(session: Session, under_way: Scene):
    export = asked(session, under_way, "clerk", "B1")
    rows = without_marks(content(session, under_way, "clerk", export), slice(0, 4))
    text = "\n".join(",".join(str(cell or "") for cell in row[1:]) for row in rows)

    assert trails(session, text.encode(), "leak.csv") == [(export.number, "content")]


def test_a_file_of_nobody_is_traced_to_nobody(session: Session, under_way: Scene):
    asked(session, under_way, "clerk", "B1")

    assert trails(session, saved([["某人", "990101198703100011", "1987.03.10"]] * 3)) == []


@pytest.mark.office
def test_a_file_saved_anew_by_another_program_is_traced(
    session: Session, under_way: Scene, tmp_path: Path
):
    export = asked(session, under_way, "clerk", "B1")
    file = tmp_path / "泄露.xlsx"
    file.write_bytes(content(session, under_way, "clerk", export))
    again = office.convert(file, "xlsx").read_bytes()

    assert trails(session, again) == [(export.number, "number")]
    rows = without_marks(again, slice(0, 2))
    assert trails(session, saved(rows)) == [(export.number, "unseen")]


def test_the_unseen_number_is_no_part_of_what_is_read_in_again():
    assert tidy.compact(f"12{unseen.written('20261120-00ff12ab')}") == "12"
    assert official.Mark("甲", "乙", scene.AT, "20261120-00ff12ab").text.endswith("00ff12ab")
