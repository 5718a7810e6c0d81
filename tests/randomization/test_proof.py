"""The proof of the allocation: it holds for every history the product makes, and finds what others put in."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from domain.allocation import allocation_list, commitment, parameters_of
from domain.enrolment import AllocationSecretRevealed, AllocationUsed, ListSealed
from domain.participant import Randomized
from domain.record import NewFact, Record, Role
from domain.sealed import ALLOCATION, Sealed, padded
from projections.ports import sealed_to_all
from projections.randomization import Outcome, Proof, proof
from tests.support.scenario import Scenario
from tests.support.trial import (
    EXTERNAL,
    SECRET,
    TRIAL,
    active,
    amended,
    course,
    day,
    of_participant,
    of_trial,
    small,
)
from workflows import participant, trial
from workflows.command import Command

CODES = ("S1-001", "S1-002", "S1-003")
ARMS = allocation_list(bytes.fromhex(SECRET), parameters_of(small().protocol))
OTHER = {"by-vein": "by-artery", "by-artery": "by-vein"}


def proved(scenario: Scenario, *, key: bool = True) -> Proof:
    """The proof of a scenario's history, with or without the key."""
    trial_now = scenario.view().trial
    unseal = scenario.app.unseal(trial_now, Role.SYSTEM) if key else sealed_to_all
    return proof(scenario.records(), unseal)


def outcomes(found: Proof) -> dict[str, str]:
    """What each check came to."""
    return {check.check: str(check.outcome) for check in found.checks}


def three_randomized() -> list[Command]:
    """A trial with three participants on the first places."""
    return [
        *active(),
        *(each for place, code in enumerate(CODES, 1) for each in course("randomized", code, place)),
    ]


def sealed_in(scenario: Scenario, arm: str) -> Sealed:
    """An arm sealed with the scenario's key."""
    return scenario.app.vault.seal(ALLOCATION, padded(arm, 48))


def allocated(scenario: Scenario, code: str, place: int, arm: str) -> list[NewFact]:
    """The facts of an allocation, put into the history past every rule."""
    return [
        *of_participant(Randomized(place=place, allocation=sealed_in(scenario, arm)), code=code),
        *of_trial(AllocationUsed(place=place, participant=code)),
    ]


# ---------------------------------------------------------------- what holds


@pytest.mark.requirement("RN-01")
def test_every_check_agrees_for_a_trial_in_progress(scenario: Scenario) -> None:
    found = proved(scenario.given(three_randomized()))
    assert outcomes(found) == dict.fromkeys(("sealing", "commitment", "order", "arms"), "agrees")
    assert found.findings == ()
    assert found.taken == 3
    assert [place.participant for place in found.places] == [*CODES, None, None, None, None, None]
    assert tuple(place.arm for place in found.places) == ARMS


def test_without_key_and_reveal_sealing_and_order_are_checked_and_no_list_is_made(scenario: Scenario) -> None:
    found = proved(scenario.given(three_randomized()), key=False)
    assert outcomes(found) == {
        "sealing": "agrees",
        "commitment": "not_checked",
        "order": "agrees",
        "arms": "not_checked",
    }
    assert found.places == ()


def test_the_revealed_secret_makes_the_list_without_the_key(scenario: Scenario) -> None:
    scenario.given(three_randomized(), trial.CloseEnrolment(), trial.LockTrial(), trial.RevealSecret())
    found = proved(scenario, key=False)
    assert outcomes(found) == {
        "sealing": "agrees",
        "commitment": "agrees",
        "order": "agrees",
        "arms": "not_checked",
    }
    assert found.checks[-1].detail == "3 of 3 allocations stay sealed: their key is not held here"
    assert tuple(place.arm for place in found.places) == ARMS


def test_revealing_stores_the_secret_in_clear_once_and_in_no_read_model(scenario: Scenario) -> None:
    scenario.given(three_randomized(), trial.CloseEnrolment(), trial.LockTrial())
    parameters = parameters_of(small().protocol)
    fact = AllocationSecretRevealed(commitment=commitment(bytes.fromhex(SECRET), parameters), secret=SECRET)
    [record] = scenario.when(trial.RevealSecret()).then(fact)
    revealed = scenario.view().trial.revealed
    assert revealed is not None
    assert revealed.fact == record.position
    assert SECRET not in fact.sentence("en") + fact.sentence("zh")
    bodies = scenario.store.rows("SELECT body FROM document")
    assert [body for (body,) in bodies if SECRET in body] == []
    scenario.when(trial.RevealSecret()).refused("randomization.revealed_already")


def test_the_secret_may_be_revealed_after_the_archive(scenario: Scenario) -> None:
    scenario.given(active(), trial.CloseEnrolment(), trial.LockTrial(), trial.ArchiveTrial())
    scenario.when(trial.RevealSecret())
    assert scenario.receipt.first
    assert scenario.view().trial.status == "archived"


def test_after_the_reveal_data_can_be_corrected_and_nobody_can_be_allocated(scenario: Scenario) -> None:
    closing = [trial.CloseEnrolment(), trial.LockTrial(), trial.RevealSecret()]
    opened = [trial.RequestTrialUnlock(), trial.UnlockTrial()]
    scenario.given(active(), course("eligible"), closing, opened)
    scenario.when(trial.OpenEnrolment()).refused("randomization.list_public")
    scenario.when(participant.Randomize(participant="S1-001")).refused("randomize.enrolment_closed")
    scenario.when(participant.RecordDeath(participant="S1-001", at=day(0, "12:00")))
    assert scenario.receipt.first


def test_a_sealed_secret_that_does_not_fit_its_commitment_is_not_revealed(scenario: Scenario) -> None:
    parameters = parameters_of(small().protocol)
    false = ListSealed(
        algorithm="trialog-blocks-1",
        commitment="0" * 64,
        parameters=parameters,
        secret=scenario.app.vault.seal(ALLOCATION, SECRET),
    )
    commands = [each for each in active() if not isinstance(each, trial.SealList)]
    scenario.given(commands[:1], of_trial(false), commands[1:], trial.CloseEnrolment(), trial.LockTrial())
    scenario.when(trial.RevealSecret())
    assert scenario.error.code == "randomization.commitment"
    found = proved(scenario)
    assert outcomes(found)["commitment"] == "differs"
    assert found.findings[0].what == "the sealed secret does not fit the commitment"
    assert found.places == ()


def test_an_allocation_made_elsewhere_has_no_list_and_its_order_is_checked(scenario: Scenario) -> None:
    elsewhere = small(EXTERNAL)
    scenario.given(active(elsewhere), course("eligible"))
    scenario.given(participant.RecordRandomization(participant="S1-001", at=day(0), arm="by-vein"))
    assert outcomes(proved(scenario)) == {
        "sealing": "not_checked",
        "commitment": "not_checked",
        "order": "agrees",
        "arms": "not_checked",
    }


def test_places_given_elsewhere_after_an_amendment_are_not_held_against_the_list(scenario: Scenario) -> None:
    elsewhere = small({**EXTERNAL, "version": "2.0"})
    scenario.given(three_randomized(), amended(elsewhere), course("eligible", "S1-004", 4))
    for arm in OTHER:
        code = {"by-vein": "S1-004", "by-artery": "S1-005"}[arm]
        if code == "S1-005":
            scenario.given(course("eligible", code, 5))
        scenario.given(participant.RecordRandomization(participant=code, at=day(0), arm=arm))
    found = proved(scenario)
    assert outcomes(found) == dict.fromkeys(("sealing", "commitment", "order", "arms"), "agrees")
    assert found.taken == 5
    assert [place.participant for place in found.places[:5]] == [*CODES, None, None]


@pytest.mark.requirement("RN-07")
def test_randomized_in_error_is_a_fact_and_leaves_the_allocation_as_it_was(scenario: Scenario) -> None:
    scenario.given(three_randomized())
    before = proved(scenario)
    in_error = participant.RecordMisrandomization(participant="S1-002", at=day(0), finding="not eligible")
    scenario.given(in_error, course("randomized", "S1-004", 4))
    after = proved(scenario)
    assert after.findings == ()
    assert after.places[:3] == before.places[:3]
    assert after.places[3].participant == "S1-004"


# ---------------------------------------------------------------- what is found


def test_an_arm_that_is_not_the_lists_is_found_at_its_place_and_not_told(scenario: Scenario) -> None:
    scenario.given(three_randomized(), course("eligible", "S1-004", 4))
    scenario.given(allocated(scenario, "S1-004", 4, OTHER[ARMS[3]]))
    found = proved(scenario)
    assert outcomes(found)["arms"] == "differs"
    [finding] = found.findings
    assert (finding.place, finding.participant) == (4, "S1-004")
    assert "by-" not in finding.what


def test_two_allocations_exchanged_in_the_store_are_found(scenario: Scenario) -> None:
    """Whole sealed values were moved from one participant to another: each opens, and neither fits."""
    records = scenario.given(three_randomized()).records()
    places = [n for n, record in enumerate(records) if isinstance(record.fact, Randomized)]
    first, second = next(
        (a, b) for a in places for b in places if ARMS[places.index(a)] != ARMS[places.index(b)]
    )
    moved = list(records)
    for into, source in ((first, second), (second, first)):
        donor, own = records[source].fact, records[into].fact
        assert isinstance(donor, Randomized)
        assert isinstance(own, Randomized)
        moved[into] = records[into]._replace(fact=Randomized(place=own.place, allocation=donor.allocation))
    found = proof(moved, scenario.app.unseal(scenario.view().trial, Role.SYSTEM))
    assert [finding.check for finding in found.findings] == ["arms", "arms"]
    assert [f.place for f in found.findings] == sorted(places.index(each) + 1 for each in (first, second))


def test_a_place_left_out_is_found(scenario: Scenario) -> None:
    scenario.given(three_randomized(), course("eligible", "S1-004", 4))
    scenario.given(allocated(scenario, "S1-004", 5, ARMS[4]))
    [finding] = proved(scenario).findings
    assert (finding.place, finding.what) == (5, "place 4 was next")


def test_a_place_taken_twice_is_found(scenario: Scenario) -> None:
    scenario.given(three_randomized(), course("eligible", "S1-004", 4))
    scenario.given(allocated(scenario, "S1-004", 3, ARMS[2]))
    [finding] = proved(scenario).findings
    assert (finding.place, finding.participant, finding.what) == (3, "S1-004", "place 4 was next")


def test_a_participant_with_two_places_is_found(scenario: Scenario) -> None:
    scenario.given(three_randomized(), allocated(scenario, "S1-002", 4, ARMS[3]))
    assert [(f.place, f.what) for f in proved(scenario).findings] == [
        (4, "the participant holds place 2"),
        (4, "the participant was randomized before"),
    ]


def test_a_place_beyond_the_list_is_found(scenario: Scenario) -> None:
    codes = [f"S1-{number:03}" for number in range(1, 10)]
    for place, code in enumerate(codes[:8], start=1):
        scenario.given([] if place > 1 else active(), course("randomized", code, place))
    scenario.given(course("eligible", codes[8], 9)).given(allocated(scenario, codes[8], 9, "by-vein"))
    [finding] = proved(scenario).findings
    assert (finding.place, finding.what) == (9, "the list has 8 places")


@pytest.mark.parametrize(
    ("left_out", "what"),
    [
        (Randomized, "the participant's own history has no such randomization"),
        (AllocationUsed, "the enrolment knows no such place"),
    ],
)
def test_an_allocation_known_on_one_side_only_is_found(
    scenario: Scenario, left_out: type[Randomized | AllocationUsed], what: str
) -> None:
    records = scenario.given(three_randomized()).records()
    last = max(record.position for record in records if isinstance(record.fact, left_out))
    found = proof(
        [record for record in records if record.position != last],
        scenario.app.unseal(scenario.view().trial, Role.SYSTEM),
    )
    assert [(finding.place, finding.what) for finding in found.findings] == [(3, what)]


def test_a_seal_that_does_not_open_is_found_at_its_place(scenario: Scenario) -> None:
    scenario.given(three_randomized(), course("eligible", "S1-004", 4))
    damaged = sealed_in(scenario, ARMS[3]).model_copy(update={"text": sealed_in(scenario, ARMS[3]).text})
    facts = of_participant(Randomized(place=4, allocation=damaged), code="S1-004")
    scenario.given(facts, of_trial(AllocationUsed(place=4, participant="S1-004")))
    [finding] = proved(scenario).findings
    assert (finding.place, finding.check) == (4, "arms")
    assert "does not open with its key" in finding.what


@pytest.mark.requirement("RN-01")
def test_parameters_that_are_not_the_protocols_are_found(scenario: Scenario) -> None:
    records = scenario.given(three_randomized()).records()
    found = proof(
        _changed(records, parameters=parameters_of(small({"enrolment.target": 9}).protocol)),
        scenario.app.unseal(scenario.view().trial, Role.SYSTEM),
    )
    assert outcomes(found)["sealing"] == "differs"
    assert found.findings[0].what == "the parameters are not those of the protocol of that time"


def test_a_changed_commitment_is_found(scenario: Scenario) -> None:
    records = scenario.given(three_randomized()).records()
    unseal = scenario.app.unseal(scenario.view().trial, Role.SYSTEM)
    found = proof(_changed(records, commitment="0" * 64), unseal)
    assert outcomes(found)["commitment"] == "differs"
    assert outcomes(found)["arms"] == Outcome.NOT_CHECKED


def test_another_secret_than_was_sealed_is_found_when_it_is_revealed(scenario: Scenario) -> None:
    false = AllocationSecretRevealed(commitment="", secret="00" * 32)
    found = proved(scenario.given(three_randomized(), of_trial(false)), key=False)
    assert [finding.what for finding in found.findings] == ["the revealed secret does not fit the commitment"]
    assert found.places == ()


def test_a_list_sealed_twice_is_found(scenario: Scenario) -> None:
    scenario.given(three_randomized())
    sealed = scenario.view().trial.allocation_list
    assert sealed is not None
    found = proved(scenario.given(of_trial(sealed)))
    assert [finding.what for finding in found.findings] == ["the list was sealed 2 times"]


def test_a_place_given_before_the_list_was_sealed_is_found(scenario: Scenario) -> None:
    records = list(scenario.given(three_randomized()).records())
    sealing = next(n for n, record in enumerate(records) if isinstance(record.fact, ListSealed))
    late = [*records[:sealing], *records[sealing + 1 :], records[sealing]._replace(position=10_000)]
    found = proof(late, scenario.app.unseal(scenario.view().trial, Role.SYSTEM))
    assert (found.findings[0].place, found.findings[0].participant) == (1, "S1-001")
    assert found.findings[0].what == "the place was given before the list was sealed"


def _changed(records: Iterable[Record], **fields: str) -> list[Record]:
    """The history with another sealing fact in it."""
    return [
        record._replace(fact=record.fact.model_copy(update=fields))
        if isinstance(record.fact, ListSealed)
        else record
        for record in records
    ]


def test_the_proof_holds_at_every_earlier_position_too(scenario: Scenario) -> None:
    records = scenario.given(three_randomized(), trial.CloseEnrolment(), trial.LockTrial()).records()
    unseal = scenario.app.unseal(scenario.view().trial, Role.SYSTEM)
    ends = {entry.command.last for entry in scenario.app.reading.entries(TRIAL)}
    for end in sorted(ends):
        assert proof(records[:end], unseal).findings == ()
