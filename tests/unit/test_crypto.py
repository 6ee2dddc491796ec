"""Sealing and digests: what opens, what does not, and the vectors of the standards."""

from __future__ import annotations

import hashlib
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.crypto import KeyMissing, Keyring
from portal.core.suites import SUITES, InvalidTag, Sm4Gcm

OLD, NEW = b"o" * 32, b"n" * 32
PLACE, ROW, OTHER = "member.id_sealed", uuid.UUID(int=1), uuid.UUID(int=2)
NUMBER = "990101198703100014"
SUITE = pytest.mark.parametrize("suite", ["aes", "sm"])


@SUITE
def test_what_is_sealed_opens_in_its_own_row_and_column_alone(suite):
    ring = Keyring({"key1": OLD}, suite)
    sealed = ring.seal(PLACE, ROW, NUMBER)

    assert ring.open(PLACE, ROW, sealed) == NUMBER
    for place, row in ((PLACE, OTHER), ("member.phone_sealed", ROW)):
        with pytest.raises(InvalidTag):
            ring.open(place, row, sealed)


@SUITE
def test_the_same_text_is_never_sealed_the_same_way_twice(suite):
    ring = Keyring({"key1": OLD}, suite)
    assert len({ring.seal(PLACE, ROW, NUMBER) for _ in range(50)}) == 50


@SUITE
def test_a_flipped_bit_anywhere_keeps_the_value_shut(suite):
    ring = Keyring({"key1": OLD}, suite)
    sealed = ring.seal(PLACE, ROW, NUMBER)
    for bit in range(len(sealed) * 8):
        flipped = bytearray(sealed)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises((InvalidTag, KeyMissing)):
            ring.open(PLACE, ROW, bytes(flipped))


@SUITE
def test_a_value_that_was_cut_short_stays_shut(suite):
    ring = Keyring({"key1": OLD}, suite)
    sealed = ring.seal(PLACE, ROW, NUMBER)
    for size in range(len(sealed)):
        with pytest.raises((InvalidTag, KeyMissing)):
            ring.open(PLACE, ROW, sealed[:size])


def test_both_suites_and_all_keys_are_read_side_by_side():
    aes = Keyring({"old1": OLD}, "aes").seal(PLACE, ROW, "甲")
    sm = Keyring({"old1": OLD}, "sm").seal(PLACE, ROW, "乙")
    ring = Keyring({"new1": NEW, "old1": OLD}, "sm")

    assert (ring.open(PLACE, ROW, aes), ring.open(PLACE, ROW, sm)) == ("甲", "乙")
    assert ring.is_newest(ring.seal(PLACE, ROW, "丙"))
    assert not ring.is_newest(aes)
    assert not ring.is_newest(sm)


def test_what_was_sealed_before_there_were_suites_still_opens():
    aes = SUITES["aes"]
    key = aes.derive(OLD, f"sicha:{PLACE}".encode())
    body = aes.aead(key).encrypt(b"n" * 12, NUMBER.encode(), PLACE.encode() + ROW.bytes)

    assert Keyring({"key1": OLD}, "sm").open(PLACE, ROW, b"key1" + b"n" * 12 + body) == NUMBER


def test_what_was_digested_before_there_were_suites_is_still_found():
    aes = SUITES["aes"]
    key = aes.derive(OLD, f"sicha:index:{PLACE}".encode())
    kept = aes.mac(key, f"1:{NUMBER}".encode())[:16]

    assert kept in Keyring({"new1": NEW, "old1": OLD}).digests(PLACE, 1, NUMBER)


@given(st.permutations(["key1", "key2", "key3"]), st.sampled_from(["aes", "sm"]))
def test_a_text_is_found_by_whatever_key_it_was_digested_with(order, suite):
    masters = {"key1": b"1" * 32, "key2": b"2" * 32, "key3": b"3" * 32}
    ring = Keyring({name: masters[name] for name in order}, suite)
    for name, master in masters.items():
        for kept_with in ("aes", "sm"):
            kept = Keyring({name: master}, kept_with).digest(PLACE, 1, NUMBER)
            assert kept in ring.digests(PLACE, 1, NUMBER)
            assert kept not in ring.digests(PLACE, 2, NUMBER)


@SUITE
def test_a_digest_is_none_that_can_be_made_without_the_key(suite):
    digest = Keyring({"key1": OLD}, suite).digest(PLACE, 1, NUMBER)
    for text in (NUMBER, f"1:{NUMBER}"):
        for name in ("md5", "sha1", "sha256", "sha512"):
            assert hashlib.new(name, text.encode()).digest()[:16] not in digest


@pytest.mark.parametrize("masters", [{}, {"key": OLD}, {"key1": b"short"}, {"k ey": OLD}])
def test_keys_that_are_none_are_refused(masters):
    with pytest.raises(ValueError, match="master key"):
        Keyring(masters)


# RFC 8998, appendix A.1: SM4-GCM.
SM4 = {
    "key": "0123456789ABCDEFFEDCBA9876543210",
    "nonce": "00001234567800000000ABCD",
    "aad": "FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2",
    "plain": "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD"
    "EEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA",
    "cipher": "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
    "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D",
    "tag": "83DE3541E4C2B58177E065A9BF7B62EC",
}


def test_sm4_gcm_is_that_of_the_standard():
    key, nonce, aad, plain, cipher, tag = (bytes.fromhex(text) for text in SM4.values())

    assert Sm4Gcm(key).encrypt(nonce, plain, aad) == cipher + tag
    assert Sm4Gcm(key).decrypt(nonce, cipher + tag, aad) == plain


def test_hmac_sm3_is_that_of_the_standard():
    """GM/T 0042-2015, appendix D.3."""
    key = bytes.fromhex(
        "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425"
    )
    data = bytes.fromhex("cd" * 50)
    made = SUITES["sm"].mac(key, data).hex()

    assert made == "220bf579ded555393f0159f66c99877822a3ecf610d1552154b41d44b94db3ae"


def test_aes_256_gcm_is_that_of_the_standard():
    """McGrew and Viega, test case 15 of the proposal to NIST."""
    key = bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2)
    plain = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
    )
    sealed = SUITES["aes"].aead(key).encrypt(bytes.fromhex("cafebabefacedbaddecaf888"), plain, None)

    assert sealed[-16:].hex() == "b094dac5d93471bdec1a502270e3cc6c"
