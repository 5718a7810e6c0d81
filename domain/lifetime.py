"""Dates that cannot be true of a person: before birth, or of an end of the course before it began.

A time that leaves open which came first is held against nobody.
"""

from __future__ import annotations

from datetime import datetime

from domain.clinical_time import ClinicalTime, day_start, zone_of
from domain.participant import Participant

OLDEST = 150
"""Years: nobody on the screening log is older, whether or not the age is known."""


def is_before_birth(participant: Participant, at: ClinicalTime) -> bool:
    """Whether a time certainly lies before the participant was born."""
    # Nearly every date lies after the screening, and that is told without any calendar.
    return at.earliest < participant.registered.at.earliest and at.latest <= born_after(participant)


def born_after(participant: Participant) -> datetime:
    """The earliest moment at which the participant can have been born: by the birth that is recorded, else by
    the age at screening, else by nobody being older than `OLDEST`.
    """
    if participant.born is not None:
        return participant.born.at.earliest
    screened = participant.registered.at.earliest
    years = OLDEST if participant.age is None else int(participant.age) + 1
    day = min(screened.day, 28) if screened.month == 2 else screened.day  # a 29 February has few birthdays
    return screened.replace(year=max(1, screened.year - years), day=day)


def is_before_screening(participant: Participant, at: ClinicalTime) -> bool:
    """Whether a time certainly lies on a day before the screening and before all else of the course.

    Who is entered afterwards may stand on the log with the day of the entry, after consent and infusion.
    """
    allocated = participant.randomized
    begun = (
        participant.registered,
        participant.infused,
        allocated.when if allocated else None,
        *(given.when for given in participant.consents),
    )
    return all(at.latest <= _beginning(each.at) for each in begun if each is not None)


def _beginning(time: ClinicalTime) -> datetime:
    """When the day of a time begins: the hour of what is known by its entry says little."""
    return time.earliest if time.day is None else day_start(time.day, zone_of(time.zone))


def is_born_late(participant: Participant, born: ClinicalTime) -> bool:
    """Whether a birth certainly lies after the participant stood on the screening log."""
    return born.earliest >= participant.registered.at.latest


def told_of_birth(participant: Participant) -> str:
    """What is known of the birth, in words, for who is told that a time lies before it."""
    if participant.born is not None:
        return f"born {participant.born.at}"
    on = f"screened {participant.registered.at}"
    return on if participant.age is None else f"aged {participant.age}, {on}"
