"""What the decisions on samples ask. One taken all the same is recorded: that shows as a deviation."""

from __future__ import annotations

from typing import Any

from domain.consent import NEEDS_PERMIT, Purpose
from domain.fact import Fact
from domain.leaving import kept_back
from domain.sample import Sample, SampleDestroyed, SampleHandedOut, SampleTaken
from workflows.conformance.looking import Asking, Conditions, Seen
from workflows.leaving import abroad


def _taken(fact: SampleTaken, seen: Seen) -> Conditions:
    yield _sample(fact, seen) is not None, "sample.known_already"


def _handed_out(fact: SampleHandedOut, seen: Seen) -> Conditions:
    yield from _there(fact, seen)
    known = _sample(fact, seen)
    uses = set(fact.uses)
    yield bool(NEEDS_PERMIT & uses) and not fact.permit, "export.no_permit"
    yield abroad(fact.country, seen.trial) and Purpose.CROSS_BORDER not in uses, "export.crosses_border"
    yield known is not None and known.genetic and Purpose.GENETIC not in uses, "export.genetic_inside"
    person = seen.looking.situation.case(fact.participant).participant
    yield person.withdrawn("samples") is not None, "consent.samples_withdrawn"
    yield any(kept_back(person, use) is not None for use in fact.uses), "export.not_granted"


def _there(fact: Any, seen: Seen) -> Conditions:  # noqa: ANN401 - what is done with a sample
    known = _sample(fact, seen)
    yield known is None, "sample.unknown"
    yield known is not None and known.destroyed is not None, "sample.destroyed"


def _sample(fact: Any, seen: Seen) -> Sample | None:  # noqa: ANN401 - the facts of a sample
    key = f"{fact.participant}/{fact.sample}"
    return seen.looking.situation.states.single(Sample, key)


CONDITIONS: dict[type[Fact], Asking] = {
    SampleTaken: _taken,
    SampleHandedOut: _handed_out,
    SampleDestroyed: _there,
}
