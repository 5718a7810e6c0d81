"""A log's renewals held against what is stored: the tree made anew under the algorithm of each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from domain.ledger.entry import SALT_BYTES, envelope_line
from domain.ledger.note import Note
from domain.ledger.renewal import Renewal, RenewedTree
from projections.ports import LedgerReading
from projections.verification.findings import Check, Findings
from projections.verification.signed import Trust
from projections.verification.word import UNROTATED, Rotations

SHA256 = "sha256"
"""What the ledger itself is hashed with."""


class Renewed(NamedTuple):
    """A renewal as told: by the fact at a position of the system log, or (0) by somebody outside."""

    position: int
    note: Note

    @property
    def renewal(self) -> Renewal:
        """What the note says. Raises Invalid."""
        return Renewal.parse(self.note.text)


def renewed_root(ledger: LedgerReading, log: str, size: int, algorithm: str) -> bytes | None:
    """The root over a log's first entries under another algorithm; None when they are not all there."""
    tree = RenewedTree(algorithm)
    for page in ledger.stored_pages(log, upto=size):
        journal = {row[0]: row for row in ledger.journal(log, page[0][0], page[-1][0])}
        for row in page:
            position, first, data, entry, salts = row[0], row[6], row[7], row[8], row[9]
            command = journal.get(position) if first == position else None
            if position != tree.size + 1:
                return None
            envelope = None
            if first == position:
                if command is None:
                    return None
                envelope = salts[SALT_BYTES:] + envelope_line(*command).encode()
            tree.append(entry.encode(), salts[:SALT_BYTES] + data, envelope)
    return tree.root() if tree.size == size and size else None


def check_renewals(
    ledger: LedgerReading,
    log: str,
    origins: Sequence[str],
    renewals: Iterable[Renewed],
    trust: Trust,
    found: Findings,
    *,
    rotations: Rotations = UNROTATED,
    signed_to: int = 0,
    withheld: Collection[int] = (),
    broken: Collection[str] = (),
) -> tuple[tuple[str, int], ...]:
    """Hold the newest renewal of a log under each algorithm, and every one from outside, against the log.

    Tells those that hold, each with its size. One over something that was redacted since (`withheld`) can be
    checked no more. `rotations` are those of the log's keys, which a checkpoint covers up to `signed_to`.
    Where SHA-256 is marked as `broken`, a renewal under another algorithm must hold: nothing else proves the
    log then.
    """
    told = sorted(renewals, key=lambda each: each.renewal.size)
    newest = {each.renewal.algorithm: each for each in told if each.position}
    holding: dict[str, int] = {}
    for each in (*newest.values(), *(each for each in told if not each.position)):
        origin, size, algorithm, root = each.renewal
        policy = rotations.over(trust.over(origins), origin, size, signed_to)
        due = rotations.due(origin, size)
        keys = [key for key in policy.logs if key.name in origins and due in (None, key)]
        if any(position <= size for position in withheld):
            continue
        if renewed_root(ledger, log, size, algorithm) != root:
            what = f"under {algorithm} the first {size} entries are not those that were renewed"
            found.add(log, size, Check.RENEWAL, what)
        elif not any(each.note.signed_by(key, trust.verified) for key in keys):
            what = f"the renewal of {size} entries under {algorithm} bears no signature that counts"
            found.add(log, size, Check.RENEWAL, what)
        elif algorithm not in broken:
            holding[algorithm] = max(size, holding.get(algorithm, 0))
    if SHA256 in broken and not holding:
        found.add(log, 0, Check.RENEWAL, "nothing proves this log but algorithms that are broken")
    return tuple(sorted(holding.items()))
