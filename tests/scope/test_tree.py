"""Scopes on made-up trees, held against a naive model; and a move that counts at once."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.access import Actor, Grant, Role
from portal.core import tree
from portal.scope import rules


@st.composite
def trees(draw):
    """Return the parents of 200 nodes of at most four levels, and the path of each."""
    paths, parents = {1: "/1/"}, {1: 0}
    for number in range(2, 201):
        fit = [each for each, path in paths.items() if tree.depth(path) < 4]
        parent = draw(st.sampled_from(fit)) if number % 10 == 0 else fit[(number * 7) % len(fit)]
        parents[number], paths[number] = parent, tree.below(paths[parent], number)
    return parents, paths


def above(parents, node):
    """Return the nodes on the way up, by following parents one by one."""
    way = []
    while node:
        way.append(node)
        node = parents[node]
    return way


@settings(max_examples=10)
@given(trees(), st.integers(1, 200))
def test_a_scope_holds_what_a_walk_up_the_tree_would_find(made, place):
    parents, paths = made
    actor = Actor(1, 1, frozenset({Grant(Role.CLERK, paths[place])}))
    scope, member, unit = rules.of(actor), rules.rules()["member"], rules.rules()["unit"]
    for node, path in paths.items():
        beneath = place in above(parents, node)
        over = node in above(parents, place)
        assert member.may_read(scope, 1, path, None) is beneath
        assert unit.may_read(scope, 1, path, None) is (beneath or over)
        assert unit.may_write(scope, 1, path, None) is beneath
        assert not member.may_read(scope, 2, path, None)


def test_names_stop_at_the_base_committee():
    scope = rules.of(Actor(1, 1, frozenset({Grant(Role.CITY_LEADER, "/1/")})))
    assert not rules.rules()["member"].may_read(scope, 1, "/1/2/", None)
    assert rules.rules()["return"].may_read(scope, 1, "/1/2/", None)


def test_one_is_not_ten():
    scope = rules.of(Actor(1, 1, frozenset({Grant(Role.CLERK, "/1/1/")})))
    assert rules.rules()["member"].may_read(scope, 1, "/1/1/", None)
    assert not rules.rules()["member"].may_read(scope, 1, "/1/10/", None)


def test_who_holds_nothing_reads_nothing():
    scope = rules.of(Actor(1, 1, frozenset()))
    assert not any(
        rule.may_read(scope, 1, "/1/", None)
        for rule in rules.rules().values()
        if rule.kind != rules.Kind.TENANT
    )
