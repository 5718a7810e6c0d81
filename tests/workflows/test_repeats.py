"""A command repeated is a command done once; several processes on one store are one history."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest

from adapters.app import App
from domain.allocation import commitment, parameters_of
from domain.enrolment import AllocationUsed
from domain.errors import Refused, TrialogError
from domain.participant import Randomized
from projections.rebuild import compare
from tests.support.scenario import Scenario
from tests.support.trial import READINGS, SECRET, TRIAL, active, course, day, entitled, small
from workflows import observation, participant, trial, visit
from workflows.command import Command, Issue, Receipt

CODE = "S1-001"


@pytest.mark.requirement("SQ-02")
def test_the_same_command_under_the_same_id_is_done_once_and_answered_alike(scenario: Scenario) -> None:
    scenario.given(active(), course("eligible"))
    command = participant.Randomize(participant=CODE)
    first = scenario.when(command, command_id="press").receipt
    contents = scenario.contents()
    for _ in range(3):
        again = scenario.when(command, command_id="press").receipt
        assert again == first._replace(repeated=True)
        assert scenario.contents() == contents
    scenario.when(command, command_id="another press").refused("randomize.already")


def test_a_repeat_is_answered_even_when_it_would_be_refused_by_now(scenario: Scenario) -> None:
    scenario.given(active())
    first = scenario.when(course("screened")[0], command_id="one").receipt
    scenario.given(trial.CloseEnrolment(), trial.LockTrial())
    assert scenario.when(course("screened")[0], command_id="one").receipt == first._replace(repeated=True)


def test_a_refused_command_may_be_asked_again_under_its_id(scenario: Scenario) -> None:
    scenario.given(active(), course("answered"))
    scenario.when(participant.Randomize(participant=CODE), command_id="one").refused(
        "randomize.eligibility_unsigned"
    )
    scenario.given(participant.SignEligibility(participant=CODE))
    assert scenario.when(participant.Randomize(participant=CODE), command_id="one").receipt.first


def test_a_command_that_changes_nothing_stores_nothing(scenario: Scenario) -> None:
    scenario.given(active(), course("answered"))
    scenario.when(course("answered")[-1]).nothing()
    request = participant.RequestReconsent(participant=CODE, version="2.0")
    scenario.given(request).when(request).nothing()


def test_ids_are_of_one_trial(scenario: Scenario) -> None:
    document = small({"trial": "T-2"})
    adopted = trial.AdoptProtocol(document=document.text)
    scenario.given(active()).when(course("screened")[0], command_id="one")
    assert scenario.receipt.first
    receipt = scenario.app.engine.execute("T-2", adopted, entitled(adopted), "one")
    assert (receipt.first, receipt.repeated) == (1, False)


def test_of_many_commands_in_one_commit_the_refused_ones_leave_nothing(scenario: Scenario) -> None:
    scenario.given(active())
    asked: list[Command] = [
        *course("consented"),
        participant.Randomize(participant=CODE),
        *course("screened", "S1-002"),
        *course("screened", "S1-002"),
        *course("answered")[2:],
    ]
    outcomes = scenario.app.engine.execute_many(
        TRIAL, [Issue(command, entitled(command)) for command in asked]
    )
    codes = [outcome.code if isinstance(outcome, TrialogError) else "" for outcome in outcomes]
    assert codes == ["", "", "randomize.eligibility_unsigned", "", "participant.code_taken", "", "", ""]
    records = scenario.records()
    assert [record.position for record in records] == list(range(1, len(records) + 1))
    assert compare(scenario.app.reading, TRIAL)[1] == []


def test_many_commands_leave_what_one_after_another_leaves(
    scenario: Scenario, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Scenario(tmp_path_factory.mktemp("other"))
    commands = [*active(), *course("closed")]
    scenario.given(commands)
    for command in commands:
        other.given(command)
    facts, documents = (
        "SELECT stream, version, topic, effective_at FROM fact",
        "SELECT model, key, position FROM document",
    )
    for statement in (facts, documents):
        assert sorted(scenario.store.rows(statement)) == sorted(other.store.rows(statement))
    other.close()


def test_two_processes_on_one_store_see_what_the_other_has_done(scenario: Scenario) -> None:
    scenario.given(active())
    other = scenario.opened()
    apps: list[App] = [scenario.app, other]
    for number, command in enumerate(course("closed")):
        scenario.clock.advance(minutes=1)
        assert apps[number % 2].engine.execute(TRIAL, command, entitled(command)).first
    with pytest.raises(Refused, match="allocation happens once"):
        _ask(other, participant.Randomize(participant=CODE))
    with pytest.raises(Refused, match="is recorded"):
        _ask(other, _results())
    assert compare(scenario.app.reading, TRIAL)[1] == []
    other.close()


def _results() -> Command:
    return observation.RecordResults(
        participant=CODE, at=day(0, "10:30"), visit="baseline", readings=READINGS
    )


def _ask(app: App, command: Command) -> Receipt:
    return app.engine.execute(TRIAL, command, entitled(command))


def _ask_in_vain(app: App, command: Command) -> None:
    """Ask for what has just been done, without its id: it is refused, or changes nothing."""
    head = app.reading.head(TRIAL)
    try:
        assert _ask(app, command).first == 0
    except TrialogError:
        assert app.reading.head(TRIAL) == head


@pytest.mark.parametrize("seed", range(8))
def test_processes_taking_turns_at_random_leave_one_gapless_history(scenario: Scenario, seed: int) -> None:
    """Each asks for whatever comes next in some participant's course, whoever did what came before."""
    scenario.given(active())
    others = [scenario.opened(), scenario.opened()]
    apps, chance = [scenario.app, *others], Random(seed)
    waiting = [course("randomized", f"S1-00{n}", place=n) for n in range(1, 5)]
    while any(waiting):
        commands = chance.choice([each for each in waiting if each])
        command = commands.pop(0)
        scenario.clock.advance(minutes=1)
        app = chance.choice(apps)
        assert _ask(app, command).first
        if chance.random() < 0.3:
            _ask_in_vain(chance.choice(apps), command)
    records = scenario.records()
    assert [record.position for record in records] == list(range(1, len(records) + 1))
    places = [record.fact.place for record in records if isinstance(record.fact, Randomized)]
    assert places == [1, 2, 3, 4]
    assert scenario.view().enrolment.allocated == 4
    assert compare(scenario.app.reading, TRIAL)[1] == []
    for other in others:
        other.close()


def test_what_another_process_did_between_two_commands_is_known_to_the_second(scenario: Scenario) -> None:
    scenario.given(active(), course("screened"))
    other = scenario.opened()
    _ask(other, participant.RecordDeath(participant=CODE, at=day(0)))
    scenario.when(participant.RecordDeath(participant=CODE, at=day(0))).refused("died.recorded_already")
    scenario.when(visit.ScheduleVisit(participant=CODE, visit="week-4", appointment=day(9))).refused(
        "participant.died"
    )
    other.close()


def test_an_allocation_takes_its_place_in_the_same_commit_and_keeps_the_arm_sealed(
    scenario: Scenario,
) -> None:
    scenario.given(active(), course("eligible"))
    records = scenario.when(participant.Randomize(participant=CODE)).then(
        Randomized.model_validate(
            {"place": 1, "allocation": {"scope": "allocation", "nonce": "", "text": ""}}
        ),
        AllocationUsed(place=1, participant=CODE),
    )
    assert [record.stream for record in records] == [f"participant/{CODE}", "trial"]
    assert "by-vein" not in str(records)
    assert "by-artery" not in str(records)


def test_the_sealed_list_is_committed_to_before_the_first_allocation(scenario: Scenario) -> None:
    scenario.given(active())
    sealed = scenario.view().trial.allocation_list
    assert sealed is not None
    assert sealed.commitment == commitment(bytes.fromhex(SECRET), parameters_of(small().protocol))
    assert SECRET not in scenario.contents()


@pytest.mark.requirement("TI-01")
def test_a_clock_that_goes_back_never_takes_the_history_with_it(scenario: Scenario) -> None:
    scenario.given(active(), course("screened"))
    scenario.clock.advance(hours=-3)
    for command in course("answered")[3:]:
        if isinstance(command, participant.AnswerCriteria):
            assert _ask(scenario.app, command).first
    written = [entry.command.recorded_at for entry in scenario.app.reading.entries(TRIAL)]
    assert written == sorted(written)
    instants = list(dict.fromkeys(written))
    assert len(instants) == len({entry.command.first for entry in scenario.app.reading.entries(TRIAL)})
    assert instants[-1].moment - instants[-2].moment == timedelta(microseconds=1)
