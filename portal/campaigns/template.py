"""Campaign templates: data, validated when loaded. A tenant's campaign keeps its own copy."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from portal.core.errors import NotFound
from portal.core.words import Words

_FOLDER = Path(__file__).parent / "templates"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Said(_Frozen):
    """A sentence in both languages, as a template writes it."""

    zh: str
    en: str

    @property
    def words(self) -> Words:
        """Return it as the value that pages show."""
        return Words(self.zh, self.en)


class Stage(_Frozen):
    """One phase; `first` and `until` are month and day, ``MM-DD``."""

    code: str
    title: Said
    first: str = Field(alias="from", pattern=r"^\d\d-\d\d$")
    until: str = Field(pattern=r"^\d\d-\d\d$")


class Deliverable(_Frozen):
    """What is handed in: tables or a report; `due` gives the last day per kind of unit."""

    code: str
    kind: str = Field(pattern="^(tables|report)$")
    stage: str
    title: Said
    short: Said
    tables: tuple[str, ...] = ()
    due: dict[str, str]

    @field_validator("due")
    @classmethod
    def _days(cls, due: dict[str, str]) -> dict[str, str]:
        for day in due.values():
            month, _, number = day.partition("-")
            if not (1 <= int(month) <= 12 and 1 <= int(number) <= 31):  # noqa: PLR2004
                raise ValueError(f"not a month and day: {day}")
        return due


class CheckItem(_Frozen):
    """One line of the check list that a branch goes through for each member."""

    code: str
    title: Said
    question: Said | None = None


class Plan(_Frozen):
    """All that makes one template differ from another."""

    code: str
    title: Said
    source: str
    rule_set: str
    lost_after_months: int
    explain_change_percent: int
    stages: tuple[Stage, ...]
    deliverables: tuple[Deliverable, ...]
    checks: tuple[CheckItem, ...]
    verification: tuple[CheckItem, ...] = ()

    @model_validator(mode="after")
    def _holds_together(self) -> Plan:
        stages = {stage.code for stage in self.stages}
        for each in self.deliverables:
            if each.stage not in stages:
                raise ValueError(f"{each.code}: no stage {each.stage}")
        if sum(each.kind == "tables" for each in self.deliverables) != 1:
            raise ValueError("a plan has exactly one deliverable of tables")
        return self

    @property
    def tables(self) -> Deliverable:
        """Return the deliverable that carries the official tables."""
        return next(each for each in self.deliverables if each.kind == "tables")

    def deliverable(self, code: str) -> Deliverable:
        """Return the deliverable `code`.

        Raises:
            NotFound: the plan has none.
        """
        for each in self.deliverables:
            if each.code == code:
                return each
        raise NotFound(Words("材料", "deliverable"))

    def stage(self, code: str) -> Stage:
        """Return the stage `code`."""
        return next(stage for stage in self.stages if stage.code == code)


@cache
def load(code: str) -> Plan:
    """Return the shipped template `code`.

    Raises:
        NotFound: there is none.
        ValidationError: the file does not hold together (a fault of the distribution).
    """
    file = _FOLDER / f"{code}.toml"
    if code not in shipped():
        raise NotFound(Words("排查模板", "campaign template"))
    return Plan.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))


def shipped() -> tuple[str, ...]:
    """Return the codes of the templates that come with the portal."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.toml")))
