"""Laws of the folds and the read models, over random histories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.alert import Alert
from domain.casebook import Casebook, TrialFold
from domain.clinical_time import Instant
from domain.identifiers import TRIAL_STREAM
from domain.product_lot import ProductLot
from domain.record import Record
from domain.sample import SampleVoided
from projections.as_of import Axis, FoldedView, View
from projections.documents import MODELS, project, reader
from projections.rebuild import compare, rebuilt
from tests.support.commands import CODES
from tests.support.histories import HISTORIES, histories, told
from tests.support.trial import TRIAL
from workflows.command import Command


def states(fold: TrialFold) -> dict[str, object]:
    """Every state of a fold, as the views tell them."""
    books = dict(sorted(fold.casebooks.items()))
    return {
        "trial": fold.trial,
        "enrolment": fold.enrolment,
        "participants": {code: book.participant for code, book in books.items() if book.participant},
        "visits": {code: book.visits for code, book in books.items() if book.visits},
        "results": {code: book.results for code, book in books.items() if book.results},
        "infusions": {code: _numbered(book) for code, book in books.items() if book.infusions},
        "outcomes": {code: book.outcomes for code, book in books.items() if book.outcomes is not None},
        "records": {code: book.records for code, book in books.items() if book.records is not None},
        "lots": dict(sorted(fold.singles(ProductLot).items())),
        "alerts": dict(sorted(fold.singles(Alert).items())),
    }


def _numbered(book: Casebook) -> dict[str, object]:
    return {str(number): known for number, known in book.infusions.items()}


def seen(view: View) -> dict[str, object]:
    """Every state that a view tells."""
    return {
        "trial": view.trial,
        "enrolment": view.enrolment,
        "participants": view.participants(),
        "visits": view.visits(),
        "results": view.results(),
        "infusions": view.infusions(),
        "outcomes": view.outcomes(),
        "records": view.records(),
        "lots": view.singles(ProductLot),
        "alerts": view.singles(Alert),
    }


def documents(fold: TrialFold, records: Iterable[Record]) -> dict[tuple[str, str], str]:
    """The read-model rows that records make on top of a fold, at the end."""
    touched = {change: None for record in records for change in fold.apply(record)}
    return {(each.model, each.key): each.body for each in project(fold, touched, 0)}


@HISTORIES
@given(histories, st.floats(0, 1))
def test_folding_a_beginning_and_then_the_rest_is_folding_all(chosen: list[Command], share: float) -> None:
    with told(chosen) as scenario:
        history = scenario.records()
        split = int(share * len(history))
        whole, parts = TrialFold(), TrialFold()
        at_once = documents(whole, history)
        in_parts = documents(parts, history[:split]) | documents(parts, history[split:])
        assert states(parts) == states(whole)
        assert in_parts == at_once


@HISTORIES
@given(histories)
def test_what_is_stored_is_what_a_rebuild_makes_to_the_byte(chosen: list[Command]) -> None:
    with told(chosen) as scenario:
        count, differences = compare(scenario.app.reading, TRIAL)
        assert differences == []
        stored = scenario.store.rows("SELECT model, key, position, body FROM document")
        assert count == len(stored)
        assert sorted(stored) == sorted(tuple(each) for each in rebuilt(scenario.app.reading, TRIAL))


@HISTORIES
@given(histories)
def test_the_trial_as_of_every_position_is_a_fold_of_the_facts_until_then(chosen: list[Command]) -> None:
    with told(chosen) as scenario:
        fold = TrialFold()
        entries = list(scenario.app.reading.entries(TRIAL))
        for entry in entries:
            fold.apply(entry.record)
            if entry.record.position == entry.command.last:
                expected = states(fold)
                for position in range(entry.command.first, entry.command.last + 1):
                    view = scenario.view(position)
                    assert seen(view) == expected
                    assert view.position == entry.command.last
                assert seen(scenario.view(entry.command.recorded_at)) == expected


@HISTORIES
@given(histories, st.integers(-30 * 24, 60))
def test_the_effective_axis_is_a_fold_of_what_had_happened_by_then(chosen: list[Command], hours: int) -> None:
    with told(chosen) as scenario:
        instant = Instant.of(scenario.clock.moment + timedelta(hours=hours))
        happened = happened_by(scenario.records(), instant.moment)
        view = scenario.view(instant, Axis.EFFECTIVE)
        expected = states(TrialFold().run(happened))
        randomized = sum(
            book.participant is not None and book.participant.randomized is not None
            for book in TrialFold().run(happened).casebooks.values()
        )
        assert view.enrolment.allocated == randomized
        assert {**seen(view), "enrolment": None} == {**expected, "enrolment": None}


@HISTORIES
@given(histories, st.integers(-30 * 24, 60), st.floats(0, 1))
def test_what_had_happened_is_told_as_it_was_known_at_any_position(
    chosen: list[Command], hours: int, share: float
) -> None:
    with told(chosen) as scenario:
        entries = list(scenario.app.reading.entries(TRIAL))
        entry = entries[round(share * (len(entries) - 1))]
        position, command = entry.record.position, entry.command
        instant = Instant.of(scenario.clock.moment + timedelta(hours=hours))
        known = [each for each in scenario.records() if each.position <= command.last]
        expected = states(TrialFold().run(happened_by(known, instant.moment)))
        for known_at in (position, command.recorded_at):
            view = scenario.view(instant, Axis.EFFECTIVE, known_at)
            assert (view.position, view.known_at, view.moment) == (
                command.last,
                command.recorded_at,
                instant.moment,
            )
            assert {**seen(view), "enrolment": None} == {**expected, "enrolment": None}
        then = scenario.view(position, Axis.EFFECTIVE)
        assert (then.position, then.moment) == (command.last, command.recorded_at.moment)
        assert seen(then) == seen(scenario.view(command.recorded_at, Axis.EFFECTIVE, position))


def happened_by(history: list[Record], moment: datetime) -> list[Record]:
    """What had happened by then, and the beginning of whatever it had happened to. What was taken back as a
    whole is one thing, and what begins under its name afterwards another.
    """
    ended: Counter[str] = Counter()
    about: list[tuple[Record, tuple[str, int], bool]] = []
    for record in history:
        ends = isinstance(record.fact, SampleVoided) and record.fact.part == "sample"
        about.append((record, (record.stream, ended[record.stream]), ends or record.fact.TOPIC in BEGINNINGS))
        ended[record.stream] += ends
    last = {what: each for each, what, begins in about if begins}
    known = {what for what, each in last.items() if each.effective_at.earliest <= moment}
    known |= {what for each, what, begins in about if not begins and each.effective_at.earliest <= moment}
    return [
        each
        for each, what, begins in about
        if each.stream == TRIAL_STREAM or (what in known if begins else each.effective_at.earliest <= moment)
    ]


BEGINNINGS = (
    "participant.pre_screened.v1",
    "participant.screening_corrected.v1",
    "lot.registered.v1",
    "safety.report_opened.v1",
    "sample.taken.v1",
    "sample.corrected.v1",
)


@HISTORIES
@given(histories)
def test_both_axes_agree_once_everything_has_happened(chosen: list[Command]) -> None:
    with told(chosen) as scenario:
        recorded = scenario.view()
        effective = scenario.view(Instant.of(scenario.clock.moment + timedelta(days=9000)), Axis.EFFECTIVE)
        assert seen(recorded) == seen(effective)


@HISTORIES
@given(histories)
def test_a_view_of_one_participant_is_its_part_of_the_whole(chosen: list[Command]) -> None:
    with told(chosen) as scenario:
        for view in (scenario.view(), scenario.view(None, Axis.EFFECTIVE)):
            assert isinstance(view, FoldedView) is (view.axis is Axis.EFFECTIVE)
            for code in CODES:
                assert view.visits(code) == _part(view.visits(), code)
                assert view.results(code) == _part(view.results(), code)
                assert view.infusions(code) == _part(view.infusions(), code)
                assert view.outcomes(code) == _part(view.outcomes(), code)
                assert view.records(code) == _part(view.records(), code)


def _part(whole: Mapping[str, object], code: str) -> dict[str, object]:
    return {key: each for key, each in whole.items() if key == code}


@HISTORIES
@given(histories)
def test_every_stored_row_is_read_as_the_state_it_was_written_from(chosen: list[Command]) -> None:
    with told(chosen) as scenario:
        fold = TrialFold()
        for record in scenario.records():
            for change in fold.apply(record):
                for row in project(fold, [change], record.position):
                    if row.model == MODELS[change.model]:
                        assert reader(change.model)(row.body) == fold.state(change)
                    assert row.model in MODELS.values()
