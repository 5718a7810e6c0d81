"""However often outcomes are put right, the clinical axis tells of every instant what is right of it now."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.adverse_event import AdverseEvent
from domain.clinical_time import ClinicalTime, Instant
from domain.decompensation import Episode
from domain.errors import TrialogError
from domain.outcome import Outcomes
from domain.record import Role
from projections.as_of import Axis
from projections.rebuild import compare
from tests.audit.test_conformance import replayed
from tests.safety.events import CODE, IN_TRIAL
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, day, person
from workflows import adverse_event, outcome, outcome_correction
from workflows.command import Command

_days = st.builds(day, st.integers(1, 6), st.sampled_from(("", "08:00", "16:00")))
_perhaps = st.one_of(st.none(), _days)
_event = st.sampled_from(("ae-1", "ae-1", "ae-2"))
_episode = st.sampled_from(("ascites-1", "ascites-1", "ascites-2"))
_severity = st.sampled_from(("mild", "severe"))
_grade = st.sampled_from(("1", "2", "3"))


def _of(kind: type[Command], **fields: st.SearchStrategy[object]) -> st.SearchStrategy[Command]:
    return st.builds(kind, participant=st.just(CODE), **fields)


COMMANDS = st.one_of(
    _of(adverse_event.RecordAdverseEvent, at=_days, term=st.just("fever"), severity=_severity),
    _of(adverse_event.RecordAdverseEventChange, at=_days, event=_event, severity=_severity),
    _of(
        adverse_event.AssessCausality,
        at=_days,
        event=_event,
        causality=st.just("possible"),
        why=st.just("in time"),
    ),
    _of(outcome_correction.CorrectAdverseEvent, event=_event, at=_days),
    _of(outcome_correction.VoidAdverseEvent, event=_event),
    _of(outcome.RecordDecompensation, at=_days, type=st.just("ascites"), grade=_grade),
    _of(outcome.GradeDecompensation, at=_days, episode=_episode, grade=_grade),
    _of(outcome.RecordDecompensationResolved, at=_days, episode=_episode),
    _of(outcome_correction.CorrectDecompensation, episode=_episode, at=_days, grade=_grade),
    _of(
        outcome_correction.CorrectDecompensationGrade,
        episode=_episode,
        at=_perhaps,
        grade=_grade,
        recorded=_perhaps,
    ),
    _of(outcome_correction.CorrectDecompensationResolution, episode=_episode, at=_days),
    _of(
        outcome_correction.VoidDecompensation,
        episode=_episode,
        part=st.sampled_from(("decompensation", "grade", "grade", "resolution")),
        recorded=_perhaps,
    ),
)

BEGUN: list[Command] = [
    adverse_event.RecordAdverseEvent(participant=CODE, at=day(3), term="fever", severity="severe"),
    adverse_event.RecordAdverseEventChange(participant=CODE, at=day(4), event="ae-1", severity="mild"),
    outcome.RecordDecompensation(participant=CODE, at=day(3), type="ascites", grade="1"),
    outcome.GradeDecompensation(participant=CODE, at=day(4), episode="ascites-1", grade="3"),
    outcome.RecordDecompensationResolved(participant=CODE, at=day(5), episode="ascites-1"),
]

MOMENTS = [day(number, clock) for number in range(1, 8) for clock in ("00:00", "12:00", "20:00")]


def known(scenario: Scenario, when: ClinicalTime | None = None) -> Outcomes:
    axis = Axis.RECORDED if when is None else Axis.EFFECTIVE
    view = scenario.view(None if when is None else Instant.of(when.earliest), axis)
    return view.outcomes(CODE).get(CODE) or Outcomes()


def had(event: AdverseEvent, when: ClinicalTime) -> AdverseEvent:
    """An event as it stood, by all that is right of it now."""
    judged = (each for each in event.assessments if each.when.at.earliest <= when.earliest)
    return event.by(when)._replace(assessments=tuple(judged))


def seen(episode: Episode, when: ClinicalTime) -> tuple[object, ...]:
    """What there was of an episode."""
    first, *later = [(grade, each.at) for grade, each in episode.grades]
    by_then = sorted((str(at), grade) for grade, at in later if at.earliest <= when.earliest)
    resolved = episode.resolved
    ended = resolved is not None and resolved.at.earliest <= when.earliest
    return episode.onset.at, first, by_then, resolved.at if resolved is not None and ended else None


@settings(max_examples=60)
@given(commands=st.lists(COMMANDS, min_size=6, max_size=18))
def test_the_clinical_axis_tells_what_is_right_now(
    tmp_path_factory: pytest.TempPathFactory, commands: list[Command]
) -> None:
    scenario = Scenario(tmp_path_factory.mktemp("outcomes"))
    scenario.given(IN_TRIAL, BEGUN).on(20)
    for command in commands:
        try:
            scenario.app.engine.execute(TRIAL, command, person(Role.INVESTIGATOR))
        except TrialogError:
            continue
    now = known(scenario)
    for when in MOMENTS:
        then = known(scenario, when)
        begun = {
            name: each for name, each in now.adverse_events.items() if each.onset.at.earliest <= when.earliest
        }
        assert then.adverse_events == {name: had(each, when) for name, each in begun.items()}
        assert {name: seen(each, when) for name, each in then.episodes.items()} == {
            name: seen(each, when)
            for name, each in now.episodes.items()
            if each.onset.at.earliest <= when.earliest
        }
    assert compare(scenario.app.reading, TRIAL)[1] == []
    assert replayed(scenario).unexplained == ()
    scenario.close()
