"""The two ways on for a store that is behind its signer: bring back what is missing, or declare the loss."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import NamedTuple, Protocol

from adapters.app import App
from adapters.held.folder import Folder, Signed
from adapters.held.incarnations import declarations, incarnation_of
from adapters.held.standing import Departure
from adapters.keys.ed25519 import LogKey, verified
from adapters.ledger.signer import Signer
from adapters.store.store import Store
from domain.casebook import TrialFold
from domain.clinical_time import ClinicalTime
from domain.errors import Broken, Invalid, NotFound, Refused
from domain.fact import FACTS
from domain.identifiers import SYSTEM_LOG
from domain.ledger.continuity import check_held, check_not_rewritten
from domain.ledger.kept import Anchor, StoredLine
from domain.ledger.note import Checkpoint, Key, Note, origin_of
from domain.ledger.tree import Place, peaks_of, root_at
from domain.record import Attribution, CommandRecord, Record
from domain.signed_log import SELF, SignedLog
from projections.documents import project
from projections.ports import LedgerReading
from projections.verification.copied import Proved
from workflows.command import checked
from workflows.signed_log import DeclareIncarnation

_PAGE = 2000  # Positions taken over at a time.


class Stretch(NamedTuple):
    """Entries of a log, `first` to `last`: what was brought back into it, or what it still lacks."""

    log: str
    first: int
    last: int


def lacking(ledger: LedgerReading, found: Sequence[Departure]) -> list[Stretch]:
    """What was signed of these logs and is not in them."""
    ends = [(each.log, ledger.head(each.log)[0], each.held.size) for each in _furthest(found)]
    return [Stretch(log, head + 1, size) for log, head, size in ends if head < size]


# ---------------------------------------------------------------- bringing back


class Source(Protocol):
    """Where what is missing comes from: another store, or a bundle."""

    def head(self, log: str) -> tuple[int, str]:
        """The last position and when it was recorded."""

    def nodes(self, log: str, places: Sequence[Place]) -> Sequence[bytes]:
        """The hashes of complete subtrees."""

    def commands(self, log: str, first: int, last: int) -> list[CommandRecord]:
        """The commands that begin at these positions."""

    def stored_lines(self, log: str, *, after: int = 0, upto: int | None = None) -> Iterator[StoredLine]:
        """Facts as stored, with their lines of the ledger."""

    def anchors(self, log: str, *, since: int = 0) -> list[Anchor]:
        """What is kept of others' word on the tree."""

    def proved(self, log: str, sizes: Sequence[int]) -> Proved:
        """What it proves of a log up to the largest of these sizes. Raises Broken where it does not fit."""


def replay(
    target: Store,
    source: Source,
    found: Sequence[Departure],
    keys: Iterable[Key] = (),
    progress: Callable[[int], None] = lambda _count: None,
) -> list[Stretch]:
    """Bring back from another copy what is missing up to what was signed; each log in one commit.

    A copy that ends before brings back what it has up to its newest checkpoint that one of these keys signed.
    Facts, commands and lines come as they are; read models are made anew. Raises Refused when a log has not
    only lost entries but holds others, or when the copy has nothing of what is missing; and Broken when it
    does not verify, or does not hold what was signed.
    """
    if not found:
        return []
    found = [each for each in found if source.head(each.log)[0]]
    for departure in found:
        if departure.fault.code != "ledger.shrunk":
            raise Refused(
                "ledger.not_replayable",
                f"nothing is missing that could be brought back: {departure.fault.message}",
                where=departure.held.origin,
                remedy="Find out what happened, then 'trialog ledger declare'.",
            )
    keys, reached = tuple(keys), []
    for departure in _furthest(found):
        there = _reached(source, departure.held, keys)
        if there.size > target.head(there.log).position:
            reached.append(there)
    for held in (each.held for each in found):
        upto = max((each.size for each in reached if each.log == held.log), default=0)
        check_not_rewritten(held.held, upto, partial(source.nodes, held.log))
    if not reached:
        raise Refused(
            "ledger.nothing_to_bring",
            "of what is missing the copy holds nothing that a key that counts has signed",
            remedy="Take another copy, or name the log's keys with --policy.",
        )
    return [_bring(target, source, held, progress) for held in reached]


def _reached(source: Source, held: Signed, keys: Sequence[Key]) -> Signed:
    """As much of what is held of a log as can be brought back: all, or what a copy that ends before has up to
    its newest checkpoint that one of these keys signed.
    """
    log, head = held.log, source.head(held.log)[0]
    if head >= held.size:
        check_held(held.held, head, partial(source.nodes, log))
        source.proved(log, [held.size])
        return held
    kept = [each for each in source.anchors(log) if each.holder == held.origin and each.size <= head]
    proved = source.proved(log, [each.size for each in kept])
    for each in reversed(kept):
        found = proved.checkpoint(each.note, held.origin, keys, verified)
        if found is not None:
            return held._replace(size=found.size, root=found.root, peaks=(), note=each.note)
    return held._replace(size=0)


def _bring(target: Store, source: Source, held: Signed, progress: Callable[[int], None]) -> Stretch:
    log = held.log
    with target.writing(log) as transaction:
        first = transaction.head.position + 1
        fold = TrialFold().run(transaction.records_since(0))
        for command, lines in _commands(source, log, first, held.size):
            transaction.adopt(command, lines)
            touched = dict.fromkeys(change for line in lines for change in fold.apply(_record(line)))
            transaction.put(project(fold, touched, command.last))
            progress(len(lines))
        edge = transaction.frontier
        if edge is None or edge.size != held.size or edge.root() != held.root:
            raise Broken(
                "ledger.rewritten",
                f"with what is brought back, the {held.size} entries are not those that were signed",
                where=held.origin,
            )
    for anchor in source.anchors(log):
        if anchor.size <= held.size and _fits(target, log, anchor):
            target.keep(log, anchor)
    return Stretch(log, first, held.size)


def _commands(
    source: Source, log: str, first: int, last: int
) -> Iterator[tuple[CommandRecord, list[StoredLine]]]:
    while first <= last:
        # A command begins in this page and may end in a later one.
        commands = source.commands(log, first, min(first + _PAGE - 1, last))
        end = commands[-1].last if commands else first
        lines = source.stored_lines(log, after=first - 1, upto=end)
        known = {command.first: command for command in commands}
        for start, some in groupby(lines, key=lambda line: line.command):
            if start not in known:
                raise Broken("store.no_command", f"position {start} has no command", where=log)
            yield known[start], list(some)
        first = end + 1


def _record(line: StoredLine) -> Record:
    fact = FACTS.read(line.topic, line.data)
    effective_at = ClinicalTime(line.effective_at)
    return Record(line.position, line.stream, line.version, effective_at, line.protocol_version, fact)


def _fits(store: LedgerReading, log: str, anchor: Anchor) -> bool:
    """Whether a note is of this tree; a time stamp goes with the note that it stamps."""
    if anchor.holder.startswith("tsa/"):
        return True
    try:
        root = Checkpoint.parse(Note.parse(anchor.note).text).root
    except Invalid:
        return False
    return root == root_at(anchor.size, partial(store.nodes, log))


# ---------------------------------------------------------------- declaring


def declare(
    app: App, folder: Folder | None, found: Sequence[Departure], approver: str, by: Attribution
) -> list[str]:
    """Declare every log with a departure anew, by two persons: the names they are signed under from now on.

    Also the logs that are signed by a key which this folder does not hold, as when the signer was lost.
    Raises Refused and Invalid as the command does, Refused as `Signer.check_newest`, and NotFound when there
    is nothing to declare.
    """
    held_by_log = {each.held.log: each.held for each in _furthest(found)}
    if folder is not None:
        Signer(folder, app).check_newest()
        held_by_log = {**dict(_orphaned(app, folder)), **held_by_log}
    if not held_by_log:
        raise NotFound("ledger.nothing_to_declare", "no log is behind what was signed of it")
    origins = []
    for log, held in sorted(held_by_log.items(), key=lambda each: (each[0] == SYSTEM_LOG, each[0])):
        if incarnation_of(app.reading, log) <= held.incarnation:
            agreed = _agreed(app, log, held)
            command = checked(DeclareIncarnation, approver=approver, note=held.note, agreed=agreed)
            app.engine.execute(log, command, by)
        if folder is not None:
            _begin(app, folder, log)
        origins.append(origin_of(log, incarnation_of(app.reading, log)))
    return origins


def _furthest(found: Sequence[Departure]) -> list[Departure]:
    """Of each log the departure from whoever holds the most of it, the system log last."""
    furthest: dict[str, Departure] = {}
    for each in found:
        known = furthest.get(each.log)
        if known is None or _reach(each.held) > _reach(known.held):
            furthest[each.log] = each
    return sorted(furthest.values(), key=lambda each: (each.log == SYSTEM_LOG, each.log))


def _reach(held: Signed) -> tuple[int, int]:
    return held.incarnation, held.size


def _agreed(app: App, log: str, held: Signed) -> int:
    """The size of the newest checkpoint that this log still holds true."""
    head = app.ledger.head(log)[0]
    kept = [each for each in app.ledger.anchors(log) if each.holder == held.origin and each.size <= head]
    return next((each.size for each in reversed(kept) if _fits(app.ledger, log, each)), 0)


def _begin(app: App, folder: Folder, log: str) -> None:
    """Have the signer begin with what the log held before it was declared anew."""
    fact = declarations(app.reading, log)[-1]
    nodes = partial(app.ledger.nodes, log)
    peaks = tuple(nodes(peaks_of(fact.restored)))
    root = root_at(fact.restored, nodes)
    with folder.locked():
        begun = folder.signed().get(fact.origin)
        if begun is None or not begun.note:
            folder.keep(Signed(fact.origin, fact.restored, root, peaks, "", app.clock.now()))


def _orphaned(app: App, folder: Folder) -> Iterator[tuple[str, Signed]]:
    """The logs whose registered key this folder does not hold, each with its newest checkpoint."""
    if not app.ledger.head(SYSTEM_LOG)[0]:
        return
    known = app.view(SYSTEM_LOG).singles(SignedLog)
    seeds = folder.seeds()
    for log, state in known.items():
        ours = {str(LogKey(seed, state.origin).key) for seed in seeds}
        if log != SELF and state.keys and not ours & set(state.keys):
            notes = [anchor for anchor in app.ledger.anchors(log) if anchor.holder == state.origin]
            note, size = (notes[-1].note, notes[-1].size) if notes else ("", 0)
            yield log, Signed(state.origin, size, b"", (), note, app.clock.now())
