"""The ways in which a query can ask for rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    exists,
    func,
    lateral,
    literal_column,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import aliased, load_only, make_transient_to_detached, undefer

from portal.members.models import Change, Member
from portal.organizations.models import Appointment, Unit, UnitLink
from portal.scope import service as scope
from portal.screening.models import Record
from portal.tracing.models import Contact
from tests.scope.shapes import TABLE, key, reads

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.scope.conftest import Walled

M = aliased(Member)


@reads
def get_by_key(session: Session, walled: Walled) -> Any:
    return session.get(Member, key(walled))


@reads
def get_what_a_door_had_loaded(session: Session, walled: Walled) -> Any:
    with scope.beyond(session, scope.Reason.TREE):
        kept = session.get(Member, key(walled))
    assert kept is not None
    return session.get(Member, key(walled))


@reads
def select_entity(session: Session, _: Walled) -> Any:
    return session.scalars(select(Member)).all()


@reads
def select_by_key(session: Session, walled: Walled) -> Any:
    return session.scalars(select(Member).where(Member.id == key(walled)[1])).all()


@reads
def select_column(session: Session, _: Walled) -> Any:
    return session.execute(select(Member.name)).all()


@reads
def select_expression(session: Session, _: Walled) -> Any:
    return session.execute(select(func.upper(Member.name))).all()


@reads
def legacy_query(session: Session, _: Walled) -> Any:
    return session.query(Member).all()


@reads
def legacy_query_get(session: Session, walled: Walled) -> Any:
    return session.query(Member).filter_by(id=key(walled)[1]).first()


@reads
def count(session: Session, _: Walled) -> Any:
    found = session.scalar(select(func.count()).select_from(Member))
    assert found == 5
    return found


@reads
def count_column(session: Session, _: Walled) -> Any:
    assert session.scalar(select(func.count(Member.id))) == 5


@reads
def aggregate(session: Session, _: Walled) -> Any:
    return session.execute(select(func.max(Member.name), func.min(Member.name))).all()


@reads
def group(session: Session, _: Walled) -> Any:
    return session.execute(select(Member.path, func.max(Member.name)).group_by(Member.path)).all()


@reads
def alias(session: Session, _: Walled) -> Any:
    return session.scalars(select(M)).all()


@reads
def alias_column(session: Session, _: Walled) -> Any:
    return session.execute(select(M.name)).all()


@reads
def join(session: Session, _: Walled) -> Any:
    on = (Member.tenant_id == Unit.tenant_id) & (Member.unit_id == Unit.id)
    return session.execute(select(Unit.name, Member.name).join(Member, on)).all()


@reads
def outer_join(session: Session, _: Walled) -> Any:
    on = Member.tenant_id == Unit.tenant_id
    return session.execute(select(Unit.name, Member.name).outerjoin(Member, on)).all()


@reads
def self_join(session: Session, _: Walled) -> Any:
    on = Member.tenant_id == M.tenant_id
    return session.execute(select(M.name).select_from(Member).join(M, on)).all()


@reads
def cartesian(session: Session, _: Walled) -> Any:
    return session.execute(select(Member.name, M.name).where(Member.tenant_id == M.tenant_id)).all()


@reads
def exists_alone(session: Session, walled: Walled) -> Any:
    assert session.scalar(select(exists().where(Member.id == key(walled)[1]))) is False


@reads
def exists_with_columns(session: Session, walled: Walled) -> Any:
    there = select(Member.id).where(Member.id == key(walled)[1]).exists()
    assert session.scalar(select(there)) is False


@reads
def exists_correlated(session: Session, walled: Walled) -> Any:
    there = exists().where(Member.tenant_id == Unit.tenant_id, Member.id == key(walled)[1])
    assert session.execute(select(Unit.id).where(there)).all() == []


@reads
def subquery(session: Session, _: Walled) -> Any:
    inner = select(Member.name).subquery()
    return session.execute(select(inner.c.name)).all()


@reads
def entity_from_subquery(session: Session, _: Walled) -> Any:
    return session.scalars(select(aliased(Member, select(Member).subquery()))).all()


@reads
def scalar_subquery(session: Session, _: Walled) -> Any:
    inner = select(func.max(Member.name)).scalar_subquery()
    return session.execute(select(Unit.name, inner)).all()


@reads
def in_subquery(session: Session, _: Walled) -> Any:
    inner = select(Member.unit_id)
    found = session.execute(select(Unit.path).where(Unit.id.in_(inner))).all()
    assert len(found) == 1
    return found


@reads
def cte(session: Session, _: Walled) -> Any:
    inner = select(Member.name).cte()
    return session.execute(select(inner.c.name)).all()


@reads
def recursive_cte(session: Session, _: Walled) -> Any:
    top = select(Unit.id, Unit.name).where(Unit.parent_id.is_(None)).cte(recursive=True)
    below = select(Unit.id, Unit.name).join(top, Unit.parent_id == top.c.id)
    return session.execute(select(top.union_all(below).c.name)).all()


@reads
def union(session: Session, _: Walled) -> Any:
    return session.execute(union_all(select(Member.name), select(M.name))).all()


@reads
def union_as_entity(session: Session, _: Walled) -> Any:
    both = union_all(select(Member), select(Member)).subquery()
    return session.scalars(select(aliased(Member, both))).all()


@reads
def lateral_join(session: Session, walled: Walled) -> Any:
    if walled.engine.dialect.name == "sqlite":
        return session.execute(select(select(Member.name).subquery())).all()
    inner = lateral(select(Member.name).where(Member.tenant_id == Unit.tenant_id))
    return session.execute(select(Unit.name, inner.c.name)).all()


@reads
def window(session: Session, _: Walled) -> Any:
    return session.execute(
        select(func.first_value(Member.name).over(order_by=Member.name.desc()))
    ).all()


@reads
def parent_only(session: Session, walled: Walled) -> Any:
    links = session.scalars(select(UnitLink.unit_id)).all()
    assert walled.ids["B2"] not in links
    assert walled.ids["B1"] in links


@reads
def other_persons_rows(session: Session, _: Walled) -> Any:
    for model in (Change, Record, Contact):
        paths = session.scalars(select(model.path).distinct()).all()
        assert len(paths) == 1
    return None


@reads
def posts_at_the_other_branch(session: Session, walled: Walled) -> Any:
    assert walled.paths["B2"] not in session.scalars(select(Appointment.path)).all()


@reads
def load_only_some(session: Session, _: Walled) -> Any:
    return session.scalars(select(Member).options(load_only(Member.name))).all()


@reads
def deferred(session: Session, _: Walled) -> Any:
    return session.scalars(select(Member).options(undefer(Member.remark))).all()


@reads
def stream(session: Session, _: Walled) -> Any:
    return list(session.scalars(select(Member).execution_options(yield_per=2)))


@reads
def populate_existing(session: Session, _: Walled) -> Any:
    return session.scalars(select(Member).execution_options(populate_existing=True)).all()


@reads
def sort_by_hidden(session: Session, _: Walled) -> Any:
    return session.scalars(select(Member).order_by(Member.id_digest).limit(100)).all()


@reads
def core_table(session: Session, _: Walled) -> Any:
    return session.execute(select(TABLE)).all()


@reads
def core_column(session: Session, _: Walled) -> Any:
    return session.execute(select(TABLE.c.name)).all()


@reads
def core_alias(session: Session, _: Walled) -> Any:
    return session.execute(select(TABLE.alias().c.name)).all()


@reads
def core_beside_entity(session: Session, _: Walled) -> Any:
    other = TABLE.alias()
    together = Member.tenant_id == other.c.tenant_id
    return session.execute(select(Member.name, other.c.name).where(together)).all()


@reads
def core_in_subquery(session: Session, _: Walled) -> Any:
    inner = select(func.max(TABLE.c.name)).scalar_subquery()
    return session.execute(select(Unit.name, inner)).all()


@reads
def plain_text(session: Session, _: Walled) -> Any:
    return session.execute(text("SELECT name FROM member")).all()


@reads
def quoted_text(session: Session, _: Walled) -> Any:
    return session.execute(text('SELECT "name" FROM "member" AS m')).all()


@reads
def commented_text(session: Session, _: Walled) -> Any:
    return session.execute(text("SELECT name FROM/**/MEMBER -- x")).all()


@reads
def text_with_schema(session: Session, walled: Walled) -> Any:
    schema = "main" if walled.engine.dialect.name == "sqlite" else "public"
    return session.execute(text(f"SELECT name FROM {schema}.member")).all()


@reads
def text_with_columns(session: Session, _: Walled) -> Any:
    return session.execute(text("SELECT name FROM member").columns(Member.name)).all()


@reads
def from_statement(session: Session, _: Walled) -> Any:
    return session.scalars(select(Member).from_statement(text("SELECT * FROM member"))).all()


@reads
def text_in_where(session: Session, _: Walled) -> Any:
    return session.execute(
        select(Unit.name, literal_column("(SELECT max(name) FROM member)"))
    ).all()


@reads
def text_that_breaks_out(session: Session, _: Walled) -> Any:
    return session.execute(select(Member.name).where(text("1=1) OR (1=1"))).all()


@reads
def text_from(session: Session, _: Walled) -> Any:
    return session.execute(select(text("name")).select_from(text("member"))).all()


@reads
def connection_of_the_session(session: Session, _: Walled) -> Any:
    return session.connection().execute(text("SELECT name FROM member")).all()


@reads
def driver_sql(session: Session, _: Walled) -> Any:
    return session.connection().exec_driver_sql("SELECT name FROM member").all()


@reads
def driver_cursor(session: Session, _: Walled) -> Any:
    session.execute(select(Unit.id)).all()
    cursor = session.connection().connection.cursor()
    return cursor.execute("SELECT name FROM member").fetchall()


@reads
def another_connection(_: Session, walled: Walled) -> Any:
    with walled.engine.connect() as connection:
        return connection.execute(text("SELECT name FROM member")).all()


@reads
def raw_connection(_: Session, walled: Walled) -> Any:
    connection = walled.engine.raw_connection()
    try:
        return connection.cursor().execute("SELECT name FROM member").fetchall()
    finally:
        connection.close()


@reads
def refresh_of_what_was_put_in(session: Session, walled: Walled) -> Any:
    ghost = Member(tenant_id=1, id=key(walled)[1])
    make_transient_to_detached(ghost)
    session.add(ghost)
    return ghost.name


@reads
def merge(session: Session, walled: Walled) -> Any:
    found = session.merge(Member(tenant_id=1, id=key(walled)[1]), load=True)
    session.expunge(found)
    return found.name
