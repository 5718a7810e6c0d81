"""How enrolment stands: counts over all participants, in total and by site."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from domain.participant import Participant, ParticipantStatus
from projections.as_of import View


class EnrolmentCounts(NamedTuple):
    """Counts of participants: how many ever reached each stage, and how many stand in each status."""

    screened: int
    consented: int
    eligible: int
    screen_failed: int
    randomized: int
    infused: int
    completed: int
    withdrawn: int
    lost_to_follow_up: int
    transplanted: int
    died: int
    by_status: dict[str, int]


def counts(participants: list[Participant]) -> EnrolmentCounts:
    """The counts over some participants."""
    standing = Counter(str(each.status) for each in participants)
    return EnrolmentCounts(
        screened=len(participants),
        consented=sum(bool(each.consents) for each in participants),
        eligible=sum(each.eligible is not None for each in participants),
        screen_failed=sum(each.screen_failed is not None for each in participants),
        randomized=sum(each.randomized is not None for each in participants),
        infused=sum(each.infused is not None for each in participants),
        completed=sum(each.completed is not None for each in participants),
        withdrawn=sum(each.withdrawn("visits") is not None for each in participants),
        lost_to_follow_up=sum(each.lost is not None for each in participants),
        transplanted=sum(each.transplanted is not None for each in participants),
        died=sum(each.died is not None for each in participants),
        by_status={
            str(status): standing[str(status)] for status in ParticipantStatus if standing[str(status)]
        },
    )


def enrolment(view: View) -> tuple[EnrolmentCounts, dict[str, EnrolmentCounts]]:
    """The counts in total, and by site."""
    everyone = list(view.participants().values())
    sites = sorted({each.site for each in everyone})
    return counts(everyone), {
        site: counts([each for each in everyone if each.site == site]) for site in sites
    }
