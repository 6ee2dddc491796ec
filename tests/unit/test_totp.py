"""One-time codes, against the table of RFC 6238, and how they are typed."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.identity import totp

SEED = base64.b32encode(b"12345678901234567890").decode()
RFC = ((59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"),
       (2000000000, "279037"), (20000000000, "353130"))  # fmt: skip


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("seconds", "code"), RFC)
def test_codes_are_those_of_the_standard(seconds: int, code: str):
    assert totp.code_of(SEED, totp.step_at(at(seconds))) == code
    assert totp.matching_step(SEED, code, at(seconds), used=0) == seconds // 30


@pytest.mark.parametrize("typed", ["050471", " 050 471 ", "０５０４７１", "050-471", "0 5 0 4 7 1"])
def test_a_code_may_be_typed_with_blanks_and_in_full_width(typed: str):
    assert totp.matching_step(SEED, typed, at(1111111111), used=0) == 37037037


@pytest.mark.parametrize("typed", ["050471", " 050 471 ", "０５０４７１", "050-471"])
def test_a_code_that_was_used_is_used_however_it_is_typed(typed: str):
    assert totp.matching_step(SEED, typed, at(1111111111), used=37037037) is None


@pytest.mark.parametrize(
    ("away", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_be_one_step_wrong(away: int, *, fits: bool):
    code = totp.code_of(SEED, 37037037)
    found = totp.matching_step(SEED, code, at(1111111111 - away * 30), used=0)
    assert (found is not None) is fits


@given(st.text(max_size=20))
def test_whatever_is_typed_is_an_answer_and_not_an_error(typed: str):
    assert totp.matching_step(SEED, typed, at(1111111111), used=0) in {None, 37037036, 37037037,
                                                                     37037038}  # fmt: skip


def test_seeds_differ_and_have_160_bits():
    seeds = {totp.new_seed() for _ in range(50)}
    assert len(seeds) == 50
    assert {len(base64.b32decode(seed)) for seed in seeds} == {20}
