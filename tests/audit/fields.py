"""What a view tells, field by field: put together from its states, not from the facts."""

from __future__ import annotations

from collections.abc import Iterator

from domain.aggregates import AGGREGATES
from domain.casebook import Touched
from projections.as_of import View
from projections.fields import Leaf, Place, leaves, place_of

Fields = dict[Place, Leaf]


def states(view: View) -> Iterator[tuple[Touched, object]]:
    """Every state of a view, under its model and key."""
    yield Touched("trial", ""), view.stood
    yield Touched("enrolment", ""), view.enrolment
    for code, known in view.participants().items():
        yield Touched("participant", code), known
    for model, parts in (
        ("visit", view.visits()),
        ("results", view.results()),
        ("infusion", view.infusions()),
    ):
        for code, each in parts.items():
            for part, state in each.items():
                yield Touched(model, f"{code}/{part}"), state
    for code, outcomes in view.outcomes().items():
        yield Touched("outcomes", code), outcomes
    for code, records in view.records().items():
        yield Touched("records", code), records
    for aggregate in AGGREGATES:
        singles: dict[str, object] = view.singles(aggregate.state)
        for key, single in singles.items():
            yield Touched(aggregate.model, key), single


def fields(view: View) -> Fields:
    """Every field of a view that something stands in."""
    return {
        place_of(touched, path): leaf
        for touched, state in states(view)
        for path, leaf in leaves(state).items()
    }


def differing(before: Fields, after: Fields) -> dict[Place, tuple[Leaf | None, Leaf | None]]:
    """The fields two views tell differently."""
    found = {}
    for place in before.keys() | after.keys():
        old, new = before.get(place), after.get(place)
        if old is None or new is None or not old.same(new):
            found[place] = (old, new)
    return found
