"""How a store stands against what its signer and witnesses hold: the restore rule.

A store that is behind them, or holds another history, opens read-only: what would be written on it would be
a second history. Somebody has to bring back what is missing, or declare the loss.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

from adapters.held.folder import Folder, Signed
from adapters.held.incarnations import declarations, newest
from adapters.keys.key_file import beside
from domain.errors import Broken, Invalid, Refused
from domain.ledger.continuity import check_held
from domain.ledger.note import Checkpoint, Note, origin_of
from domain.signed_log import IncarnationDeclared
from projections.ports import LedgerReading, Reading


class Known(Reading, LedgerReading, Protocol):
    """A store, as far as its standing is asked about."""


class Departure(NamedTuple):
    """A log that is not what somebody signed of it: who, what they hold, and what is wrong."""

    log: str
    holder: str
    held: Signed
    fault: Broken


def signer_folder_of(store: str, given: str = "") -> Path:
    """Where a store's signer lies: where the option or TRIALOG_SIGNER says, else beside the store."""
    said = given or os.environ.get("TRIALOG_SIGNER", "")
    return Path(said) if said else beside(store, "signer")


def holders_of(store: str) -> list[Path]:
    """The folders that say what was signed of a store: its signer's if there is one, and those of witnesses
    that TRIALOG_WITNESS names.
    """
    signer = signer_folder_of(store)
    said = bool(os.environ.get("TRIALOG_SIGNER")) or signer.exists()
    witnesses = [Path(each) for each in os.environ.get("TRIALOG_WITNESS", "").split(os.pathsep) if each]
    return ([signer] if said else []) + witnesses


def departures(store: Known, folders: Sequence[Path]) -> list[Departure]:
    """The logs of a store that are not what these folders hold of them. Raises NotFound, Invalid."""
    found = []
    for path in folders:
        folder = Folder(path)
        is_witness = "witness" in folder.about()
        for held in newest(folder.signed().values()):
            fault = _fault(store, held, is_witness=is_witness)
            if fault is not None:
                found.append(Departure(held.log, folder.about().get("witness", "its signer"), held, fault))
    return found


def read_only(found: Iterable[Departure]) -> Refused | None:
    """Why nothing may be written to a store with these departures; None when there are none."""
    first = next(iter(found), None)
    if first is None:
        return None
    return Refused(
        "ledger.behind",
        f"the store is read-only: it is not what {first.holder} has signed: {first.fault.message}",
        where=first.held.origin,
        rule="a restored store begins no second history",
        remedy="Bring back what is missing with 'trialog ledger replay --from …', or declare the loss with"
        " 'trialog ledger declare'.",
    )


def _fault(store: Known, held: Signed, *, is_witness: bool) -> Broken | None:
    log = held.log
    declared = declarations(store, log)
    incarnation = max((fact.incarnation for fact in declared), default=1)
    if incarnation > held.incarnation:
        if is_witness and _covered(declared, held):
            return None
        return Broken(
            "ledger.undeclared",
            f"it was declared anew as {origin_of(log, incarnation)}, and that is not finished",
            where=held.origin,
        )
    if incarnation < held.incarnation:
        return Broken("ledger.shrunk", "its declaration under this name is not there", where=held.origin)
    try:
        check_held(held.held, store.head(log)[0], partial(store.nodes, log))
    except Broken as fault:
        return fault
    return None


def _covered(declared: Iterable[IncarnationDeclared], held: Signed) -> bool:
    """Whether the end of the incarnation that somebody holds was declared, at their size or beyond."""
    with suppress(Invalid):  # A note that is none covers nothing.
        for fact in declared:
            if fact.incarnation == held.incarnation + 1 and fact.note:
                return Checkpoint.parse(Note.parse(fact.note).text).size >= held.size
    return False
