"""What a copy of a log proves of it: how far it is whole and signed, before anything is taken from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from domain.errors import Broken, Invalid
from domain.ledger.note import Checkpoint, Key, Note, Verified
from projections.ports import LedgerReading
from projections.verification.findings import Check, Findings
from projections.verification.lines import Scan
from projections.verification.word import Rotations


class Proved(NamedTuple):
    """A log whose facts, lines and envelopes were hashed again and fit: its roots at the sizes asked for, and
    the changes of its keys.
    """

    root: Callable[[int], bytes | None]
    rotations: Rotations

    def checkpoint(
        self, text: str, origin: str, keys: Iterable[Key], verified: Verified
    ) -> Checkpoint | None:
        """The checkpoint of a note, if one of these keys signed it under this name, and the key to which the
        log had changed by then, and it is of this tree.
        """
        try:
            note = Note.parse(text)
            checkpoint = Checkpoint.parse(note.text)
        except Invalid:
            return None
        own = [key for key in keys if key.name == origin == checkpoint.origin]
        due = self.rotations.due(origin, checkpoint.size)
        signed = any(note.signed_by(key, verified) for key in own)
        if not signed or (due is not None and not note.signed_by(due, verified)):
            return None
        return checkpoint if self.root(checkpoint.size) == checkpoint.root else None


def proved(ledger: LedgerReading, log: str, sizes: Sequence[int]) -> Proved:
    """Go over a log up to the largest of these sizes. Raises Broken with the first thing that is wrong."""
    found = Findings()
    scan = Scan(ledger, log, found)
    upto = max(sizes, default=0)
    scan.run(upto, sizes, lambda _: None)
    for (position, part), by in scan.withheld.items():
        if by > upto:  # Without what orders it, it would look as if somebody had altered it.
            what = f"the {part} was destroyed by the fact at {by}, which is not brought back"
            found.add(log, position, Check.WITHHELD, what)
    if found.sorted():
        raise Broken("ledger.not_verified", f"the copy does not verify: {found.sorted()[0]}", where=log)
    return Proved(scan.root, scan.word.rotations)
