"""The ledger of one log against its facts: every line made again from what is stored, every hash taken anew.

A page of facts is first held against its lines as a whole, in one tight loop. Only when something differs is
it looked at fact by fact, to say what.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from domain.identifiers import SYSTEM_LOG
from domain.ledger.entry import SALT_BYTES, CommandLines, commitment, envelope_line
from domain.ledger.kept import JournalLine, StoredLine
from domain.ledger.tree import EMPTY_ROOT, Frontier, leaf_hash, peaks_of
from projections.ports import LedgerReading, line_at
from projections.verification.findings import Check, Findings
from projections.verification.word import REDACTED, TOPICS, Word

Redactions = Mapping[tuple[int, str], int]
"""What was redacted: a position and `fact` or `envelope`, and the position of the fact that says so."""


class State(NamedTuple):
    """Where a pass over a log stands: the tree's growing edge, the command it is in, and its clock."""

    peaks: tuple[bytes, ...] = ()
    command: JournalLine | None = None
    clock: str = ""


class Range(NamedTuple):
    """A stretch of a log that is right in every respect: how it stood before and after, the roots asked for,
    the facts in it that verification learns from, and its streams, each with its first and its last version.
    """

    before: State
    after: State
    roots: dict[int, bytes]
    spoken: list[tuple[int, str, bytes]]
    streams: dict[str, tuple[int, int]]


Ranges = Callable[[str, int, Sequence[int]], Sequence[Range | None]]
"""Goes over a log in stretches that together reach a position, at once in several processes. None for one
that is not right: then the log is gone over one by one, to say what is wrong.
"""


def scan_range(reading: LedgerReading, log: str, after: int, upto: int, ends: Sequence[int]) -> Range | None:
    """Go over the facts after a position and up to another; None when anything is not right."""
    before = _state_at(reading, log, after)
    if before is None:
        return None
    scan = Scan(reading, log, Findings(), before, after)
    return scan.stretch(upto, ends)


def _state_at(reading: LedgerReading, log: str, position: int) -> State | None:
    """How a pass stands after a position, as the store has it; that it is so, the stretch before it shows."""
    if position == 0:
        return State()
    line = line_at(reading, log, position)
    commands = reading.journal(log, line.command, line.command) if line is not None else ()
    if not commands:
        return None
    peaks = tuple(reading.nodes(log, peaks_of(position)))
    return State(peaks, commands[0], commands[0][5])


def _cut(page: Sequence[StoredLine], ends: Sequence[int]) -> Iterator[Sequence[StoredLine]]:
    """A page cut after each position at which the tree's root is asked for."""
    first, last = page[0][0], page[-1][0]
    inside = ends[bisect_left(ends, first) : bisect_left(ends, last)]
    if not inside or last - first + 1 != len(page):
        inside = []
    start = 0
    for end in inside:
        yield page[start : end - first + 1]
        start = end - first + 1
    yield page[start:]


class Scan:
    """One pass over a log. Afterwards it holds the roots asked for, what the log's facts say, and what of the
    facts is withheld by a redaction, each with the position of the fact that orders it.
    """

    def __init__(
        self,
        reading: LedgerReading,
        log: str,
        found: Findings,
        state: State | None = None,
        after: int = 0,
    ) -> None:
        """Begin a pass, by default with the first fact."""
        state = state or State()
        self.size = 0
        self.roots: dict[int, bytes] = {}
        self.word = Word()
        self.withheld: dict[tuple[int, str], int] = {}
        self.facts = 0
        self._reading = reading
        self._log = log
        self._found = found
        self._begun = state
        self._after = after
        self._frontier = Frontier(after, state.peaks)
        self._clock = state.clock
        self._command: JournalLine | None = state.command
        self._spoken: list[tuple[int, str, bytes]] = []
        self._first: dict[str, int] = {}
        self._newest: dict[str, int] = {}
        self._is_whole = True
        self._redactions: Redactions | None = None

    def run(
        self,
        upto: int,
        sizes: Iterable[int],
        progress: Callable[[int], None],
        ranges: Ranges | None = None,
    ) -> None:
        """Go over the facts up to a position, and note the tree's root at each of these sizes.

        `ranges` does it in stretches; what it finds to be right is taken, else it is done here.
        """
        ends = sorted({size for size in sizes if 0 < size < upto} | {upto})
        wanted = frozenset(ends)
        self.roots[0] = EMPTY_ROOT
        if ranges is not None and self._joined(ranges(self._log, upto, ends), upto):
            progress(upto)
            return
        for page in self._reading.stored_pages(self._log, upto=upto):
            journal = self._journal(page)
            for part in _cut(page, ends):
                if not (self._is_whole and self._fits(part, journal)):
                    self._explain(part, journal)
                if self._is_whole and part[-1][0] in wanted:
                    self.roots[self._frontier.size] = self._frontier.root()
            self.facts += len(page)
            progress(page[-1][0])
        if self._is_whole and self._frontier.size != upto:
            self._add(self._frontier.size + 1, Check.PLACE, f"facts are missing, to position {upto}")
        self.size = upto

    def stretch(self, upto: int, ends: Sequence[int]) -> Range | None:
        """The facts from where the pass stands up to a position; None when anything is not right."""
        wanted = frozenset(ends)
        for page in self._reading.stored_pages(self._log, after=self._after, upto=upto):
            journal = self._journal(page)
            for part in _cut(page, ends):
                if not self._fits(part, journal):
                    return None
                if part[-1][0] in wanted:
                    self.roots[self._frontier.size] = self._frontier.root()
        if self._frontier.size != upto:
            return None
        after = State(tuple(self._frontier.peaks), self._command, self._clock)
        streams = {stream: (first, self._newest[stream]) for stream, first in self._first.items()}
        return Range(self._begun, after, self.roots, self._spoken, streams)

    def _joined(self, ranges: Sequence[Range | None], upto: int) -> bool:
        """Take stretches that are all right and follow one another; False, and nothing taken, if not."""
        whole = [each for each in ranges if each is not None]
        state, newest = State(), dict[str, int]()
        for each in whole:
            if each.before != state:
                return False
            state = each.after
            for stream, (first, last) in each.streams.items():
                if first != newest.get(stream, 0) + 1:
                    return False
                newest[stream] = last
        ended = state.command is None or state.command[1] == upto
        if len(whole) != len(ranges) or not ended or len(state.peaks) != upto.bit_count():
            return False
        for each in whole:
            self.roots |= each.roots
            for position, topic, data in each.spoken:
                self._learn(position, topic, data)
        self.facts = self.size = upto
        return True

    def root(self, size: int) -> bytes | None:
        """The root at one of the sizes asked for; None when the facts up to there are not all there."""
        return self.roots.get(size)

    def _journal(self, page: Sequence[StoredLine]) -> dict[int, JournalLine]:
        first, last = page[0][0], page[-1][0]
        return {row[0]: row for row in self._reading.journal(self._log, first, last)}

    def _add(self, position: int, check: Check, what: str) -> None:
        self._found.add(self._log, position, check, what)

    # ------------------------------------------------------------ the tight loop

    def _fits(self, page: Sequence[StoredLine], journal: Mapping[int, JournalLine]) -> bool:
        """Whether a page is right in every respect. Moves on if it is, and changes nothing if it is not."""
        streams = self._streams(page)
        if streams is None or not self._lines_fit(page, journal):
            return False
        for stream, (first, last) in streams.items():
            self._first.setdefault(stream, first)
            self._newest[stream] = last
        return True

    def _streams(self, page: Sequence[StoredLine]) -> dict[str, tuple[int, int]] | None:
        """The streams of a page, each with its first and its last version in it; None where one is missing.

        How long a stream is before a stretch in the middle of a log is for who joins the stretches.
        """
        first: dict[str, int] = {}
        last: dict[str, int] = {}
        for row in page:
            stream, version = row[1], row[2]
            if stream not in last:
                first[stream] = version
                last[stream] = self._newest.get(stream, version - 1 if self._after else 0)
            if version != last[stream] + 1:
                return None
            last[stream] = version
        return {stream: (version, last[stream]) for stream, version in first.items()}

    def _lines_fit(self, page: Sequence[StoredLine], journal: Mapping[int, JournalLine]) -> bool:
        peaks = list(self._frontier.peaks)
        command, clock, due = self._command, self._clock, self._frontier.size + 1
        lines = None if command is None else self._lines(command)
        spoken = []
        for position, stream, version, topic, at, protocol, first, data, entry, salts, nodes in page:
            if position != due or len(salts) != SALT_BYTES * (1 + (first == position)):
                return False
            due += 1
            envelope = ""
            if first == position:
                command = self._next(command, clock, position, journal)
                if command is None:
                    return False
                clock = command[5]
                lines = self._lines(command)
                envelope = commitment(salts[SALT_BYTES:], envelope_line(*command).encode())
            elif command is None or lines is None or command[0] != first:
                return False
            fact = sha256(salts[:SALT_BYTES] + data).hexdigest()
            if lines.line(position, stream, version, topic, at, protocol, fact, envelope) != entry:
                return False
            node = made = sha256(b"\x00" + entry.encode()).digest()
            place = position - 1
            while place & 1:  # as `Frontier.append`, without a call for each fact
                node = sha256(b"\x01" + peaks.pop() + node).digest()
                made += node
                place >>= 1
            if made != nodes:
                return False
            peaks.append(node)
            if topic in TOPICS:
                spoken.append((position, topic, data))
        if command is not None and page[-1][0] > command[1]:
            return False
        self._spoken += spoken
        for position, topic, data in spoken:
            self._learn(position, topic, data)
        self._frontier, self._command, self._clock = Frontier(page[-1][0], peaks), command, clock
        return True

    def _next(
        self, before: JournalLine | None, clock: str, position: int, journal: Mapping[int, JournalLine]
    ) -> JournalLine | None:
        """The command that begins at a position, if one may begin there after the one before."""
        command = journal.get(position)
        if command is None or command[5] < clock or (before is not None and before[1] != position - 1):
            return None
        return command

    def _lines(self, command: JournalLine) -> CommandLines:
        return CommandLines(self._log, command[0], command[5], command[6], command[8])

    def _learn(self, position: int, topic: str, data: bytes) -> None:
        if not self.word.take(position, topic, data):
            self._add(position, Check.FACT, f"a {topic} cannot be read")

    # ------------------------------------------------------------ one by one

    def _explain(self, page: Sequence[StoredLine], journal: Mapping[int, JournalLine]) -> None:
        for row in page:
            fact = StoredLine(*row)
            if fact.position != self._frontier.size + 1 and self._is_whole:
                what = f"positions {self._frontier.size + 1} to {fact.position - 1} are missing"
                self._add(self._frontier.size + 1, Check.PLACE, what)
                self._is_whole = False  # What the tree held there is not known: no root can be made.
            self._check_version(fact)
            self._check_command(fact, journal)
            self._check_line(fact, fact.entry, fact.salts)
            if self._is_whole:
                nodes = b"".join(self._frontier.append(leaf_hash(fact.entry.encode())))
                if nodes != fact.nodes:
                    line_differs = nodes[:32] != fact.nodes[:32]
                    what = "the line is not the one that was hashed" if line_differs else "a node is wrong"
                    self._add(fact.position, Check.TREE, what)

    def _check_version(self, fact: StoredLine) -> None:
        """In every stream that begins with the log the versions are 1, 2, 3 and so on."""
        due = self._newest.get(fact.stream, 0) + 1
        if fact.version != due:
            what = f"version {due} of {fact.stream} is missing: {fact.version} stands here"
            self._add(fact.position, Check.PLACE, what)
        self._newest[fact.stream] = fact.version

    def _check_command(self, fact: StoredLine, journal: Mapping[int, JournalLine]) -> None:
        before = self._command
        if fact.command == fact.position:
            if before is not None and before[1] != fact.position - 1:
                what = f"the command from {before[0]} on has facts to {before[1]}, and another begins here"
                self._add(fact.position, Check.COMMAND, what)
            self._command = journal.get(fact.position)
            if self._command is None:
                self._add(fact.position, Check.COMMAND, "the command is not in the journal")
            elif self._command[5] < self._clock:
                what = f"recorded at {self._command[5]}, after one recorded at {self._clock}"
                self._add(fact.position, Check.CLOCK, what)
            else:
                self._clock = self._command[5]
        elif before is None or before[0] != fact.command or fact.position > before[1]:
            self._add(
                fact.position, Check.COMMAND, f"there is no such fact in the command from {fact.command}"
            )
            self._command = None

    def _check_line(self, fact: StoredLine, entry: str, salts: bytes) -> None:
        try:
            told = json.loads(entry)
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, dict):
            self._add(fact.position, Check.LINE, "the line of the ledger cannot be read")
            return
        data_fits = commitment(salts[:SALT_BYTES], fact.data) == told.get("fact")
        if not data_fits:
            what = "the fact is not what its line commits to"
            if fact.topic in TOPICS:  # What verification reads could speak against the log: none is redacted.
                self._add(fact.position, Check.FACT, what)
            else:
                self._broken(fact.position, "fact", Check.FACT, what)
        command = self._command
        opens = fact.command == fact.position
        if len(salts) != SALT_BYTES * (1 + opens) or ("envelope" in told) != opens:
            self._add(fact.position, Check.LINE, "the line commits to other than its fact and its envelope")
        if opens and command is not None:
            committed = commitment(salts[SALT_BYTES:], envelope_line(*command).encode())
            if committed != told.get("envelope"):
                what = "the envelope of the command is not what its line commits to"
                self._broken(fact.position, "envelope", Check.ENVELOPE, what)
        if command is not None:
            self._check_fields(fact, command, entry, told)
        if data_fits and fact.topic in TOPICS:
            self._learn(fact.position, fact.topic, fact.data)

    def _check_fields(
        self, fact: StoredLine, command: JournalLine, entry: str, told: Mapping[str, Any]
    ) -> None:
        stored = {
            "actor": command[6],
            "command": fact.command,
            "effective_at": fact.effective_at,
            "log": self._log,
            "position": fact.position,
            "protocol_version": fact.protocol_version,
            "recorded_at": command[5],
            "role": command[8],
            "stream": fact.stream,
            "topic": fact.topic,
            "version": fact.version,
        }
        for name, value in stored.items():
            if told.get(name) != value:
                what = f"the line says {name} {str(told.get(name))[:60]}, and the store {str(value)[:60]}"
                self._add(fact.position, Check.LINE, what)
                return
        line = self._lines(command).line(
            fact.position,
            fact.stream,
            fact.version,
            fact.topic,
            fact.effective_at,
            fact.protocol_version,
            str(told.get("fact")),
            str(told.get("envelope", "")),
        )
        if line != entry:
            self._add(fact.position, Check.LINE, "the line is not in the form of the ledger")

    # ------------------------------------------------------------ what was redacted

    def _broken(self, position: int, part: str, check: Check, what: str) -> None:
        by = None if self._log == SYSTEM_LOG else self._redacted().get((position, part))
        if by is None:
            self._add(position, check, what)
        else:
            self.withheld[position, part] = by

    def _redacted(self) -> Redactions:
        """The redactions of the whole log, looked for when something first does not fit."""
        if self._redactions is None:
            word = Word()
            for page in self._reading.stored_pages(self._log):
                for row in page:
                    if row[3] == REDACTED:
                        word.take(row[0], row[3], row[7])
            self._redactions = self._openers(word.redactions)
        return self._redactions

    def _openers(self, redactions: Mapping[int, tuple[int, str]]) -> Redactions:
        """By what they destroyed; envelopes at the position that opens their command."""
        found: dict[tuple[int, str], int] = {}
        for by, (position, part) in redactions.items():
            if part == "envelope":
                for row in self._reading.stored_lines(self._log, after=position - 1, upto=position):
                    found.setdefault((row.command, part), by)
            else:
                found.setdefault((position, part), by)
        return found
