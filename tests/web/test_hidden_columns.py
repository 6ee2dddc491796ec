"""No list is filtered or put in order by a column that nobody chose to offer (I6)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from portal.tables import Model
from tests import scene as played

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.web.conftest import SignIn
    from tests.web.world import World

WEB = Path(__file__).resolve().parents[2] / "portal" / "web"
# What pages offer to be asked by, each by a name of its own.
OFFERED = {
    name
    for file in WEB.glob("*.py")
    for name in re.findall(r'args(?:\.get(?:list)?\(|\[)"(\w+)"', file.read_text("utf-8"))
}
COLUMNS = sorted({
    column.name for table in Model.metadata.tables.values() for column in table.columns
} - OFFERED)  # fmt: skip
LISTS = (
    ("organiser", "/members"), ("clerk", "/screening"), ("organiser", "/lost"),
    ("system", "/users"), ("city", "/status"),
)  # fmt: skip


def body(text: str) -> str:
    """Return a page without what differs each time, and without its own address."""
    shown = re.sub(r'(content|value|href|action|hx-[a-z-]+)="[^"]*"|\d\d:\d\d(:\d\d)?', "", text)
    return re.sub(r"[0-9a-f-]{36}", "", shown)


@pytest.mark.parametrize(("who", "listed"), LISTS)
def test_no_column_of_any_table_filters_or_orders_a_list(
    session: Session, world: World, sign_in: SignIn, who: str, listed: str
):
    played.screen(session, played.build(session, world))
    session.commit()
    client = sign_in(who)
    assert len(COLUMNS) > 150
    asked = [dict.fromkeys(COLUMNS, "9"), {f"_flt_0_{name}": "9" for name in COLUMNS}]
    orders = ("password", "id_number", "phone", "seed_sealed", "id_number_digest")
    asked += [{"sort": name, "order": "desc", "_oc_x": name} for name in orders]
    client.get(listed)
    plain = client.get(listed)
    assert plain.status_code == 200
    for query in asked:
        said = client.get(listed, query_string=query)
        assert said.status_code == 200
        assert body(said.text) == body(plain.text)


def test_what_is_offered_does_change_a_list(session: Session, world: World, sign_in: SignIn):
    played.screen(session, played.build(session, world))
    session.commit()
    client = sign_in("organiser")
    assert body(client.get("/members?q=丁一甲").text) != body(client.get("/members").text)
