"""The door of this part: what others may call, gathered from its modules."""

from __future__ import annotations

from portal.organizations.accounts import (
    Holder,
    accounts,
    change_password,
    disable_account,
    enable_account,
    find_account,
    get_account,
    hashed,
    invite,
    note,
    reset_password,
)
from portal.organizations.appointments import (
    Post,
    actor_for,
    appoint,
    dismiss,
    posts_of,
    recipients,
    roles_held,
)
from portal.organizations.growth import (
    Counter,
    Effect,
    dissolve_unit,
    effect,
    merge_units,
    move_unit,
    preview_move,
    split_unit,
)
from portal.organizations.history import Stood, links_of, tree_on
from portal.organizations.paths import astray
from portal.organizations.planting import add_below, plant
from portal.organizations.posts import ROLES, roles_at, username
from portal.organizations.switches import nearest, plugins_on, switch_plugin, switches
from portal.organizations.treefile import Row, TreeFile, read
from portal.organizations.treeimport import TreeImport, import_tree
from portal.organizations.units import (
    change_unit,
    children,
    find_unit,
    find_unit_by_code,
    find_units,
    get_root,
    get_tenant,
    get_unit,
    get_unit_by_code,
    lineage,
    list_tenants,
    list_units,
    names_at,
    today,
    zone_of,
)

__all__ = [
    "ROLES", "Counter", "Effect", "Holder", "Post", "Row", "Stood", "TreeFile", "TreeImport",
    "accounts", "actor_for", "add_below", "appoint", "astray", "change_password", "change_unit",
    "children", "disable_account", "dismiss", "dissolve_unit", "effect", "enable_account",
    "find_account", "find_unit", "find_unit_by_code", "find_units", "get_account", "get_root",
    "get_tenant", "get_unit", "get_unit_by_code", "hashed", "import_tree", "invite",
    "lineage", "links_of", "list_tenants", "list_units", "merge_units", "move_unit",
    "names_at", "nearest", "note", "plant",
    "plugins_on", "posts_of", "preview_move", "read", "recipients", "reset_password",
    "roles_at", "roles_held", "split_unit", "switch_plugin", "switches", "today", "tree_on",
    "username", "zone_of",
]  # fmt: skip
