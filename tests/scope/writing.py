"""The ways in which a query can change rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.orm import make_transient_to_detached

from portal.core.keys import uuid7
from portal.members.models import Change, Member
from portal.organizations.models import Unit, UnitLink
from portal.screening.models import Record
from portal.tracing.models import Contact
from tests.scope.shapes import TABLE, key, writes

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.scope.conftest import Walled


@writes
def change_an_attribute(session: Session, walled: Walled) -> None:
    member = session.get(Member, key(walled))
    if member is not None:
        member.remark = "改"
        session.flush()


@writes
def change_a_ghost(session: Session, walled: Walled) -> None:
    ghost = Member(tenant_id=1, id=key(walled)[1], path=walled.paths["B1"], version=1)
    make_transient_to_detached(ghost)
    session.add(ghost)
    ghost.remark = "改"
    session.flush()


@writes
def add_there(session: Session, walled: Walled) -> None:
    session.add(Member(tenant_id=1, unit_id=walled.ids["B2"], path=walled.paths["B2"], name="改"))
    session.flush()


@writes
def add_to_another_tenant(session: Session, walled: Walled) -> None:
    session.add(Member(tenant_id=2, unit_id=walled.ids["B1"], path=walled.paths["B1"], name="改"))
    session.flush()


@writes
def move_there(session: Session, walled: Walled) -> None:
    member = session.get(Member, (1, walled.members["丁一甲"]))
    assert member is not None
    member.path = walled.paths["B2"]
    session.flush()


@writes
def move_the_unit(session: Session, walled: Walled) -> None:
    unit = session.get(Unit, (1, walled.ids["B1"]))
    assert unit is not None
    unit.path = walled.paths["B2"] + "9/"
    session.flush()


@writes
def change_a_superior(session: Session, walled: Walled) -> None:
    unit = session.get(Unit, (1, walled.ids["H1"]))
    assert unit is not None
    unit.information = "改"
    session.flush()


@writes
def remove(session: Session, walled: Walled) -> None:
    member = session.get(Member, key(walled))
    if member is not None:
        session.delete(member)
        session.flush()


@writes
def bulk_update(session: Session, _: Walled) -> None:
    session.execute(update(Member).values(remark="改"))


@writes
def bulk_update_by_key(session: Session, walled: Walled) -> None:
    session.execute(update(Member), [_changed(walled)])


@writes
def bulk_update_that_moves(session: Session, walled: Walled) -> None:
    session.execute(update(Member).values(path=walled.paths["B2"]))


@writes
def bulk_update_mappings(session: Session, walled: Walled) -> None:
    session.bulk_update_mappings(Member.__mapper__, [_changed(walled)])


@writes
def bulk_insert(session: Session, walled: Walled) -> None:
    session.execute(insert(Contact), [_contact(walled)])


@writes
def bulk_insert_mappings(session: Session, walled: Walled) -> None:
    session.bulk_insert_mappings(Contact.__mapper__, [_contact(walled)])


@writes
def insert_returning(session: Session, walled: Walled) -> None:
    session.scalars(insert(Contact).returning(Contact.id), [_contact(walled)]).all()


@writes
def insert_from_select(session: Session, walled: Walled) -> None:
    names = ["tenant_id", "id", "unit_id", "parent_id", "valid_from", "reason"]
    taken = select(
        Member.tenant_id, Member.id, Member.unit_id, Member.unit_id, func.date("2026-01-01"),
        Member.name,
    ).where(Member.id == key(walled)[1])  # fmt: skip
    session.execute(insert(UnitLink).from_select(names, taken))


@writes
def bulk_delete(session: Session, _: Walled) -> None:
    session.execute(delete(Contact))
    session.execute(delete(Change))


@writes
def core_update(session: Session, walled: Walled) -> None:
    session.execute(update(TABLE).where(TABLE.c.id == key(walled)[1]).values(remark="改"))


@writes
def core_update_many(session: Session, walled: Walled) -> None:
    session.execute(
        update(TABLE).where(TABLE.c.id == bindparam("it")).values(remark="改"),
        [{"it": key(walled)[1]}],
    )


@writes
def core_delete(session: Session, walled: Walled) -> None:
    session.execute(delete(Record.__table__).where(Record.__table__.c.path == walled.paths["B2"]))


@writes
def text_update(session: Session, _: Walled) -> None:
    session.execute(text("UPDATE member SET remark = '改'"))


@writes
def text_delete(session: Session, _: Walled) -> None:
    session.execute(text("DELETE FROM contact"))


@writes
def driver_update(session: Session, _: Walled) -> None:
    session.connection().exec_driver_sql("UPDATE member SET remark = '改'")


def _changed(walled: Walled) -> dict[str, Any]:
    return {"tenant_id": 1, "id": key(walled)[1], "version": 1, "remark": "改"}


def _contact(walled: Walled) -> dict[str, Any]:
    return {
        "tenant_id": 1, "id": uuid7(), "record_id": key(walled)[1], "path": walled.paths["B2"],
        "on": "2026-11-01", "channel": "self", "result": "reached", "responsible": "改",
        "at": None, "by": None,
    }  # fmt: skip
