"""Judging figures and persons by the rules. Pure: values in, outcomes out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from portal.core.words import Words
from portal.extension.contracts import Finding, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from portal.reporting.snapshot import Person

MIN_CHANNELS = 4
HALF_A_YEAR = 6


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one rule says of one filing.

    `terms` are the cells with their figures, left and right; `members` the persons it is about.
    """

    rule: str
    severity: str
    holds: bool
    zh: str
    en: str
    source: str = ""
    op: str = ""
    left: tuple[tuple[str, int], ...] = ()
    right: tuple[tuple[str, int], ...] = ()
    members: tuple[str, ...] = ()
    explanation: str = ""

    @property
    def words(self) -> Words:
        """Return the rule's sentence."""
        return Words(self.zh, self.en)

    @property
    def difference(self) -> int:
        """Return left minus right."""
        return sum(n for _, n in self.left) - sum(n for _, n in self.right)

    @property
    def blocks(self) -> bool:
        """Tell whether filing must wait for this: an error, or a sentence not yet written."""
        wants_sentence = self.severity == Severity.EXPLAIN and not self.explanation
        return not self.holds and (self.severity == Severity.ERROR or wants_sentence)

    def to_json(self) -> dict[str, Any]:
        """Return the outcome as it is stored with a filing."""
        return asdict(self)


def from_json(written: Mapping[str, Any]) -> Outcome:
    """Return a stored outcome."""
    terms = {side: tuple((c, n) for c, n in written[side]) for side in ("left", "right")}
    return Outcome(**{**written, **terms, "members": tuple(written["members"])})


def weigh(rule: Rule, figures: Mapping[str, int], explanation: str = "") -> Outcome:
    """Judge one balance rule over `figures` (cell to count)."""
    left, right = _terms(rule.left, figures), _terms(rule.right, figures)
    a, b = sum(n for _, n in left), sum(n for _, n in right)
    holds = {"=": a == b, "<=": a <= b, ">=": a >= b}[rule.op]
    return Outcome(
        rule.id, rule.severity.value, holds, rule.words.zh, rule.words.en, rule.source, rule.op,
        left, right, (), "" if holds else explanation,
    )  # fmt: skip


def _terms(cells: Iterable[str], figures: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(
        (cell, -figures[cell[1:]]) if cell.startswith("-") else (cell, figures[cell])
        for cell in cells
    )


@dataclass(frozen=True, slots=True)
class _PersonRule:
    id: str
    severity: Severity
    words: Words
    fails: Any
    source: str


def _lost(person: Person) -> bool:
    return bool(person["facts"]["lost"])


def _long(person: Person) -> bool:
    return int(person["facts"]["months_lost"]) >= HALF_A_YEAR


PERSON_RULES: tuple[_PersonRule, ...] = (
    _PersonRule(
        "S4", Severity.ERROR,
        Words("{n} 名党员还没有排查，也没有说明", "{n} members are neither screened nor explained"),
        lambda p: not p["facts"]["screened"] and not p["screening"]["explained"], "S4 全覆盖无遗漏",
    ),
    _PersonRule(
        "S2", Severity.ERROR,
        Words("{n} 名党员的拟认定还没有人确认", "Proposed findings of {n} members are unconfirmed"),
        lambda p: bool(p["screening"]["proposal"]), "S2",
    ),
    _PersonRule(
        "D2-outcome", Severity.ERROR,
        Words("{n} 名失联党员还没有查找结果，请记联系并写结果",
              "{n} lost members have no outcome; log the attempts and say how they ended"),
        lambda p: _lost(p) and not p["facts"]["outcome"], "D2",
    ),
    _PersonRule(
        "D4-circumstance", Severity.ERROR,
        Words("{n} 名失联党员没有选失联情形（①–⑦）", "{n} lost members have no circumstance (1–7)"),
        lambda p: _lost(p) and not p["facts"]["circumstance"], "D4",
    ),
    _PersonRule(
        "D8", Severity.ERROR,
        Words("{n} 名失联党员情形选了“其他”，须在备注写明原因",
              "{n} lost members have circumstance “other”: the remark must say why"),
        lambda p: p["facts"]["circumstance"] == "7" and not p["screening"]["note"], "D8",
    ),
    _PersonRule(
        "D9", Severity.ERROR,
        Words("{n} 名失联党员距最近联系不满 6 个月",
              "{n} lost members were in touch within 6 months"),
        lambda p: _lost(p) and p["screening"]["contact"] and not _long(p),
        "D9",
    ),
    _PersonRule(
        "D9-unknown", Severity.EXPLAIN,
        Words("{n} 名失联党员最近联系时间不详，请说明依据",
              "The last contact of {n} lost members is not known; say what it rests on"),
        lambda p: _lost(p) and not p["screening"]["contact"], "D9",
    ),
    _PersonRule(
        "D17", Severity.EXPLAIN,
        Words("{n} 名流动党员去向不明又满 6 个月无联系，应认定失联或说明",
              "{n} floating members have no known place and 6 months without contact"),
        lambda p: p["facts"]["floating"] and not _lost(p) and _long(p)
        and p["facts"]["destination_scope"] in ("", "unknown"), "D17",
    ),
    _PersonRule(
        "T2-channels", Severity.HINT,
        Words(f"{{n}} 名无法取得联系的党员，查找渠道不足 {MIN_CHANNELS} 种",
              f"{{n}} members not found were searched for through fewer than {MIN_CHANNELS} ways"),
        lambda p: p["facts"]["outcome"] == "not_found"
        and p["screening"]["channels"] < MIN_CHANNELS, "方案二 深入查找",
    ),
    _PersonRule(
        "D25-confirmed", Severity.EXPLAIN,
        Words("{n} 名党员转正时间早于入党时间", "{n} members were confirmed before they joined"),
        lambda p: p["fields"]["confirmed"] and p["fields"]["joined"]
        and p["fields"]["confirmed"] < p["fields"]["joined"], "D25",
    ),
)  # fmt: skip


def look_at(persons: Sequence[Person], explanations: Mapping[str, str]) -> list[Outcome]:
    """Judge the persons by every person rule; a rule nobody fails holds."""
    outcomes = []
    for rule in PERSON_RULES:
        failing = tuple(person["member"] for person in persons if rule.fails(person))
        text = (rule.words.zh.format(n=len(failing)), rule.words.en.format(n=len(failing)))
        outcomes.append(
            Outcome(
                rule.id,
                rule.severity.value,
                not failing,
                *text,
                rule.source,
                members=failing,
                explanation=explanations.get(rule.id, "") if failing else "",
            )
        )
    return outcomes


def from_finding(
    finding: Finding, members: Sequence[str], explanations: Mapping[str, str]
) -> Outcome:
    """Return what a plugin pointed out in the facts of `members` as an outcome that fails."""
    return Outcome(
        finding.rule, finding.severity.value, False, finding.words.zh, finding.words.en,
        finding.source, members=tuple(members), explanation=explanations.get(finding.rule, ""),
    )  # fmt: skip


def simple(
    rule: str, severity: Severity, words: Words, source: str = "", *,
    holds: bool, explanation: str = "",
) -> Outcome:  # fmt: skip
    """Return an outcome that is neither about cells nor about persons."""
    return Outcome(rule, severity.value, holds, words.zh, words.en, source, explanation=explanation)
