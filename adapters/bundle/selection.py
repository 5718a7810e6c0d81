"""What of a log goes into a bundle: all of it to a position, or a part; what is withheld and why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from domain.fact import FACTS
from domain.ledger.kept import JournalLine, StoredLine
from domain.observation import item_of
from projections.ports import LedgerReading
from projections.verification.bundle_log import ABOUT_ITSELF
from projections.verification.word import PROTOCOLS, REDACTED, Word


class Ground(NamedTuple):
    """Why something is withheld: `masked`, `scope`, `genetic`, or `redacted`, and then by which fact."""

    ground: str
    by: int | None = None


class Chosen(NamedTuple):
    """An entry that goes in, its command if it opens one, and why the fact or the envelope is withheld."""

    line: StoredLine
    command: JournalLine | None
    fact: Ground | None
    envelope: Ground | None


@dataclass(slots=True)
class Selection:
    """Which entries of a log to a size go in. `subject` is the stream that a part is about, "" for the whole.

    `genetic` are the items whose values are withheld, with the envelopes of the commands that entered them:
    the digest of a command with few possible values tells which it was.

    With a part go what the log says of itself, the protocols, the redactions that something of it is withheld
    by, and the first entries of commands, whose facts are out of scope.
    """

    ledger: LedgerReading
    log: str
    size: int
    subject: str = ""
    masked: bool = False
    genetic: frozenset[str] = frozenset()
    _redacted: dict[tuple[int, str], int] = field(default_factory=dict)
    _first_of: dict[int, int] = field(default_factory=dict)
    _wanted: set[int] | None = None
    _genes: set[int] = field(default_factory=set)
    _of_genes: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        word = Word()
        for line in self._lines():
            if line.topic == REDACTED:
                word.take(line.position, line.topic, line.data)
        places = {position for position, _ in word.redactions.values()}
        for line in self._lines():
            if line.position in places:
                self._first_of[line.position] = line.command
        for by, (position, part) in word.redactions.items():
            place = self._first_of.get(position, position) if part == "envelope" else position
            self._redacted.setdefault((place, part), by)
        if self.genetic:
            self._find_genes()
        if self.subject:
            self._wanted = self._part()

    def _lines(self) -> Iterator[StoredLine]:
        return self.ledger.stored_lines(self.log, upto=self.size)

    def _find_genes(self) -> None:
        self._genes, self._of_genes = genetic_among(self._lines(), self.genetic)

    def _part(self) -> set[int]:
        """The positions of a part."""
        wanted = {line.position for line in self._lines() if self._is_of_subject(line)}
        commands = {line.position: line.command for line in self._lines()}
        while True:
            openers = {commands[position] for position in wanted}
            orders = {by for (position, _), by in self._redacted.items() if position in wanted | openers}
            more = wanted | openers | orders
            if more == wanted:
                return wanted
            wanted = more

    def _is_of_subject(self, line: StoredLine) -> bool:
        return line.stream in (self.subject, ABOUT_ITSELF) or line.topic in PROTOCOLS

    def __iter__(self) -> Iterator[Chosen]:
        for page in self.ledger.stored_pages(self.log, upto=self.size):
            journal = {row[0]: row for row in self.ledger.journal(self.log, page[0][0], page[-1][0])}
            for row in page:
                if self._wanted is None or row[0] in self._wanted:
                    line = StoredLine._make(row)
                    opened = journal.get(line.position) if line.command == line.position else None
                    command = None if opened is None else JournalLine._make(opened)
                    envelope = self._redaction(line.position, "envelope")
                    if line.position in self._of_genes:
                        envelope = envelope or Ground("genetic")
                    yield Chosen(line, command, self._ground(line), envelope)

    def _ground(self, line: StoredLine) -> Ground | None:
        redacted = self._redaction(line.position, "fact")
        if redacted is not None:
            return redacted
        if self.masked and FACTS.tells_allocation(line.topic):
            return Ground("masked")
        if line.position in self._genes:
            return Ground("genetic")
        is_given = self._wanted is None or self._is_of_subject(line) or line.topic == REDACTED
        return None if is_given else Ground("scope")

    def _redaction(self, position: int, part: str) -> Ground | None:
        by = self._redacted.get((position, part))
        return None if by is None else Ground("redacted", by)


def genetic_among(lines: Iterable[StoredLine], items: frozenset[str]) -> tuple[set[int], set[int]]:
    """Which facts hold values of genetic items or words about one, and which commands stored them. The lines
    are in order, the streams of queries and corrections among them from their beginning.
    """
    streams, facts, commands = set[str](), set[int](), set[int]()
    for line in lines:
        kind, _, _ = line.stream.partition("/")
        result = str(json.loads(line.data).get("result") or "") if b'"result"' in line.data else ""
        if item_of(result) in items:
            streams |= {line.stream} if kind in ("query", "correction") else set()
        elif line.stream not in streams:
            continue
        facts.add(line.position)
        commands.add(line.command)
    return facts, commands
