"""What each command stores when nothing forbids it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.clinical_time import Precision
from domain.consent_given import ConsentGiven
from domain.eligibility import CriterionAnswered, EligibilitySigned, ScreenFailed
from domain.enrolment import AllocationUsed
from domain.fact import Fact
from domain.infusion import (
    AccessPlaced,
    IdentityChecked,
    InfusionClosed,
    InfusionCompleted,
    InfusionObserved,
    InfusionOrdered,
    InfusionReleased,
    InfusionReported,
    InfusionStarted,
    LotAssigned,
    Premedicated,
    ProductReceived,
    ProductThawed,
)
from domain.observation import (
    AssessmentCorrected,
    AssessmentGraded,
    EditCheckAnswered,
    EditCheckFired,
    ResultCorrected,
    ResultRecorded,
    ResultVoided,
)
from domain.participant import Randomized
from domain.product_lot import BagAssigned, ProductLot
from domain.screening import PreScreened
from domain.trial import DataCutNamed, SiteVersionAdopted
from domain.visit import VisitAttended, VisitMissed
from tests.support.scenario import Scenario
from tests.support.trial import EXTERNAL, LOT, SEALED, active, amended, arm_routes, course, day, small
from workflows import infusion, observation, participant, product_lot, trial, visit

CODE = "S1-001"

COURSE: dict[str, tuple[Fact, ...]] = {
    "screened": (PreScreened(code=CODE, site="S1", sex="male", age=Decimal(50)),),
    "consented": (
        ConsentGiven(
            version="1.0", language="zh-CN", parties=("participant", "investigator"), copy_given=True
        ),
    ),
    "baseline": (VisitAttended(visit="baseline"),),
    "measured": (
        ResultRecorded(visit="baseline", result="alt", value="40", unit="U/L"),
        ResultRecorded(visit="baseline", result="tbil", value="5.1", unit="umol/L", comparator="<"),
        AssessmentGraded(visit="baseline", result="ascites", grade="mild"),
    ),
    "answered": (
        CriterionAnswered(criterion="disease", holds=True),
        CriterionAnswered(criterion="pregnant", holds=False),
    ),
    "eligible": (EligibilitySigned(criteria=2),),
    "randomized": (Randomized(place=1, allocation=SEALED), AllocationUsed(place=1, participant=CODE)),
    "ordered": (InfusionOrdered(dose=Decimal(1), dose_unit="10*6/kg", weight_kg=Decimal(60)),),
    "assigned": (
        LotAssigned(lot=LOT, bag="B1"),
        BagAssigned(lot=LOT, bag="B1", participant=CODE),
    ),
    "released": (InfusionReleased(),),
    "received": (ProductReceived(bag="B1"),),
    "thawed": (ProductThawed(use_by=day(0, "23:00")),),
    "checked": (IdentityChecked(bag="B1", checkers=("nurse A", "nurse B")),),
    "premedicated": (Premedicated(),),
    "accessed": (AccessPlaced(details=SEALED),),
    "started": (InfusionStarted(),),
    "infused": (InfusionCompleted(volume_ml=Decimal(50)),),
    "observed": (InfusionObserved(hours=1),),
    "closed": (InfusionClosed(),),
}


@pytest.mark.parametrize("stage", COURSE)
def test_each_step_of_the_usual_course_stores_its_facts(scenario: Scenario, stage: str) -> None:
    *before, command = course(stage)
    scenario.given(active(), before).when(command).then(*COURSE[stage])


def test_a_step_without_a_time_is_taken_now_in_the_zone_of_the_site(scenario: Scenario) -> None:
    scenario.given(active(), course("answered"))
    [record] = scenario.when(course("eligible")[-1]).then(EligibilitySigned(criteria=2))
    assert record.effective_at.precision is Precision.SECOND
    assert record.effective_at.zone == "Asia/Shanghai"
    assert record.effective_at.earliest == scenario.clock.moment


@pytest.mark.requirement("TI-06")
def test_a_report_keeps_the_time_it_speaks_of_as_it_was_said(scenario: Scenario) -> None:
    scenario.given(active(), course("screened"))
    [record] = scenario.when(course("consented")[-1]).then(*COURSE["consented"])
    assert str(record.effective_at) == "2026-03-02T09:00+08:00[Asia/Shanghai]"


@pytest.mark.requirement("SQ-04")
def test_a_participants_facts_bear_the_protocol_version_the_participant_follows(scenario: Scenario) -> None:
    scenario.given(active(), course("started"), amended(small({"version": "2.0"}))[:-1])
    visited = visit.RecordVisit(participant=CODE, at=day(0), visit="unscheduled-1")
    [record] = scenario.when(visited).then(VisitAttended(visit="unscheduled-1"))
    assert record.protocol_version == "1.0"
    adopted = amended(small({"version": "2.0"}))[-1]
    scenario.when(adopted).then(SiteVersionAdopted(site="S1", version="2.0"))
    [record] = scenario.when(visited.model_copy(update={"visit": "unscheduled-2"})).then(
        VisitAttended(visit="unscheduled-2")
    )
    assert record.protocol_version == "2.0"


def test_only_answers_that_change_are_stored(scenario: Scenario) -> None:
    scenario.given(active(), course("answered"))
    again = participant.AnswerCriteria(participant=CODE, answers={"disease": True, "pregnant": True})
    scenario.when(again).then(CriterionAnswered(criterion="pregnant", holds=True))


def test_a_screen_failure_without_reasons_takes_the_criteria_answered_against(scenario: Scenario) -> None:
    against = participant.AnswerCriteria(participant=CODE, answers={"disease": False, "pregnant": True})
    scenario.given(active(), course("consented"), against)
    scenario.when(participant.RecordScreenFailure(participant=CODE, at=day(0))).then(
        ScreenFailed(reasons=("disease", "pregnant"))
    )


def test_a_randomization_made_elsewhere_is_recorded_with_its_arm_sealed(scenario: Scenario) -> None:
    scenario.given(active(small(EXTERNAL)), course("eligible"))
    reported = participant.RecordRandomization(participant=CODE, at=day(0), arm="by-vein")
    scenario.when(reported).then(*COURSE["randomized"])
    journal = scenario.contents()
    assert repr(reported.fingerprint()) in journal
    assert reported.fingerprint() == reported.model_copy(update={"arm": "by-artery"}).fingerprint()


def test_an_infusion_reported_as_given_takes_its_free_bag(scenario: Scenario) -> None:
    scenario.given(active(), course("randomized"))
    reported = infusion.RecordInfusion(
        participant=CODE, at=day(0), route="vein", lot=LOT, bag="B30", volume_ml=Decimal(48)
    )
    scenario.when(reported).then(
        InfusionReported(lot=LOT, bag="B30", volume_ml=Decimal(48), details=SEALED),
        BagAssigned(lot=LOT, bag="B30", participant=CODE),
    )


@pytest.mark.parametrize(("lot", "bag"), [(None, None), ("L9", "B1"), (LOT, None), (LOT, "B99")])
def test_an_infusion_reported_without_a_known_bag_takes_none(
    scenario: Scenario, lot: str | None, bag: str | None
) -> None:
    scenario.given(active(), course("randomized"))
    reported = infusion.RecordInfusion(participant=CODE, at=day(0), route="vein", lot=lot, bag=bag)
    scenario.when(reported).then(InfusionReported(lot=lot, bag=bag, details=SEALED))


def test_a_reported_infusion_leaves_a_bag_with_whom_it_is_meant_for(scenario: Scenario) -> None:
    scenario.given(active(), course("assigned", "S1-002"), course("randomized", place=2))
    reported = infusion.RecordInfusion(participant=CODE, at=day(0), route="vein", lot=LOT, bag="B1")
    scenario.when(reported).then(InfusionReported(lot=LOT, bag="B1", details=SEALED))
    assert scenario.view().singles(ProductLot)[LOT].bags["B1"] == "S1-002"


# ---------------------------------------------------------------- results

READING = {"participant": CODE, "visit": "baseline"}


def reading(value: str, unit: str = "U/L", item: str = "alt", **more: object) -> observation.RecordResults:
    one = {"item": item, "value": value, "unit": unit}
    return observation.RecordResults.model_validate(
        READING | {"at": day(0, "10:30"), "readings": (one,)} | more
    )


@pytest.mark.parametrize(
    ("value", "check", "limits"),
    [
        ("0.9", "reject", "1..10000 U/L"),
        ("10001", "reject", "1..10000 U/L"),
        ("4001", "query", "..4000 U/L"),
    ],
)
@pytest.mark.requirement("AT-07")
def test_a_value_outside_the_limits_is_recorded_and_questioned(
    scenario: Scenario, value: str, check: str, limits: str
) -> None:
    scenario.given(active(), course("baseline"))
    scenario.when(reading(value)).then(
        ResultRecorded(visit="baseline", result="alt", value=value, unit="U/L"),
        EditCheckFired(visit="baseline", result="alt", check=check, value=f"{value} U/L", limits=limits),
    )


@pytest.mark.parametrize("value", ["1", "4000", "40.50", "+40"])
def test_a_value_inside_the_limits_is_kept_as_reported(scenario: Scenario, value: str) -> None:
    scenario.given(active(), course("baseline"))
    scenario.when(reading(value)).then(
        ResultRecorded(visit="baseline", result="alt", value=value, unit="U/L")
    )


def test_a_unit_is_stored_by_its_ucum_code_and_the_value_as_it_was(scenario: Scenario) -> None:
    scenario.given(active(), course("baseline"))
    scenario.when(reading("< 1.2", "mg/dl", "tbil")).then(
        ResultRecorded(visit="baseline", result="tbil", value="1.2", unit="mg/dL", comparator="<")
    )


def test_a_repeated_draw_is_a_further_result(scenario: Scenario) -> None:
    scenario.given(active(), course("measured"), reading("41", repeat=True))
    scenario.when(reading("42", repeat=True)).then(
        ResultRecorded(visit="baseline", result="alt#3", value="42", unit="U/L")
    )


def test_values_without_a_visit_belong_to_the_one_attended_at_that_time(scenario: Scenario) -> None:
    scenario.given(active(), course("baseline"))
    scenario.when(reading("41", visit=None, at=day(0, "10:00"))).then(
        ResultRecorded(visit="baseline", result="alt", value="41", unit="U/L")
    )


def test_a_correction_says_what_it_replaces_and_takes_the_time_of_it(scenario: Scenario) -> None:
    scenario.given(active(), course("measured"))
    [record] = scenario.when(
        observation.CorrectResult(participant=CODE, visit="baseline", result="tbil", value="5.3")
    ).then(ResultCorrected(visit="baseline", result="tbil", value="5.3", unit="umol/L", was="<5.1 umol/L"))
    assert record.effective_at == day(0, "10:30")
    scenario.when(
        observation.CorrectResult(participant=CODE, visit="baseline", result="ascites", value="none")
    ).then(AssessmentCorrected(visit="baseline", result="ascites", grade="none", was="mild"))


@pytest.mark.requirement("AT-07")
def test_a_correction_is_checked_like_a_new_value_and_ends_the_question_of_the_old(
    scenario: Scenario,
) -> None:
    scenario.given(active(), course("baseline"), reading("5000"))
    corrected = observation.CorrectResult(participant=CODE, visit="baseline", result="alt", value="0.5")
    scenario.when(corrected).then(
        ResultCorrected(visit="baseline", result="alt", value="0.5", unit="U/L", was="5000 U/L"),
        EditCheckFired(
            visit="baseline", result="alt", check="reject", value="0.5 U/L", limits="1..10000 U/L"
        ),
    )
    right = corrected.model_copy(update={"value": "50"})
    scenario.when(right).then(
        ResultCorrected(visit="baseline", result="alt", value="50", unit="U/L", was="0.5 U/L")
    )
    assert scenario.view().results(CODE)[CODE]["baseline"]["alt"].check == ""


@pytest.mark.parametrize(("value", "left"), [("5000", ""), ("20000", "reject")])
def test_an_answer_settles_a_query_and_does_not_make_a_rejected_value_usable(
    scenario: Scenario, value: str, left: str
) -> None:
    scenario.given(active(), course("baseline"), reading(value))
    scenario.when(
        observation.AnswerEditCheck(participant=CODE, visit="baseline", result="alt", answer="confirmed")
    ).then(EditCheckAnswered(visit="baseline", result="alt", answer="confirmed"))
    assert scenario.view().results(CODE)[CODE]["baseline"]["alt"].check == left


@pytest.mark.requirement("CO-03")
def test_a_voided_result_stays_readable_and_may_be_put_right(scenario: Scenario) -> None:
    scenario.given(active(), course("measured"))
    scenario.when(observation.VoidResult(participant=CODE, visit="baseline", result="alt")).then(
        ResultVoided(visit="baseline", result="alt", was="40 U/L")
    )
    voided = scenario.view().results(CODE)[CODE]["baseline"]["alt"]
    assert (voided.value, voided.state) == ("40", "voided")
    scenario.when(
        observation.CorrectResult(participant=CODE, visit="baseline", result="alt", value="40")
    ).then(ResultCorrected(visit="baseline", result="alt", value="40", unit="U/L", was="40 U/L"))


# ---------------------------------------------------------------- the rest


def test_a_visit_recorded_as_missed_may_turn_out_to_have_been_attended(scenario: Scenario) -> None:
    scenario.given(active(), course("started")).on(30)
    missed = visit.RecordMissedVisit(participant=CODE, at=day(30), visit="week-4", reason="away")
    scenario.when(missed).then(VisitMissed(visit="week-4", reason="away"))
    scenario.when(visit.RecordVisit(participant=CODE, at=day(29), visit="week-4")).then(
        VisitAttended(visit="week-4")
    )


def test_a_data_cut_names_the_head_or_the_position_given(scenario: Scenario) -> None:
    scenario.given(active())
    head = scenario.app.reading.head("T-1")[0]
    scenario.when(trial.NameDataCut(name="now")).then(DataCutNamed(name="now", position=head))
    scenario.when(trial.NameDataCut(name="then", position=3)).then(DataCutNamed(name="then", position=3))


def test_a_lot_that_failed_a_test_is_released_once_the_test_is_passed(scenario: Scenario) -> None:
    def tested(passed: bool) -> product_lot.RecordLotTest:
        return product_lot.RecordLotTest(lot="L2", test="sterility", result="-", passed=passed)

    scenario.given(active(), product_lot.RegisterLot(lot="L2", bags=("X1",), expires=day(9)), tested(False))
    scenario.when(product_lot.ReleaseLot(lot="L2")).refused("lot.test_failed")
    scenario.given(tested(True), product_lot.ReleaseLot(lot="L2"))


def test_what_ends_or_documents_an_infusion_is_never_refused_for_the_course(scenario: Scenario) -> None:
    scenario.given(active(), course("started"))
    scenario.given(participant.RecordDeath(participant=CODE, at=day(0)))
    scenario.given(
        infusion.StopInfusion(participant=CODE, reason="death"),
        infusion.ObserveInfusion(participant=CODE, hours=0),
        infusion.CloseInfusion(participant=CODE),
    )


def test_a_transplanted_participant_completes_the_trial_once(scenario: Scenario) -> None:
    scenario.given(active(), course("infused"))
    scenario.given(participant.RecordTransplant(participant=CODE, at=day(10)))
    scenario.given(participant.CompleteParticipant(participant=CODE))
    known = scenario.view().participants()[CODE]
    assert (str(known.status), known.transplanted is not None) == ("completed", True)
    scenario.when(participant.CompleteParticipant(participant=CODE)).refused("participant.completed")


def test_no_fact_and_no_row_of_a_participant_tells_the_arm(scenario: Scenario) -> None:
    """Both arms leave the same facts, in the same number and of the same length."""
    scenario.given(active())
    routes = arm_routes(small())[:4]
    shapes = set()
    for place in range(1, 5):
        code = f"S1-00{place}"
        scenario.given(course("closed", code, place=place))
        facts = scenario.store.rows(
            "SELECT topic, data FROM fact WHERE stream = ? ORDER BY version", f"participant/{code}"
        )
        bodies = scenario.store.rows("SELECT body FROM document WHERE key >= ? AND key < ?", code, f"{code}~")
        shapes.add(tuple((topic, len(data)) for topic, data in facts))
        told = b"".join(data for _, data in facts).decode() + "".join(body for (body,) in bodies)
        assert "vein" not in told
        assert "artery" not in told
    assert set(routes) == {"vein", "artery"}
    assert len(shapes) == 1
