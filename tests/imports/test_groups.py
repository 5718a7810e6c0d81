"""Commands that stand or fall together: what the engine stores of a group, and what it remembers."""

from decimal import Decimal

from domain.clinical_time import ClinicalTime
from domain.record import Role
from projections.rebuild import compare
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, day, entitled, person
from workflows.command import Command, Fault, Issue, Receipt
from workflows.observation import Reading, RecordResults
from workflows.participant import PreScreen, RecordDeath, RecordRandomization
from workflows.visit import RecordVisit


def group(*commands: Command, ids: str = "") -> list[Issue]:
    return [
        Issue(command, entitled(command), f"{ids}{number}" if ids else "")
        for number, command in enumerate(commands)
    ]


def screened(code: str) -> PreScreen:
    return PreScreen(participant=code, site="S1", sex="male", age=Decimal(50), at=day(0))


def allocated(code: str) -> RecordRandomization:
    return RecordRandomization(participant=code, arm="by-vein", at=day(0))


def measured(code: str, value: str, at: ClinicalTime) -> RecordResults:
    return RecordResults(participant=code, at=at, readings=(Reading(item="alt", value=value, unit="U/L"),))


def test_a_group_is_stored_whole(trial: Scenario) -> None:
    head = trial.app.reading.head(TRIAL)[0]
    commands = (screened("S1-001"), allocated("S1-001"), RecordVisit(participant="S1-001", at=day(0)))
    (receipts,) = trial.app.engine.execute_groups(TRIAL, [group(*commands)])
    assert not isinstance(receipts, Fault)
    assert [(each.first, each.last) for each in receipts] == [
        (head + 1, head + 1),
        (head + 2, head + 3),
        (head + 4, head + 4),
    ]


def test_a_group_with_one_command_refused_stores_nothing_and_says_which(trial: Scenario) -> None:
    before = trial.contents()
    commands = (screened("S1-001"), allocated("S1-001"), measured("S1-001", "40", day(3)))
    (fault,) = trial.app.engine.execute_groups(TRIAL, [group(*commands)])
    assert isinstance(fault, Fault)
    assert (fault.place, fault.error.code) == (2, "visit.none_then")
    assert trial.contents() == before


def test_what_a_fallen_group_had_folded_is_forgotten(trial: Scenario) -> None:
    """Participant, visits and the places taken are what the store says, in this process too."""
    fallen = group(screened("S1-001"), allocated("S1-001"), measured("S1-001", "x", day(0)))
    standing = group(screened("S1-001"), allocated("S1-001"), RecordVisit(participant="S1-001", at=day(0)))
    first, second = trial.app.engine.execute_groups(TRIAL, [fallen, standing])
    assert isinstance(first, Fault)
    assert not isinstance(second, Fault)
    participant = trial.app.view(TRIAL).participants()["S1-001"]
    assert participant.randomized is not None
    assert participant.randomized.place == 1
    assert trial.app.view(TRIAL).enrolment.allocated == 1
    assert compare(trial.app.reading, TRIAL)[1] == []


def test_a_fallen_group_leaves_those_before_and_after_it_in_the_same_commit(trial: Scenario) -> None:
    groups = [
        group(screened("S1-001"), RecordVisit(participant="S1-001", at=day(1))),
        group(RecordVisit(participant="S1-001", at=day(2)), measured("S1-001", "x", day(2))),
        group(RecordVisit(participant="S1-001", at=day(3)), measured("S1-001", "40", day(3))),
    ]
    outcomes = trial.app.engine.execute_groups(TRIAL, groups)
    assert [isinstance(outcome, Fault) for outcome in outcomes] == [False, True, False]
    visits = trial.app.view(TRIAL).visits("S1-001")["S1-001"]
    assert {visit: each.attended.at.day for visit, each in visits.items() if each.attended} == {
        "unscheduled-1": day(1).day,
        "unscheduled-2": day(3).day,
    }
    assert compare(trial.app.reading, TRIAL)[1] == []


def test_groups_after_the_first_fault_are_left_out_when_asked(trial: Scenario) -> None:
    groups = [
        group(screened("S1-001")),
        group(screened("S1-001")),
        group(screened("S1-002")),
    ]
    outcomes = trial.app.engine.execute_groups(TRIAL, groups, stop_at_fault=True)
    assert [isinstance(outcome, Fault) for outcome in outcomes] == [False, True]
    assert list(trial.app.view(TRIAL).participants()) == ["S1-001"]


def test_a_command_repeated_under_its_id_in_one_group_is_stored_once(trial: Scenario) -> None:
    issue = group(screened("S1-001"), ids="once-")[0]
    (receipts,) = trial.app.engine.execute_groups(TRIAL, [[issue, issue]])
    assert not isinstance(receipts, Fault)
    first, second = receipts
    assert second == Receipt(first.command_id, first.first, first.last, repeated=True)


def test_a_denied_command_fells_its_group_only(trial: Scenario) -> None:
    denied = Issue(RecordDeath(participant="S1-001", at=day(1)), person(Role.MONITOR))
    outcomes = trial.app.engine.execute_groups(TRIAL, [group(screened("S1-001")), [denied]])
    assert isinstance(outcomes[1], Fault)
    assert outcomes[1].error.code == "policy.denied"
    assert list(trial.app.view(TRIAL).participants()) == ["S1-001"]


def test_results_without_a_visit_belong_to_the_visit_of_their_time(trial: Scenario) -> None:
    trial.given(screened("S1-001"), allocated("S1-001"), RecordVisit(participant="S1-001", at=day(27)))
    trial.given(measured("S1-001", "40", day(27)))
    assert list(trial.app.view(TRIAL).results("S1-001")["S1-001"]) == ["week-4"]


def test_results_without_a_visit_are_refused_where_two_visits_have_their_time(trial: Scenario) -> None:
    visit = RecordVisit(participant="S1-001", at=day(60))
    trial.given(screened("S1-001"), allocated("S1-001"), visit, visit)
    trial.when(measured("S1-001", "40", day(60))).refused("visit.ambiguous")
