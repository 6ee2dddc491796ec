"""The doors in the walls: each use stands in the list below, or this test fails."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from portal.scope import service as scope
from portal.scope.reasons import WHY, Reason
from portal.scope.service import OutOfScope

PORTAL = Path(__file__).parents[2] / "portal"

USES = {
    ("portal/cli/checks_durable.py", "running", "HEADS"),
    ("portal/api/session.py", "_fits", "SIGN_IN"),
    ("portal/api/session.py", "sign_in", "SIGN_IN"),
    ("portal/audit/chain.py", "_chain_all", "LOG"),
    ("portal/audit/heads.py", "signed", "HEADS"),
    ("portal/audit/verifying.py", "tenants", "HEADS"),
    ("portal/audit/verifying.py", "verify", "HEADS"),
    ("portal/cli/checks_database.py", "_astray", "CHECKING"),
    ("portal/exports/fetching.py", "sweep", "FILES"),
    ("portal/identity/factors.py", "_tell", "LOG"),
    ("portal/identity/factors.py", "reset", "CHARGE"),
    ("portal/identity/proving.py", "_tell_locked", "LOG"),
    ("portal/identity/sessions.py", "_notice_device", "LOG"),
    ("portal/identity/sessions.py", "end", "CHARGE"),
    ("portal/identity/sessions.py", "sessions_of", "CHARGE"),
    ("portal/identity/sweeping.py", "sweep", "SIGN_IN"),
    ("portal/imports/keeping.py", "sweep", "FILES"),
    ("portal/jobs/runner.py", "_do", "JOBS"),
    ("portal/jobs/runner.py", "_session", "JOBS"),
    ("portal/jobs/service.py", "are_stuck", "JOBS"),
    ("portal/jobs/service.py", "count_by_state", "JOBS"),
    ("portal/members/bulk.py", "taken_numbers", "SAME_PERSON"),
    ("portal/members/reveal_week.py", "tell_all", "REMINDING"),
    ("portal/members/tombstones.py", "find", "SAME_PERSON"),
    ("portal/organizations/accounts.py", "find_account", "ACCOUNTS"),
    ("portal/organizations/accounts.py", "note", "LOG"),
    ("portal/organizations/appointments.py", "actor_for", "POSTS"),
    ("portal/organizations/appointments.py", "held_posts", "POSTS"),
    ("portal/organizations/appointments.py", "without_posts", "POSTS"),
    ("portal/organizations/growth.py", "dissolve_unit", "TREE"),
    ("portal/organizations/growth.py", "effect", "TREE"),
    ("portal/organizations/growth.py", "merge_units", "TREE"),
    ("portal/organizations/growth.py", "move_unit", "TREE"),
    ("portal/organizations/units.py", "list_tenants", "TENANTS"),
    ("portal/privacy/graves.py", "_of_database", "PURGE"),
    ("portal/privacy/holds.py", "set_on_member", "PURGE"),
    ("portal/privacy/keycheck.py", "confirm", "KEYS"),
    ("portal/privacy/purging.py", "carry_out_batch", "PURGE"),
    ("portal/privacy/purging.py", "look", "PURGE"),
    ("portal/privacy/purging.py", "propose", "PURGE"),
    ("portal/privacy/rotation.py", "inventory", "KEYS"),
    ("portal/privacy/rotation.py", "rotate_batch", "KEYS"),
    ("portal/privacy/sweeping.py", "remove_stray_files", "FILES"),
    ("portal/rehearsal/cast.py", "__init__", "ACCOUNTS"),
    ("portal/reporting/hands.py", "refuse_preparer", "HANDS"),
    ("portal/reporting/hands.py", "refuse_reviewer", "HANDS"),
    ("portal/reporting/present.py", "counts", "COUNTING"),
    ("portal/reporting/recount.py", "count", "COUNTING"),
    ("portal/reporting/returns.py", "count_by_state", "COUNTING"),
    ("portal/reporting/subtotals.py", "decided", "SUBTOTAL"),
    ("portal/reporting/subtotals.py", "filed", "SUBTOTAL"),
    ("portal/reporting/subtotals.py", "recalled", "SUBTOTAL"),
    ("portal/screening/enrolment.py", "ask_plugins_again", "PLUGINS"),
    ("portal/screening/enrolment.py", "enrol", "OPENING"),
    ("portal/screening/switching.py", "_people", "COUNTING"),
    ("portal/tracing/reminding.py", "remind_all", "REMINDING"),
    ("portal/web/door.py", "_look_up", "SIGN_IN"),
    ("portal/web/door.py", "attempt", "SIGN_IN"),
    ("portal/web/door.py", "fits", "SIGN_IN"),
    ("portal/web/door.py", "prove", "SIGN_IN"),
    ("portal/web/security.py", "load_user_jwt", "SIGN_IN"),
    ("portal/web/entering.py", "enter", "SIGN_IN"),
    ("portal/web/session.py", "_check_code", "SIGN_IN"),
    ("portal/web/session.py", "_prove_current", "SIGN_IN"),
}


def calls(tree: ast.AST, name: str):
    """Yield the calls of ``scope.<name>`` or ``<name>`` in a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(name):
            yield node


def uses() -> set[tuple[str, str, str]]:
    """Return module, function and reason of every door in the portal."""
    found = set()
    for file in sorted(PORTAL.rglob("*.py")):
        if file.parent.name == "scope":
            continue
        for function in ast.walk(ast.parse(file.read_text())):
            if not isinstance(function, ast.FunctionDef):
                continue
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and ast.unparse(call.func) in {
                    "scope.beyond", "scope.through",
                }:  # fmt: skip
                    reasons = [a.attr for a in call.args if isinstance(a, ast.Attribute)
                               and ast.unparse(a).startswith("scope.Reason.")]  # fmt: skip
                    assert len(reasons) == 1, f"{file}: a door without a listed reason"
                    name = file.relative_to(PORTAL.parent).as_posix()
                    found.add((name, function.name, reasons[0]))
    return found


def test_every_door_is_listed_and_no_listed_one_is_gone():
    assert uses() == USES


def test_every_reason_is_used_and_has_a_sentence():
    assert {reason.name for reason in Reason} == {reason for _, _, reason in uses()}
    assert WHY.keys() == set(Reason)


def test_only_set_up_migrations_and_backups_work_as_the_owner_of_the_tables():
    owners = set()
    for file in sorted([*PORTAL.rglob("*.py"), PORTAL.parent / "migrations/env.py"]):
        for call in calls(ast.parse(file.read_text()), "open_engine"):
            if any(word.arg == "owner" for word in call.keywords):
                owners.add(file.relative_to(PORTAL.parent).as_posix())
    assert owners == {
        "migrations/env.py", "portal/backup/copying.py", "portal/backup/proving.py",
        "portal/backup/service.py", "portal/cli/database.py",
    }  # fmt: skip


def test_a_door_leads_nowhere_but_into_one_s_own_tenant(walled):
    with walled.session() as session:
        with pytest.raises(OutOfScope), scope.beyond(session, scope.Reason.TREE, 2):
            raise AssertionError("the door stood open")
        with scope.beyond(session, scope.Reason.TREE, 1):
            assert scope.current(session).tenant == 1


def test_a_door_leads_nowhere_while_no_tenant_is_known(walled):
    with (
        Session(walled.engine) as session,
        pytest.raises(OutOfScope),
        scope.beyond(session, scope.Reason.TREE),
    ):
        raise AssertionError("the door stood open")
