"""Renewing the proof of every log of a store under another algorithm, before the old one is broken."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import NamedTuple

from adapters.app import App
from adapters.held.folder import Folder
from adapters.keys.ed25519 import verified
from adapters.ledger.signer import Signer
from domain.errors import Broken, Invalid
from domain.identifiers import SYSTEM_LOG
from domain.ledger.note import Note
from domain.ledger.renewal import ALGORITHMS, Renewal
from domain.record import Attribution
from projections.verification.renewed import renewed_root
from projections.verification.signed import Trust
from projections.verification.store import verify_store
from workflows.signed_log import RecordRenewal

Stamp = Callable[[bytes], bytes]
"""Has a message stamped by an authority: the token."""


class Made(NamedTuple):
    """One log's renewal: its signed note, and the time stamp over the note's text if one was asked for."""

    log: str
    renewal: Renewal
    note: str
    stamp: bytes


def renew(
    app: App, folder: Folder, algorithm: str, by: Attribution, stamp: Stamp | None = None
) -> list[Made]:
    """Renew every log, the system log last, and say so in the system log; then everything is signed.

    What is renewed is vouched for anew, so the store is verified first. Raises Broken when that finds
    anything, Invalid for an unknown algorithm, Denied where `by` may not: then nothing is signed.
    """
    if algorithm not in ALGORITHMS:
        what = f"there is no renewal under {algorithm}"
        raise Invalid("renewal.algorithm", what, remedy=f"There are: {', '.join(ALGORITHMS)}.")
    signer = Signer(folder, app)
    origin = signer.keys_of(SYSTEM_LOG)[-1].key.name
    wanted = RecordRenewal(log=SYSTEM_LOG, origin=origin, size=0, algorithm=algorithm, note="")
    app.engine.check_permitted(SYSTEM_LOG, wanted, by)
    signer.sign()
    found = verify_store(app.reading, app.ledger, Trust(verified))
    if found.findings:
        raise Broken("renewal.not_verified", str(found.findings[0]), remedy="See 'trialog audit verify'.")
    made = []
    for log in (*app.reading.trials(), SYSTEM_LOG):
        size = app.ledger.head(log)[0]
        root = renewed_root(app.ledger, log, size, algorithm)
        keys = signer.keys_of(log)
        if root is None:
            continue
        renewal = Renewal(keys[-1].key.name, size, algorithm, root)
        text = str(renewal)
        note = str(Note(text, tuple(key.sign(text) for key in keys)))
        token = stamp(text.encode()) if stamp is not None else b""
        told = RecordRenewal(
            log=log,
            origin=renewal.origin,
            size=size,
            algorithm=algorithm,
            note=note,
            stamp=b64encode(token).decode(),
        )
        app.engine.execute(SYSTEM_LOG, told, by)
        made.append(Made(log, renewal, note, token))
    signer.sign()
    return made
