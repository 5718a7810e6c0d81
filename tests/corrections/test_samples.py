"""A sample recorded in error or otherwise than it was is put right or taken back, on both axes."""

from __future__ import annotations

import pytest

from domain.clinical_time import ClinicalTime, Instant
from domain.record import Role
from domain.sample import Sample, SampleCorrected, SampleHandedOut, SampleVoided
from projections.as_of import Axis
from projections.compare import differences
from projections.corrections import change_rows
from projections.deviations import deviations
from projections.locking import against_locking
from projections.ports import sealed_to_all
from projections.rebuild import compare
from tests.audit.test_conformance import replayed
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, course, day, person
from workflows import correction, participant, sample, sample_correction
from workflows.command import Command

CODE = "S1-001"
CONSENTED = [*active(), *course("consented")]


def said(kind: type[Command], **fields: object) -> Command:
    return kind.model_validate({"participant": CODE, "sample": "T-1", **fields})


def taken(at: ClinicalTime, **fields: object) -> Command:
    return said(sample.RecordSample, **{"at": at, "material": "serum", **fields})


def out(at: ClinicalTime, recipient: str = "central laboratory") -> Command:
    return said(sample.HandOutSample, at=at, recipient=recipient, uses=("trial",))


def destroyed(at: ClinicalTime) -> Command:
    return said(sample.DestroySample, at=at, ground="used up")


def corrected(**fields: object) -> Command:
    return said(sample_correction.CorrectSample, **fields)


def left(**fields: object) -> Command:
    return said(sample_correction.CorrectHandOut, **fields)


def voided(**fields: object) -> Command:
    return said(sample_correction.VoidSample, **fields)


def known(scenario: Scenario, when: ClinicalTime | None = None) -> Sample | None:
    """The sample now, or as of a clinical time."""
    view = scenario.view() if when is None else scenario.view(Instant.of(when.earliest), Axis.EFFECTIVE)
    return view.single(Sample, f"{CODE}/T-1")


def lacking(scenario: Scenario, when: ClinicalTime | None = None) -> list[tuple[str, str, str]]:
    view = scenario.view() if when is None else scenario.view(Instant.of(when.earliest), Axis.EFFECTIVE)
    found = deviations(view, sealed_to_all, CODE)
    return [(each.rule, each.subject, each.detail) for each in found if each.rule.startswith("samples.")]


def holds(scenario: Scenario) -> None:
    """What is stored is what is folded anew, and the rules find nothing that the log does not tell."""
    assert compare(scenario.app.reading, TRIAL)[1] == []
    assert all(each.is_explained for each in replayed(scenario).verdicts)


def test_time_material_and_use_are_put_right_and_what_stood_there_stays(scenario: Scenario) -> None:
    scenario.given(CONSENTED).on(10)
    scenario.given(taken(day(5)))
    before = scenario.view().position
    scenario.given(corrected(at=day(3), material="plasma", genetic=True))
    record = scenario.records()[-1]
    assert record.effective_at == day(3)
    assert isinstance(record.fact, SampleCorrected)
    assert record.fact.sentence() == (
        f"Sample T-1 of S1-001 corrected: taken {day(3)}, was {day(5)}; material plasma, was serum;"
        " for genetic use yes, was no"
    )
    assert record.fact.sentence("zh") == (
        f"样本 T-1（S1-001）更正：采集时间 {day(3)}，原为 {day(5)}；"
        "材料 plasma，原为 serum；用于遗传检测 是，原为 否"
    )
    now, then = known(scenario), scenario.view(before).single(Sample, f"{CODE}/T-1")
    assert now is not None
    assert then is not None
    assert (now.taken.at, now.material, now.genetic) == (day(3), "plasma", True)
    assert (then.taken.at, then.material, then.genetic) == (day(5), "serum", False)
    assert [(each.field, each.was) for each in now.replaced] == [
        ("taken", str(day(5))),
        ("material", "serum"),
        ("genetic", "False"),
    ]
    assert lacking(scenario) == [("samples.without_consent", "T-1", "genetic use not granted")]
    told = differences(scenario.app.reading, scenario.view(before), scenario.view())
    assert {each.place.path for each in told} == {"taken", "material", "genetic"}
    scenario.when(corrected(at=day(3))).refused("event.same")
    holds(scenario)


@pytest.mark.parametrize(("was", "now"), [(5, 3), (3, 5)])
def test_on_the_clinical_axis_a_sample_is_there_from_the_time_that_is_right(
    scenario: Scenario, was: int, now: int
) -> None:
    scenario.given(CONSENTED).on(10)
    scenario.given(taken(day(was)), out(day(6)), corrected(at=day(now)))
    assert (known(scenario, day(4)) is not None) is (now == 3)
    for when in (day(5, "23:00"), day(9)):
        there = known(scenario, when)
        assert there is not None
        assert there.taken.at == day(now)
    holds(scenario)


def test_a_sample_put_right_to_before_consent_shows_as_a_deviation_and_the_other_way_round(
    scenario: Scenario,
) -> None:
    scenario.given(CONSENTED).on(10)
    scenario.given(taken(day(5)), corrected(at=day(-3)))
    assert lacking(scenario) == [("samples.without_consent", "T-1", "before consent")]
    scenario.given(corrected(at=day(4)))
    assert lacking(scenario) == []
    holds(scenario)


def test_a_hand_out_is_put_right_and_judged_by_when_the_sample_really_left(scenario: Scenario) -> None:
    scenario.given(CONSENTED).on(10)
    stopped = participant.RecordWithdrawal(participant=CODE, at=day(6), scope="samples")
    scenario.given(taken(day(1)), out(day(4)), out(day(5), "biobank"), stopped)
    scenario.when(left(at=day(7))).refused("event.several")
    scenario.when(left(recorded=day(3), at=day(7))).not_found("event.not_recorded")
    scenario.given(left(recorded=day(5), at=day(7), recipient="the biobank"))
    first, second = (record.fact for record in scenario.records()[-2:])
    assert first == SampleVoided(participant=CODE, sample="T-1", part="hand_out", was=day(5))
    assert isinstance(second, SampleHandedOut)
    assert [str(record.effective_at) for record in scenario.records()[-2:]] == [str(day(5)), str(day(7))]
    now = known(scenario)
    assert now is not None
    assert [(each.recipient, each.when.at) for each in now.handed_out] == [
        ("central laboratory", day(4)),
        ("the biobank", day(7)),
    ]
    assert [(each.field, each.was) for each in now.replaced] == [("handed_out", f"{day(5)} biobank")]
    for when, times in ((5, 1), (8, 2)):
        there = known(scenario, day(when, "23:00"))
        assert there is not None
        assert len(there.handed_out) == times
    assert lacking(scenario) == [
        ("samples.left_without_consent", "T-1#2", "consent to samples withdrawn"),
    ]
    scenario.when(left(recorded=day(7), recipient="the biobank")).refused("event.same")
    holds(scenario)


def test_what_was_done_with_a_sample_is_taken_back_before_the_sample_itself(scenario: Scenario) -> None:
    scenario.given(CONSENTED).on(10)
    scenario.given(taken(day(1)), out(day(4)), destroyed(day(6)))
    scenario.when(voided()).refused("sample.parts_stand")
    scenario.given(voided(part="destruction"), voided(part="hand_out"))
    fact = scenario.records()[-1].fact
    assert fact.sentence() == f"Voided as recorded in error: sample T-1 of S1-001 handed out, {day(4)}"
    assert fact.sentence("zh") == f"误录作废：样本 T-1（S1-001）移交，{day(4)}"
    now = known(scenario)
    assert now is not None
    assert (now.handed_out, now.destroyed) == ((), None)
    scenario.when(voided(part="destruction")).not_found("event.not_recorded")
    scenario.when(voided(recorded=day(2))).not_found("event.not_recorded")
    scenario.given(voided(recorded=day(1)))
    gone = known(scenario)
    assert gone is not None
    assert gone.voided is not None
    scenario.when(out(day(9))).refused("sample.voided")
    holds(scenario)


@pytest.mark.parametrize(("first", "second"), [(2, 8), (8, 2)])
def test_a_label_is_used_again_once_its_sample_was_voided(
    scenario: Scenario, first: int, second: int
) -> None:
    scenario.given(CONSENTED).on(10)
    scenario.given(taken(day(first), genetic=True), voided())
    assert lacking(scenario) == []
    scenario.given(taken(day(second), material="plasma"))
    now = known(scenario)
    assert now is not None
    assert (now.material, now.taken.at, now.voided) == ("plasma", day(second), None)
    for when in range(1, 10):
        there = known(scenario, day(when, "23:00"))
        stands = there is not None and there.voided is None
        assert stands is (when >= second)
    scenario.when(taken(day(9))).refused("sample.known_already")
    holds(scenario)


def test_the_times_of_a_sample_are_in_an_order_that_can_be(scenario: Scenario) -> None:
    scenario.given(CONSENTED).on(10)
    scenario.given(taken(day(2)))
    scenario.when(out(day(1))).invalid("sample.out_of_order")
    scenario.when(destroyed(day(1))).invalid("sample.out_of_order")
    scenario.given(out(day(4)), destroyed(day(6)))
    scenario.when(corrected(at=day(5))).invalid("sample.out_of_order")
    scenario.when(left(at=day(7))).invalid("sample.out_of_order")
    scenario.when(corrected(at=day(11))).refused("time.in_future")


def test_it_is_put_right_with_a_reason_by_somebody_of_the_site(scenario: Scenario) -> None:
    scenario.given(CONSENTED, taken(day(0)), out(day(0, "11:00")))
    for change in (corrected(material="plasma"), left(recipient="biobank"), voided(part="hand_out")):
        scenario.when(change, person(Role.COORDINATOR, reason="")).refused("correction.no_reason")
        scenario.when(change, person(Role.MONITOR)).denied()


def test_a_permit_that_was_not_there_is_put_right_and_shows(scenario: Scenario) -> None:
    scenario.given(active(), course("screened"))
    granted = {"at": day(0, "09:00"), "version": "1.0", "language": "zh-CN", "granted": ("genetic",)}
    scenario.given(participant.RecordConsent.model_validate({"participant": CODE, **granted}))
    under = {"at": day(4), "recipient": "a laboratory", "uses": ("genetic",), "permit": "P-7"}
    scenario.on(10).given(taken(day(1), genetic=True), said(sample.HandOutSample, **under))
    assert lacking(scenario) == []
    scenario.given(left(permit=""))
    assert lacking(scenario) == [("samples.left_without_permit", "T-1", "no permit for genetic use")]
    scenario.given(left(uses=("trial",)))
    assert lacking(scenario) == [("samples.left_without_permit", "T-1", "genetic, for another use")]
    holds(scenario)


@pytest.mark.requirement("CO-06")
def test_what_is_put_right_of_a_sample_after_unblinding_waits_to_be_signed_for(scenario: Scenario) -> None:
    seen = {"kind": "accidental", "informed": ("Dr Yu",), "reason": "a chart left open"}
    told = participant.RecordUnblinding.model_validate({"participant": CODE, "at": day(6), **seen})
    scenario.given(active(), course("closed")).on(20)
    scenario.given(taken(day(1)), out(day(2)), corrected(material="plasma"))
    assert list(change_rows(scenario.view())) == []
    scenario.given(told, corrected(at=day(0, "12:00")), left(recipient="the biobank"))
    scenario.given(voided(part="hand_out"), voided(), taken(day(3)), destroyed(day(4)))
    waiting = list(change_rows(scenario.view(), CODE, waiting=True))
    assert [each.record for each in waiting] == ["sample T-1"] * 4
    matters = against_locking(scenario.app.reading, scenario.view(), participant=CODE)
    unsigned = [each.record for each in matters if each.against == "lock.change_unauthorised"]
    assert unsigned == ["sample T-1"] * 4
    facts = tuple(each.fact for each in waiting)
    scenario.when(correction.AuthoriseChanges(participant=CODE, facts=(1,))).refused(
        "correction.nothing_to_authorise"
    )
    scenario.given(correction.AuthoriseChanges(participant=CODE, facts=facts))
    assert [each.status for each in change_rows(scenario.view(), CODE)] == ["authorised"] * 4
    holds(scenario)
