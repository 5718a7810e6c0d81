"""Random commands of every kind, by anybody, as time goes by: nothing forbidden is stored."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from adapters.store.store import Store
from domain.errors import TrialogError
from domain.fact import Fact
from domain.infusion import InfusionStarted
from domain.participant import Randomized
from domain.protocol_document import ProtocolDocument
from domain.record import Role
from domain.trial import TrialStatus
from projections.deviations import deviations
from projections.rebuild import compare
from projections.visit_status import visit_rows
from tests.support.commands import ENDING, VERSIONS, commands, under_way
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, amended, course, entitled, person
from tests.workflows.driven import SETTINGS
from workflows.command import Command


class WholeTrial(RuleBasedStateMachine):
    """Every command there is, by those who may and by those who may not, as time goes by."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.scenario = Scenario(Path(self.folder.name))
        self.scenario.given(under_way())
        self.checked = 0

    @rule(command=commands())
    def anything(self, command: Command) -> None:
        self.try_to(command)

    @rule(chosen=st.lists(commands(but=ENDING), min_size=1, max_size=8))
    def much_in_the_course(self, chosen: list[Command]) -> None:
        for command in chosen:
            self.try_to(command)

    @rule(command=commands("trial."))
    def something_about_the_trial(self, command: Command) -> None:
        self.try_to(command)

    @rule(version=st.sampled_from(VERSIONS), upto=st.integers(1, 4))
    def an_amendment(self, version: ProtocolDocument, upto: int) -> None:
        for command in amended(version)[:upto]:
            self.try_to(command)

    @rule(code=st.sampled_from(("S1-001", "S1-002", "S1-003", "S1-004")), place=st.sampled_from((1, 2, 3)))
    def next_step_of_a_course(self, code: str, place: int) -> None:
        for command in course("closed", code, place):
            if self.try_to(command):
                return

    @rule(command=commands(), role=st.sampled_from(list(Role)))
    def anything_by_anybody(self, command: Command, role: Role) -> None:
        self.try_to(command, role)

    @rule(days=st.sampled_from((0.2, 1, 20)))
    def time_goes_by(self, days: float) -> None:
        self.scenario.clock.advance(days=days)

    def try_to(self, command: Command, role: Role | None = None) -> bool:
        self.scenario.clock.advance(minutes=1)
        by = entitled(command) if role is None else person(role)
        status = self.scenario.view().trial.status
        head = self.scenario.app.reading.head(TRIAL)
        try:
            receipt = self.scenario.app.engine.execute(TRIAL, command, by)
        except TrialogError as refused:
            error = str(refused)
        else:
            if receipt.first and not command.KIND.startswith("trial.") and not command.ANY_TIME:
                reviews = command.WHILE_FROZEN and status is TrialStatus.FROZEN
                assert status is TrialStatus.ACTIVE or reviews, f"{command.KIND} was stored when {status}"
            return bool(receipt.first)
        assert "\n" not in error
        assert self.scenario.app.reading.head(TRIAL) == head
        return False

    def facts(self, kind: type[Fact]) -> list[tuple[str, Fact]]:
        return [(r.stream, r.fact) for r in self.scenario.records() if isinstance(r.fact, kind)]

    @invariant()
    def nothing_forbidden_is_stored(self) -> None:
        head, _ = self.scenario.app.reading.head(TRIAL)
        if head == self.checked:  # What is stored was looked at already: most commands are refused.
            return
        self.checked = head
        self.places_are_taken_in_order_each_once_and_never_beyond_the_target()
        self.nobody_is_randomized_without_consent_and_signed_eligibility()
        self.no_step_leads_to_a_deviation_of_allocation_or_infusion()
        self.positions_and_versions_are_gapless()

    def places_are_taken_in_order_each_once_and_never_beyond_the_target(self) -> None:
        allocated = self.facts(Randomized)
        assert len({stream for stream, _ in allocated}) == len(allocated)
        places = [fact.place for _, fact in allocated if isinstance(fact, Randomized)]
        assert places == list(range(1, len(places) + 1))
        view = self.scenario.view()
        assert view.enrolment.allocated == len(places)
        assert len(places) <= view.trial.protocol.enrolment.target

    def nobody_is_randomized_without_consent_and_signed_eligibility(self) -> None:
        for known in self.scenario.view().participants().values():
            if known.randomized is not None:
                assert known.consents
                assert known.eligible is not None

    def no_step_leads_to_a_deviation_of_allocation_or_infusion(self) -> None:
        """What the rules refuse as a step shows as a deviation only where it was reported."""
        view = self.scenario.view()
        stepped = {stream for stream, _ in self.facts(InfusionStarted)}
        for found in deviations(view, self.scenario.app.unseal(view.trial, Role.INVESTIGATOR)):
            assert found.rule not in ("randomization.before_eligibility", "randomization.beyond_target")
            if f"participant/{found.participant}" in stepped and found.subject == "infusion-1":
                assert found.rule not in ("infusion.before_randomization", "infusion.wrong_route")

    def positions_and_versions_are_gapless(self) -> None:
        records = self.scenario.records()
        assert [record.position for record in records] == list(range(1, len(records) + 1))
        by_stream = sorted((record.stream, record.version) for record in records)
        for _, group in itertools.groupby(by_stream, key=lambda each: each[0]):
            versions = [version for _, version in group]
            assert versions == list(range(1, len(versions) + 1))

    def teardown(self) -> None:
        view = self.scenario.view()
        assert len(list(visit_rows(view))) >= len(view.participants())
        assert compare(self.scenario.app.reading, TRIAL)[1] == []
        with Store(self.scenario.location) as store:
            assert len(list(store.entries(TRIAL))) == store.head(TRIAL).position
        self.scenario.close()
        self.folder.cleanup()


@pytest.mark.requirement("SQ-01")
def test_no_forbidden_state_is_stored() -> None:
    run_state_machine_as_test(WholeTrial, settings=settings(SETTINGS, max_examples=40))
