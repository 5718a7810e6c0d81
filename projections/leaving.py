"""Whose data may leave the trial for a use, and who is left out and why: asked by whatever exports."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from domain.consent import DataClass, Purpose
from domain.leaving import kept_back
from domain.participant import Participant
from domain.protocol import Protocol
from projections.as_of import View
from projections.participants import restricted


class LeftOut(NamedTuple):
    """A participant whose data do not leave, and why."""

    participant: str
    reason: str


class Leaving(NamedTuple):
    """Who leaves and who is left out, in code order."""

    participants: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


def leaving(view: View, uses: Iterable[Purpose]) -> Leaving:
    """Whose data may leave for all of these uses.

    Without a use, for the trial's own evaluation. Whose processing is restricted is left out (PR-04).
    """
    held_back = restricted(view)
    wanted = tuple(uses) or (Purpose.TRIAL,)
    reasons = {
        whose: _reason(each, wanted, is_restricted=whose in held_back)
        for whose, each in view.participants().items()
    }
    return Leaving(
        tuple(whose for whose, reason in reasons.items() if reason is None),
        tuple(LeftOut(whose, reason) for whose, reason in reasons.items() if reason is not None),
    )


def _reason(participant: Participant, uses: tuple[Purpose, ...], *, is_restricted: bool) -> str | None:
    if is_restricted:
        return "processing restricted"
    return next(filter(None, (kept_back(participant, use) for use in uses)), None)


def genetic_items(protocol: Protocol) -> frozenset[str]:
    """The items whose values are genetic data."""
    classes = ((each.item, each.data_class) for each in protocol.data_classes)
    return frozenset(item for item, data_class in classes if data_class is DataClass.GENETIC)
