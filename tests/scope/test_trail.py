"""The chain of the log grows behind the walls, and only in the name of whoever acts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal import audit
from portal.audit import Act, verifying
from portal.audit.models import Entry, Head
from portal.core.database import transaction
from portal.scope.service import OutOfScope


def test_a_clerk_appends_to_the_chain_of_the_whole_tenant(walled):
    with Session(walled.owner) as session:
        before = session.scalar(select(func.max(Entry.number))) or 0
    with walled.session() as session, transaction(session):
        audit.record(session, walled.clerk, Act.MEMBER_CHANGE, walled.paths["B1"], "member:1")
    with Session(walled.owner) as session:
        found = verifying.verify(session, walled.clerk.tenant_id)
        assert (found.whole, found.number) == (True, before + 1)


def test_nobody_records_in_the_name_of_another(walled):
    other = replace(walled.clerk, user_id=walled.sibling.user_id)
    with walled.session() as session, pytest.raises(OutOfScope):
        audit.record(session, other, Act.MEMBER_CHANGE, walled.paths["B1"], "member:1")


def test_a_clerk_sees_nothing_of_the_head_and_moves_it_by_no_hand(walled):
    with walled.session() as session:
        assert session.scalars(select(Head)).all() == []
        with pytest.raises(OutOfScope):
            session.execute(text("SELECT number FROM audit_head"))
