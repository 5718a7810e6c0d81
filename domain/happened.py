"""A dated event inside a state: when it happened and which fact says so."""

from __future__ import annotations

from typing import NamedTuple

from domain.clinical_time import ClinicalTime


class Happened(NamedTuple):
    """When something happened, and the position of the fact that says it."""

    at: ClinicalTime
    fact: int
