"""What a password must be, in both profiles."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import portal
from portal.organizations import passwords
from portal.organizations.passwords import POLICIES
from tests.web.bad_passwords import BAD

OWN = ("clerk", "沈雪芬", "北园社区党支部")
GOOD = ("正确的密码 1949 Harbour", "Grüne 7 Boote vor der Insel", "Ω7 παλιό λιμάνι και a boat")


@pytest.mark.parametrize("profile", POLICIES)
@pytest.mark.parametrize("password", BAD)
def test_a_bad_password_is_refused_whatever_the_profile(password: str, profile: str):
    assert passwords.weakness(password, POLICIES[profile], own=OWN) is not None


def test_there_are_forty_bad_ones_and_ten_thousand_common_ones():
    assert len(set(BAD)) >= 40
    assert len(passwords.common()) >= 10_000


@pytest.mark.parametrize("profile", POLICIES)
@pytest.mark.parametrize("password", GOOD)
def test_any_characters_do(password: str, profile: str):
    assert passwords.weakness(password, POLICIES[profile], own=OWN) is None


def test_every_common_password_is_refused_however_short_the_least_length():
    shallow = passwords.Policy(1, 1, 128, 0, None)
    let_through = [each for each in passwords.common() if not passwords.weakness(each, shallow)]
    assert let_through == []


@pytest.mark.parametrize(
    ("length", "with_factor", "fits"),
    [(11, True, False), (12, True, True), (14, False, False), (15, False, True), (128, False, True),
     (129, True, False)],
)  # fmt: skip
def test_with_a_second_factor_twelve_characters_do(length: int, *, with_factor: bool, fits: bool):
    text = ("海风吹过岛上的旧码头和那座新学堂" * 9)[: length - 1] + "尾"
    found = passwords.weakness(text, POLICIES["asvs"], with_factor=with_factor)
    assert (found is None) is fits


@pytest.mark.parametrize(
    ("password", "fits"),
    [("海风吹过岛上的旧码头和那座新学堂", False), ("harbour lights at dusk", False),
     ("Harbour lights at dusk", True), ("harbour 7 lights at dusk", True)],
)  # fmt: skip
def test_the_profile_of_level_three_asks_for_three_classes(password: str, *, fits: bool):
    assert (passwords.weakness(password, POLICIES["mlps3"]) is None) is fits
    assert passwords.weakness(password, POLICIES["asvs"]) is None


@given(st.text(min_size=129))
def test_nothing_is_cut_off_to_make_it_fit(text: str):
    assert passwords.weakness(text, POLICIES["asvs"]) is not None


def test_one_place_alone_writes_passwords():
    root = Path(portal.__file__).parent
    writes = re.compile(r"\.password = |password=hashed|generate_password_hash\((?!\"x\")")
    found = {
        (str(file.relative_to(root)), line.strip())
        for file in root.rglob("*.py")
        for line in file.read_text(encoding="utf-8").splitlines()
        if writes.search(line)
    }
    assert found == {
        ("organizations/credentials.py", "account.password = hashed(password, method)"),
        ("organizations/credentials.py",
         "return generate_password_hash(password, method=method or Settings().password_method)"),
    }  # fmt: skip
