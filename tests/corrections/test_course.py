"""What was recorded of a course in error is put right or taken back, and everything follows what is right."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from domain.clinical_time import ClinicalTime, Instant
from domain.participant import Died, Participant, ParticipantStatus
from domain.record import Role
from domain.voided import EventVoided
from projections.as_of import Axis
from projections.compare import differences
from projections.corrections import change_rows
from projections.deviations import deviations
from projections.endpoints.survival import Count
from projections.field_history import field_history
from projections.fields import shown
from projections.ports import sealed_to_all
from projections.rebuild import compare
from projections.visit_status import VisitStatus, visit_rows
from tests.audit.test_conformance import replayed
from tests.endpoints.liver import VEIN, died, infused, score, seen, survival_of
from tests.support.alerts import standing, sweeper, swept, telling
from tests.support.scenario import Scenario
from tests.support.trial import RENEWED, TRIAL, active, amended, at, course, day, person
from workflows import course_correction, participant, visit
from workflows.command import Command

CODE = "S1-001"
DEATH = participant.RecordDeath(participant=CODE, at=day(20), cause="liver failure")
FIELDS = {"participant": CODE}


def corrected(event: str = "death", **changes: object) -> course_correction.CorrectEvent:
    return course_correction.CorrectEvent.model_validate({**FIELDS, "event": event, **changes})


def voided(event: str = "death", **which: object) -> course_correction.VoidEvent:
    return course_correction.VoidEvent.model_validate({**FIELDS, "event": event, **which})


def known(scenario: Scenario, when: ClinicalTime | None = None) -> Participant:
    """The participant now, or as of a clinical time."""
    axis = Axis.RECORDED if when is None else Axis.EFFECTIVE
    view = scenario.view(None if when is None else Instant.of(when.earliest), axis)
    found = view.participant(CODE)
    assert found is not None
    return found


def status(scenario: Scenario, name: str) -> VisitStatus:
    return next(each.status for each in visit_rows(scenario.view(), CODE) if each.visit == name)


def in_order(scenario: Scenario) -> None:
    """What is stored is what a rebuild makes of it, and the rules explain every fact."""
    assert compare(scenario.app.reading, TRIAL)[1] == []
    assert replayed(scenario).unexplained == ()


# ---------------------------------------------------------------- death


@pytest.mark.requirement("CO-01", "CO-02")
def test_the_date_of_a_death_is_put_right_and_the_old_one_stays_readable(scenario: Scenario) -> None:
    scenario.given(active(), course("closed")).on(60).given(DEATH)
    before = scenario.view().position
    scenario.when(corrected(at=day(25)))
    taken_back, anew = scenario.records()[-2:]
    assert taken_back.fact == EventVoided(record="course", event="death", was=day(20))
    assert (taken_back.effective_at, anew.effective_at) == (day(20), day(25))
    assert anew.fact == Died(cause="liver failure")
    assert taken_back.fact.sentence() == f"Voided as recorded in error: death, {day(20)}"
    assert taken_back.fact.sentence("zh") == f"误录作废：死亡，{day(20)}"
    now = known(scenario)
    assert now.died is not None
    assert (now.died.at, now.status, now.cause) == (day(25), ParticipantStatus.DIED, "liver failure")
    assert [(each.event, each.was, each.by.fact) for each in now.voided] == [("death", day(20), before + 1)]
    then = scenario.view(before).participant(CODE)
    assert then is not None
    assert then.died is not None
    assert then.died.at == day(20)
    events = list(field_history(scenario.app.reading, scenario.view(), CODE, "died"))
    told = [(each.what, *(shown(leaf, None, sealed_to_all) for leaf in each.change[1:])) for each in events]
    assert told == [
        ("recorded", None, str(day(20))),
        ("voided", str(day(20)), None),
        ("recorded", None, str(day(25))),
    ]
    assert events[1].entry.command.attribution.reason_text == "typing error"
    in_order(scenario)


@pytest.mark.parametrize(("was", "now"), [(20, 30), (30, 20)])
def test_on_the_clinical_axis_a_participant_lives_until_the_day_that_is_right(
    scenario: Scenario, was: int, now: int
) -> None:
    recorded = participant.RecordDeath(participant=CODE, at=day(was))
    scenario.given(active(), course("closed")).on(60).given(recorded, corrected(at=day(now)))
    alive, dead = known(scenario, day(25, "12:00")), known(scenario, day(40, "12:00"))
    assert (alive.died is None) is (now == 30)
    assert (alive.status is ParticipantStatus.DIED) is (now == 20)
    assert dead.died is not None
    assert dead.died.at == day(now)
    views = [scenario.view(Instant.of(day(each, "12:00").earliest), Axis.EFFECTIVE) for each in (25, 40)]
    found = differences(scenario.app.reading, views[0], views[1], participant=CODE)
    fields = {each.place.path for each in found}
    assert ("died" in fields) is (now == 30)


def at_horizon(liver: Scenario) -> Count:
    count = next(each for each in survival_of(liver).analyses[0].groups if each.group == "pooled").at_horizon
    assert count is not None
    return count


def test_the_primary_endpoint_its_curve_and_its_groups_follow_the_date_that_is_right(liver: Scenario) -> None:
    liver.given(infused(CODE, VEIN), died(CODE, 84)).on(200)
    assert (at_horizon(liver).died, at_horizon(liver).surviving) == (1, 0)
    before = liver.view().position
    liver.given(corrected(at=day(85)))
    assert (at_horizon(liver).died, at_horizon(liver).surviving) == (0, 1)
    for group in survival_of(liver).analyses[0].groups:
        if group.curve:
            assert [step.day for step in group.curve if step.events] == [85]
    liver.given(voided())
    assert [at_horizon(liver).died, at_horizon(liver).surviving, at_horizon(liver).unknown] == [0, 0, 1]
    first = liver.view(before).participant(CODE)
    assert first is not None
    assert first.died is not None
    assert first.died.at == day(84)
    in_order(liver)


def test_a_score_is_undefined_after_the_death_that_is_right(liver: Scenario) -> None:
    liver.given(infused(CODE), seen(CODE, "week-4", 28), died(CODE, 20)).on(200)
    assert score(liver, "week-4", "meld.unos2002").value is None
    liver.given(corrected(at=day(30)))
    assert score(liver, "week-4", "meld.unos2002").value is not None
    liver.given(corrected(at=day(27)))
    assert score(liver, "week-4", "meld.unos2002").value is None


def test_visits_and_deviations_follow_a_death_that_is_put_right_or_taken_back(scenario: Scenario) -> None:
    came = visit.RecordVisit(participant=CODE, visit="week-4", at=day(28, "09:00"))
    scenario.given(active(), course("closed")).on(60).given(DEATH, came)

    def after_death() -> list[str]:
        found = deviations(scenario.view(), sealed_to_all, CODE)
        return [each.subject for each in found if each.rule == "record.after_death"]

    assert after_death() == ["week-4"]
    assert status(scenario, "week-12") is VisitStatus.NOT_REQUIRED
    scenario.given(corrected(at=day(29)))
    assert after_death() == []
    assert status(scenario, "week-12") is VisitStatus.NOT_REQUIRED
    scenario.given(voided())
    assert (after_death(), status(scenario.on(75), "week-12")) == ([], VisitStatus.OPEN)
    assert known(scenario).status is ParticipantStatus.TREATED
    assert {each.resolved for each in replayed(scenario).verdicts} == {True}
    in_order(scenario)


def test_the_course_goes_on_from_where_it_was(scenario: Scenario) -> None:
    scenario.given(active(), course("consented"), participant.RecordDeath(participant=CODE, at=day(0)))
    answering = course("answered")[-1]
    scenario.when(answering).refused("participant.died")
    scenario.given(voided())
    assert known(scenario).status is ParticipantStatus.CONSENTED
    scenario.given(course("randomized")[len(course("consented")) :])
    assert known(scenario).status is ParticipantStatus.RANDOMIZED
    in_order(scenario)


def test_what_is_due_is_told_again_once_a_death_is_taken_back(scenario: Scenario) -> None:
    plan = telling()
    scenario.given(active(plan), course("started", document=plan)).on(37)
    sweep = sweeper(scenario)
    swept(scenario, sweep)
    overdue = [each.alert for each in standing(scenario) if each.subject == "week-4"]
    assert overdue
    scenario.given(DEATH)
    swept(scenario, sweep)
    assert [each for each in standing(scenario) if each.subject == "week-4"] == []
    scenario.given(voided())
    swept(scenario, sweep)
    again = [each.alert for each in standing(scenario) if each.subject == "week-4"]
    assert again
    assert not set(again) & set(overdue)
    contents = scenario.contents()
    swept(scenario, sweep)
    swept(scenario)
    assert scenario.contents() == contents


def test_a_renewed_consent_is_told_as_overdue_again_once_it_is_taken_back(scenario: Scenario) -> None:
    plan = telling()
    scenario.given(active(plan), course("started", document=plan)).on(30)
    scenario.given(amended(telling(RENEWED)))
    sweep = sweeper(scenario)
    swept(scenario.on(44), sweep)
    (overdue,) = [each for each in standing(scenario) if each.rule == "reconsent_overdue"]
    given = participant.RecordConsent(participant=CODE, at=day(44, "09:00"), version="2.0", language="zh-CN")
    scenario.given(given)
    swept(scenario, sweep)
    assert [each for each in standing(scenario) if each.rule == "reconsent_overdue"] == []
    scenario.given(voided("consent", version="2.0"))
    swept(scenario, sweep)
    (again,) = [each for each in standing(scenario) if each.rule == "reconsent_overdue"]
    assert again.alert != overdue.alert


def test_the_cause_of_a_death_is_put_right_and_its_date_stands(scenario: Scenario) -> None:
    scenario.given(active(), course("closed")).on(60).given(DEATH, corrected(cause="variceal bleeding"))
    now = known(scenario)
    assert now.died is not None
    assert (now.died.at, now.cause) == (day(20), "variceal bleeding")
    scenario.when(corrected(at=day(20), cause="variceal bleeding")).refused("event.same")


@pytest.mark.requirement("CO-03")
def test_a_death_that_was_taken_back_can_be_recorded(scenario: Scenario) -> None:
    scenario.given(active(), course("closed")).on(60).given(DEATH)
    refusal = scenario.when(DEATH).refused("died.recorded_already")
    assert "participant correct" in refusal.remedy
    assert "participant void" in refusal.remedy
    scenario.given(voided(), participant.RecordDeath(participant=CODE, at=day(50)))
    now = known(scenario)
    assert now.died is not None
    assert now.died.at == day(50)
    in_order(scenario)


# ---------------------------------------------------------------- other events

LOSS = participant.RecordLossToFollowUp(participant=CODE, at=day(10), attempts=3)
GRAFT = participant.RecordTransplant(participant=CODE, at=day(10))
END = participant.RecordEndOfFollowUp(participant=CODE, at=day(10))
WITHDRAWAL = participant.RecordWithdrawal(participant=CODE, at=day(10), scope="visits")
FAILURE = participant.RecordScreenFailure(participant=CODE, at=day(10), reasons=("no disease",))


@pytest.mark.parametrize(
    ("until", "event", "recorded", "where"),
    [
        ("closed", "loss", LOSS, lambda p: p.lost),
        ("closed", "transplant", GRAFT, lambda p: p.transplanted),
        ("closed", "end_of_follow_up", END, lambda p: p.follow_up_ended),
        ("closed", "withdrawal", WITHDRAWAL, lambda p: p.withdrawn("visits")),
        ("consented", "screen_failure", FAILURE, lambda p: p.screen_failed),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_other_events_are_put_right_and_taken_back_alike(
    scenario: Scenario, until: str, event: str, recorded: Command, where: Callable[[Participant], object]
) -> None:
    scenario.given(active(), course(until)).on(60)
    before = known(scenario)
    scenario.given(recorded)
    reached, stood = known(scenario), scenario.records()[-1].fact
    scenario.given(corrected(event, at=day(12)))
    assert scenario.records()[-1].fact == stood
    assert known(scenario).status is reached.status
    assert getattr(where(known(scenario)), "at", None) == day(12)
    scenario.given(voided(event))
    assert where(known(scenario)) is None
    assert known(scenario).status is before.status
    assert [each.was for each in known(scenario).voided] == [day(10), day(12)]
    in_order(scenario)


def test_a_completion_recorded_in_error_is_taken_back(scenario: Scenario) -> None:
    scenario.given(active(), course("closed"), participant.CompleteParticipant(participant=CODE))
    scenario.given(voided("completion"))
    assert (known(scenario).status, known(scenario).ended) == (ParticipantStatus.TREATED, None)
    in_order(scenario)


def test_a_death_taken_back_leaves_the_loss_that_was_recorded_before_it(scenario: Scenario) -> None:
    scenario.given(active(), course("closed")).on(60).given(LOSS, DEATH, voided())
    assert known(scenario).status is ParticipantStatus.LOST_TO_FOLLOW_UP
    scenario.given(voided("loss"))
    assert known(scenario).status is ParticipantStatus.TREATED


# ---------------------------------------------------------------- consent


def test_the_date_of_a_consent_is_put_right_and_procedures_are_judged_by_it(scenario: Scenario) -> None:
    late = participant.RecordConsent(participant=CODE, at=day(2), version="1.0", language="zh-CN")
    came = visit.RecordVisit(participant=CODE, visit="baseline", at=day(0, "09:00"))
    scenario.given(active(), course("screened")).on(5).given(late, came)

    def early() -> list[str]:
        found = deviations(scenario.view(), sealed_to_all, CODE)
        return [each.subject for each in found if each.rule == "procedure.before_consent"]

    assert early() == ["baseline"]
    scenario.given(corrected("consent", at=day(0, "08:00"), signed={"participant": day(0, "08:00")}))
    assert early() == []
    [given] = known(scenario).consents
    assert (given.when.at, given.signed) == (day(0, "08:00"), (("participant", day(0, "08:00")),))
    scenario.given(voided("consent"))
    assert known(scenario).consents == ()
    assert known(scenario).status is ParticipantStatus.PRE_SCREENED
    in_order(scenario)


def test_a_consent_keeps_its_place_and_a_request_it_answered_waits_again(scenario: Scenario) -> None:
    def consent(on: int, version: str) -> Command:
        return participant.RecordConsent(participant=CODE, at=day(on), version=version, language="zh-CN")

    ask = participant.RequestReconsent(participant=CODE, version="2.0", at=day(3))
    scenario.given(active(), course("screened")).on(9).given(consent(1, "1.0"), ask, consent(4, "2.0"))
    scenario.given(corrected("consent", version="1.0", at=day(2)))
    assert [(each.version, each.number) for each in known(scenario).consents] == [("1.0", 1), ("2.0", 2)]
    scenario.when(corrected("consent", at=day(5))).refused("event.several")
    scenario.given(voided("consent", version="2.0"))
    assert list(known(scenario).reconsent_requested) == ["2.0"]
    scenario.given(voided("consent", version="1.0"), consent(6, "2.0"))
    assert [(each.version, each.number) for each in known(scenario).consents] == [("2.0", 2)]
    assert known(scenario).reconsent_requested == {}
    in_order(scenario)


# ---------------------------------------------------------------- who may, and what stands against it


def test_a_reason_of_the_list_is_given_by_somebody_of_the_site(scenario: Scenario) -> None:
    scenario.given(active(), course("closed")).on(60).given(DEATH)
    for command in (corrected(at=day(25)), voided()):
        scenario.when(command, person(Role.COORDINATOR, reason="")).refused("correction.no_reason")
        scenario.when(command, person(Role.COORDINATOR, code="mood")).refused("correction.reason_unlisted")
        scenario.when(command, person(Role.DATA_MANAGER)).denied()
        scenario.when(command, person(Role.SYSTEM)).denied()
    scenario.when(corrected("loss", at=day(12))).not_found("event.not_recorded")
    scenario.when(corrected(at=day(25), recorded=day(19))).not_found("event.not_recorded")
    scenario.when(corrected(at=day(61))).refused("time.in_future")
    scenario.when(corrected(at=day(-3))).invalid("time.before_screening")
    scenario.when(corrected(at=at("1901"))).invalid("time.before_birth")


@pytest.mark.requirement("CO-06")
def test_a_change_after_unblinding_is_flagged_and_waits_for_an_investigators_signature(
    scenario: Scenario,
) -> None:
    disclosure = participant.RecordUnblinding(
        participant=CODE, at=day(0, "13:00"), kind="planned", informed=("Dr Wang",), reason="care"
    )
    scenario.given(active(), course("closed"), disclosure).on(60).given(DEATH)
    assert list(change_rows(scenario.view(), waiting=True)) == []
    scenario.given(corrected(at=day(25)))
    [waiting] = change_rows(scenario.view(), waiting=True)
    assert (waiting.record, waiting.fact) == ("course", scenario.position(EventVoided))
    flagged = field_history(scenario.app.reading, scenario.view(), CODE, "died")
    assert [each.what for each in flagged if each.after_unblinding] == ["voided"]


def test_while_the_record_is_frozen_a_death_is_recorded_and_none_is_put_right(scenario: Scenario) -> None:
    from workflows.casebook_record import FreezeRecord, UnfreezeRecord

    scenario.given(active(), course("closed")).on(60).given(FreezeRecord(participant=CODE, record="casebook"))
    scenario.given(DEATH)
    scenario.when(corrected(at=day(25))).refused("record.frozen")
    scenario.given(UnfreezeRecord(participant=CODE, record="casebook"), corrected(at=day(25)))
