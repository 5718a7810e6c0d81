"""How states follow from facts, where the order of recording is not the order of happening."""

from __future__ import annotations

import pytest

from domain import outcome, participant, product_lot
from domain.casebook import Casebook
from domain.clinical_time import ClinicalTime
from domain.consent_given import ConsentGiven, ConsentWithdrawn, ReconsentRequested
from domain.decompensation import DecompensationGraded, DecompensationOpened, DecompensationResolved
from domain.eligibility import EligibilitySigned, ScreenFailed
from domain.fact import Fact
from domain.infusion import InfusionReported, InfusionStarted
from domain.participant import Completed, Died, FollowUpEnded, LostToFollowUp, Participant, Randomized
from domain.product_lot import LotQuarantined, LotRegistered, LotReleased, ProductLot
from domain.record import Record
from domain.screening import PreScreened
from domain.visit import VisitAttended
from domain.visit_plan import Milestone
from tests.support.trial import LOT, SEALED, day

SCREENED = PreScreened(code="S1-001", site="S1")


def consent(version: str = "1.0") -> ConsentGiven:
    return ConsentGiven(version=version, language="en", parties=("participant",), copy_given=True)


def course(*facts: tuple[Fact, ClinicalTime]) -> Casebook:
    """The casebook after these facts, recorded in this order."""
    book = Casebook("S1-001")
    for position, (fact, when) in enumerate(facts, start=1):
        book.take([Record(position, "participant/S1-001", position, when, "1.0", fact)])
    return book


def known(*facts: tuple[Fact, ClinicalTime]) -> Participant:
    return course((SCREENED, day(0)), *facts).known


def test_the_anchor_of_consent_is_the_earliest_however_late_it_was_recorded() -> None:
    state = known((consent("2.0"), day(9)), (consent(), day(1)))
    milestone = state.milestone(Milestone.CONSENTED)
    assert milestone is not None
    assert milestone.at == day(1)


def test_day_zero_is_the_first_start_however_late_it_was_recorded() -> None:
    second = InfusionStarted(infusion=2)
    first = InfusionReported(infusion=1, details=SEALED)
    for facts in (((second, day(9)), (first, day(2))), ((first, day(2)), (second, day(9)))):
        infused = known(*facts).infused
        assert infused is not None
        assert infused.at == day(2)


def test_a_withdrawal_counts_from_the_earliest_that_covers_the_scope() -> None:
    state = known(
        (ConsentWithdrawn(scope="treatment"), day(9)),
        (ConsentWithdrawn(scope="all"), day(4)),
        (ConsentWithdrawn(scope="samples"), day(1)),
    )
    for scope, number in (("treatment", 4), ("visits", 4), ("samples", 1)):
        stopped = state.withdrawn(scope)
        assert stopped is not None
        assert stopped.at == day(number)


def test_the_course_ended_with_whatever_ended_it_first() -> None:
    state = known((Died(), day(9)), (LostToFollowUp(), day(7)), (FollowUpEnded(), day(8)))
    assert state.ended is not None
    assert state.ended.at == day(7)
    assert known().ended is None


def test_a_second_allocation_never_replaces_the_first() -> None:
    twice = (
        (Randomized(place=1, allocation=SEALED), day(1)),
        (Randomized(place=2, allocation=SEALED), day(2)),
    )
    allocated = known(*twice).randomized
    assert allocated is not None
    assert allocated.place == 1


def test_a_renewed_consent_answers_the_request_for_it() -> None:
    state = known((ReconsentRequested(version="2.0"), day(1)), (ReconsentRequested(version="3.0"), day(1)))
    assert list(state.reconsent_requested) == ["2.0", "3.0"]
    after = participant.evolve(state, Record(9, "", 9, day(2), "1.0", consent("2.0")))
    assert after is not None
    assert after.reconsent_requested == {"3.0": state.reconsent_requested["3.0"]}


def test_facts_before_the_participant_is_known_change_no_course_and_break_nothing() -> None:
    book = course((consent(), day(0)), (InfusionStarted(), day(0)), (VisitAttended(visit="week-4"), day(0)))
    assert book.participant is None
    assert set(book.visits) == {"week-4"}
    assert set(book.infusions) == {1}
    with pytest.raises(LookupError):
        _ = book.known


def test_a_lot_keeps_when_it_was_first_released_and_every_time_it_was_held() -> None:
    facts: list[tuple[Fact, int]] = [
        (LotRegistered(lot=LOT, bags=("B1",), expires=day(99)), 0),
        (LotReleased(lot=LOT, basis="final"), 1),
        (LotQuarantined(lot=LOT, reason="spill"), 2),
        (LotReleased(lot=LOT, basis="final"), 3),
        (LotQuarantined(lot=LOT, reason="spill"), 4),
    ]
    lot: ProductLot | None = None
    for position, (fact, number) in enumerate(facts, start=1):
        lot = product_lot.evolve(lot, Record(position, "lot/L1", position, day(number), "1.0", fact))
    assert lot is not None
    assert lot.released is not None
    assert lot.released.at == day(1)
    held = [(hold.since.at, hold.until and hold.until.at) for hold in lot.holds]
    assert held == [(day(2), day(3)), (day(4), None)]


def test_an_episode_that_was_never_opened_is_neither_graded_nor_resolved() -> None:
    for fact in (DecompensationGraded(episode="x-1", grade="2"), DecompensationResolved(episode="x-1")):
        assert outcome.evolve(None, Record(1, "", 1, day(0), "1.0", fact)).episodes == {}
    opened = DecompensationOpened(episode="x-1", type="x", grade="1")
    state = outcome.evolve(None, Record(1, "", 1, day(0), "1.0", opened))
    graded = DecompensationGraded(episode="x-1", grade="2")
    state = outcome.evolve(state, Record(2, "", 2, day(1), "1.0", graded))
    assert [grade for grade, _ in state.episodes["x-1"].grades] == ["1", "2"]


FORWARD: list[tuple[Fact, str]] = [
    (consent(), "consented"),
    (EligibilitySigned(criteria=1), "eligible"),
    (ScreenFailed(reasons=("age",)), "screen_failed"),
    (Randomized(place=1, allocation=SEALED), "randomized"),
    (InfusionStarted(), "treated"),
    (Completed(), "completed"),
]


@pytest.mark.parametrize("reached", range(len(FORWARD)))
def test_what_is_recorded_late_never_takes_a_status_back(reached: int) -> None:
    furthest, status = FORWARD[reached]
    late = [(fact, day(1)) for fact, _ in FORWARD[:reached]]
    assert known((furthest, day(5)), *late).status == status
