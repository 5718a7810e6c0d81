"""One log of a bundle, whole or in part: its entries, what they commit to, and the roots over them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from json.encoder import encode_basestring_ascii
from typing import NamedTuple

from domain.ledger.entry import commitment
from domain.ledger.note import Checkpoint, Note, origin_of
from domain.ledger.tree import PartialTree, Place, leaf_hash
from projections.verification.bundle_lines import (
    GROUNDS,
    MASKED_OR_OUT_OF_SCOPE,
    OUT_OF_SCOPE,
    UNREADABLE,
    Given,
    Line,
    Subtree,
    envelope_of,
    line_of,
    lines_of,
)
from projections.verification.bundle_stretch import Walk, walked, whole_log
from projections.verification.findings import Check, Findings
from projections.verification.signed import Coverage, Kept, Signed, Trust, is_over
from projections.verification.word import CUT_NAMED, TOPICS, Claim, Life, Word, holding

LEDGER = "ledger.txt"
CHECKPOINTS = re.compile(r"checkpoints/([0-9]{12}(?:-[0-9]+)?)(?:\.note|\.([A-Za-z0-9-]+)\.tsr)\Z")
ABOUT_ITSELF = "log/_self"
"""The stream in which a log speaks of itself; it goes with every part of a log."""


class Withheld(NamedTuple):
    """A fact or an envelope that is not given, and on which ground; where it was redacted, by order of the
    fact at the position `by`.
    """

    position: int
    what: str
    ground: str
    by: int | None


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
        log: str,
        *,
        masked: bool,
        subject: str,
        found: Findings,
        walk: Walk = walked,
    ) -> None:
        """`name` is that of the folder, `log` that of the log; `subject` the stream that a part is about, ""
        where all of it must be here. `walk` goes over stretches of a whole log.
        """
        self._walk = walk
        self.name, self.log, self.is_whole = name, log, not subject
        self.word, self.withheld = Word(), list[Withheld]()
        self.count, self.clock = 0, ""
        """How many entries the log has, as far as the bundle shows; and when the last of them was written."""

        self.coverage, self.lives = Coverage(), list[Life]()
        self.entries = 0
        """How many entries are here."""

        self._files, self._masked, self._found, self._subject = files, masked, found, subject
        self._versions: Counter[str] = Counter()
        self._command: _Command | None = None
        self._openers: list[int] = []
        self._under: dict[str, int] = {}
        self._tree = PartialTree()
        self._roots: dict[int, bytes] = {}

    @property
    def origin(self) -> str:
        """The first name that the log is signed under."""
        return origin_of(self.log)

    @property
    def file(self) -> bytes:
        """The log, line by line; nothing when it is missing."""
        return self._files.get(f"{self.name}/{LEDGER}", b"")

    def roots(self, size: int) -> bytes | None:
        """The root over the first entries; None when it does not follow from what is here."""
        if not 0 <= size <= self.count:
            return None
        return self._roots.get(size) or self._tree.root_at(size)

    def verify(self, given: Iterable[Kept], claims: Sequence[Claim], trust: Trust) -> None:
        """Everything about this log. `given` are checkpoints from outside, `claims` the system log's word."""
        kept = sorted(
            [*self._kept(), *given], key=lambda each: (each.size, each.note.text if each.note else "")
        )
        self._scan({each.size for each in kept} | {claim.size for claim in claims})
        self.lives = self.word.lives(self.origin)
        rotations = self.word.rotations
        signed = Signed(
            self.name, self.count, self.lives, self.roots, self._found, in_part=True, rotations=rotations
        )
        self.coverage = signed.judge(kept, trust)
        for claim in claims:
            if claim.size <= self.count:
                self._hold(claim)
        for each in self.withheld:
            self._check_ground(each)
        if not self.is_whole:
            self._check_protocols()
        for position, (size, told) in self.word.cuts.items() if self.is_whole else ():
            root = self.roots(size) if size else None
            if root is None or root.hex() != told:
                self._add(position, Check.CUT, f"the first {size} entries are not those that were named")

    def _add(self, position: int, check: Check, what: str) -> None:
        self._found.add(self.name, position, check, what)

    # ------------------------------------------------------------ checkpoints

    def _kept(self) -> Iterable[Kept]:
        """The signed checkpoints in the bundle, with the time stamps that are over them."""
        texts: dict[str, str] = {}
        notes: dict[str, Kept] = {}
        # Notes first: the name of a time stamp may come before that of the note that it is over.
        for name in sorted(self._files, key=lambda each: (not each.endswith(".note"), each)):
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

    # ------------------------------------------------------------ entries

    def _scan(self, wanted: set[int]) -> None:
        if self.is_whole and self._is_usual(wanted):
            return
        for data in lines_of(self.file):
            line = line_of(data)
            place = line.after(self.count) if isinstance(line, Subtree) else None
            if isinstance(line, Subtree) and place is not None and not self.is_whole:
                self._tree.add(place, line.node)
                self.count += 1 << line.level
                continue
            self.count += 1
            self.entries += 1
            if isinstance(line, Line):
                self._take(line)
            else:
                self._add(self.count, Check.LINE, "this is no line of a ledger")

    def _take(self, line: Line) -> None:
        leaf = leaf_hash(line.entry)
        self._tree.add(Place(0, self.count - 1), leaf)
        if leaf.hex().encode() != line.leaf:
            self._add(self.count, Check.TREE, "the entry is not the one whose hash stands before it")
        if self._is_placed(line):
            self._take_envelope(line)
            self._take_fact(line)
            self._under.setdefault(line.under, line.position)

    def _is_usual(self, wanted: set[int]) -> bool:
        """Whether a whole log was gone over in stretches and is right in every respect."""
        whole = whole_log(self.log, self.file, wanted, self._walk)
        if whole is None:
            return False
        self.count, self.entries, self.clock, self._roots = (
            whole.length,
            whole.length,
            whole.clock,
            whole.roots,
        )
        if any(topic == CUT_NAMED for _, topic, _ in whole.spoken):
            for place, line in enumerate(lines_of(self.file)):
                self._tree.add(Place(0, place), bytes.fromhex(line[:64].decode()))
        self.withheld += [Withheld(position, what, ground, None) for position, what, ground in whole.withheld]
        for position, topic, data in whole.spoken:
            if not self.word.take(position, topic, data):
                self._add(position, Check.FACT, f"a {topic} that cannot be read")
        return True

    def _is_placed(self, line: Line) -> bool:
        """Whether an entry stands in its place; and whether that is right in time, command and stream."""
        position = self.count
        if (line.position, line.log) != (position, self.log):
            what = f"an entry stands here that belongs elsewhere, to {line.position}"
            self._add(position, Check.PLACE, what)
            return False
        if line.recorded_at < self.clock:
            self._add(position, Check.CLOCK, f"recorded at {line.recorded_at}, after one of {self.clock}")
        self.clock = max(self.clock, line.recorded_at)
        if not self._is_of_command(line):
            self._add(position, Check.COMMAND, "the entry is not of the command that it names")
        if self._is_own(line.stream):
            self._versions[line.stream] += 1
            if line.version != self._versions[line.stream]:
                self._add(position, Check.PLACE, f"entries of {line.stream} before this one are missing")
        return True

    def _is_own(self, stream: str) -> bool:
        """Whether a stream is here from its beginning on: in a whole log every one."""
        return self.is_whole or stream in (self._subject, ABOUT_ITSELF)

    def _is_of_command(self, line: Line) -> bool:
        position, before = line.position, self._command
        now = _Command(line.command, line.recorded_at, line.actor, line.role)
        if line.envelope.committed is not None:
            self._command = now
            self._openers.append(position)
            is_next = not self.is_whole or before is None or before.last in (0, position - 1)
            return now.first == position and is_next
        return before is not None and before[:4] == now[:4] and not 0 < before.last < position

    def _take_envelope(self, line: Line) -> None:
        """The envelope of the command that an entry opens, and where the command ends."""
        if line.envelope.committed is None:
            return
        position, command = line.position, self._command
        data = self._given(position, "envelope", line.envelope, MASKED_OR_OUT_OF_SCOPE)
        if data is None:
            return
        told = envelope_of(data)
        named = () if told is None else (told.first, *map(bytes.decode, told[2:]))
        if told is None or command is None or named != command[:4] or told.last < position:
            self._add(position, Check.ENVELOPE, "the envelope is of another command")
        else:
            self._command = command._replace(last=told.last)

    def _take_fact(self, line: Line) -> None:
        position, topic = line.position, line.topic
        is_own = self._is_own(line.stream)
        barred = GROUNDS if topic in TOPICS else OUT_OF_SCOPE
        data = self._given(position, "fact", line.fact, barred if is_own else frozenset())
        if data is None:
            return
        if not is_own and topic not in TOPICS:
            self._add(position, Check.PLACE, f"a fact that is not of {self._subject}")
        if topic in TOPICS and not self.word.take(position, topic, data):
            self._add(position, Check.FACT, f"a {topic} that cannot be read")

    def _given(self, position: int, what: str, given: Given, barred: frozenset[str]) -> bytes | None:
        """The bytes that an entry commits to; None when they are withheld, or are not those. On the grounds
        that are `barred` they cannot be withheld.
        """
        if given.ground is not None:
            ground, _, by = given.ground.partition(" ")
            if ground in barred:
                self._add(position, Check.WITHHELD, f"this {what} cannot be withheld as {ground}")
            self.withheld.append(Withheld(position, what, ground, int(by) if by else None))
            return None
        if commitment(given.salt or b"", given.data or b"") == given.committed:
            return given.data
        self._add(position, Check(what), f"the {what} is not what its entry commits to")
        return None

    # ------------------------------------------------------------ what is said of it

    def _hold(self, claim: Claim) -> None:
        """Hold the system log's word against this log."""
        wrong = holding(self.lives, claim.origin, claim.size)
        if wrong == "" and self.roots(claim.size) != claim.root:
            wrong = f"the first {claim.size} entries are not those that the system log knows"
        if wrong:
            self._add(claim.size, Check.SYSTEM, wrong)

    def _check_protocols(self) -> None:
        """Every version of the protocol that an entry of a part names is in a fact before it that is here."""
        known: dict[str, int] = {"": 0}
        for position, version in self.word.versions.items():
            known.setdefault(encode_basestring_ascii(version)[1:-1], position)
        for version, first in self._under.items():
            if version not in known or known[version] >= first:
                what = f"the protocol {version}, which was in force here, is missing"
                self._add(first, Check.PROTOCOL, what)

    def _names_genes(self) -> bool:
        return any('"data_class":"genetic"' in each for each in self.word.protocols.values())

    def _check_ground(self, withheld: Withheld) -> None:
        """Something may be withheld from masked readers, as out of scope, as genetic data where a protocol
        names any, or by order of a redaction.
        """
        position, what, ground, by = withheld
        if by is None:
            is_right = (ground == "masked" and self._masked) or (ground == "scope" and not self.is_whole)
            is_right = is_right or (ground == "genetic" and self._names_genes())
        else:
            place, part = self.word.redactions.get(by, (0, ""))
            if part == "envelope":
                place = [0, *self._openers][bisect_right(self._openers, place)]
            is_right = (place, part) == (position, what)
        if not is_right:
            self._add(position, Check.WITHHELD, f"nothing allows that this {what} is withheld as {ground}")
