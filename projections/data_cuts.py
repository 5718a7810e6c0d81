"""Named instants: the data cuts of a trial, each with its position, its instant and who named it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from domain.clinical_time import Instant
from domain.identifiers import TRIAL_STREAM
from domain.record import Entry
from domain.trial import DataCutNamed
from projections.as_of import View, entries_of
from projections.ports import Reading, newest_entry


class DataCut(NamedTuple):
    """A name for a position: when what stands there was recorded, the ledger's root, who named it."""

    name: str
    position: int
    instant: Instant
    root: str
    named: Entry


def data_cuts(reading: Reading, view: View) -> Iterator[DataCut]:
    """Every data cut that was named as of a view, in the order they were named."""
    for entry in entries_of(reading, view, stream=TRIAL_STREAM):
        fact = entry.record.fact
        if isinstance(fact, DataCutNamed):
            cut = newest_entry(reading, view.trial_id, fact.position)
            yield DataCut(fact.name, fact.position, cut.command.recorded_at, fact.root, entry)
