"""What a person typed on the screening pages, as the values the service takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portal.core.errors import Invalid, Problem
from portal.core.words import Words
from portal.members import dates
from portal.screening import facts
from portal.web import verdicts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from portal.campaigns.template import CheckItem
    from portal.core.precision import Day
    from portal.screening.models import Record

OTHER = "7"
FLOATING_TEXTS = (
    "destination_scope", "destination_kind", "destination", "former_occupation", "reason_away",
    "host",
)  # fmt: skip
_LONGEST = {"destination": 120, "reason_away": 60, "host": 120}


def day(name: str, text: str) -> Day | None:
    """Return a day, month or year as it was typed; None when nothing was.

    Raises:
        Invalid: it cannot be read as one; the sentence says how to write it.
    """
    read = dates.day(text)
    if read.fault is not None:
        raise Invalid(Problem(name, read.fault.words, read.fault.rule))
    found: Day | None = read.value
    return found


def checks(
    form: Mapping[str, str], record: Record, items: Sequence[CheckItem]
) -> dict[str, dict[str, str]]:
    """Return the results typed for the items of the check list; what was not typed stays out.

    With ``rest=ok`` in the form, what has no result yet is in order.
    """
    said = {}
    for item in items:
        result = form.get(f"c-{item.code}", "")
        if not result and form.get("rest") == "ok" and not verdicts.result(record, item.code):
            result = "ok"
        if result:
            note = form.get(f"n-{item.code}", verdicts.note(record, item.code)).strip()[:500]
            said[item.code] = {"result": result, "note": note if result == "doubt" else ""}
    return said


def finding(kind: str, form: Mapping[str, str], record: Record) -> dict[str, Any]:
    """Return what a form of one finding says, by field name.

    Raises:
        Invalid: something needed is missing or cannot be read.
    """
    if kind in ("lost", "floating") and form.get("answer") == "no":
        return {kind: False}
    if kind == "lost":
        return _lost(form)
    if kind == "floating":
        return _floating(form)
    if kind == "focus":
        return {"focus": _toggled(record.focus, form.get("code", ""))}
    if kind == "elsewhere":
        return {"lives_elsewhere": form.get("answer") == "yes"}
    return {kind: form.get(kind, "")}


def _lost(form: Mapping[str, str]) -> dict[str, Any]:
    circumstance, note = form.get("circumstance", ""), form.get("lost_note", "").strip()[:500]
    faults = []
    if circumstance not in facts.FACTS["circumstance"].values:
        words = Words("请选一种失去联系的情形", "Choose the circumstance of losing contact")
        faults.append(Problem("circumstance", words))
    if circumstance == OTHER and not note:
        words = Words("选了“其他”，请写明是什么情形", "For “other”, say what happened")
        faults.append(Problem("lost_note", words))
    if faults:
        raise Invalid(*faults)
    return {"lost": True, "circumstance": circumstance, "lost_note": note}


def _floating(form: Mapping[str, str]) -> dict[str, Any]:
    said: dict[str, Any] = {
        name: form.get(name, "").strip()[: _LONGEST.get(name, 60)] for name in FLOATING_TEXTS
    }
    if not said["destination_scope"]:
        words = Words("请选外出范围；不清楚就选“不掌握流向”", "Choose how far; or “not known”")
        raise Invalid(Problem("destination_scope", words))
    said["left_on"] = day("left_on", form.get("left_on", ""))
    return said | {"floating": True, "certificate": form.get("certificate") == "1"}


def _toggled(codes: str, code: str) -> str:
    kept = [each for each in codes.split("|") if each and each != code]
    return "|".join(kept if code in codes.split("|") else [*kept, code])
