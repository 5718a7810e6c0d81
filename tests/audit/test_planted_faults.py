"""Faults planted in a store past the engine: conformance replay finds each, and names it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

import pytest

from domain.adverse_event import AdverseEventChanged
from domain.casebook_record import RecordFrozen
from domain.consent_given import ConsentGiven, ConsentPartySigned, ConsentWithdrawn, ReconsentRequested
from domain.decompensation import DecompensationGraded, DecompensationOpened, DecompensationResolved
from domain.deviation import DeviationExplained
from domain.eligibility import CriterionAnswered, EligibilitySigned, ScreenFailed
from domain.enrolment import AllocationUsed
from domain.export import EXPORT_STREAM, ExportMade
from domain.fact import Fact
from domain.infusion import InfusionCompleted, InfusionOrdered, InfusionReported, InfusionStarted, LotAssigned
from domain.observation import (
    AssessmentGraded,
    EditCheckAnswered,
    EditCheckFired,
    ResultCorrected,
    ResultRecorded,
    ResultVoided,
)
from domain.outage import OUTAGE_STREAM, EnvelopeOpened, OutageDeclared, package_id
from domain.participant import Completed, Died, Randomized
from domain.product_lot import BagAssigned, LotRegistered, LotReleased
from domain.query import QueryOpened
from domain.record import Attribution, NewFact, Origin, Role
from domain.screening import PreScreened
from domain.trial import (
    Activated,
    DataCutNamed,
    EthicsApproved,
    ProtocolAdopted,
    SiteActivated,
    SiteVersionAdopted,
    Unlocked,
)
from domain.unblinding import Unblinded, UnblindingAssessed
from domain.viewing import VIEWING_STREAM, AllocationViewed
from domain.visit import VisitAttended, VisitScheduled
from tests.audit.planted import plant
from tests.audit.test_conformance import replayed
from tests.support.trial import (
    EXTERNAL,
    LOT,
    SEALED,
    Scenario,
    active,
    course,
    day,
    of_lot,
    of_participant,
    of_query,
    of_trial,
    person,
    small,
)
from workflows import adverse_event, outage, outcome, participant, trial
from workflows.command import COMMANDS, Command
from workflows.policy import PERMITTED

CODE = "S1-001"


class Planted(NamedTuple):
    """A fault: what was so, the facts smuggled in, the kind they claim, and the rules that name it."""

    given: list[Command]
    facts: list[NewFact]
    kind: str
    rules: set[str]


def of(*facts: Fact, at: str = "11:00", version: str = "1.0") -> list[NewFact]:
    return of_participant(*facts, when=day(0, at), version=version)


def randomized(place: int = 1, code: str = CODE) -> list[NewFact]:
    when = day(0, "12:45")
    return [
        *of_participant(Randomized(place=place, allocation=SEALED), when=when, code=code),
        *of_trial(AllocationUsed(place=place, participant=code), when=when),
    ]


def reported(**fields: object) -> InfusionReported:
    return InfusionReported.model_validate({"details": SEALED, "lot": LOT, "bag": "B30", **fields})


def result(item: str = "alt", **fields: object) -> ResultRecorded:
    known = {"visit": "baseline", "result": item, "value": "40", "unit": "U/L"}
    return ResultRecorded.model_validate(known | fields)


ACTIVE = active()
SCREENED = [*ACTIVE, *course("screened")]
CONSENTED = [*ACTIVE, *course("consented")]
MEASURED = [*ACTIVE, *course("measured")]
ELIGIBLE = [*ACTIVE, *course("eligible")]
RANDOMIZED = [*ACTIVE, *course("randomized")]
ASSIGNED = [*ACTIVE, *course("assigned")]
FULL = [
    *active(small(EXTERNAL | {"enrolment.target": 1})),
    *course("eligible", "S1-002"),
    participant.RecordRandomization(participant="S1-002", at=day(0, "12:45"), arm="by-vein"),
    *course("eligible"),
]
FULL_HERE = [
    *active(small({"enrolment.target": 2})),
    *(each for code, place in (("S1-002", 1), ("S1-003", 2)) for each in course("randomized", code, place)),
    *course("eligible"),
]
DEAD = [*ACTIVE, *course("closed"), participant.RecordDeath(participant=CODE, at=day(0, "14:30"))]
LOCKED = [*MEASURED, trial.CloseEnrolment(), trial.LockTrial()]
RANDOMIZE, REPORT, VISIT = "participant.randomize", "infusion.record", "visit.record"

PLANTED = {
    "randomized without consent": Planted(
        SCREENED,
        randomized(),
        RANDOMIZE,
        {"randomize.eligibility_unsigned", "procedure.before_consent"},
    ),
    "randomized before eligibility was signed": Planted(
        CONSENTED, randomized(), RANDOMIZE, {"randomize.eligibility_unsigned"}
    ),
    "randomized twice": Planted(RANDOMIZED, randomized(2), RANDOMIZE, {"randomize.already"}),
    "randomized beyond the cap": Planted(FULL_HERE, randomized(3), RANDOMIZE, {"randomize.target_reached"}),
    "randomized elsewhere beyond the cap": Planted(
        FULL, randomized(2), "participant.record_randomization", {"randomize.target_reached"}
    ),
    "a place of the list skipped": Planted(ELIGIBLE, randomized(4), RANDOMIZE, {"randomize.out_of_order"}),
    "an allocation without its place": Planted(ELIGIBLE, randomized()[:1], RANDOMIZE, {"fact.alone"}),
    "a place without its allocation": Planted(ELIGIBLE, randomized()[1:], RANDOMIZE, {"fact.alone"}),
    "an infusion of an unreleased lot": Planted(
        RANDOMIZED,
        of(reported(lot="L2", bag="X1"), at="13:00"),
        REPORT,
        {"infusion.lot_unreleased", "seal.broken"},
    ),
    "an infusion step by step skipped": Planted(
        ASSIGNED, of(InfusionStarted(), at="13:00"), "infusion.start", {"infusion.lot_unreleased"}
    ),
    "an infusion before randomization": Planted(
        ELIGIBLE,
        of(InfusionStarted(), at="13:00"),
        "infusion.start",
        {"infusion.before_randomization", "infusion.not_ordered"},
    ),
    "an infusion ordered without the weight that its dose is for": Planted(
        RANDOMIZED,
        of(InfusionOrdered(dose=Decimal(1), dose_unit="10*6/kg"), at="13:00"),
        "infusion.order",
        {"infusion.no_weight"},
    ),
    "an infusion completed that never started": Planted(
        ASSIGNED,
        of(InfusionCompleted(), at="13:00"),
        "infusion.complete",
        {"infusion.complete.not_when_lot_assigned"},
    ),
    "a bag of another participant": Planted(
        [*RANDOMIZED, *course("assigned", "S1-002", 2), course("ordered")[-1]],
        [
            *of(LotAssigned(lot=LOT, bag="B2"), at="13:00"),
            *of_lot(BagAssigned(lot=LOT, bag="B2", participant=CODE), when=day(0, "13:00")),
        ],
        "infusion.assign_lot",
        {"infusion.bag_taken"},
    ),
    "a visit before birth": Planted(
        MEASURED,
        of_participant(VisitAttended(visit="week-4"), when=day(-46_000)),
        VISIT,
        {"time.before_birth", "site.not_yet_active", "procedure.before_consent"},
    ),
    "a death before the screening": Planted(
        MEASURED, of_participant(Died(), when=day(-1)), "participant.record_death", {"time.before_screening"}
    ),
    "a visit after death": Planted(
        DEAD, of(VisitAttended(visit="week-4"), at="15:00"), VISIT, {"participant.died"}
    ),
    "a visit attended twice": Planted(
        MEASURED, of(VisitAttended(visit="baseline")), VISIT, {"visit.attended_already"}
    ),
    "a visit the protocol does not know": Planted(
        CONSENTED, of(VisitAttended(visit="week-8")), VISIT, {"visit.unknown"}
    ),
    "an appointment after death": Planted(
        DEAD,
        of(VisitScheduled(visit="week-4", appointment=day(28)), at="15:00"),
        "visit.schedule",
        {"participant.died"},
    ),
    "death twice": Planted(
        DEAD, of(Died(), at="15:00"), "participant.record_death", {"died.recorded_already"}
    ),
    "completed before treatment": Planted(
        CONSENTED, of(Completed()), "participant.complete", {"participant.complete.not_when_consented"}
    ),
    "eligibility signed with a criterion unanswered": Planted(
        CONSENTED,
        of(EligibilitySigned(criteria=2)),
        "participant.sign_eligibility",
        {"eligibility.unanswered"},
    ),
    "a criterion the protocol does not know": Planted(
        CONSENTED,
        of(CriterionAnswered(criterion="eyes", holds=True)),
        "participant.answer_criteria",
        {"eligibility.unknown_criterion"},
    ),
    "a consent twice": Planted(
        CONSENTED,
        of(
            ConsentGiven(version="1.0", language="zh-CN", parties=("participant",), copy_given=True),
            at="09:00",
        ),
        "participant.record_consent",
        {"consent.recorded_already"},
    ),
    "a withdrawal twice": Planted(
        [*CONSENTED, participant.RecordWithdrawal(participant=CODE, at=day(0), scope="samples")],
        of(ConsentWithdrawn(scope="samples")),
        "participant.record_withdrawal",
        {"consent.withdrawn_already"},
    ),
    "a renewed consent asked of the dead": Planted(
        DEAD,
        of(ReconsentRequested(version="2.0"), at="15:00"),
        "participant.request_reconsent",
        {"participant.ended"},
    ),
    "a disclosure assessed that never was": Planted(
        CONSENTED,
        of(UnblindingAssessed(assessment="none")),
        "participant.assess_unblinding",
        {"unblinding.none"},
    ),
    "a participant nobody screened": Planted(
        ACTIVE, of(VisitAttended(visit="baseline")), VISIT, {"participant.unknown"}
    ),
    "a code taken twice": Planted(
        CONSENTED, of(PreScreened(code=CODE, site="S1")), "participant.pre_screen", {"participant.code_taken"}
    ),
    "screened at a site that is not active": Planted(
        ACTIVE, of(PreScreened(code=CODE, site="S2")), "participant.pre_screen", {"site.not_active"}
    ),
    "a result twice": Planted(
        MEASURED, of(result()), "observation.record_results", {"result.recorded_already"}
    ),
    "a result no protocol has": Planted(
        MEASURED, of(result("hair")), "observation.record_results", {"item.unknown"}
    ),
    "a result in a strange unit": Planted(
        MEASURED, of(result("alt#2", unit="mg")), "observation.record_results", {"result.unit_unknown"}
    ),
    "a grade that is none": Planted(
        MEASURED,
        of(AssessmentGraded(visit="baseline", result="ascites#2", grade="huge")),
        "observation.record_results",
        {"result.grade_unknown"},
    ),
    "a correction that forges what stood there": Planted(
        MEASURED,
        of(ResultCorrected(visit="baseline", result="alt", value="41", unit="U/L", was="39 U/L")),
        "observation.correct",
        {"result.changed_meanwhile"},
    ),
    "a correction of nothing": Planted(
        CONSENTED,
        of(ResultVoided(visit="baseline", result="alt", was="40 U/L")),
        "observation.void",
        {"result.unknown"},
    ),
    "an edit check that no value fired": Planted(
        MEASURED,
        of(EditCheckFired(visit="baseline", result="alt", check="query", value="40 U/L", limits="..1 U/L")),
        "observation.record_results",
        {"fact.alone"},
    ),
    "an edit check answered that is not open": Planted(
        MEASURED,
        of(EditCheckAnswered(visit="baseline", result="alt", answer="yes")),
        "observation.answer_edit_check",
        {"edit_check.none_open"},
    ),
    "a decompensation the protocol does not name": Planted(
        CONSENTED,
        of(DecompensationOpened(episode="itch-1", type="itch")),
        "outcome.record_decompensation",
        {"decompensation.type"},
    ),
    "a grade of no episode": Planted(
        CONSENTED,
        of(DecompensationGraded(episode="ascites-9", grade="2")),
        "outcome.grade_decompensation",
        {"decompensation.unknown"},
    ),
    "the end of no episode": Planted(
        CONSENTED,
        of(DecompensationResolved(episode="ascites-9")),
        "outcome.record_decompensation_resolved",
        {"decompensation.unknown"},
    ),
    "a lot registered twice": Planted(
        ACTIVE,
        of_lot(LotRegistered(lot=LOT, bags=("B1",), expires=day(9))),
        "lot.register",
        {"lot.registered_already"},
    ),
    "a lot released that is not there": Planted(
        ACTIVE, of_lot(LotReleased(lot="L9", basis="final"), lot="L9"), "lot.release", {"lot.unknown"}
    ),
    "a bag assigned for no infusion": Planted(
        ACTIVE,
        of_lot(BagAssigned(lot=LOT, bag="B1", participant=CODE)),
        "infusion.assign_lot",
        {"fact.alone"},
    ),
    "data after the lock": Planted(
        LOCKED, of(result("alt#2")), "observation.record_results", {"trial.locked"}
    ),
    "a protocol adopted twice": Planted(
        ACTIVE,
        of_trial(ProtocolAdopted(version="9", digest="", document=small().text)),
        "trial.adopt_protocol",
        {"trial.adopt_protocol.not_when_active"},
    ),
    "a trial activated twice": Planted(
        ACTIVE, of_trial(Activated()), "trial.activate", {"trial.active_already"}
    ),
    "an approval of no version": Planted(
        ACTIVE,
        of_trial(EthicsApproved(version="9", reference="E")),
        "trial.record_ethics_approval",
        {"protocol.unknown_version"},
    ),
    "a site twice": Planted(
        ACTIVE,
        of_trial(SiteActivated(site="S1", version="1.0")),
        "trial.activate_site",
        {"site.active_already"},
    ),
    "a version at a site that ethics has not seen": Planted(
        ACTIVE,
        of_trial(SiteVersionAdopted(site="S1", version="9")),
        "trial.adopt_version_at_site",
        {"trial.ethics_missing", "protocol.unknown_version"},
    ),
    "a data cut of the future": Planted(
        ACTIVE,
        of_trial(DataCutNamed(name="x", position=999)),
        "trial.name_data_cut",
        {"data_cut.no_position"},
    ),
    "unlocking what is not locked": Planted(
        ACTIVE, of_trial(Unlocked()), "trial.unlock", {"trial.unlock.not_when_active"}
    ),
    "a screen failure for no reason": Planted(
        CONSENTED,
        of(ScreenFailed(reasons=())),
        "participant.record_screen_failure",
        {"screen_failure.no_reason"},
    ),
    "an allocation from elsewhere beside a list of one's own": Planted(
        ELIGIBLE, randomized(), "participant.record_randomization", {"randomize.made_here"}
    ),
    "a correction to what stands there": Planted(
        MEASURED,
        of(ResultCorrected(visit="baseline", result="alt", value="40", unit="U/L", was="40 U/L")),
        "observation.correct",
        {"result.same_value"},
    ),
    "a result of a visit beside the plan that never was": Planted(
        MEASURED,
        of(result(visit="unscheduled-1")),
        "observation.record_results",
        {"visit.unknown"},
    ),
    "an episode twice": Planted(
        [*CONSENTED, outcome.RecordDecompensation(participant=CODE, type="ascites", at=day(0, "11:00"))],
        of(DecompensationOpened(episode="ascites-2", type="ascites")),
        "outcome.record_decompensation",
        {"decompensation.recorded_already"},
    ),
    "the blind broken in words that name an arm": Planted(
        RANDOMIZED,
        of(Unblinded(kind="emergency", informed=("Dr Yu",), reason="was by vein"), at="13:00"),
        "unblinding.break_blind",
        {"unblinding.names_arm"},
    ),
    "a cause that names an arm": Planted(
        RANDOMIZED,
        of(DeviationExplained(deviation="dev-0123456789ab", cause="given by artery"), at="13:00"),
        "deviation.explain",
        {"unblinding.names_arm"},
    ),
    "a signature of another hour than the server's": Planted(
        SCREENED,
        of(
            ConsentPartySigned(
                party="participant",
                version="1.0",
                language="zh-CN",
                document="0f" * 32,
                method="handwritten",
                evidence="3f" * 32,
            ),
            at="11:00",
        ),
        "participant.sign_consent_as",
        {"consent.signed_now", "consent.form_unapproved"},
    ),
    "a query about a visit and an item that there are none of": Planted(
        MEASURED,
        of_query(QueryOpened(query="Q-1", participant=CODE, visit="week-8", result="hair", text="right?")),
        "query.open",
        {"visit.unknown", "item.unknown"},
    ),
    "an empty record frozen": Planted(
        CONSENTED, of(RecordFrozen(record="week-4")), "record.freeze", {"record.unknown"}
    ),
    "an export of what has not come": Planted(
        ACTIVE,
        [
            NewFact(
                EXPORT_STREAM,
                day(0, "11:00"),
                "1.0",
                ExportMade(
                    kind="bundle",
                    scope="all",
                    reader="inspector",
                    purpose="x",
                    position=999,
                    sha256="0f" * 32,
                ),
            )
        ],
        "export.record",
        {"export.no_position"},
    ),
    "an envelope opened before its package was issued": Planted(
        [
            *RANDOMIZED,
            outage.IssuePackage(
                site="S1", participants=(CODE,), places=0, taken=1, sha256="0e" * 32, at=day(0, "13:00")
            ),
        ],
        [
            NewFact(
                OUTAGE_STREAM,
                day(0, "12:50"),
                "1.0",
                EnvelopeOpened(package=package_id("0e" * 32), envelope=f"U-{CODE}", participant=CODE),
            ),
            NewFact(
                OUTAGE_STREAM,
                day(0, "12:40"),
                "1.0",
                OutageDeclared(package=package_id("0e" * 32), ended=day(0, "12:55")),
            ),
        ],
        "outage.record_unblinding",
        {"outage.before_issue"},
    ),
    "a data cut with the name of a position": Planted(
        ACTIVE,
        of_trial(DataCutNamed(name="12", position=3)),
        "trial.name_data_cut",
        {"data_cut.name_of_a_moment"},
    ),
    "a fact of tomorrow": Planted(
        CONSENTED, of_participant(Died(), when=day(2)), "participant.record_death", {"time.in_future"}
    ),
    "a fact under another protocol": Planted(
        CONSENTED, of(Died(), version="9"), "participant.record_death", {"protocol.not_in_force"}
    ),
    "a fact of no command": Planted(CONSENTED, of(Died()), "database.insert", {"command.unknown"}),
}
"""Each fault as people would say it."""


REPORTS = {"a visit after death"}
"""What a report could have stored: the deviation log tells it."""


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found_and_named(scenario: Scenario, name: str) -> None:
    fault = PLANTED[name]
    scenario.given(fault.given).on(0, "20:00")
    assert replayed(scenario).unexplained == ()
    first = plant(scenario, *fault.facts, kind=fault.kind, by=entitled_to(fault.kind))
    found = replayed(scenario)
    told = {
        verdict.refusal.rule.code
        for verdict in found.verdicts
        if verdict.refusal.entry.record.position >= first
    }
    assert fault.rules <= told
    assert bool(found.unexplained) is (name not in REPORTS)


def test_a_fact_by_a_role_that_may_not_is_named(scenario: Scenario) -> None:
    scenario.given(CONSENTED)
    plant(scenario, *of(Died()), kind="participant.record_death", by=person(Role.MONITOR))
    [found] = replayed(scenario).unexplained
    assert found.refusal.rule.code == "policy.denied"


def test_data_of_a_device_that_nobody_registered_are_named(scenario: Scenario) -> None:
    scenario.given(MEASURED)
    device = replace(person(Role.COORDINATOR), origin=Origin.DEVICE, origin_id="ediary-9")
    plant(scenario, *of(result("alt#2")), kind="observation.record_results", by=device)
    assert [each.refusal.rule.code for each in replayed(scenario).unexplained] == ["originator.unknown"]


def test_a_look_by_a_masked_role_is_named(scenario: Scenario) -> None:
    scenario.given(RANDOMIZED).on(0, "20:00")
    looked = NewFact(
        VIEWING_STREAM,
        day(0, "13:00"),
        "1.0",
        AllocationViewed(question="participant.show", role="outcome_assessor"),
    )
    plant(scenario, looked, kind="allocation.view", by=person(Role.OUTCOME_ASSESSOR))
    assert [each.refusal.rule.code for each in replayed(scenario).unexplained] == ["allocation.masked"]


def test_an_event_held_less_than_serious_for_no_reason_is_named(scenario: Scenario) -> None:
    told = {"term": "fever", "severity": "severe", "criteria": ("hospitalization",), "aware": day(0, "11:00")}
    recorded = {"participant": CODE, "at": day(0, "10:00"), **told}
    scenario.given(CONSENTED, adverse_event.RecordAdverseEvent.model_validate(recorded)).on(0, "20:00")
    lessened = AdverseEventChanged(event="ae-1", serious=False)
    silent = person(Role.COORDINATOR, reason="")
    plant(scenario, *of(lessened), kind="outcome.record_adverse_event_change", by=silent)
    assert [each.refusal.rule.code for each in replayed(scenario).unexplained] == ["correction.no_reason"]


def test_a_correction_or_an_unlocking_without_a_reason_in_words_is_named(scenario: Scenario) -> None:
    scenario.given(LOCKED)
    silent = person(Role.PRINCIPAL_INVESTIGATOR, reason="")
    plant(scenario, *of_trial(Unlocked()), kind="trial.unlock", by=silent)
    corrected = ResultCorrected(visit="baseline", result="alt", value="41", unit="U/L", was="40 U/L")
    plant(scenario, *of(corrected), kind="observation.correct", by=silent)
    codes = [each.refusal.rule.code for each in replayed(scenario).unexplained]
    assert codes == ["trial.unlock_not_requested", "trial.no_reason", "correction.no_reason"]


def test_a_refusal_explains_itself(scenario: Scenario) -> None:
    scenario.given(DEAD).on(0, "20:00")
    fact = VisitScheduled(visit="week-4", appointment=day(28))
    position = plant(scenario, *of(fact, at="15:00"), kind="visit.schedule", by=person(Role.COORDINATOR))
    [found] = replayed(scenario).unexplained
    refusal = found.refusal
    assert refusal.entry.record.position == position
    assert (refusal.machine, refusal.move, refusal.state) == ("participant", "schedule_visit", "died")
    assert (refusal.rule.code, refusal.rule.zh) == ("participant.died", "参与者已死亡")
    assert refusal.entry.record.protocol_version == "1.0"
    assert found.why == "unexplained: the way in refuses it, so no command has stored it"


def entitled_to(kind: str) -> Attribution:
    """Somebody whose role may issue a command of that kind, with a reason at hand."""
    known = COMMANDS.get(kind)
    return person(min(PERMITTED[known]) if known else Role.SYSTEM)
