"""A treatment or a session of dialysis recorded in error is taken back, on both axes."""

from __future__ import annotations

from domain.clinical_time import ClinicalTime, Instant
from domain.observation import TreatmentVoided
from domain.outcome import Outcomes
from domain.record import Role
from projections.as_of import Axis
from projections.corrections import change_rows
from projections.field_history import field_history
from projections.rebuild import compare
from tests.audit.test_conformance import replayed
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, course, day, person
from workflows import observation, outcome_correction, participant
from workflows.casebook_record import FreezeRecord

CODE = "S1-001"


def dialysed(at: ClinicalTime) -> observation.RecordDialysis:
    return observation.RecordDialysis(participant=CODE, at=at)


def albumin(at: ClinicalTime) -> observation.RecordTreatment:
    return observation.RecordTreatment(participant=CODE, at=at, treatment="albumin")


def voided(treatment: str, recorded: ClinicalTime | None = None) -> outcome_correction.VoidTreatment:
    return outcome_correction.VoidTreatment(participant=CODE, treatment=treatment, recorded=recorded)


def known(scenario: Scenario, when: ClinicalTime | None = None) -> Outcomes:
    view = scenario.view() if when is None else scenario.view(Instant.of(when.earliest), Axis.EFFECTIVE)
    return view.outcomes(CODE).get(CODE) or Outcomes()


def test_a_session_recorded_twice_is_taken_back_once(scenario: Scenario) -> None:
    scenario.given(active(), course("randomized")).on(10)
    scenario.given(dialysed(day(2)), dialysed(day(5)), dialysed(day(5)), albumin(day(5)))
    scenario.when(voided("dialysis")).refused("event.several")
    scenario.given(voided("dialysis", day(5)))
    fact = scenario.records()[-1].fact
    assert fact == TreatmentVoided(treatment="dialysis", was=day(5))
    assert fact.sentence() == f"Voided as recorded in error: dialysis, {day(5)}"
    assert fact.sentence("zh") == f"误录作废：透析，{day(5)}"
    assert [each.at for each in known(scenario).dialysis] == [day(2), day(5)]
    assert [each.at for each in known(scenario, day(6)).dialysis] == [day(2), day(5)]
    scenario.given(voided("dialysis", day(5)), voided("albumin"))
    for when in (None, day(6)):
        assert ([each.at for each in known(scenario, when).dialysis], known(scenario, when).treatments) == (
            [day(2)],
            (),
        )
    scenario.when(voided("dialysis", day(5))).not_found("event.not_recorded")
    told = [each.what for each in field_history(scenario.app.reading, scenario.view(), CODE, "treatments")]
    assert told[-1] == "voided"
    assert compare(scenario.app.reading, TRIAL)[1] == []
    assert replayed(scenario).verdicts == ()


def test_it_is_taken_back_with_a_reason_by_somebody_of_the_site(scenario: Scenario) -> None:
    scenario.given(active(), course("randomized"), albumin(day(0)))
    change = voided("albumin")
    scenario.when(change, person(Role.COORDINATOR, reason="")).refused("correction.no_reason")
    scenario.when(change, person(Role.MONITOR)).denied()
    scenario.given(FreezeRecord(participant=CODE, record="treatments"))
    scenario.when(change).refused("record.frozen")


def test_after_unblinding_it_waits_for_an_investigators_signature(scenario: Scenario) -> None:
    disclosure = participant.RecordUnblinding(
        participant=CODE, at=day(0, "12:00"), kind="planned", informed=("Dr Wang",), reason="care"
    )
    scenario.given(active(), course("randomized"), albumin(day(0)), disclosure, voided("albumin"))
    [waiting] = change_rows(scenario.view(), waiting=True)
    assert (waiting.record, waiting.fact) == ("treatments", scenario.position(TreatmentVoided))
