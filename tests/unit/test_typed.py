"""Whole numbers out of forms."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.web import typed


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("12", 12), ("007", 7), ("9" * 9, 10**9 - 1)]
)
def test_decimal_digits_are_a_number(text: str, number: int):
    assert typed.whole(text) == number


@pytest.mark.parametrize(
    "text", ["", "-1", "1.0", "1e3", "²", "١٢", "一", " 1", "9" * 10, "9" * 5_000]
)
def test_anything_else_is_nought(text: str):
    assert typed.whole(text) == 0


@given(st.text())
def test_nothing_that_is_typed_breaks_it(text: str):
    assert 0 <= typed.whole(text) < 10**9


def test_a_form_without_a_version_is_older_than_every_row():
    with Flask(__name__).test_request_context("/", method="POST", data={"version": "²"}):
        assert typed.version() == 0
