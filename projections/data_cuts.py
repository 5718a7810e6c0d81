"""Named instants: the data cuts of a trial, each with its position, its instant and who named it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from domain.clinical_time import Instant
from domain.identifiers import TRIAL_STREAM
from domain.record import Entry
from domain.trial import DataCutNamed
from projections.as_of import View
from projections.ports import Reading

Root = Callable[[int], str | None]
"""The root of the trial's ledger at a position, if there is one."""


def no_root(_position: int) -> str | None:
    """No root is known."""
    return None


class DataCut(NamedTuple):
    """A name for a position: when what stands there was recorded, and the fact that named it."""

    name: str
    position: int
    instant: Instant
    root: str | None
    named: Entry


def data_cuts(reading: Reading, view: View, root: Root = no_root) -> Iterator[DataCut]:
    """Every data cut that was named as of a view, in the order they were named."""
    for entry in reading.entries(view.trial_id, stream=TRIAL_STREAM, upto=view.position):
        fact = entry.record.fact
        if isinstance(fact, DataCutNamed):
            cut = next(reading.entries(view.trial_id, after=fact.position - 1, upto=fact.position))
            yield DataCut(
                fact.name, fact.position, cut.command.recorded_at, fact.root or root(fact.position), entry
            )
