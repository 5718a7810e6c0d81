"""A state machine driven through the engine on a real store, by the commands that ask for its moves."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from domain.errors import NotFound, Refused, TrialogError
from projections.rebuild import compare
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, entitled
from workflows.command import Command, Receipt
from workflows.machine import Table

SETTINGS = settings(
    stateful_step_count=30,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

Asked = dict[str, list[Command]]


class Driven(RuleBasedStateMachine):
    """One machine, driven by the commands that ask for its moves and by reports that disturb it."""

    TABLE: ClassVar[Table]
    GIVEN: ClassVar[list[Command]]
    MOVES: ClassVar[Asked]
    REPORTS: ClassVar[tuple[Command, ...]] = ()

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.scenario = Scenario(Path(self.folder.name))
        self.scenario.given(self.GIVEN)

    def state(self) -> str:
        """Where the machine stands, as the stored read model says."""
        raise NotImplementedError

    @rule(data=st.data())
    def ask(self, data: st.DataObject) -> None:
        trigger = data.draw(st.sampled_from(sorted(self.MOVES)))
        command = data.draw(st.sampled_from(self.MOVES[trigger]))
        before, contents = self.state(), self.scenario.contents()
        outcome = self.attempt(command)
        moves = [m for m in self.TABLE.moves if m.trigger == trigger and before in m.sources]
        if isinstance(outcome, TrialogError):
            assert self.scenario.contents() == contents
            assert isinstance(outcome, Refused | NotFound)
        else:
            assert moves, f"{trigger} was taken when {before}"
            assert self.state() in {move.target or before for move in moves}

    @rule(data=st.data())
    def disturb(self, data: st.DataObject) -> None:
        if self.REPORTS:
            self.attempt(data.draw(st.sampled_from(self.REPORTS)))

    def attempt(self, command: Command) -> Receipt | TrialogError:
        self.scenario.clock.advance(minutes=1)
        try:
            return self.scenario.app.engine.execute(TRIAL, command, entitled(command))
        except TrialogError as error:
            return error

    def teardown(self) -> None:
        assert compare(self.scenario.app.reading, TRIAL)[1] == []
        self.scenario.close()
        self.folder.cleanup()
