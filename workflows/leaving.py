"""What may leave the trial: asked of every export and every sample, under the lock of what records it."""

from __future__ import annotations

from collections.abc import Iterable

from domain.consent import NEEDS_PERMIT, Purpose
from domain.errors import Refused
from domain.leaving import abroad, kept_back
from domain.privacy import Identity
from domain.trial import Trial
from workflows.situation import Situation


def permitted(uses: Iterable[Purpose], permit: str, country: str, trial: Trial) -> None:
    """Raise Refused for uses that need an authority's permit, and for a border that is crossed unsaid."""
    if NEEDS_PERMIT & set(uses) and not permit:
        raise Refused(
            "export.no_permit",
            "what leaves for this use needs an authority's permit",
            rule="PIPL 38-40; HGR rules",
            remedy="Give the permit's number.",
        )
    if abroad(country, trial) and Purpose.CROSS_BORDER not in uses:
        raise Refused(
            "export.crosses_border",
            f"it is kept in another country than {country}",
            rule="PIPL 38-40",
            remedy="Say that it is for cross_border, with a permit.",
        )


def granted(participant: str, uses: Iterable[Purpose], situation: Situation) -> None:
    """Raise Refused unless the participant has granted all of these uses, and is not restricted."""
    known = situation.case(participant).participant
    identity = situation.states.single(Identity, participant)
    is_restricted = identity is not None and identity.restricted is not None
    for use in uses:
        why = "processing restricted" if is_restricted else kept_back(known, use)
        if why is not None:
            raise Refused(
                "export.not_granted", f"{participant}: {why}", where=participant, rule="PIPL 29, 39"
            )
