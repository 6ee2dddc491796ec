"""Sealed fields: what opens where, and what an index gives away."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from dataclasses import dataclass, field

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from portal.core import crypto
from portal.core.crypto import KeyMissing, Keyring, Sealed

ROW, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)
OLD, NEW = b"o" * 32, b"n" * 32
RING = Keyring({"key1": OLD})


@given(st.text())
def test_what_is_sealed_opens_again_and_shows_nothing(text):
    sealed = RING.seal("member.phone", ROW, text)
    assert RING.open("member.phone", ROW, sealed) == text
    assert len(sealed) == 4 + 12 + len(text.encode()) + 16
    assert len(text) < 4 or text.encode() not in sealed


def test_the_same_text_is_never_sealed_the_same_way_twice():
    assert len({RING.seal("member.phone", ROW, "13900000001") for _ in range(50)}) == 50


@pytest.mark.parametrize(("place", "row"), [("member.address", ROW), ("member.phone", OTHER)])
def test_a_field_moved_to_another_row_or_column_does_not_open(place, row):
    sealed = RING.seal("member.phone", ROW, "13900000001")
    with pytest.raises(InvalidTag):
        RING.open(place, row, sealed)


def test_the_row_is_part_of_the_seal_and_not_only_the_column():
    # One key for both rows: nothing but the row in the seal tells them apart.
    cipher = RING._cipher("key1", "member.phone")
    sealed = RING.seal("member.phone", ROW, "x")
    assert cipher.decrypt(sealed[4:16], sealed[16:], b"member.phone" + ROW.bytes) == b"x"
    with pytest.raises(InvalidTag):
        cipher.decrypt(sealed[4:16], sealed[16:], b"member.phone")


def test_no_bit_of_a_sealed_field_can_be_turned():
    sealed = RING.seal("member.phone", ROW, "139")
    for bit in range(4 * 8, len(sealed) * 8):
        turned = bytearray(sealed)
        turned[bit // 8] ^= 1 << bit % 8
        with pytest.raises(InvalidTag):
            RING.open("member.phone", ROW, bytes(turned))


def test_the_newest_key_seals_and_every_key_opens():
    both = Keyring({"key1": OLD, "key2": NEW})
    before = RING.seal("a.b", ROW, "x")
    assert both.open("a.b", ROW, before) == "x"
    assert both.seal("a.b", ROW, "x")[:4] == b"key2"
    with pytest.raises(KeyMissing, match="key2"):
        RING.open("a.b", ROW, both.seal("a.b", ROW, "x"))


def test_every_column_has_a_key_of_its_own():
    keys = {RING._derived("key1", name) for name in ("a.b", "a.c", "index:a.b")}
    assert len({*keys, OLD}) == 4
    assert {len(key) for key in keys} == {32}


def test_an_index_is_keyed_and_tells_tenants_and_columns_apart():
    digest = RING.digest("member.id_number", 1, "990101198703100014")
    assert len(digest) == 16
    assert digest == RING.digest("member.id_number", 1, "990101198703100014")
    others = {
        RING.digest("member.id_number", 2, "990101198703100014"),
        RING.digest("member.phone", 1, "990101198703100014"),
        RING.digest("member.id_number", 1, "990101198703100022"),
        Keyring({"key1": NEW}).digest("member.id_number", 1, "990101198703100014"),
        hashlib.sha256(b"1:990101198703100014").digest()[:16],
    }
    assert digest not in others
    key = RING._derived("key1", "index:member.id_number")
    assert digest == hmac.digest(key, b"1:990101198703100014", "sha256")[:16]


def test_an_index_stays_as_it_is_when_a_key_is_added():
    both = Keyring({"key1": OLD, "key2": NEW})
    assert both.digest("a.b", 1, "x") == RING.digest("a.b", 1, "x")


@pytest.mark.parametrize(
    "masters", [{"key1": b"x" * 31}, {"key1": b"x" * 33}, {"key": OLD}, {"key10": OLD},
                {"key1": OLD, "密": OLD}]
)  # fmt: skip
def test_a_key_of_another_length_or_name_is_refused(masters):
    with pytest.raises(ValueError, match="32 bytes"):
        Keyring(masters)


def test_nothing_is_sealed_without_a_keyring(monkeypatch):
    monkeypatch.setattr(crypto, "_ring", None)
    with pytest.raises(KeyMissing):
        crypto.ring()
    crypto.put_in_place(RING)
    assert crypto.ring() is RING


@dataclass
class Person:
    """A row with one sealed field that is indexed and one that is not."""

    __tablename__ = "person"
    tenant_id: int = 1
    id: uuid.UUID = field(default=ROW)
    number_sealed: bytes | None = None
    number_index: bytes | None = None
    phone_sealed: bytes | None = None


Person.number = Sealed("number_sealed", "number_index")
Person.phone = Sealed("phone_sealed")


def test_a_sealed_attribute_reads_as_text_and_is_kept_sealed_with_its_index():
    person = Person()
    person.number, person.phone = "9901", "139"
    assert (person.number, person.phone) == ("9901", "139")
    assert crypto.ring().open("person.number_sealed", ROW, person.number_sealed) == "9901"
    assert person.number_index == crypto.ring().digest("person.number_sealed", 1, "9901")
    assert isinstance(Person.number, Sealed)


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_is_kept_as_nothing(nothing):
    person = Person()
    person.number = "9901"
    person.number = nothing
    assert (person.number, person.number_sealed, person.number_index) == (None, None, None)
