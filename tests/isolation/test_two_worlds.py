"""Two worlds that differ only where somebody may not look answer them with the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.core.database import open_engine
from portal.core.keys import uuid7
from portal.imports.models import Upload
from portal.members.models import Member
from portal.notifications.models import Notice
from portal.organizations.models import Account, Appointment, Unit
from portal.reporting.models import Filing, Remark, Return
from portal.screening.models import Record
from portal.tracing.models import Contact
from tests.databases import as_owner
from tests.isolation.answers import alike
from tests.isolation.sending import ASKED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.isolation.answers import Visit
    from tests.isolation.visiting import House

OTHER = "另一个世界"
# What answers nobody twice alike, however still the world stands.
NEVER_TWICE = {
    "factor.set_up": "draws a new secret each time",
    "watch.figures": "counts what was asked since, and is for the machine, not for a person",
}
# who looks, and the units whose rows are changed behind their back
OUT_OF_REACH = {
    "own clerk": ("A2", "B1", "B2", "E1", "H2", "H3", "D2"),
    "own committee": ("B1", "B2", "E1", "H2", "H3", "D2"),
    "district": ("E1", "H3", "D2"),
}


def corpus(house: House, name: str) -> Iterator[Visit]:
    """Yield the answer to everything that can be asked for by reading."""
    visitor = house.visitors[name]
    for rule in house.rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in NEVER_TWICE:
            continue
        for code in house.owners(rule, ("A1", "B1", "H1", "D2")):
            for _, address in house.addresses(rule, code):
                visit = house.visit(visitor, "GET", rule, address, code=code)
                yield visit
                if visit.status < 400 and not house.is_beyond(visitor, rule, code):
                    query = ASKED | house.ids(code)
                    yield house.visit(visitor, "GET", rule, address, code=code, query=query)


def turn(session: Session, paths: list[str], text: str) -> None:
    """Change whatever can be changed at these units: texts, figures, states, how many there are."""
    for model, values in (
        (Unit, {"name": text, "full_name": text, "information": text, "liaison": text}),
        (Member, {"name": text, "remark": text, "gender": "2", "standing": "probationary"}),
        (Record, {"lost": True, "floating": False, "screened": False, "age": 99}),
        (Return, {"state": "returned", "late": True, "round": 9}),
        (Filing, {"narrative": text, "overrides": {}}),
        (Remark, {"text": text, "answer_text": text}),
    ):
        session.execute(update(model).where(model.path.in_(paths)).values(**values))
    session.execute(delete(Contact).where(Contact.path.in_(paths)))
    session.execute(delete(Upload).where(Upload.path.in_(paths)))
    people = select(Appointment.user_id).where(Appointment.path.in_(paths))
    session.execute(update(Account).where(Account.id.in_(people)).values(full_name=text))
    session.execute(update(Notice).where(Notice.user_id.in_(people)).values(zh=text, en=text))
    for unit in session.scalars(
        select(Unit).where(Unit.tenant_id == 1, Unit.path.in_(paths))
    ).all():
        for _ in range(7):
            session.add(Member(tenant_id=1, id=uuid7(), unit_id=unit.id, path=unit.path, name=text))


@pytest.mark.parametrize("name", OUT_OF_REACH)
def test_what_lies_out_of_reach_does_not_change_one_byte(house: House, name: str):
    text = f"{OTHER}：{name}"  # what was turned for who came before may lie in reach
    before = list(corpus(house, name))
    owner = open_engine(as_owner(house.app.config["SQLALCHEMY_DATABASE_URI"]), owner=True)
    with Session(owner) as session:
        turn(session, [house.owned[code].path for code in OUT_OF_REACH[name]], text)
        session.commit()
        assert session.scalars(select(Unit.name).where(Unit.name == text)).all()
    owner.dispose()
    after = list(corpus(house, name))
    differing = [
        str(one) for one, other in zip(before, after, strict=True) if not alike(one, other)
    ]
    assert not differing, "\n".join(differing)
    assert not [str(visit) for visit in after if text.encode() in visit.text]
