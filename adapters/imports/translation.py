"""From a row to commands, as the mapping says. Nothing is executed here and nothing known of the store."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from json.encoder import encode_basestring_ascii
from typing import Any, NamedTuple

from pydantic import ValidationError

from adapters.imports.mapping import DateSource, Mapping, ReadingForm, Runs, Slot, Source, StepForm
from adapters.imports.table_file import Table
from adapters.imports.table_rows import RowFault, TableRow
from domain.clinical_time import ClinicalTime
from domain.errors import Invalid
from domain.protocol import Protocol
from domain.record import Attribution, Origin, Role
from workflows.command import Issue, fault_line

_NAMESPACE = uuid.UUID("5c8f6f0e-6d0b-5a53-9a0a-0d7b1b6f2c41")
_WHOLE_DAYS = re.compile(r"[+-]?\d{1,6}")
_DIGITS_SHOWN = 12


class Planned(NamedTuple):
    """A command of a row, and the step of the mapping it follows from."""

    step: StepForm
    issue: Issue


@dataclass(frozen=True, slots=True)
class ParticipantPlan:
    """What follows from a participant's first good row, which later rows may repeat but not contradict."""

    code: str
    site: str
    zone: str
    row: TableRow
    start: tuple[Planned, ...]
    end: tuple[Planned, ...]


class RowPlan(NamedTuple):
    """What follows from one row."""

    participant: ParticipantPlan
    row: TableRow
    commands: tuple[Planned, ...]


class Translation:
    """Rows of one table to commands, row after row: a participant's first row speaks for the participant."""

    def __init__(
        self,
        mapping: Mapping,
        table: Table,
        protocol: Protocol,
        actor: str,
        role: Role,
        session: str,
        source: str,
    ) -> None:
        self._mapping = mapping
        self.protocol = protocol
        self._actor = actor
        self._role = role
        self._session = session
        file = f"{table.name} sha256:{table.digest[:_DIGITS_SHOWN]}"
        self._origin = f"{source}: {file}" if source else file
        self._header = table.header
        self._places = {column: place for place, column in enumerate(table.header)}
        self._missing = frozenset(text.strip() for text in mapping.table.missing)
        self._steps = {runs: tuple(step for step in mapping.steps if step.runs is runs) for runs in Runs}
        self._reasons = {id(step): _reason(mapping, step) for step in mapping.steps}
        self._listed = _listed(mapping)
        self._seen: dict[tuple[str, ...], TableRow] = {}
        self.participants: dict[str, ParticipantPlan] = {}

    def row(self, row: TableRow) -> RowPlan:
        """The commands of a row. Raises RowFault."""
        if row.fault is not None:
            raise row.fault
        if len(row.cells) != len(self._header):
            raise _fault(
                "", "row.columns", f"the row has {len(row.cells)} cells, the header {len(self._header)}"
            )
        code = self._code(row)
        participant = self.participants.get(code)
        if participant is None:
            participant = self._participant(code, row)
        else:
            self._agrees(row, participant)
        key = tuple(
            self._required(row, column, "row.key", "it tells rows apart") for column in self._mapping.row.key
        )
        identity = (code, *key)
        self._not_twice(identity, row)
        plan = RowPlan(
            participant, row, self._planned(Runs.EACH_ROW, row, participant.site, participant.zone, identity)
        )
        self._seen[identity] = row
        self.participants[code] = participant
        return plan

    # ------------------------------------------------------------ who and when

    def _code(self, row: TableRow) -> str:
        texts = []
        for part in self._mapping.participant.parts:
            if not isinstance(part, Slot):
                texts.append(part)
                continue
            text = self._required(row, part.column, "participant.key", "it tells participants apart")
            if part.digits and not (text.isascii() and text.isdigit()):
                raise _fault(part.column, "participant.key", f"'{text}' is no whole number")
            texts.append(text.zfill(part.digits))
        return "".join(texts)

    def _participant(self, code: str, row: TableRow) -> ParticipantPlan:
        source = self._mapping.participant.site
        site = self._value(row, source)
        column = source.column or ""
        if site is None:
            raise _fault(column, "site.missing", "no site is given")
        plan = self.protocol.site_plans.get(site)
        if plan is None:
            known = ", ".join(self.protocol.site_plans)
            raise _fault(column, "site.unknown", f"the protocol has no site {site}", f"It has {known}.")
        start = self._planned(Runs.AT_START, row, site, plan.zone, (code,))
        end = self._planned(Runs.AT_END, row, site, plan.zone, (code,))
        return ParticipantPlan(code, site, plan.zone, row, start, end)

    def _agrees(self, row: TableRow, participant: ParticipantPlan) -> None:
        """What columns say of the participant, every row says, or leaves out."""
        for column in self._mapping.participant_columns:
            said = self._text(row, column)
            if said is not None and said != self._text(participant.row, column):
                self._participant(participant.code, row)  # a text that cannot be read says so itself
                raise _fault(
                    column,
                    "participant.contradicted",
                    f"line {participant.row.line} says something else of {participant.code}",
                )

    def _not_twice(self, identity: tuple[str, ...], row: TableRow) -> None:
        before = self._seen.get(identity)
        if before is None or before.cells == row.cells:
            return
        other = [
            column
            for column, place in self._places.items()
            if before.cells[place].strip() != row.cells[place].strip()
        ]
        if other:
            key = ", ".join(identity)
            raise _fault(
                other[0],
                "row.duplicate",
                f"line {before.line} is the same row ({key}) with another {', '.join(other)}",
            )

    def _at(self, row: TableRow, step: StepForm, zone: str) -> ClinicalTime:
        source, days = self._mapping.dates[step.at.date], step.at.plus_days
        at = self._date(row, source, zone)
        if days is None:
            return at
        text = self._required(row, days, "row.time", "it says when something happened")
        if not _WHOLE_DAYS.fullmatch(text):
            raise _fault(days, "row.time", f"'{text}' is no whole number of days")
        if at.day is None:
            raise _fault(source.column or "", "row.time", f"'{at}' names no day to count from")
        try:
            return ClinicalTime.on(at.day + timedelta(days=int(text)), zone)
        except OverflowError:
            raise _fault(days, "row.time", f"{text} days lead out of the calendar") from None

    def _date(self, row: TableRow, source: DateSource, zone: str) -> ClinicalTime:
        if source.column is None:
            return ClinicalTime.parse(source.value or "", zone)
        text = self._required(row, source.column, "row.time", "it says when something happened")
        try:
            if source.format is None:
                return ClinicalTime.parse(text, zone)
            return ClinicalTime.on(datetime.strptime(text, source.format).date(), zone)  # noqa: DTZ007 - a day
        except Invalid as error:
            raise RowFault(source.column, error) from None
        except ValueError:
            raise _fault(source.column, "row.time", f"'{text}' is no date as {source.format}") from None

    # ------------------------------------------------------------ commands

    def _planned(
        self, runs: Runs, row: TableRow, site: str, zone: str, identity: tuple[str, ...]
    ) -> tuple[Planned, ...]:
        whole = (self._mapping.trial, self._mapping.name, *identity)
        correlation = _name(*whole)
        planned = []
        for step in self._steps[runs]:
            if step.when is not None and not self._asked(row, step):
                continue
            fields = self._fields(row, step, site, zone, identity[0])
            if fields is None:
                continue
            by = Attribution(
                actor=self._actor,
                role=self._role,
                session=self._session,
                site=site,
                reason_code="import",
                reason_text=self._reasons[id(step)],
                origin=Origin.IMPORT,
                origin_id=f"{self._origin} line {row.line}",
            )
            try:
                command = step.command_class.model_validate(fields)
            except ValidationError as error:
                raise self._command_fault(error, step, fields) from None
            planned.append(Planned(step, Issue(command, by, _name(*whole, step.id), correlation)))
        return tuple(planned)

    def _asked(self, row: TableRow, step: StepForm) -> bool:
        when = step.when
        if when is None:
            return True
        text = self._text(row, when.column)
        if text is None:
            return False
        listed = self._listed[step.id]
        if text not in listed:
            raise _fault(when.column, "value.unknown", f"'{text}' is none of {', '.join(listed)}")
        return text in when.equals

    def _fields(
        self, row: TableRow, step: StepForm, site: str, zone: str, code: str
    ) -> dict[str, Any] | None:
        """The fields of a step's command; None where there is nothing to record."""
        fields: dict[str, Any] = {"participant": code}
        if step.readings:
            readings = [
                self._reading(row, form) for form in step.readings if self._text(row, form.column) is not None
            ]
            if not readings:
                return None
            fields["readings"] = readings
        fields["at"] = self._at(row, step, zone)
        if "site" in step.command_class.model_fields:
            fields["site"] = site
        for name, source in step.fields.items():
            value = self._value(row, source)
            if value is not None:
                fields[name] = value
            elif step.command_class.model_fields[name].is_required():
                raise _fault(source.column or "", "value.missing", f"there is no {name}")
        return fields

    def _reading(self, row: TableRow, form: ReadingForm) -> dict[str, str]:
        value = self._looked_up(self._text(row, form.column) or "", form.column, form.values)
        return {"item": form.item, "value": value, "unit": form.unit}

    def _command_fault(self, error: ValidationError, step: StepForm, fields: dict[str, Any]) -> RowFault:
        """The first thing wrong with a command, at the column it comes from."""
        place = error.errors(include_url=False, include_context=False)[0]["loc"]
        name, column = str(place[0]) if place else "", ""
        if name == "readings" and len(place) > 1:
            column = next(
                (form.column for form in step.readings if form.item == fields["readings"][place[1]]["item"]),
                "",
            )
        elif name == "participant":
            column = ", ".join(self._mapping.code_columns)
        elif name in step.fields:
            column = step.fields[name].column or ""
        return _fault(column, "value.invalid", fault_line(error))

    # ------------------------------------------------------------ cells

    def _text(self, row: TableRow, column: str) -> str | None:
        """What stands in a column, without the spaces around it; None where that says there is no value."""
        text = row.cells[self._places[column]].strip()
        return None if text in self._missing else text

    def _required(self, row: TableRow, column: str, code: str, why: str) -> str:
        text = self._text(row, column)
        if text is None:
            raise _fault(column, code, f"there is no value, and {why}")
        return text

    def _value(self, row: TableRow, source: Source) -> str | None:
        if source.column is None:
            return source.value
        text = self._text(row, source.column)
        return None if text is None else self._looked_up(text, source.column, source.values)

    def _looked_up(self, text: str, column: str, values: dict[str, str]) -> str:
        if not values:
            return text
        if text not in values:
            raise _fault(column, "value.unknown", f"'{text}' is none of {', '.join(values)}")
        return values[text]


def _fault(column: str, code: str, message: str, remedy: str = "") -> RowFault:
    return RowFault(column, Invalid(code, message, remedy=remedy))


def _reason(mapping: Mapping, step: StepForm) -> str:
    return "; ".join([f"imported by mapping {mapping.name}", *mapping.assumptions(step)])


def _listed(mapping: Mapping) -> dict[str, tuple[str, ...]]:
    """For each step with a condition, every text its column may hold."""
    listed: dict[str, tuple[str, ...]] = {}
    for step in mapping.steps:
        if step.when is not None:
            listed[step.id] = (*listed.get(step.id, ()), *step.when.equals, *step.when.skips)
    return listed


def _name(*identity: str) -> str:
    """An id that follows from what it names, and from nothing that must not show."""
    return str(uuid.uuid5(_NAMESPACE, ",".join(map(encode_basestring_ascii, identity))))
