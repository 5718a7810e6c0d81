"""What stands against locking as of any instant: all of it, listed."""

from __future__ import annotations

from collections.abc import Iterator

from domain.casebook import TrialFold
from domain.casebook_paths import CASEBOOK
from domain.lock_guards import Matter, matters
from domain.query import Query
from domain.sample import Sample
from projections.as_of import Axis, View
from projections.happened import happened
from projections.ports import Reading


def against_locking(
    reading: Reading, view: View, *, participant: str = "", site: str = "", record: str = CASEBOOK
) -> Iterator[Matter]:
    """What stands against locking a participant's record, a site, or the trial. Folds the whole history."""
    history = reading.replay(view.trial_id, upto=view.position)
    fold = TrialFold().run(history if view.axis is Axis.RECORDED else happened(history, view.moment))
    casebooks = [
        each
        for code, each in sorted(fold.casebooks.items())
        if each.participant is not None and participant in ("", code) and site in ("", each.participant.site)
    ]
    queries, samples = fold.singles(Query).values(), fold.singles(Sample).values()
    yield from matters(view.trial, casebooks, queries, samples, record)
