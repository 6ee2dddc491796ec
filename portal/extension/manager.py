"""Finding plugins, checking them, and asking only those in force where the question arises."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import entry_points
from time import monotonic
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pluggy import PluginManager

from portal.core.words import Words
from portal.extension import hookspecs, shapes
from portal.extension.conditions import facts_named, holds
from portal.extension.contracts import (
    Advice,
    Finding,
    FocusGroup,
    Kind,
    Person,
    Question,
    Sector,
    Severity,
    Situation,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

GROUP = "portal.plugins"
LIMIT = 2.0  # seconds that one answer may take
REST = 60.0  # seconds for which a plugin that took longer is not asked again


class PluginError(Exception):
    """A plugin cannot be used. The portal does not start with it."""

    def __init__(self, name: str, reason: object) -> None:
        super().__init__(f"plugin {name}: {reason}")


def installed() -> tuple[str, ...]:
    """Return the modules of the plugins that are installed, by entry point, sorted."""
    return tuple(sorted({point.value for point in entry_points(group=GROUP)}))


class Plugins:
    """The plugins of one running portal."""

    def __init__(
        self, modules: Iterable[str], known_facts: frozenset[str] = frozenset(), *,
        trace: bool = False, limit: float = LIMIT,
    ) -> None:  # fmt: skip
        """Load `modules` (dotted names) and check every hook they claim to answer.

        Args:
            modules: dotted names; one given twice is loaded once.
            known_facts: the facts a rule may name; empty: not checked.
            trace: print every question and answer.
            limit: seconds that one answer may take.

        Raises:
            PluginError: one cannot be imported, answers a hook that does not exist, fails while
                it is asked who it is, hands over something of the wrong kind, names a fact that
                does not exist, or takes the name or a code of another.
        """
        self._manager = PluginManager("portal")
        self._manager.add_hookspecs(hookspecs)
        if trace:
            self._manager.trace.root.setwriter(sys.stderr.write)
            self._manager.enable_tracing()
        self._known = known_facts
        self.sectors: dict[str, Sector] = {}
        self.groups: dict[str, tuple[FocusGroup, ...]] = {}
        self.situations: dict[str, tuple[Situation, ...]] = {}
        self.questions: dict[str, tuple[Question, ...]] = {}
        self.modules: dict[str, str] = {}
        self._modules: dict[str, Any] = {}
        self._limit = limit
        self._resting: dict[str, float] = {}
        for name in dict.fromkeys(modules):
            self._load(name)

    def _load(self, name: str) -> None:
        try:
            module = import_module(name)
            self._manager.register(module, name)
            self._manager.check_pending()
            sector = self._caller(module, "sector")()
            groups = tuple(self._flat(module, "focus_groups"))
            situations = tuple(self._flat(module, "situations"))
            questions = tuple(self._flat(module, "questions"))
            self._refuse_situations(situations)
            self._refuse_questions(questions)
        except Exception as error:  # a plugin is somebody else's code: whatever it raises, stop
            raise PluginError(name, error) from error
        if sector is None:
            raise PluginError(name, "does not say which sector it serves (hook sector)")
        if wrong := shapes.wrong(sector, Sector):
            raise PluginError(name, f"sector: {wrong}")
        if sector.name in self.sectors:
            raise PluginError(name, f"the name {sector.name} is taken")
        self._refuse_groups(name, groups)
        self.sectors[sector.name] = sector
        self.modules[sector.name], self._modules[sector.name] = name, module
        self.groups[sector.name] = groups
        self.situations[sector.name] = situations
        self.questions[sector.name] = questions

    def _refuse_groups(self, name: str, groups: tuple[FocusGroup, ...]) -> None:
        taken = {group.code for others in self.groups.values() for group in others}
        for group in groups:
            if group.code in taken:
                raise PluginError(name, f"the code of focus group {group.code} is taken")
            if self._known and (unknown := facts_named(group.when) - self._known):
                raise PluginError(name, f"focus group {group.code} names {sorted(unknown)}")
            taken.add(group.code)

    def _refuse_questions(self, questions: tuple[Question, ...]) -> None:
        taken = {each.code for others in self.questions.values() for each in others}
        for each in questions:
            if each.code in taken:
                raise ValueError(f"the code of question {each.code} is taken")
            if self._known and (unknown := facts_named(each.when) - self._known):
                raise ValueError(f"question {each.code} names {sorted(unknown)}")
            if (each.kind == Kind.CODE) != bool(each.values):
                raise ValueError(f"question {each.code}: values go with the kind code, and only so")
            taken.add(each.code)

    def _refuse_situations(self, situations: tuple[Situation, ...]) -> None:
        for each in situations:
            named = facts_named(each.when) if each.when is not None else frozenset()
            if self._known and (unknown := named - self._known):
                raise ValueError(f"situation {each.number} names {sorted(unknown)}")

    def _caller(self, module: Any, hook: str) -> Callable[..., Any]:
        others = [plugin for plugin in self._manager.get_plugins() if plugin is not module]
        return self._manager.subset_hook_caller(hook, others)

    def _flat(self, module: Any, hook: str, **about: object) -> list[Any]:
        answers = self._caller(module, hook)(**about)
        items = [item for answer in answers for item in answer]
        for item in items:
            if wrong := shapes.wrong(item, shapes.ANSWERS[hook]):
                raise TypeError(f"{hook}: {wrong}")
        return items

    def in_force(self, switched_on: Iterable[str], sector: str) -> tuple[str, ...]:
        """Return those of the plugins `switched_on` at a unit that look after its `sector`."""
        return tuple(
            name
            for name in sorted(switched_on)
            if name in self.sectors and sector in self.sectors[name].sectors
        )

    def propose(self, plugins: Iterable[str], facts: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the codes of the focus groups that `plugins` propose for one person.

        A plugin that raises proposes nothing; `check` says so.
        """
        codes: list[str] = []
        for name in plugins:
            codes += [g.code for g in self.groups[name] if holds(g.when, facts)]
            answer = self._ask(name, "propose_focus", facts)
            known = {group.code for group in self.groups[name]}
            codes += [code for code in answer if code in known]
        return tuple(dict.fromkeys(codes))

    def check(self, plugins: Iterable[str], facts: Mapping[str, Any]) -> list[Finding]:
        """Return what `plugins` find in one person's facts.

        A plugin that raises can neither pass nor hide anything: its check counts as not run,
        which blocks until it is mended or the plugin is switched off here (mission P4).
        """
        found: list[Finding] = []
        for name in plugins:
            answer = self._ask(name, "check_person", facts)
            if answer is _FAILED:
                found.append(_not_run(name))
            else:
                found += answer
        return found

    def advise(
        self, plugins: Iterable[str], facts: Mapping[str, Any]
    ) -> tuple[tuple[Advice, ...], tuple[str, ...]]:
        """Return what `plugins` advise for one person, and the names of those that failed."""
        advice: list[Advice] = []
        failed: list[str] = []
        for name in plugins:
            answer = self._ask(name, "advise", facts)
            if answer is _FAILED:
                failed.append(name)
                continue
            meet = [s.advice for s in self.situations[name] if s.when and holds(s.when, facts)]
            advice += [*meet, *answer]
        return tuple(dict.fromkeys(advice)), tuple(failed)

    def _ask(self, name: str, hook: str, facts: Mapping[str, Any]) -> list[Any]:
        started = monotonic()
        if started < self._resting.get(name, 0.0):
            return _FAILED
        try:
            person = Person(MappingProxyType(dict(facts)))
            answer = self._flat(self._modules[name], hook, person=person)
        except Exception:  # noqa: BLE001  a plugin is somebody else's code: its fault is an answer
            answer = _FAILED
        if monotonic() - started > self._limit:  # one slow answer must not become a thousand
            self._resting[name] = monotonic() + REST
            return _FAILED
        return answer


_FAILED: list[Any] = []


def gone(name: str) -> Finding:
    """Return what is said where a plugin is switched on that is not installed any more."""
    return Finding(
        rule=f"plugin:{name}",
        severity=Severity.ERROR,
        words=Words(
            f"插件“{name}”在本单位是打开的，但服务器上已经没有它，它的校验没有运行，暂不能上报。"
            "请联系系统管理员装回，或请行业管理员在本单位关闭这个插件。已填内容都在",
            f"Plugin {name!r} is on here and not installed any more: its check did not run, so"
            " filing must wait. Have it installed again, or ask the sector administrator to switch"
            " it off here. Nothing was lost",
        ),
    )


def _not_run(name: str) -> Finding:
    return Finding(
        rule=f"plugin:{name}",
        severity=Severity.ERROR,
        words=Words(
            f"插件“{name}”的校验没有运行，暂不能上报。请联系系统管理员修复，"
            "或请行业管理员在本单位关闭这个插件。已填内容都在",
            f"The check of plugin {name!r} did not run, so filing must wait. Have it mended, or"
            " ask the sector administrator to switch it off here. Nothing was lost",
        ),
    )
