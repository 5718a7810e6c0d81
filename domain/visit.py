"""A visit of one participant: its facts, its state, and how the one follows from the other.

Whether a visit is due, open, overdue or missed is computed from its window and the day that is asked
about; only what happened is a fact.
"""

from dataclasses import dataclass

from domain.clinical_time import ClinicalTime
from domain.fact import Fact
from domain.happened import Happened
from domain.identifiers import Key
from domain.record import Record
from domain.replacing import replace

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
    reason: str = ""


# ---------------------------------------------------------------- state


@dataclass(frozen=True, slots=True)
class Visit:
    """The state of one visit. `protocol_version` is the version its attendance was recorded under."""

    visit: str
    appointment: ClinicalTime | None = None
    attended: Happened | None = None
    missed: Happened | None = None
    missed_because: str = ""
    protocol_version: str = ""

    @property
    def is_planned(self) -> bool:
        """Whether this fills a planned visit."""
        return not self.visit.startswith(UNSCHEDULED)


VISIT_FACTS = (VisitScheduled, VisitAttended, VisitMissed)


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
    return visit
