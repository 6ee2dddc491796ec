"""The first wall alone: what the verbs ask for by themselves, with nothing else in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy.orm import Session

from portal.core.errors import NotFound
from portal.members import service as members
from portal.organizations import service as organizations

if TYPE_CHECKING:
    from tests.scope.conftest import Walled


def test_a_list_of_members_ends_at_the_reach(walled: Walled):
    with Session(walled.owner) as session:
        found = members.list_members(session, walled.clerk)
        assert {member.path for member in found} == {walled.paths["B1"]}
        assert members.count(session, walled.clerk) == len(found)


def test_a_member_of_another_branch_is_not_there(walled: Walled):
    with Session(walled.owner) as session, pytest.raises(NotFound):
        members.get_member(session, walled.clerk, walled.members["戊一乙"])


def test_a_unit_of_another_committee_is_not_there(walled: Walled):
    with Session(walled.owner) as session, pytest.raises(NotFound):
        organizations.get_unit(session, walled.clerk, walled.ids["B2"])
