"""Verification of a whole store: each log, what is signed of it, and the system log's word on it."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from domain.errors import Invalid
from domain.identifiers import SYSTEM_LOG
from domain.ledger.kept import Anchor
from domain.ledger.note import Note, origin_of
from domain.ledger.policy import Policy
from domain.ledger.renewal import Renewal
from domain.ledger.tree import root_at
from projections.ports import LedgerReading, Reading
from projections.verification.covered import check_covered
from projections.verification.findings import Check, Finding, Findings
from projections.verification.lines import Ranges, Scan
from projections.verification.read_models import check_read_models
from projections.verification.renewed import Renewed, check_renewals
from projections.verification.signed import TIME_STAMP, Coverage, Kept, Signed, Trust, kept_of
from projections.verification.word import (
    CHECKPOINT_SIGNED,
    KEY_REGISTERED,
    RENEWED,
    UNROTATED,
    Claim,
    Life,
    Rotations,
    Word,
    holding,
)

Progress = Callable[[float], None]
"""Hears how much of the work is done, from 0 to 1."""

STORE = "store"
"""What findings about the store as a whole are under."""


class LogReport(NamedTuple):
    """One log: how many facts, the root over them, what is signed, which names it had, what is withheld.

    `withheld` tells position, `fact` or `envelope`, and the position of the fact that orders it; `versions`
    how many versions of read models the facts make; `rotations` those of the log's keys; `renewed` under
    which algorithms its proof was renewed and holds, and over how many entries.
    """

    log: str
    facts: int
    root: str
    coverage: Coverage
    lives: tuple[Life, ...]
    withheld: tuple[tuple[int, str, int], ...]
    versions: int
    rotations: Rotations = UNROTATED
    renewed: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Verification:
    """What it came to: a report of each log, and what was found, log by log, first position first."""

    logs: tuple[LogReport, ...]
    findings: tuple[Finding, ...]


def verify_store(
    reading: Reading,
    ledger: LedgerReading,
    trust: Trust,
    *,
    trials: Sequence[str] = (),
    given: Sequence[Kept] = (),
    progress: Progress = lambda _: None,
    ranges: Ranges | None = None,
    renewals: Sequence[Note] = (),
    broken: frozenset[str] = frozenset(),
) -> Verification:
    """Verify the logs of these trials and the system log, or of all there are.

    `given` are checkpoints from outside the store. What the system log tells is read before the checkpoints,
    and those before the ends of the logs, as they come the other way round: what comes meanwhile raises no
    false alarm, and is looked at the next time. `ranges` goes over long logs in several processes.
    `renewals` are notes of renewals held outside; of algorithms that are `broken` nothing is believed.
    """
    found = Findings()
    altered = ledger.altered()
    for what in altered:
        found.add(STORE, 0, Check.LAYOUT, what)
    known = ledger.every_log()
    logs = [log for log in known if not trials or log in trials or log == SYSTEM_LOG]
    word = _system_word(ledger) if SYSTEM_LOG in known else Word()
    kept = _all_kept(ledger, logs, given, found)
    trust = trust._replace(known=Policy.naming(word.keys))
    told = [*_renewals(word, found), *(Renewed(0, note) for note in renewals)]
    work = _Work(sum(ledger.head(log)[0] for log in logs), progress)
    reports = []
    for log in logs:
        claims = [claim for claim in word.claims if claim.log == log]
        check = _LogCheck(reading, ledger, log, found, work, ranges)
        try:
            report = check.run(kept[log], claims, trust)
        except (TypeError, ValueError) as error:
            if not altered:
                raise
            found.add(log, 0, Check.LINE, f"its rows are of other types than ours: {error}")
            continue
        held = [each for each in told if _is_of(each, log)]
        names = [life.origin for life in report.lives]
        lacking = [position for position, _, _ in report.withheld]
        renewed = check_renewals(
            ledger,
            log,
            names,
            held,
            trust,
            found,
            rotations=report.rotations,
            signed_to=report.coverage.size,
            withheld=lacking,
            broken=broken,
        )
        reports.append(report._replace(renewed=renewed))
    _check_missing(reports, known, word.claims, trust, found, trials)
    return Verification(tuple(reports), found.sorted())


def _all_kept(
    ledger: LedgerReading, logs: Sequence[str], given: Sequence[Kept], found: Findings
) -> dict[str, list[Kept]]:
    """What is kept of each log, and with it what was given of it from outside."""
    kept: dict[str, list[Kept]] = {}
    for name in logs:
        anchors = ledger.anchors(name, since=_FAR_BELOW)
        _check_holders(name, anchors, found)
        kept[name] = list(kept_of(anchors))
    for each in given:
        named = _origin_in(each)
        log = next((log for log in logs if f"{named}/".startswith(f"{origin_of(log)}/")), None)
        if log is None:
            found.add(STORE, 0, Check.CHECKPOINT, f"a checkpoint given is of {named}, no log of this store")
        else:
            kept[log] = sorted([*kept[log], each], key=lambda one: one.size)
    return kept


def _origin_in(kept: Kept) -> str:
    """The name of the log in a checkpoint; "" where it is none."""
    return kept.note.text.partition("\n")[0] if kept.note is not None else ""


_FAR_BELOW = -(2**62)
"""Below every size: whoever hides a checkpoint can give it one that no log has."""

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)


def _check_holders(log: str, anchors: Iterable[Anchor], found: Findings) -> None:
    """Is each word on the log kept under the name of who signed it, and since an instant? Which instant is
    the store's own word.
    """
    for size, holder, note, kept_at in anchors:
        if not _INSTANT.fullmatch(kept_at):
            found.add(log, max(0, size), Check.CHECKPOINT, f"what {holder} signed was kept at no instant")
        if holder.startswith(TIME_STAMP):
            continue
        try:
            names = {each.name for each in Note.parse(note).signatures}
        except Invalid:
            continue  # It is told as no checkpoint.
        if names != {holder}:
            what = f"what is kept of {holder} is signed by {', '.join(sorted(names))}"
            found.add(log, max(0, size), Check.CHECKPOINT, what)


def _system_word(ledger: LedgerReading) -> Word:
    """What the system log says of every log's checkpoints and keys."""
    word = Word()
    for page in ledger.stored_pages(SYSTEM_LOG):
        for row in page:
            if row[3] in (CHECKPOINT_SIGNED, KEY_REGISTERED, RENEWED):
                word.take(row[0], row[3], row[7])
    return word


def _renewals(word: Word, found: Findings) -> Iterable[Renewed]:
    """The renewals that the system log tells of."""
    for position, (_, text) in word.renewals.items():
        try:
            note = Note.parse(text)
            Renewal.parse(note.text)
        except Invalid as error:
            found.add(SYSTEM_LOG, position, Check.RENEWAL, error.message)
        else:
            yield Renewed(position, note)


def _is_of(renewed: Renewed, log: str) -> bool:
    """Whether a renewal is of a log, under any of its names."""
    return f"{renewed.renewal.origin}/".startswith(f"{origin_of(log)}/")


class _Work:
    """How much is done: every fact is looked at twice, in its line and in the read models it makes."""

    def __init__(self, facts: int, progress: Progress) -> None:
        self._all, self._done, self._progress = 2 * facts or 1, 0, progress

    def at(self, position: int) -> None:
        self._progress(min(1.0, (self._done + position) / self._all))

    def past(self, facts: int) -> None:
        self._done += facts


class _LogCheck:
    """Everything that is checked of one log."""

    def __init__(
        self,
        reading: Reading,
        ledger: LedgerReading,
        log: str,
        found: Findings,
        work: _Work,
        ranges: Ranges | None,
    ) -> None:
        self._reading, self._ledger, self._log, self._found, self._work = reading, ledger, log, found, work
        self._ranges = ranges

    def run(self, kept: Sequence[Kept], claims: Sequence[Claim], trust: Trust) -> LogReport:
        head = self._ledger.head(self._log)[0]
        scan = Scan(self._ledger, self._log, self._found)
        sizes = [*(each.size for each in kept), *(claim.size for claim in claims)]
        scan.run(head, sizes, self._work.at, self._ranges)
        self._work.past(head)
        lives = scan.word.lives(origin_of(self._log))
        for table, position in self._ledger.strays(self._log):
            what = f"a row of the table {table} stands for no fact"
            self._found.add(self._log, position, Check.STRAY, what)
        signed = Signed(self._log, head, lives, scan.root, self._found, rotations=scan.word.rotations)
        coverage = signed.judge(kept, trust)
        self._hold(claims, lives, scan, {(_origin_in(each), each.size) for each in kept})
        self._check_cuts(scan, head)
        versions = check_read_models(self._reading, self._log, head, self._found, self._work.at)
        self._work.past(head)
        check_covered(self._reading, self._ledger, self._log, head, self._found)
        root = scan.root(head)
        return LogReport(
            self._log,
            head,
            "" if root is None else root.hex(),
            coverage,
            tuple(lives),
            tuple((position, part, by) for (position, part), by in sorted(scan.withheld.items())),
            versions,
            scan.word.rotations,
        )

    def _check_cuts(self, scan: Scan, head: int) -> None:
        """Hold the root that each data cut names against the tree. Its nodes are right if the pass was."""
        if scan.root(head) is None:
            return
        nodes = partial(self._ledger.nodes, self._log)
        for position, (named, told) in scan.word.cuts.items():
            if not 0 < named <= head or root_at(named, nodes).hex() != told:
                what = f"the first {named} facts are not those that the data cut names"
                self._found.add(self._log, position, Check.CUT, what)

    def _hold(
        self, claims: Iterable[Claim], lives: list[Life], scan: Scan, kept: Container[tuple[str, int]]
    ) -> None:
        """Hold the system log's word on this log against it, and against the checkpoints that are kept."""
        for claim in claims:
            wrong = holding(lives, claim.origin, claim.size)
            if wrong is None:
                continue
            if not wrong and claim.size > scan.size:
                wrong = f"the system log knows {claim.size} entries, and the log has {scan.size}"
            elif not wrong and scan.root(claim.size) != claim.root:
                wrong = f"the first {claim.size} entries are not those that the system log knows"
            elif not wrong and (claim.origin, claim.size) not in kept:
                wrong = f"the checkpoint of {claim.size} entries that the system log tells of is not kept"
            if wrong:
                self._found.add(self._log, min(claim.size, scan.size), Check.SYSTEM, wrong)


def _check_missing(
    reports: Sequence[LogReport],
    known: Sequence[str],
    claims: Iterable[Claim],
    trust: Trust,
    found: Findings,
    trials: Sequence[str],
) -> None:
    """Logs that the system log or the policy knows and the store does not hold."""
    for log in dict.fromkeys(claim.log for claim in claims):
        if log not in known and (not trials or log in trials):
            found.add(log, 0, Check.SYSTEM, "the system log knows this log, and the store does not hold it")
    if trust.policy is None or trials:
        return
    names = {life.origin for report in reports for life in report.lives}
    for key in trust.policy.logs:
        if key.name not in names:
            found.add(key.name, 0, Check.POLICY, "the policy lists this log, and the store does not hold it")
