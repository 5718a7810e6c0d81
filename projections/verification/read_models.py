"""The stored read models against those that the facts make."""

from __future__ import annotations

from collections.abc import Callable

from domain.errors import TrialogError
from projections.ports import Reading
from projections.rebuild import compare
from projections.verification.findings import Check, Findings

_UNFOLDABLE = (TrialogError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
"""What facts raise that somebody has edited: verification goes on and says so."""


def check_read_models(
    reading: Reading, log: str, upto: int, found: Findings, progress: Callable[[int], None]
) -> int:
    """Rebuild every read model from the facts and hold the stored ones against it; how many versions."""
    try:
        versions, differences = compare(reading, log, upto, progress)
    except _UNFOLDABLE as error:
        found.add(log, 0, Check.READ_MODEL, f"the read models cannot be made again: {error}")
        return 0
    for each in differences:
        what = f"{each.model} '{each.key}': {each.what}"
        found.add(log, each.position, Check.READ_MODEL, what)
    return versions
