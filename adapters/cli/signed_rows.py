"""Who signed a log, or the checkpoint of a proof, as every answer about verification tells it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adapters.cli.rows import Row
    from projections.verification.signed import Coverage

_LAST_SECOND = 253_402_300_799
"""The end of the year 9999, in seconds since 1970: no later time has a form."""


def signed_row(coverage: Coverage) -> Row:
    """Signers, whether their keys were brought along, witnesses, and the names whose keys are not known."""
    return {
        "signed_by": list(coverage.signers),
        "keys_brought_along": coverage.pinned,
        "cosigned": [{"witness": name, "at": _moment(seconds)} for name, seconds in coverage.witnesses],
        "unknown_signatures": list(coverage.unknown),
    }


def whose(row: Row) -> str:
    """What is said behind the signers whose keys nobody brought along."""
    return "" if row["keys_brought_along"] else ", a key that it names itself"


def cosigned_lines(row: Row) -> Iterator[str]:
    """The witnesses in words, and who could not be checked."""
    for each in row["cosigned"]:
        yield f"  cosigned by {each['witness']} at {each['at']}"
    if row["unknown_signatures"]:
        yield f"  not checked, their keys are not known: {', '.join(row['unknown_signatures'])}"


def _moment(seconds: int) -> str:
    """A time in seconds since 1970, however far ahead the clock of who signed it was."""
    return datetime.fromtimestamp(min(seconds, _LAST_SECOND), UTC).isoformat().replace("+00:00", "Z")
