"""Random histories for the laws that hold of every history."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.support.commands import CODES, ENDING, VERSIONS, commands, under_way
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, amended, course, entitled
from workflows.command import Command, Issue

HISTORIES = settings(
    max_examples=50,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)

_pieces = st.one_of(
    commands(but=ENDING).map(lambda command: [command]),
    commands(but=ENDING).map(lambda command: [command]),
    commands().map(lambda command: [command]),
    st.sampled_from([course("closed", code, place) for code in CODES for place in (1, 2, 3)]),
    st.sampled_from([amended(version) for version in VERSIONS[1:]]),
)


@st.composite
def _histories(draw: st.DrawFn) -> list[Command]:
    """Composite, so that hypothesis need not spell out every command there is."""
    pieces: list[list[Command]] = draw(st.lists(_pieces, min_size=5, max_size=30))
    return [command for piece in pieces for command in piece]


histories = _histories()


@contextmanager
def told(chosen: Iterable[Command]) -> Iterator[Scenario]:
    """A scenario in which these commands were asked for, an hour apart, refused or not."""
    with tempfile.TemporaryDirectory() as folder:
        scenario = Scenario(Path(folder))
        scenario.given(under_way())

        def issues() -> Iterator[Issue]:
            for command in chosen:
                scenario.clock.advance(hours=1)
                yield Issue(command, entitled(command))

        scenario.app.engine.execute_many(TRIAL, issues())
        yield scenario
        scenario.close()
