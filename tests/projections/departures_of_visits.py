"""Departures of visits: out of their window, missed, after withdrawal or death, with assessments omitted."""

from __future__ import annotations

from domain.consent_given import ConsentGiven, ConsentWithdrawn
from domain.infusion import InfusionStarted
from domain.participant import Died
from domain.visit import VisitAttended, VisitMissed
from tests.projections.departures import CODE, INFUSED, Case, Given, Place, came, measured, withdrew
from tests.support.trial import active, course, day, small
from workflows import participant, visit

SCREENED: Given = [*active(), *course("screened")]
CONSENT = course("consented")[-1]
SCHEDULED = small({"deviations": {"omitted_assessments": True}})
STARTED: Place = (InfusionStarted, 1)

OF_VISITS = [
    Case(
        "visit.out_of_window",
        "week-4",
        ((VisitAttended, 2), STARTED),
        [*INFUSED, came(day(36), "week-4")],
        [*INFUSED, came(day(35), "week-4")],
    ),
    Case(
        "visit.out_of_window",
        "week-4",
        ((VisitAttended, 2), STARTED),
        [*INFUSED, came(day(20), "week-4")],
        [*INFUSED, came(day(21), "week-4")],
    ),
    Case("visit.missed", "week-4", (STARTED,), INFUSED, INFUSED, on=50, near_on=49),
    Case(
        "visit.missed",
        "week-4",
        ((VisitMissed, 1), STARTED),
        [*INFUSED, visit.RecordMissedVisit(participant=CODE, at=day(30), visit="week-4")],
        [
            *INFUSED,
            visit.RecordMissedVisit(participant=CODE, at=day(30), visit="week-4"),
            came(day(33), "week-4"),
        ],
    ),
    Case(
        "visit.after_withdrawal",
        "unscheduled-1",
        ((VisitAttended, 2), (ConsentWithdrawn, 1)),
        [*INFUSED, withdrew("visits", day(10)), came(day(11))],
        [*INFUSED, withdrew("visits", day(10)), came(day(10))],
    ),
    Case(
        "record.after_death",
        "consent-1",
        ((ConsentGiven, 1), (Died, 1)),
        [*SCREENED, participant.RecordDeath(participant=CODE, at=day(0, "08:59")), CONSENT],
        [*SCREENED, participant.RecordDeath(participant=CODE, at=day(0, "09:00")), CONSENT],
        on=1,
    ),
    Case(
        "record.after_death",
        "unscheduled-1",
        ((VisitAttended, 2), (Died, 1)),
        [*INFUSED, participant.RecordDeath(participant=CODE, at=day(10)), came(day(11))],
        [*INFUSED, participant.RecordDeath(participant=CODE, at=day(10)), came(day(10))],
    ),
    Case(
        "visit.assessments_omitted",
        "baseline",
        ((VisitAttended, 1),),
        [*active(SCHEDULED), *course("baseline"), *measured("alt", "tbil")],
        [*active(SCHEDULED), *course("baseline"), *measured("alt", "tbil", "ascites")],
        on=6,
    ),
    Case(
        "visit.assessments_omitted",
        "baseline",
        ((VisitAttended, 1),),
        [*active(SCHEDULED), *course("baseline")],
        [*active(SCHEDULED), *course("baseline")],
        on=7,
        near_on=4,
    ),
]
