"""What is done with samples is gated by consents of their own; what was done all the same is recorded."""

from __future__ import annotations

import pytest

from domain.consent import Purpose
from domain.sample import Sample, SampleDestroyed, SampleHandedOut, SampleTaken
from projections.deviations import deviations
from projections.ports import sealed_to_all
from tests.audit.test_conformance import replayed
from tests.support.scenario import Scenario
from tests.support.trial import active, course, day, small
from tests.workflows.refusals_of_consent import CODE, DESTROY, GENE, TAKE, WITHDRAWN, sampled, to
from workflows import participant, sample
from workflows.command import Command

CHINESE = small({"sites.S1.residency": "CN"})


def granting(*uses: str) -> list[Command]:
    """A participant who grants uses beside taking part."""
    given = participant.RecordConsent(
        participant=CODE, at=day(0, "09:00"), version="1.0", language="zh-CN", granted=uses
    )
    return [*active(CHINESE), *course("screened"), given]


def lacking(scenario: Scenario) -> list[str]:
    """The samples that lacked a consent, and which."""
    found = deviations(scenario.view(), sealed_to_all, CODE)
    return [f"{each.subject} {each.detail}" for each in found if each.rule == "samples.without_consent"]


@pytest.mark.requirement("IC-07")
def test_a_sample_for_genetic_use_is_taken_of_who_granted_that(scenario: Scenario) -> None:
    scenario.given(granting("cross_border")).when(GENE).refused("sample.genetic_not_granted")
    scenario.given(TAKE)
    scenario.given(
        participant.RecordConsent(
            participant=CODE, at=day(0, "11:00"), version="1.0", language="zh-CN", granted=("genetic",)
        )
    )
    again = GENE.model_copy(update={"sample": "T-2"})
    scenario.when(again).then(SampleTaken(participant=CODE, sample="T-2", material="dna", genetic=True))


@pytest.mark.requirement("IC-07", "PR-05")
def test_a_sample_goes_abroad_with_consent_and_permit_and_not_otherwise(scenario: Scenario) -> None:
    scenario.given(granting("cross_border"), TAKE)
    abroad = {"uses": ("cross_border",), "country": "DE"}
    scenario.when(to(country="DE")).refused("export.crosses_border")
    scenario.when(to(**abroad)).refused("export.no_permit")
    scenario.when(to(**{**abroad, "uses": ("cross_border", "genetic")}, permit="P-7")).refused(
        "export.not_granted"
    )
    scenario.when(to(**abroad, permit="P-7")).then(
        SampleHandedOut(
            participant=CODE,
            sample="T-1",
            recipient="a laboratory",
            country="DE",
            uses=(Purpose.CROSS_BORDER,),
            permit="P-7",
        )
    )


@pytest.mark.requirement("IC-05", "IC-07")
def test_after_a_withdrawal_of_samples_none_is_taken_or_handed_out_and_what_is_there_can_be_destroyed(
    scenario: Scenario,
) -> None:
    scenario.given(granting(), TAKE, WITHDRAWN)
    scenario.when(sampled(sample.TakeSample, sample="T-2", material="serum")).refused(
        "consent.samples_withdrawn"
    )
    scenario.when(to()).refused("consent.samples_withdrawn")
    scenario.when(DESTROY).then(SampleDestroyed(participant=CODE, sample="T-1", ground="used up"))
    (known,) = scenario.view().singles(Sample, CODE).values()
    assert known.destroyed is not None


def test_a_later_use_that_was_withdrawn_ends_that_use_and_no_other(scenario: Scenario) -> None:
    scenario.given(granting("future_use"), TAKE, to(uses=("future_use",)))
    scenario.given(participant.RecordWithdrawal(participant=CODE, at=day(0, "11:30"), scope="future_use"))
    scenario.when(to(uses=("future_use",))).refused("export.not_granted")
    scenario.given(to())


@pytest.mark.parametrize(
    ("clock", "genetic", "detail"),
    [
        ("08:30", False, ["T-1 before consent"]),
        ("09:30", True, ["T-1 genetic use not granted"]),
        ("09:30", False, []),
        ("11:45", False, ["T-1 consent to samples withdrawn"]),
    ],
)
def test_a_sample_that_was_taken_all_the_same_is_recorded_and_deviates(
    scenario: Scenario, clock: str, genetic: bool, detail: list[str]
) -> None:
    taken = sampled(sample.RecordSample, material="serum", genetic=genetic, at=day(0, clock))
    scenario.given(granting(), WITHDRAWN, taken)
    assert lacking(scenario) == detail


def left(**changes: object) -> Command:
    """A sample was handed out on some terms, whether or not it might have been."""
    fields = {"recipient": "a laboratory", "uses": ("trial",), "at": day(0, "11:45"), **changes}
    return sampled(sample.RecordHandOut, **fields)


ABROAD = {"uses": ("cross_border",), "country": "DE"}
NEITHER = "samples.left_without_consent cross border not granted"
NO_PERMIT = "samples.left_without_permit no permit for cross border"


@pytest.mark.parametrize(
    ("granted", "genetic", "terms", "departures"),
    [
        (("cross_border",), False, {**ABROAD, "permit": "P-7"}, []),
        (("cross_border",), False, ABROAD, [NO_PERMIT]),
        ((), False, ABROAD, [NEITHER, NO_PERMIT]),
        ((), False, {"country": "DE"}, [NEITHER, NO_PERMIT]),
        ((), False, {"country": "CN"}, []),
        (("genetic",), True, {}, ["samples.left_without_permit genetic, for another use"]),
        (("genetic",), True, {"uses": ("genetic",), "permit": "P-7"}, []),
    ],
)
@pytest.mark.requirement("IC-07", "PR-05")
def test_a_sample_that_was_handed_out_all_the_same_is_recorded_and_deviates(
    scenario: Scenario,
    granted: tuple[str, ...],
    genetic: bool,
    terms: dict[str, object],
    departures: list[str],
) -> None:
    taken = sampled(sample.RecordSample, material="dna", genetic=genetic, at=day(0, "09:30"))
    scenario.given(granting(*granted), taken, left(**terms))
    found = deviations(scenario.view(), sealed_to_all, CODE)
    told = [f"{each.rule} {each.detail}" for each in found if each.rule.startswith("samples.")]
    assert told == departures
    assert replayed(scenario).verdicts == ()


def test_a_hand_out_after_a_withdrawal_or_of_a_sample_destroyed_since_is_recorded_as_it_was(
    scenario: Scenario,
) -> None:
    scenario.given(granting(), TAKE, WITHDRAWN, DESTROY)
    scenario.when(to()).refused("sample.destroyed")
    scenario.given(left(at=day(0, "12:13")))
    scenario.when(left(at=day(0, "23:59"))).refused("time.in_future")
    found = deviations(scenario.view(), sealed_to_all, CODE)
    [left_all_the_same] = [each.detail for each in found if each.rule == "samples.left_without_consent"]
    assert left_all_the_same == "consent to samples withdrawn"
    scenario.on(2).when(left(at=day(1))).invalid("sample.out_of_order")
    assert replayed(scenario).verdicts == ()
