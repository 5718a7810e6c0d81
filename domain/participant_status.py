"""Where a participant stands, and what may still follow: never back, and little after a terminal state."""

from collections.abc import Iterable
from enum import StrEnum


class ParticipantStatus(StrEnum):
    """Where a participant stands."""

    PRE_SCREENED = "pre_screened"
    CONSENTED = "consented"
    ELIGIBLE = "eligible"
    SCREEN_FAILED = "screen_failed"
    RANDOMIZED = "randomized"
    TREATED = "treated"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"
    LOST_TO_FOLLOW_UP = "lost_to_follow_up"
    TRANSPLANTED = "transplanted"
    DIED = "died"


_FOLLOWS: dict[ParticipantStatus, tuple[ParticipantStatus, ...]] = {
    ParticipantStatus.TRANSPLANTED: (ParticipantStatus.COMPLETED, ParticipantStatus.DIED),
    ParticipantStatus.COMPLETED: (ParticipantStatus.DIED,),
    ParticipantStatus.WITHDRAWN: (ParticipantStatus.DIED,),
    ParticipantStatus.LOST_TO_FOLLOW_UP: (ParticipantStatus.DIED,),
    ParticipantStatus.DIED: (),
}
"""What may still follow a state that ends the course, or nearly does."""

_ORDER = tuple(ParticipantStatus)


def moved(now: ParticipantStatus, to: ParticipantStatus) -> ParticipantStatus:
    """The status after a fact that speaks for `to`."""
    follows = _FOLLOWS.get(now)
    forward = _ORDER.index(to) > _ORDER.index(now) if follows is None else to in follows
    return to if forward else now


def after_all(reached: Iterable[ParticipantStatus]) -> ParticipantStatus:
    """The status after everything that still speaks for one, in order."""
    now = ParticipantStatus.PRE_SCREENED
    for each in reached:
        now = moved(now, each)
    return now
