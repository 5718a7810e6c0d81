"""What the protocol asks of something that happened, in the order in which things happened.

A visit, an infusion or an allocation may be entered late, and its consent later still. So it is judged on
what had happened by its own clinical time, as known when it was entered, and where an imprecise time leaves
open which of two came first, there is the benefit of the doubt: a rule is broken only in every reading.
What is refused here must show in the deviation log: each explains the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from domain import infusion, participant
from domain.casebook import Casebook
from domain.clinical_time import ClinicalTime, Precision
from domain.consent_given import ConsentGiven
from domain.eligibility import EligibilitySigned
from domain.identifiers import lot_stream
from domain.infusion import Infusion, InfusionFact, InfusionReported, InfusionStarted
from domain.infusion_put_right import InfusionTimeCorrected
from domain.observation import AssessmentGraded, ResultRecorded, ResultTimeCorrected
from domain.participant import COURSE, Participant, Randomized
from domain.product import UseBy
from domain.product_lot import LotQuarantined, LotRejected, LotReleased, ProductLot
from domain.record import Record
from domain.right_times import RightTimes
from domain.sample import SampleCorrected, SampleTaken
from domain.screening import SCREENING, PreScreened
from domain.visit import VisitAttended, VisitTimeCorrected
from domain.voided import EventVoided
from workflows.conformance.looking import Seen, route_in
from workflows.infusion_machine import InfusionCursor
from workflows.machine import Cursor
from workflows.participant_machine import ParticipantCursor
from workflows.situation import Case

_STARTS = (InfusionStarted, InfusionReported, InfusionTimeCorrected)
_IN_ORDER = (VisitAttended, VisitTimeCorrected, *_STARTS, Randomized, ConsentGiven)
"""Events that are judged by what of the participant's course, and of the lot, had come before."""

EVENTS = (
    *_IN_ORDER,
    PreScreened,
    EligibilitySigned,
    ResultRecorded,
    AssessmentGraded,
    ResultTimeCorrected,
    SampleTaken,
    SampleCorrected,
)
"""Facts that are judged as events: each by whether the site was active by then."""


_BEFORE = ("consented_before_procedures", "no_renewal_holds")
_TELLING = frozenset({PreScreened, *COURSE})


def subject_of(seen: Seen) -> str:
    """What a deviation about an event would be about."""
    match seen.record.fact:
        case (
            VisitAttended()
            | VisitTimeCorrected()
            | ResultRecorded()
            | AssessmentGraded()
            | ResultTimeCorrected() as fact
        ):
            return fact.visit
        case InfusionStarted() | InfusionReported() | InfusionTimeCorrected() as fact:
            return f"infusion-{fact.infusion}"
        case Randomized():
            return "randomization"
        case PreScreened():
            return "screening"
        case ConsentGiven():
            return f"consent-{_number(seen)}"
        case EligibilitySigned():
            return "eligibility"
        case SampleTaken() | SampleCorrected() as fact:
            return f"sample-{fact.sample}"
    return ""


def _number(seen: Seen) -> int:
    """Which consent of the participant one is: that which it is given in the place of, or the next."""
    known = seen.case.participant
    for fact in seen.looking.beside(EventVoided):
        for each in known.consents:
            if (each.version, each.when.at) == (fact.version, fact.was):
                return each.number
    return known.consent_number(seen.record.fact.version)  # type: ignore[attr-defined]


def _site(seen: Seen) -> str:
    """The site of an event."""
    fact = seen.record.fact
    if isinstance(fact, PreScreened):
        return fact.site
    if isinstance(fact, SampleTaken | SampleCorrected):
        return seen.looking.situation.case(fact.participant).participant.site
    return seen.case.participant.site


def _of_earlier_days(seen: Seen) -> bool:
    """Whether something was measured before the participant was screened: of the person, not of the trial."""
    if not isinstance(seen.record.fact, ResultRecorded | AssessmentGraded | ResultTimeCorrected):
        return False
    return seen.record.effective_at.latest <= seen.case.participant.registered.at.earliest


@dataclass(slots=True)
class Course:
    """The facts that decide what had happened when: of every participant's course, and of every lot."""

    _records: dict[str, list[Record]] = field(default_factory=dict)

    def add(self, record: Record) -> None:
        """Remember a fact that bears on the order of events."""
        if type(record.fact) in _TELLING or record.stream.startswith("lot/"):
            self._records.setdefault(record.stream, []).append(record)

    def refusals(self, seen: Seen) -> Iterator[str]:
        """The codes of the rules that an event breaks, however its times are read."""
        if seen.trial.not_yet_active(_site(seen), seen.record.effective_at) and not _of_earlier_days(seen):
            yield "site.not_yet_active"
        if not isinstance(seen.record.fact, _IN_ORDER):
            return
        readings = [_Reading(seen, certain=certain) for certain in (True, False)]
        first, second = (dict.fromkeys(self._broken(reading)) for reading in readings)
        yield from (code for code in first if code in second)

    def _broken(self, reading: _Reading) -> Iterator[str]:
        person = self._participant(reading)
        if person is None:
            return
        match reading.seen.record.fact:
            case VisitAttended() | VisitTimeCorrected():
                yield from reading.broken(person, *_BEFORE, "visits_not_withdrawn")
                yield from _after_death(person)
            case Randomized() as fact:
                yield from reading.broken(person, *_BEFORE)
                criteria = reading.seen.case.protocol.eligibility.criteria
                if criteria and person.eligible is None:
                    yield "randomize.eligibility_unsigned"
                if fact.place > reading.seen.case.protocol.enrolment.target:
                    yield "randomize.target_reached"
                yield from _after_death(person)
            case ConsentGiven():
                yield from _after_death(person)
            case InfusionStarted() | InfusionReported() | InfusionTimeCorrected(step="started"):
                asked = (*_BEFORE, "treatment_not_withdrawn", "randomized_by_then")
                yield from reading.broken(person, *asked)
                yield from _after_death(person)
                yield from self._of_product(reading, person)

    def _of_product(self, reading: _Reading, person: Participant) -> Iterator[str]:
        given = reading.infusion
        if given.lot:
            records = self._records.get(lot_stream(given.lot), ())
            yield from _of_lot(records, reading.seen.record.effective_at)
            lot = reading.seen.looking.situation.lot_if_any(given.lot)
            if lot is not None:
                yield from reading.broken_at_bedside(person, lot, "lot_not_expired")
                if given.bag:
                    yield from reading.broken_at_bedside(person, lot, "bag_free")
        if given.use_by is not None:
            yield from reading.broken_at_bedside(person, None, "within_use_by")
            if reading.ends_by_use_by and given.ended and given.ended.at.earliest >= given.use_by.latest:
                yield "infusion.use_by_passed"
        yield from reading.broken_at_bedside(person, None, "route_is_allocated", "protocol_plans_it")

    def _participant(self, reading: _Reading) -> Participant | None:
        known: Participant | None = None
        for record in reading.until_then(self._records.get(reading.seen.record.stream, ())):
            known = participant.evolve(known, record)
        return known


def _of_lot(records: Sequence[Record], at: ClinicalTime) -> Iterator[str]:
    """Released by then in some reading, and not certainly held back since."""
    is_released = is_held = False
    right = RightTimes(records)
    for record in records:
        if isinstance(record.fact, LotReleased) and right.of(record).earliest < at.latest:
            is_released, is_held = True, False
        elif isinstance(record.fact, LotQuarantined | LotRejected):
            is_held = is_held or record.effective_at.latest <= at.earliest
    if not is_released:
        yield "infusion.lot_unreleased"
    elif is_held:
        yield "infusion.lot_unusable"


class _Reading:
    """One reading of imprecise times: the event at its earliest, after what *certainly* came before it; or at
    its latest, after all that *may* have come before it.
    """

    def __init__(self, seen: Seen, *, certain: bool) -> None:
        self.seen = seen
        self._certain = certain
        self._at = seen.record.effective_at
        begin, last = self._at.earliest, self._at.latest - timedelta(seconds=1)
        self.at = ClinicalTime.at(begin if certain else last, self._at.zone, Precision.SECOND)

    @property
    def infusion(self) -> Infusion:
        """The infusion with what this fact says of it."""
        fact = self.seen.record.fact
        number = fact.infusion if isinstance(fact, _STARTS) else 1
        known = self.seen.case.casebook.infusions.get(number)
        for each in self.seen.up_to_here():
            if isinstance(each.fact, InfusionFact) and each.fact.infusion == number:
                known = infusion.evolve(known, each)
        return known or Infusion(number)

    @property
    def ends_by_use_by(self) -> bool:
        """Whether the protocol wants the whole product given by its use-by time."""
        product = self.seen.case.protocol.product
        return product is not None and product.use_by is UseBy.END

    def until_then(self, records: Iterable[Record]) -> Iterator[Record]:
        """The facts of what had happened by then, and that which brought the participant into the trial."""
        return (each for each in records if isinstance(each.fact, SCREENING) or self._happened(each))

    def _happened(self, record: Record) -> bool:
        other = record.effective_at
        return other.latest <= self._at.earliest if self._certain else other.earliest < self._at.latest

    def broken(self, person: Participant, *guards: str) -> Iterator[str]:
        """The guards of the participant's machine that do not hold."""
        case = Case(Casebook(person.code, person), self.seen.case.protocol)
        cursor = ParticipantCursor(case, self.seen.trial, self.seen.looking.enrolment, self.at)
        yield from _broken(cursor, guards)

    def broken_at_bedside(self, person: Participant, lot: ProductLot | None, *guards: str) -> Iterator[str]:
        """The guards of the infusion's machine that do not hold of the infusion as it was given."""
        given = replace(self.infusion, started=None)
        book = Casebook(person.code, person, infusions={given.number: given})
        case = Case(book, self.seen.case.protocol)
        route, allocated = self._routes(given)
        cursor = InfusionCursor(
            case, given.number, self.at, lot=lot, bag=given.bag, route=route, allocated_route=allocated
        )
        yield from _broken(cursor, guards)

    def _routes(self, given: Infusion) -> tuple[str, str | None]:
        """The route given and the route allocated; None where they are not told, or nothing was allocated."""
        allocated = self.seen.case.participant.randomized
        if given.access is None or allocated is None:
            return "", None
        route = route_in(self.seen.looking.unseal(given.access))
        arm = self.seen.looking.unseal(allocated.allocation)
        if route is None or arm is None:
            return "", None
        return route, self.seen.trial.route_of(self.seen.case.protocol, arm.strip())


def _broken(cursor: Cursor, guards: Iterable[str]) -> Iterator[str]:
    for guard in guards:
        if not getattr(cursor, guard)() and cursor.refused is not None:
            yield cursor.refused.code


def _after_death(person: Participant) -> Iterator[str]:
    if person.died is not None:
        yield "participant.died"
