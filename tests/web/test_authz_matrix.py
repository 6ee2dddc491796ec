"""Every address is in the table of doors, and an id in an address is one that cannot be counted."""

from __future__ import annotations

import re

from tools.authz import FILE, matrix

# Accounts are FAB's, which numbers them; what lies behind is looked for within reach all the same.
COUNTED = {"user_id"}


def test_every_method_and_address_stands_in_the_table_of_doors(app):
    assert matrix(app) == FILE.read_text(encoding="utf-8"), "run python tools/authz.py"


def test_no_address_is_open_because_nobody_said_who_may_use_it(app):
    assert "nobody has said" not in matrix(app)


def test_an_address_that_nobody_guarded_would_be_seen(app):
    app._got_first_request = False
    app.add_url_rule("/new", "new", lambda: "")
    assert "| GET | `/new` | new | **nobody has said** |" in matrix(app)


def test_ids_in_addresses_are_uuids(app):
    numbers = {
        name for rule in app.url_map.iter_rules() for name in re.findall(r"<int:(\w+)>", rule.rule)
    }
    assert numbers == COUNTED
    ids = re.findall(
        r"<(?!uuid:|int:)(?:\w+:)?(\w+_id)>", "".join(map(str, app.url_map.iter_rules()))
    )
    assert ids == []
