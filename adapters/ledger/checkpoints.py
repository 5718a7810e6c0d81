"""What a store keeps of its logs' signing: checkpoints, cosignatures, time stamps, keys."""

from __future__ import annotations

from typing import NamedTuple

from adapters.app import App
from adapters.held.incarnations import incarnation_of
from domain.errors import NotFound
from domain.identifiers import SYSTEM_LOG
from domain.ledger.kept import Anchor
from domain.ledger.note import Checkpoint, Note, origin_of
from domain.signed_log import SignedLog

STAMPED_BY = "tsa/"
"""How the holder of a time stamp begins."""


class Kept(NamedTuple):
    """What is kept of one log under its present name, each list oldest first.

    A cosignature is the note of a witness: the checkpoint and that one signature.
    """

    log: str
    origin: str
    keys: tuple[str, ...]
    checkpoints: list[Anchor]
    cosignatures: list[Anchor]
    stamps: list[Anchor]

    def checkpoint(self, size: int | None = None) -> Anchor:
        """The newest checkpoint, or the one at a size. Raises NotFound."""
        for anchor in reversed(self.checkpoints):
            if size in (None, anchor.size):
                return anchor
        which = "" if size is None else f" at {size} entries"
        raise NotFound(
            "ledger.no_checkpoint",
            f"there is no checkpoint{which}",
            where=self.origin,
            remedy="Sign with 'trialog ledger sign'.",
        )

    def whole(self, anchor: Anchor) -> Note:
        """A checkpoint with every cosignature that is kept of it."""
        note = Note.parse(anchor.note)
        cosigned = [Note.parse(each.note) for each in self.cosignatures if each.size == anchor.size]
        of_it = tuple(sign for each in cosigned if each.text == note.text for sign in each.signatures)
        return Note(note.text, note.signatures + of_it)


def kept(app: App, log: str) -> Kept:
    """What is kept of a log under its present name."""
    origin = origin_of(log, incarnation_of(app.reading, log))
    state: SignedLog | None = None
    if app.ledger.head(SYSTEM_LOG)[0]:
        state = app.view(SYSTEM_LOG).single(SignedLog, log)
    keys = state.keys if state is not None and state.origin == origin else ()
    found = Kept(log, origin, keys, [], [], [])
    for anchor in app.ledger.anchors(log):
        if anchor.holder == origin:
            found.checkpoints.append(anchor)
        elif anchor.holder.startswith(STAMPED_BY):
            found.stamps.append(anchor)
        elif Checkpoint.parse(Note.parse(anchor.note).text).origin == origin:
            found.cosignatures.append(anchor)
    return found
