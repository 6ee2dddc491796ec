"""Our conditions as an option of SQLAlchemy's queries.

``with_loader_criteria`` puts a condition given as an expression on the class itself also where an
alias of it is joined, and so leaves the alias open (measured with 2.1.9: ``select(alias).
select_from(Class).join(alias, …)``). Given as a lambda it would be right, but a lambda cannot grow
with the number of places. So the expression is turned to whatever it is put on, here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect
from sqlalchemy.orm.util import LoaderCriteriaOption
from sqlalchemy.sql.util import ClauseAdapter
from typing_extensions import override

from portal.scope import conditions
from portal.scope.rules import rules

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from portal.scope.rules import Scope


class _Kept(LoaderCriteriaOption):
    __slots__ = ()
    _traverse_internals = LoaderCriteriaOption._traverse_internals  # noqa: SLF001  cached alike

    @override
    def _resolve_where_criteria(self, ext_info: Any) -> ColumnElement[bool]:
        condition = super()._resolve_where_criteria(ext_info)
        if not ext_info.is_aliased_class:
            return condition
        return ClauseAdapter(ext_info.selectable).traverse(condition)


@lru_cache(maxsize=2048)
def of(scope: Scope, models: frozenset[Any], *, write: bool) -> tuple[Any, ...]:
    """Return the options that keep these mapped classes, and all aliases of them, in scope."""
    found = []
    for model in models:
        rule = rules()[inspect(model).local_table.name]
        condition = conditions.of_rule(rule, model, scope, write=write)
        found.append(_Kept(model, condition, include_aliases=True))
    return tuple(found)
