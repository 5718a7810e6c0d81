"""Consents that stand beside the consent to take part: each for itself, and each gates what leaves the trial.

PIPL asks for separate consent to sensitive data (Art. 29) and to transfer abroad (Art. 39); genetic data and
later use are asked for by themselves as well. What was not granted is not there. Genetic data, and data that
go abroad, leave with a permit's number besides (rules on human genetic resources; PIPL 38-40).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.participant import Participant


class Purpose(StrEnum):
    """What data leave the trial for; its own evaluation needs nothing but the consent to take part."""

    TRIAL = "trial"
    SENSITIVE_DATA = "sensitive_data"
    CROSS_BORDER = "cross_border"
    GENETIC = "genetic"
    FUTURE_USE = "future_use"


NEEDS_PERMIT = frozenset({Purpose.CROSS_BORDER, Purpose.GENETIC})
"""Purposes for which an authority's permit is named."""


class DataClass(StrEnum):
    """What kind of data an item is. Only genetic data are human genetic resources information; clinical,
    imaging, protein and metabolic data are not (HGR rules Art. 2).
    """

    CLINICAL = "clinical"
    IMAGING = "imaging"
    PROTEIN = "protein"
    METABOLIC = "metabolic"
    GENETIC = "genetic"


def kept_back(participant: Participant, purpose: Purpose) -> str | None:
    """Why a participant's data may not leave for a purpose, in words; None when they may: granted by the
    newest consent, and not withdrawn. For the trial's own evaluation what was lawfully collected stays usable
    after a withdrawal.
    """
    if not participant.consents:
        return "no consent"
    if purpose is Purpose.TRIAL:
        return None
    newest = max(participant.consents, key=lambda given: given.when.at.earliest)
    if purpose not in newest.granted:
        return f"{purpose.replace('_', ' ')} not granted"
    scope = "future_use" if purpose is Purpose.FUTURE_USE else "all"
    return None if participant.withdrawn(scope) is None else f"{purpose.replace('_', ' ')} withdrawn"
