"""Every signature and verification of a record held against the ledger: does it name what its record held?"""

from __future__ import annotations

from domain.casebook_record import Signature, Verification
from domain.errors import TrialogError
from projections.covering import Covered, cover
from projections.documents import MODELS, reader
from projections.ports import LedgerReading, Reading
from projections.verification.findings import Check, Findings

_UNREADABLE = (TrialogError, ValueError, LookupError, TypeError, AttributeError)
"""What facts raise that somebody has edited: their own findings say so."""


def check_covered(reading: Reading, ledger: LedgerReading, log: str, upto: int, found: Findings) -> int:
    """Make the hash of each again, and tell those that fit nothing; how many there are."""
    count = 0
    for code, body in reading.documents(log, MODELS["records"], upto=upto):
        try:
            known = reader("records")(body)
        except _UNREADABLE:
            continue
        for each in (*known.signatures, *known.verifications):
            count += 1
            if not _fits(reading, ledger, log, code, each):
                kind = "signature" if isinstance(each, Signature) else "verification"
                what = f"the {kind} of {code} {each.record} is not of what stood there at {each.covers}"
                found.add(log, each.when.fact, Check.COVERED, what)
    return count


def _fits(
    reading: Reading, ledger: LedgerReading, log: str, code: str, each: Signature | Verification
) -> bool:
    try:
        made = cover(reading, ledger, log, code, each.record, each.covers)
    except _UNREADABLE:
        return False
    return made == Covered(each.covers, each.facts, each.content)
