"""The mapping language: how the rows of a table become commands. `docs/import.md` explains it to its users.

A mapping is data, like a protocol: nothing about any one data set is in the code. It names columns, tables of
values, days counted from a date, and the steps that follow from a row. It cannot compute anything else.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from domain.identifiers import Key, TrialId
from domain.record import Role
from workflows.command import COMMANDS, Command
from workflows.participant import RecordRandomization
from workflows.policy import PERMITTED

Line = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Column = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Cell = Annotated[str, StringConstraints(max_length=200)]

FILLED_IN = frozenset({"participant", "site", "at", "readings"})
"""Fields of commands that a mapping does not list among `fields`: it says them once, elsewhere."""

TELLING = {RecordRandomization.KIND: "arm"}
"""Commands with a field that is sealed when it is stored: its columns must show nowhere else."""


class Part(BaseModel):
    """A part of a mapping: frozen, and closed to fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class TableForm(Part):
    """How the file is written. `missing` are the texts that say there is no value.

    Every column is read by the mapping or listed in `unused`, so that none is lost without being noticed.
    """

    encoding: str = "utf-8"
    delimiter: Annotated[str, StringConstraints(pattern=r"^[,;|\t]$")] = ","
    missing: tuple[Cell, ...] = ("",)
    unused: tuple[Column, ...] = ()

    @field_validator("encoding")
    @classmethod
    def _known(cls, encoding: str) -> str:
        try:
            codecs.lookup(encoding)
            "".encode(encoding)
        except (LookupError, ValueError, TypeError) as error:
            raise ValueError(f"'{encoding}' is no encoding of text") from error
        return encoding


class Source(Part):
    """Where a value comes from: a column, through `values` if given, or a constant.

    A column's text that `values` does not list is a fault, not a value. A constant that the file does not
    hold says in `assumed` why it is taken to be so.
    """

    column: Column | None = None
    values: dict[Cell, str] = {}
    value: str | None = None
    assumed: Line | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.column is None) == (self.value is None):
            raise ValueError("a value comes from a column or is a constant: write one of column and value")
        if self.value is not None and self.values:
            raise ValueError("values: only a column is looked up in a table of values")
        if self.column is not None and self.assumed:
            raise ValueError("assumed: only a constant can be assumed")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns read."""
        return () if self.column is None else (self.column,)


class DateSource(Source):
    """A date to count days from. `format` is that of a column that is not written as 1974-01-31."""

    format: str | None = None

    @model_validator(mode="after")
    def _readable(self) -> Self:
        if self.values:
            raise ValueError("values: a date is not looked up in a table of values")
        if self.format is not None:
            day = datetime(2001, 12, 31)  # noqa: DTZ001 - only to see whether the format keeps a day
            later = day.replace(year=2007)  # as the same day of the week
            try:
                text = day.strftime(self.format)
                # Without a year nothing is read: from 3.13 on Python warns, and later refuses.
                kept = text != later.strftime(self.format) and (
                    datetime.strptime(text, self.format).date() == day.date()  # noqa: DTZ007
                )
            except (ValueError, re.error) as error:
                raise ValueError(f"format: '{self.format}' is no format of dates") from error
            if not kept:
                raise ValueError(f"format: '{self.format}' does not tell the day, the month and the year")
        return self


class At(Part):
    """When something happened: at one of the `dates`, or whole days after it."""

    date: Key
    plus_days: Column | None = None


class When(Part):
    """A step is taken where the column `equals` one of these texts; `skips` are the others that may occur."""

    column: Column
    equals: Annotated[tuple[Cell, ...], Field(min_length=1)]
    skips: tuple[Cell, ...] = ()


class ReadingForm(Part):
    """A column of measured values and its unit, or of grades with the table that tells them."""

    column: Column
    item: Key
    unit: str = ""
    values: dict[Cell, str] = {}


class Runs(StrEnum):
    """When a step is taken: before a participant's first row, for each row, or after the last row."""

    AT_START = "at_start"
    EACH_ROW = "each_row"
    AT_END = "at_end"


class StepForm(Part):
    """One command that follows from a row. Steps of one id exclude one another by what their `when` asks."""

    id: Key
    runs: Runs = Runs.EACH_ROW
    command: str
    at: At
    when: When | None = None
    fields: dict[str, Source] = {}
    readings: tuple[ReadingForm, ...] = ()

    @field_validator("command")
    @classmethod
    def _importable(cls, kind: str) -> str:
        command = COMMANDS.get(kind)
        if command is None:
            raise ValueError(f"there is no command {kind}")
        if Role.SYSTEM not in PERMITTED.get(command, ()) or "participant" not in command.model_fields:
            raise ValueError(f"an import may not {kind}")
        return kind

    @model_validator(mode="after")
    def _fits_the_command(self) -> Self:
        known = self.command_class.model_fields
        unknown = [name for name in self.fields if name not in known]
        if unknown:
            raise ValueError(f"fields: {self.command} has no field {', '.join(unknown)}")
        filled_in = [name for name in self.fields if name in FILLED_IN]
        if filled_in:
            raise ValueError(f"fields: {', '.join(filled_in)} is said elsewhere in the mapping")
        absent = [
            name
            for name, each in known.items()
            if each.is_required() and name not in self.fields and name not in FILLED_IN
        ]
        if absent:
            raise ValueError(f"fields: {self.command} needs {', '.join(absent)}")
        if bool(self.readings) != ("readings" in known):
            raise ValueError(
                f"readings: {self.command} {'needs' if 'readings' in known else 'takes no'} readings"
            )
        return self

    @property
    def command_class(self) -> type[Command]:
        """The class of the command."""
        return COMMANDS[self.command]

    @cached_property
    def telling(self) -> frozenset[str]:
        """The columns whose values are sealed when they are stored."""
        sealed = self.fields.get(TELLING.get(self.command, ""))
        return frozenset(sealed.columns) if sealed is not None else frozenset()


class ParticipantForm(Part):
    """How the participant code is made, and the site the participant belongs to.

    `code` is a template: `{column}` stands for the column's text, `{column:03}` for its whole number in at
    least three digits.
    """

    code: Line
    site: Source

    @field_validator("code")
    @classmethod
    def _is_template(cls, code: str) -> str:
        if not any(isinstance(part, Slot) for part in template_parts(code)):
            raise ValueError("the template names no column")
        return code

    @cached_property
    def parts(self) -> tuple[str | Slot, ...]:
        """The template taken apart."""
        return template_parts(self.code)


class RowForm(Part):
    """The columns that tell the rows of one participant apart."""

    key: Annotated[tuple[Column, ...], Field(min_length=1)]


class Mapping(Part):
    """A whole mapping. Its `name` and the keys make the ids of its commands: renamed, it imports anew."""

    name: Key
    trial: TrialId
    table: TableForm = TableForm()
    participant: ParticipantForm
    row: RowForm
    dates: dict[Key, DateSource]
    steps: Annotated[tuple[StepForm, ...], Field(min_length=1)]

    @field_validator("steps")
    @classmethod
    def _steps_exclude_one_another(cls, steps: tuple[StepForm, ...]) -> tuple[StepForm, ...]:
        by_id: dict[str, list[StepForm]] = {}
        for step in steps:
            by_id.setdefault(step.id, []).append(step)
        for name, group in by_id.items():
            if len(group) > 1:
                _exclusive(name, group)
        return steps

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        for step in self.steps:
            if step.at.date not in self.dates:
                raise ValueError(f"steps.{step.id}.at.date: there is no date {step.at.date} among the dates")
        shown = {*self.code_columns, *self.row.key} & self.telling
        if shown:
            raise ValueError(f"steps: {', '.join(sorted(shown))} tells the allocation, so it can be no key")
        both = sorted(set(self.table.unused) & set(self.columns))
        if both:
            raise ValueError(f"table.unused: {', '.join(both)} is read by the mapping")
        return self

    @cached_property
    def code_columns(self) -> tuple[str, ...]:
        """The columns that the participant code is made of."""
        return tuple(part.column for part in self.participant.parts if isinstance(part, Slot))

    @cached_property
    def telling(self) -> frozenset[str]:
        """The columns whose values are sealed when they are stored."""
        return frozenset(column for step in self.steps for column in step.telling)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Every column the mapping reads, each once."""
        named = [*self.code_columns, *self.participant.site.columns, *self.row.key]
        for step in self.steps:
            named += self.columns_of(step)
        return tuple(dict.fromkeys(named))

    @cached_property
    def participant_columns(self) -> tuple[str, ...]:
        """The columns that speak of the participant, not of one row."""
        named = list(self.participant.site.columns)
        for step in self.steps:
            if step.runs is not Runs.EACH_ROW:
                named += self.columns_of(step)
        return tuple(dict.fromkeys(named))

    def columns_of(self, step: StepForm) -> list[str]:
        """The columns a step reads, when it happened first."""
        named = [*self.time_columns(step)]
        if step.when is not None:
            named.append(step.when.column)
        named += [column for source in step.fields.values() for column in source.columns]
        return [*named, *(reading.column for reading in step.readings)]

    def time_columns(self, step: StepForm) -> list[str]:
        """The columns that say when a step happened."""
        days = [] if step.at.plus_days is None else [step.at.plus_days]
        return [*days, *self.dates[step.at.date].columns]

    def assumptions(self, step: StepForm) -> Iterator[str]:
        """What a step takes for granted that the file does not say, in words."""
        named: list[tuple[str, Source]] = [
            (step.at.date, self.dates[step.at.date]),
            ("site", self.participant.site),
            *step.fields.items(),
        ]
        for name, source in named:
            if source.assumed is not None and (name != "site" or "site" in step.command_class.model_fields):
                yield f"{name} {source.value} is assumed: {source.assumed}"


def _exclusive(name: str, steps: list[StepForm]) -> None:
    """Steps of one id ask about one column, each for texts of its own."""
    conditions = [step.when for step in steps]
    columns = {None if when is None else when.column for when in conditions}
    if None in columns or len(columns) > 1 or len({step.runs for step in steps}) > 1:
        raise ValueError(
            f"{name}: steps of one id run together and exclude one another by `when` on one column"
        )
    asked = [text for when in conditions if when is not None for text in when.equals]
    twice = sorted({text for text in asked if asked.count(text) > 1})
    if twice:
        raise ValueError(f"{name}: {', '.join(map(repr, twice))} leads to more than one of the steps")


class Slot(BaseModel):
    """A column in a template, and the digits it is filled up to with zeros (0: as it stands)."""

    model_config = ConfigDict(frozen=True)

    column: str
    digits: int = 0


_SLOT = re.compile(r"\{([^{}:]+)(?::0([1-9]))?\}")


def template_parts(template: str) -> tuple[str | Slot, ...]:
    """A template as texts and slots. Raises ValueError for braces that make no slot."""
    parts: list[str | Slot] = []
    end = 0
    for found in _SLOT.finditer(template):
        parts += [template[end : found.start()], Slot(column=found[1], digits=int(found[2] or 0))]
        end = found.end()
    parts.append(template[end:])
    texts: list[Any] = [part for part in parts if isinstance(part, str)]
    if any("{" in text or "}" in text for text in texts):
        raise ValueError("a template holds columns as {column} or {column:03}")
    return tuple(part for part in parts if part != "")
