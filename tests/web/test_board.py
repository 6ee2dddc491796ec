"""The roll-up board on the page: figures of every level, and where names stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import scene as played
from tests.web import reported

if TYPE_CHECKING:
    import uuid

    from sqlalchemy.orm import Session

    from tests.scene import Scene
    from tests.web.conftest import SignIn
    from tests.web.world import World

IN_PAGE = {"HX-Request": "true"}


@pytest.fixture
def at(session: Session, world: World) -> dict[str, uuid.UUID]:
    """The units by code, in a campaign in which B1 and B3 have filed."""
    scene: Scene = reported.build(session, world)
    played.file(session, scene)
    played.file(session, scene, "third", "B3")
    units = {code: unit.id for code, unit in world.units.items()}
    session.rollback()
    return units


def test_the_board_tells_the_news_first(at: dict[str, uuid.UUID], sign_in: SignIn):
    page = sign_in("reviewer").get("/board").text

    assert "定海区委组织部：还有 2 个支部没有上报" in page
    assert f"/board/{at['H1']}" in page
    assert f"/board/{at['D2']}" not in page


def test_every_unit_in_reach_has_a_board_of_its_own(at: dict[str, uuid.UUID], sign_in: SignIn):
    client = sign_in("inspector")

    for code in ("C", "D1", "H1", "G1", "B1"):
        assert client.get(f"/board/{at[code]}").status_code == 200


def test_a_cell_shows_the_three_totals(at: dict[str, uuid.UUID], sign_in: SignIn):
    page = sign_in("organiser").get(f"/board/{at['H1']}?table=t5").text

    assert "经排查取得联系党员登记表" in page
    assert '<th scope="col" class="num">认定</th>' in page


def test_a_number_opens_unit_by_unit_down_to_the_person(at: dict[str, uuid.UUID], sign_in: SignIn):
    client = sign_in("organiser")
    top = client.get(f"/board/{at['H1']}/t7:01.11", headers=IN_PAGE).text
    rows = client.get(f"/board/{at['G1']}/t7:01.11?part=rows&level=2&of=2", headers=IN_PAGE).text
    persons = client.get(f"/board/{at['B1']}/t7:01.11?part=persons", headers=IN_PAGE).text

    assert "北园社区党总支" in top
    assert "北园社区党支部" in rows
    assert "丁一甲" in persons
    assert played.id_number(0) not in persons


@pytest.mark.parametrize("who", ["reviewer", "inspector"])
def test_names_stop_at_the_committee_but_for_the_register_that_goes_up(
    at: dict[str, uuid.UUID], sign_in: SignIn, who: str
):
    client = sign_in(who)
    lost = client.get(f"/board/{at['B1']}/t7:01.11").text
    found = client.get(f"/board/{at['B1']}/t5:rows").text
    not_found = client.get(f"/board/{at['B1']}/t7:01.13").text

    assert "名单止于基层党委" in lost
    assert "丁一甲" not in lost + found
    assert "丁二甲" in not_found


def test_what_moved_since_filing_is_told_beside(at: dict[str, uuid.UUID], sign_in: SignIn):
    client = sign_in("reviewer")

    assert client.get(f"/board/{at['D1']}/moved", headers=IN_PAGE).text.strip() == ""
    assert "上报后没有变动" in client.get(f"/board/{at['D1']}/moved").text


@pytest.mark.parametrize(
    ("who", "code"),
    [("other", "H1"), ("organiser", "D1"), ("clerk", "B2"), ("reviewer", "D2"), ("system", "C")],
)
def test_a_unit_out_of_reach_does_not_exist(
    at: dict[str, uuid.UUID], sign_in: SignIn, who: str, code: str
):
    client = sign_in(who)

    for end in ("", "/moved", "/t7:01.1"):
        assert client.get(f"/board/{at[code]}{end}").status_code == 404


def test_a_cell_that_is_none_is_not_found(at: dict[str, uuid.UUID], sign_in: SignIn):
    client = sign_in("organiser")

    for cell in ("t7:99.9", "t9:01.1", "x"):
        assert client.get(f"/board/{at['H1']}/{cell}").status_code == 404


def test_a_branch_has_no_board_in_its_menu_but_opens_its_own_figures(
    at: dict[str, uuid.UUID], sign_in: SignIn
):
    client = sign_in("clerk")

    assert client.get("/board").status_code == 404
    assert client.get(f"/board/{at['B1']}").status_code == 200
