"""Conformance replay: nothing is unexplained in a history that came in by commands."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from adapters.conformance import COVERS, NO_STEP, Conformance, conformance
from domain.clinical_time import Instant
from domain.fact import FACTS, encode, free_texts
from domain.privacy import REDACTED, masked
from domain.record import Attribution, CommandRecord, Entry, NewFact, Origin, Role
from projections.as_of import Axis, View, entries_of
from projections.deviations import RULES as DEVIATIONS
from projections.deviations import deviations
from tests.golden.files import HISTORY_FILES, record_of
from tests.projections.departures import Case
from tests.projections.test_deviations import CASES
from tests.support.histories import HISTORIES, histories, told
from tests.support.scenario import Scenario
from tests.support.trial import active, course, day
from workflows import (
    infusion_machine,
    participant,
    participant_machine,
    visit,
)
from workflows.command import Command
from workflows.conformance import Judged, replay
from workflows.infusion import _AFTERCARE as AFTERCARE

CODE = "S1-001"
GIVEN = "test.given"
"""The kind of what a recorded history holds that belongs in another log, and so came in by no command."""
FEW = settings(HISTORIES, max_examples=15)


def replayed(scenario: Scenario, role: Role = Role.MONITOR) -> Conformance:
    """The replay of a scenario's history as that role sees it."""
    view = scenario.view()
    return conformance(scenario.app, view, scenario.app.unseal(view.trial, role))


# ---------------------------------------------------------------- what is in order


@FEW
@given(histories)
def test_nothing_is_unexplained_in_a_history_that_came_in_by_commands(chosen: list[Command]) -> None:
    with told(chosen) as scenario:
        for role in (Role.MONITOR, Role.OUTCOME_ASSESSOR):
            assert [each.refusal for each in replayed(scenario, role).unexplained] == []


@FEW
@given(histories)
@pytest.mark.requirement("SF-05")
def test_a_departure_from_what_a_step_asks_was_refused_or_came_about_by_later_facts(
    chosen: list[Command],
) -> None:
    """The other way round: a deviation of a rule that the replay knows too has its line there, and one that
    has none was no deviation when its event was recorded.
    """
    known = {rule for rules in COVERS.values() for rule in rules}
    with told(chosen) as scenario:
        found = replayed(scenario)
        unseal = scenario.app.unseal(scenario.view().trial, Role.MONITOR)
        for mirrored in found.deviations:
            each = mirrored.deviation
            if each.rule not in known:
                assert mirrored.refused_at == (), each
                assert mirrored.why == NO_STEP[each.rule]
            elif not mirrored.refused_at:
                then = deviations(scenario.view(each.facts[0]), unseal, each.participant)
                assert each.id not in {was.id for was in then}, each
        for verdict in found.verdicts:
            telling = verdict.deviation
            assert telling is not None
            assert telling.rule in COVERS[verdict.refusal.rule.code]


@pytest.mark.parametrize("history", sorted(HISTORY_FILES.glob("*.jsonl")), ids=lambda file: file.stem)
def test_nothing_is_refused_as_a_step_in_a_recorded_history(history: Path) -> None:
    lines = history.read_text("utf-8").splitlines()
    entries = (entry for entry in map(entry_of, lines) if entry.command.kind != GIVEN)
    found = list(replay("T-1", entries, lambda _: None))
    assert [each for each in found if each.judged is Judged.STEP] == []
    assert [each.rule.code for each in found] == ["infusion.before_randomization"] * 3


@pytest.mark.parametrize("history", sorted(HISTORY_FILES.glob("*.jsonl")), ids=lambda file: file.stem)
@pytest.mark.requirement("CO-07")
def test_a_recorded_history_whose_every_text_was_redacted_is_asked_as_it_was(history: Path) -> None:
    entries = list(map(entry_of, history.read_text("utf-8").splitlines()))
    _is_asked_as_it_was([entry for entry in entries if entry.command.kind != GIVEN])


def test_a_history_that_came_in_by_commands_is_asked_as_it_was_once_its_texts_are_redacted(
    played: Scenario,
) -> None:
    _is_asked_as_it_was(list(entries_of(played.app.reading, played.view())))


def _is_asked_as_it_was(entries: list[Entry]) -> None:
    """Hold the replay of a history against that of the same history without any text that may go."""
    without = [_redacted(entry) for entry in entries]
    assert sum(new != old for new, old in zip(without, entries, strict=True)) > len(entries) / 10
    before, after = (
        [(each.entry.record.position, each.rule.code, each.judged) for each in replay("T-1", told, _closed)]
        for told in (entries, without)
    )
    assert after == before


def _closed(_sealed: object) -> None:
    """Opens nothing."""


def _redacted(entry: Entry) -> Entry:
    """An entry with the mark in the place of its reason and of each free text of its fact."""
    record, command = entry
    by = command.attribution
    if by.reason_text:
        command = command._replace(attribution=replace(by, reason_text=REDACTED, name=REDACTED))
    data = encode(record.fact)
    for field in free_texts(type(record.fact)):
        change = masked(record.position, field, record.fact.TOPIC, data)
        data = data if change is None or change.data is None else change.data
    return Entry(record._replace(fact=FACTS.read(record.fact.TOPIC, data)), command)


def entry_of(line: str) -> Entry:
    """The fact of a line of a recorded history, with its envelope."""
    stored = json.loads(line)["command"]
    by = stored.pop("attribution")
    known = Attribution(**{**by, "role": Role(by["role"]), "origin": Origin(by["origin"])})
    command = CommandRecord(**{**stored, "recorded_at": Instant(stored["recorded_at"])}, attribution=known)
    return Entry(record_of(line)[0], command)


@pytest.mark.parametrize("case", CASES, ids=[f"{case.rule} {number}" for number, case in enumerate(CASES)])
def test_each_deviation_and_the_refusal_of_a_step_explain_each_other(scenario: Scenario, case: Case) -> None:
    scenario.given(case.given).on(case.on)
    found = replayed(scenario)
    planted = any(isinstance(each, NewFact) for each in case.given)
    assert planted or found.unexplained == ()
    [mirrored] = found.deviations
    explains = {rule for rules in COVERS.values() for rule in rules}
    if case.rule in explains:
        assert mirrored.refused_at == (scenario.position(*case.facts[0]),)
        assert mirrored.why == ""
    else:
        assert mirrored.refused_at == ()
        assert mirrored.why == NO_STEP[case.rule]


@pytest.mark.parametrize("case", CASES, ids=[f"{case.rule} {number}" for number, case in enumerate(CASES)])
def test_what_nearly_departs_is_not_refused(scenario: Scenario, case: Case) -> None:
    scenario.given(case.near).on(case.on if case.near_on is None else case.near_on)
    found = replayed(scenario)
    assert found.deviations == ()
    assert all(each.is_explained and each.resolved for each in found.verdicts)


def test_a_late_consent_ends_the_deviation_that_explained_the_visit(scenario: Scenario) -> None:
    scenario.given(active(), course("screened"))
    scenario.given(visit.RecordVisit(participant=CODE, at=day(0, "10:00"), visit="baseline"))
    [before] = replayed(scenario).verdicts
    assert (before.is_explained, before.resolved) == (True, False)
    scenario.given(course("consented")[1:])
    [after] = replayed(scenario).verdicts
    assert (after.is_explained, after.resolved) == (True, True)
    assert before.deviation is not None
    assert after.deviation is not None
    assert (after.refusal, after.deviation.id) == (before.refusal, before.deviation.id)
    assert replayed(scenario).deviations == ()


def test_a_deviation_that_follows_from_later_facts_says_so(scenario: Scenario) -> None:
    scenario.given(active(), course("started")).on(1)
    scenario.given(participant.RecordDeath(participant=CODE, at=day(0, "12:00")))
    infused, allocated = replayed(scenario).deviations
    assert (infused.deviation.subject, allocated.deviation.subject) == ("infusion-1", "randomization")
    for mirrored in (infused, allocated):
        assert (mirrored.deviation.rule, mirrored.refused_at) == ("record.after_death", ())
        assert mirrored.why == "no step was refused for it: what makes it a departure came later"


def test_on_the_clinical_axis_conformance_tells_of_what_had_happened(played: Scenario) -> None:
    unseal = played.app.unseal(played.view().trial, Role.STATISTICIAN)
    whole = conformance(played.app, played.view(), unseal)
    told = [conformance(played.app, clinical(played, number), unseal) for number in (-40, 12, 20000)]
    assert [each.facts for each in told] == sorted(each.facts for each in told)
    assert told[-1].facts == whole.facts
    assert told[-1].verdicts == whole.verdicts
    for each, number in zip(told, (-40, 12, 20000), strict=True):
        known = {entry.record.position for entry in entries_of(played.app.reading, clinical(played, number))}
        assert [v.refusal for v in each.verdicts] == [
            v.refusal for v in whole.verdicts if v.refusal.entry.record.position in known
        ]
        unexplained = [v.refusal for v in whole.unexplained if v.refusal.entry.record.position in known]
        assert [v.refusal for v in each.unexplained] == unexplained
    assert 0 < len(told[1].verdicts) < len(whole.verdicts)


def clinical(scenario: Scenario, number: int) -> View:
    return scenario.view(Instant.of(day(number).earliest), Axis.EFFECTIVE)


# ---------------------------------------------------------------- the tables


def test_the_moves_of_an_infusion_that_ask_the_participants_machine_are_those_of_its_decisions() -> None:
    asking = {kind for kind, move in infusion_machine.STEPS.items() if move not in AFTERCARE}
    assert asking == {kind for kind in participant_machine.STEPS if kind in infusion_machine.STEPS}


def test_every_rule_of_the_deviation_log_is_covered_or_no_step_could_be_refused_for_it() -> None:
    explained = [rule for rules in COVERS.values() for rule in rules]
    assert sorted([*explained, *NO_STEP]) == sorted(DEVIATIONS)
