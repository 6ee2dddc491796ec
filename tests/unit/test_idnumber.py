from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from portal.members import idnumber
from portal.members.masking import masked_id, masked_phone


def made_up(born: date, sequence: int) -> str:
    first17 = f"990101{born:%Y%m%d}{sequence:03}"
    return first17 + idnumber.check_digit(first17)


BIRTHS = some.dates(date(1921, 1, 1), date(2010, 12, 31))


@given(BIRTHS, some.integers(0, 999))
def test_a_number_carries_birth_and_sex(born: date, sequence: int) -> None:
    number = made_up(born, sequence)
    assert idnumber.is_valid(number)
    assert idnumber.birth(number) == born
    assert idnumber.gender(number) == ("1" if sequence % 2 else "2")


@given(BIRTHS, some.integers(0, 999), some.integers(0, 16), some.integers(1, 9))
def test_one_wrong_digit_is_noticed(born: date, sequence: int, at: int, step: int) -> None:
    number = made_up(born, sequence)
    wrong = str((int(number[at]) + step) % 10)
    assert not idnumber.is_valid(number[:at] + wrong + number[at + 1 :])


@given(some.dates(date(1921, 1, 1), date(1999, 12, 31)), some.integers(0, 995))
def test_fifteen_digits_become_the_eighteen_of_the_same_person(born: date, sequence: int) -> None:
    old = f"990101{born:%y%m%d}{sequence:03}"
    number = idnumber.lengthened(old)
    assert idnumber.is_valid(number)
    assert idnumber.birth(number) == born


@pytest.mark.parametrize("text", ["", "9901", "99010119871310001X", "abc", "990101198703100015"])
def test_what_is_no_number_is_not_valid(text: str) -> None:
    assert not idnumber.is_valid(text)


def test_a_county_that_no_longer_exists_does_not_matter() -> None:
    assert idnumber.is_known_area("440524")
    assert not idnumber.is_known_area("000000")


def test_masks_hide_the_middle() -> None:
    assert masked_id("990101198703100014") == "990101********0014"
    assert masked_phone("13900000001") == "139****0001"
    assert masked_id(None) == ""
    assert masked_id("12345") == "*****"
