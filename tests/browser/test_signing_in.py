"""The pages of signing in, seen with eyes: codes, proofs, sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import Visitor


@pytest.mark.browser
def test_codes_sessions_and_proofs_can_be_read_on_a_desk_and_a_phone(visitor: Visitor):
    visitor.sign_in("clerk")
    for name, path in (("factor", "/me/factor"), ("sessions", "/me/sessions"),
                       ("prove", "/me/prove?next=/help")):  # fmt: skip
        visitor.go(path)
        visitor.look(name, 1366, 390)
