"""Consents that stand beside the consent to take part: each for itself, and each gates what leaves the trial.

PIPL asks for separate consent to sensitive data (Art. 29) and to transfer abroad (Art. 39); genetic data and
later use are asked for by themselves as well. What was not granted is not there.
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


def may_export(participant: Participant, purpose: Purpose) -> bool:
    """Whether a participant's data may leave for a purpose: granted by the newest consent, nothing withdrawn.

    For the trial's own evaluation what was lawfully collected stays usable after a withdrawal.
    """
    if not participant.consents:
        return False
    if purpose is Purpose.TRIAL:
        return True
    newest = max(participant.consents, key=lambda given: given.when.at.earliest)
    return purpose in newest.granted and participant.withdrawn("all") is None
