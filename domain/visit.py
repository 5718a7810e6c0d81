"""A visit of one participant: its facts, its state, and how the one follows from the other.

Whether a visit is due, open, overdue or missed is computed from its window and the day that is asked
about; only what happened is a fact.
"""

from dataclasses import dataclass
from typing import Annotated, TypeGuard

from pydantic import StringConstraints

from domain.clinical_time import ClinicalTime
from domain.fact import Fact, FreeText
from domain.happened import Happened
from domain.identifiers import Key
from domain.record import Record
from domain.replacing import replace
from domain.words import in_chinese

UNSCHEDULED = "unscheduled"
"""How the ids of visits that fill no planned visit begin: `unscheduled-1`, `unscheduled-2`, …"""

# ---------------------------------------------------------------- facts


class VisitScheduled(Fact):
    """An appointment for a visit."""

    TOPIC = "visit.scheduled.v1"
    EN = "Visit {visit} scheduled for {appointment}"
    ZH = "访视 {visit} 预约于 {appointment}"
    visit: Key
    appointment: ClinicalTime


class VisitAttended(Fact):
    """The participant came."""

    TOPIC = "visit.attended.v1"
    EN = "Visit {visit} attended"
    ZH = "完成访视 {visit}"
    visit: Key


class VisitMissed(Fact):
    """The participant did not come, and it is known."""

    TOPIC = "visit.missed.v1"
    EN = "Visit {visit} missed: {reason}"
    ZH = "错过访视 {visit}：{reason}"
    visit: Key
    reason: FreeText = ""


class VisitTimeCorrected(Fact):
    """The participant came at another time than was recorded; `was` is what stood there."""

    TOPIC = "visit.time_corrected.v1"
    EN = "Visit {visit} corrected to {at}, was {was}"
    ZH = "访视 {visit} 时间更正为 {at}，原为 {was}"
    PUTS_RIGHT = "corrected"
    visit: Key
    at: ClinicalTime
    was: ClinicalTime

    def moves(self, fact: Fact) -> bool:
        """Whether a fact that stands at the wrong time stands there on account of this attendance."""
        if not isinstance(fact, VisitAttended | VisitTimeCorrected | VisitVoided):
            return False
        return fact.visit == self.visit and getattr(fact, "what", "attended") == "attended"


class VisitVoided(Fact):
    """That a visit was attended, or missed, was recorded in error: this stands at the time recorded."""

    TOPIC = "visit.voided.v1"
    EN = "Visit {visit} voided as recorded in error: {what}, {was}"
    ZH = "访视 {visit} 误录作废：{what_zh}，{was}"
    PUTS_RIGHT = "voided"
    visit: Key
    what: Annotated[str, StringConstraints(pattern=r"^(attended|missed)$")]
    was: ClinicalTime

    @property
    def what_zh(self) -> str:
        """What was recorded, for the sentence in Chinese."""
        return in_chinese(self.what)


# ---------------------------------------------------------------- state


@dataclass(frozen=True, slots=True)
class Visit:
    """The state of one visit. `protocol_version` is the version its attendance was recorded under.

    `put_right` are the facts that put its time right or took it back, oldest first; `attended_was` are the
    times at which it was recorded as attended before.
    """

    visit: str
    appointment: ClinicalTime | None = None
    attended: Happened | None = None
    missed: Happened | None = None
    missed_because: str = ""
    protocol_version: str = ""
    put_right: tuple[Happened, ...] = ()
    attended_was: tuple[ClinicalTime, ...] = ()

    @property
    def is_recorded(self) -> bool:
        """Whether anything stands of it: that it was attended or missed, or an appointment."""
        return (self.attended, self.missed, self.appointment) != (None, None, None)

    def recorded(self, what: str) -> Happened | None:
        """When it was attended or missed, as is recorded."""
        return self.attended if what == "attended" else self.missed

    @property
    def is_planned(self) -> bool:
        """Whether this fills a planned visit."""
        return not self.visit.startswith(UNSCHEDULED)


VISIT_FACTS = (VisitScheduled, VisitAttended, VisitMissed, VisitTimeCorrected, VisitVoided)


def evolve(visit: Visit | None, record: Record) -> Visit | None:
    """The visit after one more fact. Total: what it does not know changes nothing."""
    fact = record.fact
    when = record.happened
    match fact:
        case VisitAttended():
            if visit is None:
                return Visit(fact.visit, attended=when, protocol_version=record.protocol_version)
            return replace(visit, attended=when, protocol_version=record.protocol_version)
        case VisitScheduled():
            return replace(visit or Visit(fact.visit), appointment=fact.appointment)
        case VisitMissed():
            return replace(visit or Visit(fact.visit), missed=when, missed_because=fact.reason)
        case VisitTimeCorrected() if _stands(visit, "attended", fact.was):
            was = (*visit.attended_was, fact.was)
            return replace(visit, attended=when, put_right=(*visit.put_right, when), attended_was=was)
        case VisitVoided() if _stands(visit, fact.what, fact.was):
            now = replace(visit, put_right=(*visit.put_right, when))
            if fact.what == "attended":
                was = (*visit.attended_was, fact.was)
                return replace(now, attended=None, protocol_version="", attended_was=was)
            return replace(now, missed=None, missed_because="")
    return visit


def _stands(visit: Visit | None, what: str, was: ClinicalTime) -> TypeGuard[Visit]:
    """Whether a visit is recorded as attended or missed at that time."""
    when = None if visit is None else visit.recorded(what)
    return when is not None and when.at == was
