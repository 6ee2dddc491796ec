from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.extension.conditions import (
    All,
    Always,
    Any_,
    Between,
    Has,
    Is,
    Not,
    OneOf,
    facts_named,
    from_json,
    holds,
    to_json,
)

LEAVES = st.one_of(
    st.just(Always()),
    st.builds(Is, st.just("lost"), st.booleans()),
    st.builds(Is, st.just("standing"), st.sampled_from(["full", "probationary"])),
    st.builds(
        OneOf,
        st.just("circumstance"),
        st.lists(st.sampled_from("1234567"), max_size=3).map(tuple),
    ),
    st.builds(
        Between,
        st.sampled_from(["months_lost", "age"]),
        st.none() | st.integers(0, 90),
        st.none() | st.integers(0, 90),
    ),
    st.builds(Has, st.just("focus"), st.sampled_from(["a", "ab", "b_c", "%"])),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(All, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Any_, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=6,
)


@given(CONDITIONS)
def test_a_condition_survives_being_written_as_json(condition):
    assert from_json(json.loads(json.dumps(to_json(condition)))) == condition


def test_an_unknown_number_is_in_no_range():
    assert not holds(Between("age", None, 35), {"age": None})


@pytest.mark.parametrize(
    ("focus", "found"), [("a|b", True), ("ab", False), ("", False), ("a", True)]
)
def test_one_of_several_values_is_found_whole(focus, found):
    assert holds(Has("focus", "a"), {"focus": focus}) is found


def test_the_facts_a_condition_looks_at_are_told():
    condition = All((Is("lost", True), Not(Any_((Has("focus", "a"), Between("age", 1, 2))))))
    assert facts_named(condition) == {"lost", "focus", "age"}


@pytest.mark.parametrize("written", [{}, {"kind": "sum"}, {"kind": "is"}, {"kind": "all"}])
def test_what_is_no_condition_is_refused(written):
    with pytest.raises(ValueError, match="not a condition"):
        from_json(written)
