"""The import of a table: rows as commands, each row standing or falling as a whole, many rows in a commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from adapters.app import App
from adapters.imports.earlier import told_conflict
from adapters.imports.mapping import TELLING, Mapping
from adapters.imports.mapping_fit import check_fit
from adapters.imports.quarantine import Rejection
from adapters.imports.table_file import Table
from adapters.imports.table_rows import RowFault, TableRow
from adapters.imports.translation import ParticipantPlan, Planned, Translation
from domain.errors import Conflict, Invalid, NotFound, Refused, TrialogError
from domain.record import Role
from domain.trial import TrialStatus
from projections.as_of import View
from workflows.command import Fault, Receipt
from workflows.observation import RecordResults
from workflows.values import readable

ROWS_IN_A_COMMIT = 200
_OF_A_VALUE = ("result.not_a_number", "result.unit_missing", "result.unit_unknown", "result.grade_unknown")
"""What is said of a value, and not of the result as a whole."""


@dataclass
class Outcome:
    """What became of a table. Rows go by their lines; each is in one of three states.

    `facts` were stored by this run, `participants` came in with it, and its visits were placed in a planned
    visit or beside the plan. `stopped` says that the rows after the rejected one were left out.
    """

    imported: set[int] = field(default_factory=set)
    unchanged: set[int] = field(default_factory=set)
    rejections: dict[int, Rejection] = field(default_factory=dict)
    facts: int = 0
    participants: int = 0
    planned_visits: int = 0
    unscheduled_visits: int = 0
    stopped: bool = False

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return len(self.imported) + len(self.unchanged) + len(self.rejections)

    @property
    def rejected(self) -> list[Rejection]:
        """The rejected rows in the file's order."""
        return [self.rejections[line] for line in sorted(self.rejections)]

    def reject(self, row: TableRow, column: str, error: TrialogError) -> None:
        """Note a rejected row, once, for the first reason found."""
        self.imported.discard(row.line)
        self.unchanged.discard(row.line)
        self.rejections.setdefault(row.line, Rejection(row, column, error))

    def accept(self, row: TableRow, receipts: tuple[Receipt, ...]) -> None:
        """Note commands of a row that stand."""
        stored = [each for each in receipts if each.first and not each.repeated]
        self.facts += sum(each.last - each.first + 1 for each in stored)
        if row.line in self.rejections:
            return
        if stored:
            self.imported.add(row.line)
            self.unchanged.discard(row.line)
        elif row.line not in self.imported:
            self.unchanged.add(row.line)


class _Group(NamedTuple):
    """Commands that stand or fall together, the row they follow from, and whose they are."""

    row: TableRow
    code: str
    commands: tuple[Planned, ...]


class TableImport:
    """One run over one table."""

    def __init__(
        self,
        app: App,
        mapping: Mapping,
        table: Table,
        *,
        actor: str = "import",
        role: Role = Role.SYSTEM,
        reads: Role | None = Role.SYSTEM,
        session: str = "",
        source: str = "",
        stop_on_error: bool = False,
        progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Look at the trial first. Raises NotFound, Refused or Invalid where it cannot take the table.

        `reads` is the role in which whoever imports may read allocations, None for one that may read none: a
        recorded arm is compared with the table's only for those who may know it, since the conflict tells it.
        `progress` is told how many rows have been dealt with.
        """
        self._app = app
        self._mapping = mapping
        self._table = table
        self._stop = stop_on_error
        self._progress = progress
        view = active_trial(app, mapping.trial)
        check_fit(mapping, view.trial.protocol)
        if not table.rows:
            raise Invalid("table.no_rows", "there is a header, and no row", where=table.name)
        self._begun_at = view.position
        self._arms = self._arms_known(view, reads)
        self._translation = Translation(mapping, table, view.trial.protocol, actor, role, session, source)
        self._standing: set[str] = set()
        self.outcome = Outcome()

    def run(self) -> Outcome:
        """Import every row, then what follows from each participant's last one."""
        rows, done = iter(self._table.rows), 0
        while not self.outcome.stopped and (batch := list(islice(rows, ROWS_IN_A_COMMIT))):
            self._import(batch)
            done += len(batch)
            self._progress(done)
        ends = self._ends()
        while not self.outcome.stopped and (groups := list(islice(ends, ROWS_IN_A_COMMIT))):
            self._execute(groups)
        self._count()
        return self.outcome

    def _import(self, batch: list[TableRow]) -> None:
        """The rows of one commit. With `stop_on_error` the first that falls is the last that is looked at."""
        groups: list[_Group] = []
        fallen: tuple[TableRow, RowFault] | None = None
        for row in batch:
            try:
                plan = self._translation.row(row)
                self._check_arm(plan.participant)
            except RowFault as reason:
                if self._stop:
                    fallen = (row, reason)
                    break
                self.outcome.reject(row, reason.column, reason.error)
            else:
                groups.append(_Group(row, plan.participant.code, (*plan.participant.start, *plan.commands)))
        self._execute(groups)
        if fallen is not None and not self.outcome.stopped:
            row, fault = fallen
            self.outcome.reject(row, fault.column, fault.error)
            self.outcome.stopped = True

    def _ends(self) -> Iterator[_Group]:
        """What follows from the last rows of the participants of whom some row stands."""
        for participant in self._translation.participants.values():
            if participant.end and participant.code in self._standing:
                yield _Group(participant.row, participant.code, participant.end)

    def _execute(self, groups: list[_Group]) -> None:
        outcomes = self._app.engine.execute_groups(
            self._mapping.trial,
            ([planned.issue for planned in group.commands] for group in groups),
            stop_at_fault=self._stop,
        )
        for group, outcome in zip(groups, outcomes, strict=False):  # fewer outcomes when it stopped
            if isinstance(outcome, Fault):
                self.outcome.reject(group.row, *self._told(group, outcome))
                self.outcome.stopped = self._stop
            else:
                self.outcome.accept(group.row, outcome)
                self._standing.add(group.code)

    def _told(self, group: _Group, fault: Fault) -> tuple[str, TrialogError]:
        """The column a refused command comes from, and the error in the words of an import."""
        planned = group.commands[fault.place]
        error = fault.error
        if isinstance(error, Conflict) and error.code == "command.other_content":
            return told_conflict(self._app.reading, self._mapping, group.code, planned)
        return self._column(planned, error), error

    def _column(self, planned: Planned, error: TrialogError) -> str:
        """The column a refusal is about, "" where it is about several or the participant as a whole."""
        step, command, mapping = planned.step, planned.issue.command, self._mapping
        if isinstance(command, RecordResults) and error.code in _OF_A_VALUE:
            forms = {form.item: form.column for form in step.readings}
            items = self._translation.protocol.item_plans
            return next(
                (forms[each.item] for each in command.readings if not readable(items[each.item], each)), ""
            )
        times = mapping.time_columns(step)
        match error.code.partition(".")[0]:
            case "time":
                return times[0] if times else ""
            case "participant":
                columns = set(mapping.code_columns)
            case "site":
                columns = set(mapping.participant.site.columns)
            case _:
                columns = set(mapping.columns_of(step)) - set(times)
        return columns.pop() if len(columns) == 1 else ""

    # ------------------------------------------------------------ allocations

    def _arms_known(self, view: View, reads: Role | None) -> dict[str, str]:
        """The arms recorded before this run, as far as they may be known and the keys are here."""
        if not self._mapping.telling or reads is None:
            return {}
        unseal = self._app.unseal(view.trial, reads)
        arms = {}
        for code, participant in view.participants().items():
            arm = unseal(participant.randomized.allocation) if participant.randomized is not None else None
            if arm is not None:
                arms[code] = arm.strip()
        return arms

    def _check_arm(self, participant: ParticipantPlan) -> None:
        """Raise RowFault for an allocation other than the recorded one: the journal tells nothing of it."""
        recorded = self._arms.get(participant.code)
        for planned in participant.start:
            telling = TELLING.get(planned.step.command)
            if recorded is None or telling is None:
                continue
            if getattr(planned.issue.command, telling) != recorded:
                raise RowFault(
                    ", ".join(planned.step.telling),
                    Conflict("row.conflict", f"the allocation of {participant.code} is recorded otherwise"),
                )

    # ------------------------------------------------------------ counting

    def _count(self) -> None:
        if not self.outcome.facts:
            return
        view = self._app.view(self._mapping.trial)
        self.outcome.participants = sum(
            each.registered.fact > self._begun_at for each in view.participants().values()
        )
        for visits in view.visits().values():
            for visit in visits.values():
                if visit.attended is not None and visit.attended.fact > self._begun_at:
                    self.outcome.planned_visits += visit.is_planned
                    self.outcome.unscheduled_visits += not visit.is_planned


def active_trial(app: App, trial: str) -> View:
    """The trial as it stands. Raises NotFound when the store holds another, Refused when it is not active."""
    held = app.reading.trials()
    if trial not in held:
        holds = f"the store holds {', '.join(held)}" if held else "the store is empty"
        raise NotFound(
            "import.other_trial", f"the mapping is for trial {trial}; {holds}", remedy="Nothing was imported."
        )
    view = app.view(trial)
    if view.trial.status is not TrialStatus.ACTIVE:
        raise Refused(
            "trial.not_active",
            f"trial {trial} is {view.trial.status}: data are taken while it is active",
            remedy="Nothing was imported.",
        )
    return view
