"""What is left of a number, a phone and an address for those who need not read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.members.masking import masked_address, masked_id, masked_phone


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("990101198703100014", "990101********0014"),
        ("990101870310001", "990101*****0001"),
        ("9901011987", "**********"),
        ("99010119871", "990101*1987"[:6] + "*" + "9871"),
        ("9", "*"),
        ("", ""),
        (None, ""),
    ],
)
def test_an_id_number_keeps_its_district_and_four_signs(number, shown):
    assert masked_id(number) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13900000001", "139****0001"),
        ("1390000", "*******"),
        ("13900001", "139*0001"),
        ("0571-8800001", "0571*****001"),
        ("0571-12", "*******"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_phone_keeps_its_ends(phone, shown):
    assert masked_phone(phone) == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [("某省某市某区某路1号", "某省某市某区****"), ("某路", "某路****"), ("", ""), (None, "")],
)
def test_an_address_keeps_its_first_six_characters(address, shown):
    assert masked_address(address) == shown


@given(st.from_regex(r"99[0-9]{15}[0-9X]", fullmatch=True))
def test_day_of_birth_and_sequence_never_show(number):
    assert number[6:14] not in masked_id(number)
    assert len(masked_id(number)) == 18
