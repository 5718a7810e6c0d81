"""What is refused of a correction that does not name one thing that is recorded, or changes nothing."""

from __future__ import annotations

from collections.abc import Iterable

from domain.errors import NotFound, Refused
from workflows.situation import Case

_WHICH_TIME = "Name with --was the time that is recorded."


def not_recorded(case: Case, what: str, recorded: Iterable[str]) -> NotFound:
    """Nothing is recorded that a correction could be about; `recorded` is what is, in words."""
    told = ", ".join(recorded)
    remedy = f"Recorded is {told}." if told else ""
    return NotFound("event.not_recorded", f"no such {what} is recorded", where=case.code, remedy=remedy)


def several(case: Case, what: str, recorded: Iterable[str], remedy: str = _WHICH_TIME) -> Refused:
    """More than one thing is recorded that a correction could be about."""
    return Refused("event.several", f"{what}: {', '.join(recorded)}", where=case.code, remedy=remedy)


def same(case: Case, what: str) -> Refused:
    """A correction would change nothing."""
    return Refused("event.same", f"{what} is recorded so already", where=case.code)
