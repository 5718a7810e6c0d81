"""The proof of one fact: the entry, what it commits to, its place in the tree, and who signed the tree."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from domain.errors import Invalid
from domain.ledger.entry import commitment
from domain.ledger.note import Checkpoint, Note, log_of
from domain.ledger.policy import Policy
from domain.ledger.proof import FactProof
from domain.ledger.tree import includes, leaf_hash
from projections.verification.bundle_lines import Given, Line, envelope_of, line_of
from projections.verification.findings import Check, Finding, Findings
from projections.verification.signed import Coverage, Kept, Signed, Trust
from projections.verification.word import KEY_ROTATED, Life, Word

PROOF = "proof"
"""What findings about the file are under, while it is not known of which log it is."""


class FactVerification(NamedTuple):
    """What it came to. `line` and `size` are None where the file cannot be read as a proof."""

    line: Line | None
    size: int | None
    coverage: Coverage
    findings: tuple[Finding, ...]


def verify_fact(data: bytes, trust: Trust, given: Sequence[Kept] = ()) -> FactVerification:
    """Verify the file of a proof. `given` are checkpoints from outside, of the same size."""
    found = Findings()
    try:
        proof = FactProof.parse(data)
        checkpoint = Checkpoint.parse(proof.note.text)
        log = log_of(checkpoint.origin)[0]
    except Invalid as error:
        found.add(PROOF, 0, Check.FILES, error.message)
        return FactVerification(None, None, Coverage(), found.sorted())
    line = _line(proof)
    if line is None:
        found.add(log, proof.nth + 1, Check.LINE, "the entry is not in its form")
        return FactVerification(None, checkpoint.size, Coverage(), found.sorted())
    _check_entry(proof, line, log, found)
    _check_command(line, found)
    if not includes(proof.nth, checkpoint.size, line.leaf, proof.path, checkpoint.root):
        what = f"the entry is not in the tree of {checkpoint.size} entries that was signed"
        found.add(log, line.position, Check.PROOF, what)
    return FactVerification(
        line, checkpoint.size, _signed(proof, line, checkpoint, log, trust, given, found), found.sorted()
    )


def _line(proof: FactProof) -> Line | None:
    """The entry with what it commits to, read as a line of a bundle's log is: the leaf is made, not told."""
    leaf = leaf_hash(proof.entry)
    parts = (leaf.hex().encode(), proof.entry, proof.fact, proof.envelope)
    line = None if any(b"\t" in part for part in parts) else line_of(b"\t".join(parts))
    return line._replace(leaf=leaf) if isinstance(line, Line) else None


def _check_entry(proof: FactProof, line: Line, log: str, found: Findings) -> None:
    if (line.position, line.log) != (proof.nth + 1, log):
        what = f"the entry says that it is {line.log} at {line.position}"
        found.add(log, proof.nth + 1, Check.PLACE, what)
    named = (("fact", line.fact, Check.FACT), ("envelope", line.envelope, Check.ENVELOPE))
    for what, each, check in named:
        if not _fits(each):
            found.add(log, line.position, check, f"the {what} is not what its entry commits to")


def _fits(given: Given) -> bool:
    """Whether what is given is what was committed to; what is withheld cannot be held against anything."""
    if given.salt is None or given.data is None:
        return True
    return commitment(given.salt, given.data) == given.committed


def _check_command(line: Line, found: Findings) -> None:
    """An entry has an envelope exactly if it opens its command, and the envelope says the same as it."""
    opens = line.command == line.position
    if opens != (line.envelope.committed is not None) or line.command > line.position:
        found.add(line.log, line.position, Check.COMMAND, "the entry does not fit its command")
    if line.envelope.data is None:
        return
    told = envelope_of(line.envelope.data)
    names = line.recorded_at.encode(), line.actor.encode(), line.role.encode()
    if told is None or (told.first, *told[2:]) != (line.position, *names) or told.last < told.first:
        what = "the envelope does not say what the entry says"
        found.add(line.log, line.position, Check.ENVELOPE, what)


def _signed(
    proof: FactProof,
    line: Line,
    checkpoint: Checkpoint,
    log: str,
    trust: Trust,
    given: Sequence[Kept],
    found: Findings,
) -> Coverage:
    """Who signed the tree. Every checkpoint brought along must be of this log, this size and this root."""
    life = Life(checkpoint.origin)
    notes = [Kept(checkpoint.size, proof.note)]
    for each in given:
        held = None if each.note is None else Checkpoint.parse(each.note.text)
        if each.note is not None and each.note.text == proof.note.text:
            notes.append(each)
        elif held is None or log_of(held.origin)[0] != log:
            found.add(log, 0, Check.CHECKPOINT, "a checkpoint that was given is not of this log")
        elif held.size == checkpoint.size:
            what = f"the first {held.size} entries are not those that were signed"
            found.add(log, held.size, Check.ROOT, what)
        else:
            what = (
                f"the proof is of the tree of {checkpoint.size} entries, and the checkpoint that was given of"
                f" {held.size}: have it made as of {held.size}"
            )
            found.add(log, held.size, Check.PROOF, what)
    trust = trust._replace(known=Policy.naming(proof.keys))
    word = Word()
    if line.topic == KEY_ROTATED and line.fact.data is not None and _fits(line.fact):
        word.take(line.position, line.topic, line.fact.data)
    signed = Signed(log, checkpoint.size, [life], lambda _: checkpoint.root, found, rotations=word.rotations)
    coverage = signed.judge([_together(notes)], trust)
    if trust.policy is not None and not coverage.pinned:
        found.add(log, 0, Check.POLICY, "no key of this log was given")
    return coverage


def _together(kept: Sequence[Kept]) -> Kept:
    """One checkpoint with every signature over it."""
    notes = [each.note for each in kept if each.note is not None]
    signatures = dict.fromkeys(each for note in notes for each in note.signatures)
    return Kept(kept[0].size, Note(notes[0].text, tuple(signatures)))


def subject_of(line: Line) -> dict[str, object]:
    """What the entry itself says, by its own names, and what is given of the fact."""
    entry = json.loads(line.entry)
    names = ("topic", "stream", "version", "recorded_at", "effective_at", "actor", "role", "protocol_version")
    return {name: entry[name] for name in names}
