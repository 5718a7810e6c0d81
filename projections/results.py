"""The results of a trial as of any instant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from projections.as_of import View


class ResultRow(NamedTuple):
    """One result: what stands, when it was taken, and the facts that set and first recorded it.

    `was` are the values that stood there before, oldest first, and `taken_was` the times: a correction hides
    nothing.
    """

    participant: str
    visit: str
    result: str
    value: str
    unit: str
    comparator: str
    taken: str
    state: str
    check: str
    fact: int
    first: int
    was: tuple[str, ...]
    taken_was: tuple[str, ...]


def result_rows(view: View, code: str = "") -> Iterator[ResultRow]:
    """Every result, by participant, visit in plan order, those beside the plan last, and result id."""
    planned = {visit: number for number, visit in enumerate(_plan(view))}
    for participant, visits in view.results(code).items():
        for visit in sorted(visits, key=lambda each: planned.get(each, len(planned))):
            for result, known in visits[visit].items():
                yield ResultRow(
                    participant,
                    visit,
                    result,
                    known.value,
                    known.unit,
                    known.comparator,
                    str(known.taken),
                    known.state,
                    known.check,
                    known.fact,
                    known.first,
                    known.was,
                    known.taken_was,
                )


def of_their_own_time(view: View, code: str, visit: str) -> Iterator[ResultRow]:
    """The standing results of a visit that were taken at another time than the participant came."""
    known = view.visits(code).get(code, {}).get(visit)
    came = str(known.attended.at) if known is not None and known.attended is not None else ""
    for row in result_rows(view, code):
        if row.visit == visit and row.state != "voided" and row.taken != came:
            yield row


def _plan(view: View) -> tuple[str, ...]:
    trial = view.trial
    return tuple(trial.protocol.visit_plans) if trial.versions else ()
