"""The one way in: authorise → lock the trial → load → decide → facts → one commit with the read models."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from domain.casebook import Touched, TrialFold
from domain.clinical_time import Instant
from domain.document import Document
from domain.errors import Conflict, Denied, Invalid, TrialogError
from domain.identifiers import SYSTEM_LOG
from domain.record import Attribution, CommandRecord, NewFact, Record
from workflows.admission import admitted, denial
from workflows.closure import heed
from workflows.command import Command, Fault, Issue, OfAnyLog, OfSystem, Receipt
from workflows.entry import transcribed
from workflows.memory import Memory
from workflows.opening import open_for
from workflows.policy import authorise
from workflows.ports import Clock, Credentials, Head, Ledger, Names, Transaction, Vault
from workflows.situation import DECISIONS, Situation

Project = Callable[[TrialFold, Iterable[Touched], int], Iterable[Document]]
"""The states touched by a command, as read-model versions at its last position."""


class Engine:
    """Executes commands. Threads share one engine only with a lock around it; processes need none."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        names: Names,
        vault: Vault,
        credentials: Credentials,
        project: Project,
        app_version: str,
        halt: TrialogError | None,
    ) -> None:
        """`halt` is why nothing may be written: it is raised for every command but those that restore."""
        self._ledger = ledger
        self._clock = clock
        self._names = names
        self._vault = vault
        self._credentials = credentials
        self._project = project
        self.app_version = app_version
        self._halt = halt
        self._memories: dict[str, Memory] = {}

    def execute(self, trial: str, command: Command, by: Attribution, command_id: str = "") -> Receipt:
        """Execute one command in one commit.

        Raises Denied, Refused, Invalid, NotFound or Conflict, and then nothing is stored. The same command
        under the same id again returns the first receipt, marked repeated, and stores nothing. What is denied
        to somebody who is signed in leaves a fact in the system log.
        """
        issue = Issue(command, by, command_id)
        with self._drafting(trial, issue) as draft:
            receipt = self._run(draft, issue)
            draft.write()
            return receipt

    def check_permitted(self, trial: str, command: Command, by: Attribution) -> None:
        """Raise Denied unless somebody may issue a command now: to be asked before work that it ends, as a
        copy that it records. The rules are not asked. What is denied is kept as it is of a command.
        """
        issue = Issue(command, by)
        with self._drafting(trial, issue) as draft:
            self._admitted(draft, issue)

    def execute_many(self, trial: str, issues: Iterable[Issue]) -> list[Receipt | TrialogError]:
        """Execute many commands in one commit, each decided on what those before it left.

        A command that is refused stores nothing and leaves its error in its place; the others stand.
        """
        outcomes = self.execute_groups(trial, ((issue,) for issue in issues))
        return [outcome.error if isinstance(outcome, Fault) else outcome[0] for outcome in outcomes]

    def execute_groups(
        self, trial: str, groups: Iterable[Sequence[Issue]], *, stop_at_fault: bool = False
    ) -> list[tuple[Receipt, ...] | Fault]:
        """Execute groups of commands in one commit; the commands of a group stand or fall together.

        A group with a command that is refused stores nothing and leaves in its place which command it was and
        the error; the other groups stand. With `stop_at_fault` the groups after the first such are left out.
        """
        self._go_on()
        outcomes: list[tuple[Receipt, ...] | Fault] = []
        denied: list[tuple[Issue, Denied]] = []
        with self._writing(trial) as (transaction, memory):
            draft = _Draft(transaction, memory)
            for group in groups:
                outcome = self._run_together(draft, group)
                outcomes.append(outcome)
                if isinstance(outcome, Fault):
                    if isinstance(outcome.error, Denied):
                        denied.append((group[outcome.place], outcome.error))
                    if stop_at_fault:
                        break
        for issue, error in denied:
            self._note(trial, issue, error)
        return outcomes

    def note(self, trial: str, notes: Iterable[Document]) -> bool:
        """Keep what follows from the facts and spares work, beside the read models: it is no fact, and
        nothing is lost with it. False when nothing may be stored, or another process has kept the same.
        """
        if self._halt is not None:
            return False
        try:
            with self._ledger.writing(trial) as transaction:
                transaction.put(notes)
        except Conflict:
            return False
        return True

    def forget(self, trial: str) -> None:
        """Fold the trial's facts anew at the next command: some of their text was redacted."""
        self._memories.pop(trial, None)

    def _go_on(self) -> None:
        if self._halt is not None:
            raise self._halt

    def _run_together(self, draft: _Draft, group: Sequence[Issue]) -> tuple[Receipt, ...] | Fault:
        receipts = []
        for number, issue in enumerate(group):
            try:
                authorise(issue.command, issue.by)
                receipts.append(self._run(draft, issue))
            except TrialogError as error:
                draft.discard()
                return Fault(number, error)
        draft.write()
        return tuple(receipts)

    def _note(self, trial: str, issue: Issue, error: Denied) -> None:
        """Keep what was denied to somebody who is signed in."""
        if issue.by.session and self._halt is None:
            self.execute(SYSTEM_LOG, *denial(issue.command.KIND, trial, issue.by, error))

    @contextmanager
    def _drafting(self, trial: str, issue: Issue) -> Iterator[_Draft]:
        """A draft under the trial's lock, for whose role may issue the command. What is denied is kept."""
        try:
            authorise(issue.command, issue.by)
            if not issue.command.RESTORES:
                self._go_on()
            with self._writing(trial) as (transaction, memory):
                yield _Draft(transaction, memory)
        except Denied as error:
            self._note(trial, issue, error)
            raise

    @contextmanager
    def _writing(self, trial: str) -> Iterator[tuple[Transaction, Memory]]:
        """The trial's lock and memory. What fails after facts were folded must not be remembered."""
        memory = self._memory(trial)
        before = memory.position
        try:
            beside = SYSTEM_LOG if trial != SYSTEM_LOG else ""
            with self._ledger.writing(trial, beside=beside) as transaction:
                memory.attend(transaction)
                before = memory.position
                if beside:
                    self._people().attend(transaction.beside)
                yield transaction, memory
        except BaseException:
            if memory.position != before:
                self._memories.pop(trial, None)
            raise

    def _people(self) -> Memory:
        """The memory of the system log: the accounts."""
        return self._memory(SYSTEM_LOG)

    def _memory(self, log: str) -> Memory:
        memory = self._memories.get(log)
        if memory is None:
            memory = self._memories[log] = Memory(log)
        return memory

    def _admitted(self, draft: _Draft, issue: Issue) -> tuple[Instant, Attribution]:
        """The instant of a command, and the attribution that the journal keeps. Raises Denied."""
        command, memory = issue.command, draft.memory
        _at_home(command, memory.trial_id)
        now = self._clock.now()
        if draft.head.recorded_at:
            now = now.after(draft.head.recorded_at)
        if self._halt is not None and command.RESTORES:  # In a halted store nobody can sign in.
            return now, issue.by
        return now, admitted(command, issue.by, memory, self._people(), now)

    def _run(self, draft: _Draft, issue: Issue) -> Receipt:
        """Decide a command on what those before it left, and fold its facts."""
        command, command_id = issue.command, issue.command_id
        now, by = self._admitted(draft, issue)
        head, memory = draft.head, draft.memory
        digest = command.fingerprint()
        if command_id:
            known = draft.command(command_id)
            if known is not None:
                return _repeated(known, command, digest)
        situation = Situation(memory, now, head.position, by, self._vault, self._credentials, self._people())
        open_for(type(command), memory.trial.status)
        decided = DECISIONS[type(command)](command, situation)
        heed(decided, command, situation)
        decided = [*decided, *transcribed(decided, situation)]
        command_id = command_id or self._names.fresh()
        if not decided:
            return Receipt(command_id, 0, 0)
        records = _placed(decided, head.position, memory)
        entry = CommandRecord(
            first=records[0].position,
            last=records[-1].position,
            command_id=command_id,
            kind=command.KIND,
            digest=digest,
            recorded_at=now,
            attribution=by,
            correlation_id=issue.correlation_id or command_id,
            causation_id=issue.causation_id,
            app_version=self.app_version,
        )
        touched = memory.apply(records)
        draft.add(entry, records, self._project(memory.fold, touched, entry.last))
        return Receipt(command_id, entry.first, entry.last)


@dataclass(slots=True)
class _Draft:
    """Commands that are decided and folded and not yet stored: they are written together, or unlearned."""

    transaction: Transaction
    memory: Memory
    head: Head = field(init=False)
    _commands: list[tuple[CommandRecord, list[Record]]] = field(default_factory=list)
    _documents: list[Document] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.head = self.transaction.head

    def command(self, command_id: str) -> CommandRecord | None:
        """The command of that id, stored or in this draft."""
        drafted = (entry for entry, _ in self._commands if entry.command_id == command_id)
        return next(drafted, None) or self.transaction.command(command_id)

    def add(self, entry: CommandRecord, records: list[Record], documents: Iterable[Document]) -> None:
        """Take in a command whose facts the memory has folded."""
        self._commands.append((entry, records))
        self._documents.extend(documents)
        self.head = Head(entry.last, entry.recorded_at)

    def write(self) -> None:
        """Store everything, in the transaction."""
        for entry, records in self._commands:
            self.transaction.append(entry, records)
        self.transaction.put(self._documents)
        self._commands, self._documents = [], []

    def discard(self) -> None:
        """Give everything up: the memory goes back to what is stored."""
        for _, records in self._commands:
            self.memory.forget(records)
        self._commands, self._documents = [], []
        self.head = self.transaction.head


def _repeated(known: CommandRecord, command: Command, digest: str) -> Receipt:
    if (known.kind, known.digest) != (command.KIND, digest):
        raise Conflict(
            "command.other_content",
            f"command id {known.command_id} was used for another {known.kind}",
            remedy="Use a fresh id for another command.",
        )
    return Receipt(known.command_id, known.first, known.last, repeated=True)


def _at_home(command: Command, log: str) -> None:
    """The system log takes the system's commands, a trial's log all others; some belong in any log."""
    if not isinstance(command, OfAnyLog) and isinstance(command, OfSystem) != (log == SYSTEM_LOG):
        raise Invalid("command.other_log", f"{command.KIND} does not belong in the log {log}")


def _placed(decided: Sequence[NewFact], head: int, memory: Memory) -> list[Record]:
    """The facts at their positions and stream versions."""
    versions: dict[str, int] = {}
    records = []
    make = tuple.__new__  # Half the cost of the class itself, once a fact.
    for position, (stream, effective_at, protocol_version, fact) in enumerate(decided, start=head + 1):
        version = versions[stream] = (versions.get(stream) or memory.version(stream)) + 1
        records.append(make(Record, (position, stream, version, effective_at, protocol_version, fact)))
    return records
