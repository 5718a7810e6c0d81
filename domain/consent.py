"""Consents that stand beside the consent to take part: each for itself, and each gates what leaves the trial.

PIPL asks for separate consent to sensitive data (Art. 29) and to transfer abroad (Art. 39); genetic data and
later use are asked for by themselves as well. What was not granted is not there. Genetic data, and data that
go abroad, leave with a permit's number besides (rules on human genetic resources; PIPL 38-40).
"""

from __future__ import annotations

from enum import StrEnum


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
