"""Every scoped table stands behind the database's own wall, found from the tables themselves."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from portal import tables
from portal.scope import walls
from portal.scope.rules import Kind, rules
from portal.scope.service import OutOfScope
from tests.databases import APP_ROLE

OPEN = {"ab_group", "ab_group_role", "ab_permission", "ab_permission_view",
        "ab_permission_view_role", "ab_register_user", "ab_role", "ab_user_group", "ab_user_role",
        "ab_view_menu", "ab_api_key", "key_check"}  # fmt: skip


def test_every_table_is_scoped_but_those_of_fab_that_name_nobody():
    assert set(tables.Model.metadata.tables) - rules().keys() <= OPEN


def test_a_table_nobody_thought_of_has_the_strictest_kind():
    assert rules()["member"].kind == Kind.NAMES
    assert rules()["unit_link"].parent_key == "unit_id"


def on_postgres(walled) -> bool:
    return walled.engine.dialect.name == "postgresql"


def test_the_catalogue_of_the_database_has_a_wall_for_every_scoped_table(walled):
    with walled.owner.connect() as connection:
        if on_postgres(walled):
            forced = connection.execute(
                text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
            ).scalars()
            assert rules().keys() <= set(forced)
            found = set(
                connection.execute(
                    text("SELECT tablename, cmd FROM pg_policies WHERE schemaname = 'public'")
                )
            )
            wanted = {(r.name, verb) for r in rules().values() for verb, _ in walls.policies(r)}
        else:
            found = set(
                connection.execute(
                    text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
                ).scalars()
            )
            wanted = {
                f"{walls.PREFIX}{name}_{verb.lower()}" for name in rules() for verb in walls.VERBS
            }
    assert wanted <= found


def test_the_role_of_the_portal_may_read_and_write_and_nothing_else(walled):
    if not on_postgres(walled):
        return
    with walled.engine.connect() as connection:
        who = connection.execute(
            text(
                "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole FROM pg_roles"
                " WHERE rolname = current_user"
            )
        ).one()
        owned = connection.scalar(
            text(
                "SELECT count(*) FROM pg_tables WHERE tableowner = current_user"
                " AND tablename = ANY(:ours)"  # the queue's two tables are its own
            ),
            {"ours": list(tables.Model.metadata.tables)},
        )
        cut = connection.scalar(
            text(
                "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')"
                " AND has_table_privilege(current_user, c.oid, 'TRUNCATE')"
                " AND c.relname = ANY(:ours)"
            ),
            {"ours": list(tables.Model.metadata.tables)},
        )
    assert tuple(who) == (APP_ROLE, False, False, False)
    assert (owned, cut) == (0, 0)


def test_no_view_or_function_leads_around_the_walls(walled):
    if not on_postgres(walled):
        return
    with walled.owner.connect() as connection:
        views = connection.execute(
            text(
                "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE n.nspname = 'public' AND c.relkind IN ('v', 'm')"
            )
        ).scalar_one()
        lifted = connection.execute(
            text(
                "SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
                " WHERE n.nspname = 'public' AND p.prosecdef"
            )
        ).scalar_one()
    assert (views, lifted) == (0, 0)


def rows_seen_by_driver(walled, *settings: str) -> int:
    """Return how many members a bare connection of the portal's role sees."""
    import psycopg  # noqa: PLC0415

    url = walled.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        for setting in settings:
            connection.execute(setting)
        found = connection.execute("SELECT count(*) FROM member").fetchone()
    return found[0]


def test_postgres_shows_nothing_without_a_context_or_with_an_empty_one(walled):
    if not on_postgres(walled):
        return
    assert rows_seen_by_driver(walled) == 0
    assert rows_seen_by_driver(walled, "SELECT set_config('portal.tenant', '', true)") == 0
    assert rows_seen_by_driver(walled, "SELECT set_config('portal.tenant', '1', true)") == 0


def test_the_owner_sees_all_so_the_tests_above_would_notice_an_open_wall(walled):
    with walled.owner.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM member")) == 8


def test_sqlite_refuses_to_write_where_the_function_is_missing(walled):
    if on_postgres(walled):
        return
    connection = sqlite3.connect(walled.url.removeprefix("sqlite:///"))
    with pytest.raises(sqlite3.OperationalError, match="in_scope"):
        connection.execute("DELETE FROM member")
    connection.close()


def test_every_connection_of_the_pool_is_guarded(walled):
    if on_postgres(walled):
        return
    connections = [walled.engine.raw_connection() for _ in range(5)]
    for connection in connections:
        with pytest.raises(sqlite3.DatabaseError, match="prohibited"):
            connection.cursor().execute("SELECT name FROM member")
        connection.close()


def test_walls_are_built_again_without_harm(walled):
    with walled.owner.begin() as connection:
        walls.build(connection)
    with Session(walled.engine) as session, pytest.raises(OutOfScope):
        session.execute(text("SELECT 1 FROM member"))
    assert "member" in inspect(walled.owner).get_table_names()
