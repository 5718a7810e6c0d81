"""One log of a bundle, whole or in part: its entries, what they commit to, and their proofs."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import islice
from json.encoder import encode_basestring_ascii
from typing import NamedTuple

from domain.ledger.entry import SALT_BYTES, commitment
from domain.ledger.note import Checkpoint, Note, origin_of
from domain.ledger.tree import Frontier, continues, includes, leaf_hash
from projections.verification.bundle_stretch import Walk, walked, whole_log
from projections.verification.findings import Check, Findings
from projections.verification.forms import ENTRY, MOST_BYTES, envelope_of
from projections.verification.records import UNREADABLE, Given, Proof, Record, Rows, given, lines_of, proof
from projections.verification.signed import Coverage, Kept, Signed, Trust, is_over
from projections.verification.word import CUT_NAMED, TOPICS, Claim, Life, Word, holding

FILES = ("entries.jsonl", "envelopes.txt", "leaves.txt", "payloads.txt")
FILES_IN_PART = ("consistency.txt", "proofs.txt")
CHECKPOINTS = re.compile(r"checkpoints/([0-9]{12}(?:-[0-9]+)?)(?:\.note|\.([A-Za-z0-9-]+)\.tsr)\Z")
ABOUT_ITSELF = "log/_self"
"""The stream in which a log speaks of itself; it goes with every part of a log."""


class Told(NamedTuple):
    """What the manifest says of a log: its name, how many entries, their root, whether all are here."""

    log: str
    size: int
    root: bytes
    whole: bool


class Withheld(NamedTuple):
    """A fact or an envelope that is not given, on which ground, and by order of which fact, if any."""

    position: int
    what: str
    ground: str
    by: int | None


class Entry(NamedTuple):
    """What matters of an entry. Its texts are as they are written in the line, escapes and all."""

    position: int
    version: int
    command: int
    recorded_at: str
    actor: str
    role: str
    log: str
    stream: str
    topic: str
    fact: str
    envelope: str | None


class _Command(NamedTuple):
    first: int
    recorded_at: str
    actor: str
    role: str
    last: int = 0


class BundleLog:
    """One log of a bundle. After `verify` it holds what the log's facts say, and what is to be told of it."""

    def __init__(
        self,
        name: str,
        files: Mapping[str, bytes],
        told: Told,
        *,
        masked: bool,
        subject: str,
        found: Findings,
        walk: Walk = walked,
    ) -> None:
        """`name` is that of the folder; `subject` the stream that a part is about. `walk` goes over stretches
        of a whole log.
        """
        self._walk = walk
        self.name, self.told = name, told
        self.word, self.withheld = Word(), list[Withheld]()
        self.count, self.clock = 0, ""
        self.coverage, self.lives = Coverage(), list[Life]()
        self.roots: dict[int, bytes] = {}
        self._files, self._masked, self._found = files, masked, found
        self._subject = _written(subject) if subject else None
        self._last, self._versions = 0, 0
        self._command: _Command | None = None
        self._openers: list[int] = []
        self._leaves: list[bytes] = []

    @property
    def origin(self) -> str:
        """The first name that the log is signed under."""
        return origin_of(self.told.log)

    @property
    def end(self) -> int:
        """How many entries the log has, as far as the bundle shows."""
        return self.count if self.told.whole else self.told.size

    def verify(self, given: Iterable[Kept], claims: Sequence[Claim], trust: Trust) -> None:
        """Everything about this log. `given` are checkpoints from outside, `claims` the system log's word."""
        kept = sorted(
            [*self._kept(), *given], key=lambda each: (each.size, each.note.text if each.note else "")
        )
        if not self.told.whole:
            self._prove()
        self._scan({each.size for each in kept} | {claim.size for claim in claims})
        if self.told.whole and (self.count, self.roots[self.count]) != (self.told.size, self.told.root):
            self._add(0, Check.MANIFEST, "there are other entries than the manifest says")
        self.lives = self.word.lives(self.origin)
        in_part = not self.told.whole
        signed = Signed(self.name, self.end, self.lives, self.roots.get, self._found, in_part)
        self.coverage = signed.judge(kept, trust)
        for claim in claims:
            self._hold(claim)
        for each in self.withheld:
            self._check_ground(each)
        if self.told.whole:
            for position, (named, told) in self.word.cuts.items():
                if self._root_over(named) != told:
                    self._add(position, Check.CUT, f"the first {named} entries are not those that were named")

    def _root_over(self, size: int) -> str | None:
        """The root over the first entries; None when there are not so many."""
        tree = Frontier()
        for leaf in islice(self._leaves, size if 0 < size <= self.count else 0):
            tree.append(leaf)
        return tree.root().hex() if tree.size else None

    def _add(self, position: int, check: Check, what: str) -> None:
        self._found.add(self.name, position, check, what)

    def file(self, name: str) -> bytes:
        """One of the log's files; nothing when it is missing."""
        return self._files.get(f"{self.name}/{name}", b"")

    def _rows(self, name: str, check: Check, read: Callable[[bytes], Record | None]) -> Rows[Record]:
        return Rows(self.file(name), name, read, partial(self._told_of_rows, check))

    def _told_of_rows(self, check: Check, position: int, what: str) -> None:
        self._add(position, check, what)

    # ------------------------------------------------------------ checkpoints and proofs

    def _kept(self) -> Iterable[Kept]:
        """The signed checkpoints in the bundle, with the time stamps that are over them."""
        texts: dict[str, str] = {}
        notes: dict[str, Kept] = {}
        for name in sorted(self._files):
            found = CHECKPOINTS.match(name.removeprefix(f"{self.name}/"))
            if found is None or not name.startswith(f"{self.name}/"):
                continue
            stem, size, stamp = found[1], int(found[1][:12]), found[2]
            try:
                if stamp is None:
                    note = Note.parse(self._files[name].decode())
                    texts[stem] = note.text
                    if Checkpoint.parse(note.text).size != size:
                        raise ValueError(name)
                    notes[stem] = Kept(size, note)
                elif not is_over(self._files[name], texts[stem]):
                    raise ValueError(name)
                elif stem in notes:
                    stamps = (*notes[stem].stamps, (stamp, self._files[name]))
                    notes[stem] = notes[stem]._replace(stamps=stamps)
            except UNREADABLE:
                self._add(size, Check.CHECKPOINT, f"{name} is of no such checkpoint")
        return notes.values()

    def _prove(self) -> None:
        """Of a log in part: roots at earlier sizes, each shown to begin the next, to that of the whole."""
        rows = self._rows("consistency.txt", Check.PROOF, proof).rest()
        new, self.roots[self.told.size] = self.told.size, self.told.root
        for old, size, hashes in reversed(rows):
            is_next = bool(hashes) and 0 < old < new == size
            if not (is_next and continues(old, new, hashes[0], self.roots[new], hashes[1:])):
                self._add(old, Check.PROOF, f"the tree of {old} entries is not shown to begin the next")
                return
            new, self.roots[old] = old, hashes[0]

    def _check_included(self, position: int, leaf: bytes, proofs: Rows[Proof]) -> None:
        row = proofs.take(position)
        root = None if row is None else self.roots.get(row.size)
        if row is not None and root is not None and includes(position - 1, row.size, leaf, row.path, root):
            return
        self._add(position, Check.PROOF, "the entry is not shown to be in the log")

    # ------------------------------------------------------------ entries

    def _scan(self, wanted: set[int]) -> None:
        if self._is_usual(wanted):
            return
        facts, envelopes = (
            self._rows("payloads.txt", Check.FACT, given),
            self._rows("envelopes.txt", Check.ENVELOPE, given),
        )
        proofs = self._rows("proofs.txt", Check.PROOF, proof)
        tree, leaves, whole = Frontier(), lines_of(self.file("leaves.txt")), self.told.whole
        for line in lines_of(self.file("entries.jsonl")):
            if whole and self.count in wanted:
                self.roots[self.count] = tree.root()
            self.count += 1
            leaf, entry = leaf_hash(line), _entry(line)
            tree.append(leaf)
            self._leaves.append(leaf)
            position = self.count if whole else self._last if entry is None else entry.position
            if next(leaves, b"") != leaf.hex().encode():
                self._add(position, Check.TREE, "the entry is not the one whose hash leaves.txt tells")
            if entry is None:
                self._add(position, Check.LINE, "this is no entry of the ledger")
            elif self._is_placed(entry):
                if not whole:
                    self._check_included(position, leaf, proofs)
                self._take_envelope(entry, envelopes)
                self._take_fact(entry, facts)
        for rows in (facts, envelopes, proofs):
            rows.end()
        if next(leaves, None) is not None:
            self._add(0, Check.TREE, "leaves.txt tells of more entries than there are")
        if whole:
            self.roots[self.count] = tree.root()

    def _is_usual(self, wanted: set[int]) -> bool:
        """Whether a whole log was gone over in stretches and is right in every respect."""
        if not self.told.whole or self._subject is not None:
            return False
        whole = whole_log(self.told.log, self.file, wanted, self._walk)
        if whole is None:
            return False
        self.count, self.clock = whole.length, whole.clock
        self.roots |= whole.roots
        if any(topic == CUT_NAMED for _, topic, _ in whole.spoken):
            told = self.file("leaves.txt").decode().split("\n")[:-1]
            self._leaves = list(map(bytes.fromhex, told))
        self.withheld += [Withheld(position, what, ground, None) for position, what, ground in whole.withheld]
        for position, topic, data in whole.spoken:
            if not self.word.take(position, topic, data):
                self._add(position, Check.FACT, f"a {topic} that cannot be read")
        return True

    def _is_placed(self, entry: Entry) -> bool:
        """Whether an entry stands in its place; and whether that is right in time, command and stream."""
        position = entry.position
        due = self.count if self.told.whole else max(self._last + 1, min(position, self.told.size))
        if position != due or entry.log != _written(self.told.log):
            self._add(due, Check.PLACE, f"an entry stands here that belongs elsewhere, to {position}")
            return False
        self._last = position
        if entry.recorded_at < self.clock:
            self._add(position, Check.CLOCK, f"recorded at {entry.recorded_at}, after one of {self.clock}")
        self.clock = max(self.clock, entry.recorded_at)
        if not self._is_of_command(entry):
            self._add(position, Check.COMMAND, "the entry is not of the command that it names")
        if entry.stream == self._subject:
            self._versions += 1
            if entry.version != self._versions:
                self._add(position, Check.PLACE, f"entries of {self._subject} before this one are missing")
        return True

    def _is_of_command(self, entry: Entry) -> bool:
        position, before = entry.position, self._command
        now = _Command(entry.command, entry.recorded_at, entry.actor, entry.role)
        has_envelope = entry.envelope is not None
        if now.first == position:
            self._command = now
            self._openers.append(position)
            is_next = not self.told.whole or before is None or before.last in (0, position - 1)
            return has_envelope and is_next
        if before is None or before[:4] != now[:4]:
            return False
        return not has_envelope and not 0 < before.last < position

    def _take_envelope(self, entry: Entry, envelopes: Rows[Given]) -> None:
        """The envelope of the command that an entry opens, and where the command ends."""
        if entry.envelope is None:
            return
        position, command = entry.position, self._command
        data = self._given(envelopes, position, "envelope", entry.envelope)
        if data is None:
            return
        told = envelope_of(data)
        named = () if told is None else (told.first, *map(bytes.decode, told[2:]))
        if told is None or command is None or named != command[:4] or told.last < position:
            self._add(position, Check.ENVELOPE, "the envelope is of another command")
        else:
            self._command = command._replace(last=told.last)

    def _take_fact(self, entry: Entry, facts: Rows[Given]) -> None:
        position, topic = entry.position, entry.topic
        data = self._given(facts, position, "fact", entry.fact)
        if data is None:
            return
        if not self.told.whole and entry.stream not in (self._subject, ABOUT_ITSELF) and topic not in TOPICS:
            self._add(position, Check.PLACE, f"a fact that is not of {self._subject}")
        if topic in TOPICS and not self.word.take(position, topic, data):
            self._add(position, Check.FACT, f"a {topic} that cannot be read")

    def _given(self, rows: Rows[Given], position: int, what: str, committed: str) -> bytes | None:
        """The bytes that an entry commits to; None when they are withheld, or are not those."""
        row = rows.take(position)
        if row is not None and row.salted is None:
            self.withheld.append(Withheld(position, what, row.ground, row.by))
            return None
        if row is not None and row.salted is not None:
            salt, data = row.salted[:SALT_BYTES], row.salted[SALT_BYTES:]
            if commitment(salt, data) == committed:
                return data
        why = "is not in the bundle" if row is None else "is not what its entry commits to"
        self._add(position, Check(what), f"the {what} {why}")
        return None

    # ------------------------------------------------------------ what is said of it

    def _hold(self, claim: Claim) -> None:
        """Hold the system log's word against this log."""
        wrong = holding(self.lives, claim.origin, claim.size)
        if wrong == "" and claim.size > self.end:
            wrong = f"the system log knows {claim.size} entries, and there are {self.end}"
        elif wrong == "" and self.roots.get(claim.size) != claim.root:
            wrong = f"the first {claim.size} entries are not those that the system log knows"
        if wrong:
            self._add(min(claim.size, self.end), Check.SYSTEM, wrong)

    def _names_genes(self) -> bool:
        return any('"data_class":"genetic"' in each for each in self.word.protocols.values())

    def _check_ground(self, withheld: Withheld) -> None:
        """Something may be withheld from masked readers, as out of scope, as genetic data where a protocol
        names any, or by order of a redaction.
        """
        position, what, ground, by = withheld
        if by is None:
            is_right = (ground == "masked" and self._masked) or (ground == "scope" and not self.told.whole)
            is_right = is_right or (ground == "genetic" and self._names_genes())
        else:
            place, part = self.word.redactions.get(by, (0, ""))
            if part == "envelope":
                place = [0, *self._openers][bisect_right(self._openers, place)]
            is_right = ground == "redacted" and (place, part) == (position, what)
        if not is_right:
            self._add(position, Check.WITHHELD, f"nothing allows that this {what} is withheld as {ground}")


def _entry(line: bytes) -> Entry | None:
    """The entry of a line; None when it is not in the form of the ledger."""
    found = ENTRY(line) if len(line) <= MOST_BYTES else None
    if found is None:
        return None
    actor, command, envelope, fact, log, position, at, role, stream, topic, version = (
        "" if each is None else each.decode() for each in found.groups()
    )
    places = int(position), int(version), int(command)
    return Entry(*places, at, actor, role, log, stream, topic, fact, envelope or None)


def _written(text: str) -> str:
    """A text as an entry writes it. Raises TypeError for anything else."""
    return encode_basestring_ascii(text)[1:-1]
