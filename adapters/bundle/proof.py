"""Making the proof of one fact, in the time of one page: nothing of the log is gone over."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from adapters.app import App
from adapters.bundle.log_files import checkpoints_of, entry_line
from adapters.bundle.selection import Chosen, Ground, genetic_among
from adapters.keys.ed25519 import verified
from domain.errors import Broken, NotFound
from domain.fact import FACTS
from domain.identifiers import SYSTEM_LOG, log_stream
from domain.ledger.kept import JournalLine, StoredLine
from domain.ledger.note import Checkpoint, Key, Note
from domain.ledger.proof import FactProof
from domain.ledger.tree import inclusion_proof, root_at
from domain.privacy import Part, Redaction
from domain.record import Role
from domain.signed_log import KeyRegistered
from projections.as_of import View
from projections.leaving import genetic_items
from projections.ports import entry_at
from projections.verification.fact_proof import verify_fact
from projections.verification.signed import Trust


def proof_of(app: App, view: View, role: Role, position: int) -> FactProof:
    """The proof that a fact stands at a position, under the newest checkpoint as of the view.

    What bundles withhold is withheld: what tells an allocation from a role that the protocol of today masks,
    genetic values, and what was redacted. Raises NotFound where there is no such fact that may be seen, or
    no checkpoint that covers it; Broken where the proof would not hold.
    """
    trial = view.trial_id
    _check_seen(app, view, position)
    size, note = _checkpoint(app, view, position)
    nodes = partial(app.ledger.nodes, trial)
    _, entry, fact, envelope = entry_line(trial, _chosen(app, trial, role, position)).split(b"\t")
    path = tuple(inclusion_proof(position - 1, size, nodes))
    made = FactProof(position - 1, path, note, entry, fact, envelope, _keys(app, trial))
    found = verify_fact(str(made).encode(), Trust(verified)).findings
    if found:
        raise Broken("proof.does_not_hold", str(found[0]), where=trial, remedy="See 'trialog audit verify'.")
    return made


def _check_seen(app: App, view: View, position: int) -> None:
    head = app.reading.head(view.trial_id)[0]
    if not 0 < position <= view.position:
        ends = (
            f"the history ends at {head}"
            if view.position == head
            else f"as of then it ends at {view.position}"
        )
        raise NotFound("proof.no_position", f"there is no position {position}; {ends}", where=view.trial_id)
    if entry_at(app.reading, view.trial_id, position) is None:
        what = f"there is no fact at position {position} that you may see"
        raise NotFound("proof.no_position", what, where=view.trial_id)


def _checkpoint(app: App, view: View, position: int) -> tuple[int, Note]:
    """The newest checkpoint as of the view that covers the position and is what the tree's nodes make."""
    log = view.trial_id
    covering = [each for each in checkpoints_of(app.ledger, log, view.position) if each.size >= position]
    for each in reversed(covering):
        if each.note is not None:
            root = root_at(each.size, partial(app.ledger.nodes, log))
            if Checkpoint.parse(each.note.text).root == root:
                return each.size, each.note
    if covering:
        what = f"no checkpoint that covers position {position} is of this log as it stands"
        raise Broken("proof.no_checkpoint", what, where=log, remedy="See 'trialog audit verify'.")
    is_now = view.position == app.reading.head(log)[0]
    remedy = "Have the log signed with 'trialog ledger sign'." if is_now else "Ask as of later, or as of now."
    what = f"no checkpoint covers position {position}: nothing signed speaks of this fact yet"
    raise NotFound("ledger.no_checkpoint", what, where=log, remedy=remedy)


def _keys(app: App, log: str) -> tuple[Key, ...]:
    """The keys of a log that its keeper has registered."""
    facts = (each.fact for each in app.reading.stream(SYSTEM_LOG, log_stream(log)))
    return tuple(dict.fromkeys(Key.parse(each.vkey) for each in facts if isinstance(each, KeyRegistered)))


# ---------------------------------------------------------------- what is withheld


def _chosen(app: App, trial: str, role: Role, position: int) -> Chosen:
    line = _line(app, trial, position)
    command = JournalLine._make(app.ledger.journal(trial, line.command, line.command)[0])
    lines = [*app.ledger.stored_lines(trial, after=command.first - 1, upto=command.last)]
    genes, of_genes = _genetic(app, trial, lines)
    redacted = {part: by for by, part in _redactions(app, trial, position, command)}
    fact = redacted.get(Part.FACT)
    if fact is None and app.view(trial).trial.masks(role) and FACTS.tells_allocation(line.topic):
        fact = Ground("masked")
    if fact is None and position in genes:
        fact = Ground("genetic")
    envelope = redacted.get(Part.ENVELOPE) or (Ground("genetic") if line.command in of_genes else None)
    return Chosen(line, command if command.first == position else None, fact, envelope)


def _line(app: App, trial: str, position: int) -> StoredLine:
    return next(app.ledger.stored_lines(trial, after=position - 1, upto=position))


def _redactions(app: App, trial: str, position: int, command: JournalLine) -> Iterator[tuple[Ground, Part]]:
    """By which fact this fact or its command's envelope was redacted: as of now, whatever was asked about."""
    for each in app.view(trial).singles(Redaction).values():
        if each.made is None:
            continue
        is_envelope = each.part is Part.ENVELOPE and command.first <= each.position <= command.last
        if is_envelope or (each.part is Part.FACT and each.position == position):
            yield Ground("redacted", each.made.fact), each.part


def _genetic(app: App, trial: str, lines: list[StoredLine]) -> tuple[set[int], set[int]]:
    """Which facts of a command hold genetic values or words about one. What of it may not be seen counts."""
    protocols = (
        app.view(trial).trial.document(each.version).protocol for each in app.view(trial).trial.versions
    )
    items = frozenset(item for protocol in protocols for item in genetic_items(protocol))
    if not items:
        return set(), set()
    threads = {line.stream for line in lines if line.stream.startswith(("query/", "correction/"))}
    told = [each.position for stream in threads for each in app.reading.stream(trial, stream)]
    known = {line.position: line for line in lines}
    known |= {position: _line(app, trial, position) for position in told if position not in known}
    facts, commands = genetic_among((known[position] for position in sorted(known)), items)
    hidden = {line.position for line in lines if line.stream in threads} - {*told}
    return facts | hidden, commands | ({lines[0].command} if hidden else set())
