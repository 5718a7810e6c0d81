"""The two ways on for a store that is behind its signer: bring back what is missing, or declare the loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import NamedTuple, Protocol

from adapters.app import App
from adapters.bundle.source import BundleSource
from adapters.held.folder import Folder, Signed
from adapters.held.incarnations import declarations, incarnation_of
from adapters.held.standing import Departure
from adapters.keys.ed25519 import LogKey
from adapters.ledger.signer import Signer
from adapters.store.store import Store
from domain.casebook import TrialFold
from domain.clinical_time import ClinicalTime
from domain.errors import Broken, Invalid, NotFound, Refused
from domain.fact import FACTS
from domain.identifiers import SYSTEM_LOG
from domain.ledger.continuity import check_held
from domain.ledger.kept import Anchor, StoredLine
from domain.ledger.note import Checkpoint, Note, origin_of
from domain.ledger.tree import Place, peaks_of, root_at
from domain.record import Attribution, CommandRecord, Record
from domain.signed_log import SELF, SignedLog
from projections.documents import project
from projections.ports import LedgerReading
from workflows.command import checked
from workflows.signed_log import DeclareIncarnation

_PAGE = 2000  # Positions taken over at a time.


class Brought(NamedTuple):
    """What was brought back into a log: the positions `first` to `last`."""

    log: str
    first: int
    last: int


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


def replay(
    target: Store,
    source: Source,
    found: Sequence[Departure],
    progress: Callable[[int], None] = lambda _count: None,
) -> list[Brought]:
    """Bring back from another copy what is missing up to what was signed; each log in one commit.

    Facts, commands and lines come as they are; read models are made anew. Raises Refused when a log has not
    only lost entries but holds others, and Broken when the other store does not hold what was signed.
    """
    for departure in found:
        held = departure.held
        if departure.fault.code != "ledger.shrunk":
            raise Refused(
                "ledger.not_replayable",
                f"nothing is missing that could be brought back: {departure.fault.message}",
                where=held.origin,
                remedy="Find out what happened, then 'trialog ledger declare'.",
            )
        check_held(held.held, source.head(held.log)[0], partial(source.nodes, held.log))
    return [_bring(target, source, departure.held, progress) for departure in _furthest(found)]


def replay_bundle(
    target: Store,
    bundle: BundleSource,
    found: Sequence[Departure],
    progress: Callable[[int], None] = lambda _count: None,
) -> list[Brought]:
    """As `replay`, from a bundle. One that ends before what was signed last, as when its own export was
    signed, brings back what it holds up to its newest checkpoint; the rest is then declared lost.
    """
    departures = [each for each in _furthest(found) if each.log == bundle.log]
    brought = []
    for each in departures:
        if bundle.head(each.log)[0] >= each.held.size:
            brought += replay(target, bundle, [each], progress)
        elif each.fault.code == "ledger.shrunk" and bundle.signed_to > target.head(each.log).position:
            held = each.held._replace(size=bundle.signed_to, root=bundle.root)
            brought.append(_bring(target, bundle, held, progress))
        else:
            raise Refused(
                "ledger.not_replayable",
                "the bundle holds nothing that is missing and was signed",
                where=each.held.origin,
            )
    return brought


def _bring(target: Store, source: Source, held: Signed, progress: Callable[[int], None]) -> Brought:
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
    return Brought(log, first, held.size)


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
