"""What the decisions on samples ask. One taken or handed out all the same is recorded: that shows as a
deviation.
"""

from __future__ import annotations

from typing import Any

from domain.consent import NEEDS_PERMIT, Purpose
from domain.fact import Fact
from domain.leaving import abroad, kept_back
from domain.sample import (
    Sample,
    SampleCorrected,
    SampleDestroyed,
    SampleHandedOut,
    SampleTaken,
    SampleVoided,
)
from workflows.conformance.looking import Asking, Conditions, Seen
from workflows.sample import HandOutSample


def _taken(fact: SampleTaken, seen: Seen) -> Conditions:
    known = _sample(fact, seen)
    yield known is not None and known.voided is None, "sample.known_already"


def _handed_out(fact: SampleHandedOut, seen: Seen) -> Conditions:
    known, at = _sample(fact, seen), seen.record.effective_at
    yield from _known(known)
    anew = list(seen.looking.beside(SampleVoided))
    if not anew:
        yield (
            seen.kind is HandOutSample and known is not None and known.destroyed is not None,
            "sample.destroyed",
        )
        yield known is not None and not known.times._replace(left=(at,)).can_be, "sample.out_of_order"
    elif known is not None:
        others = (each.when.at for each in known.handed_out if each.when.at != anew[0].was)
        yield not known.times._replace(left=(*others, at)).can_be, "sample.out_of_order"
    if seen.kind is not HandOutSample:  # told as it was, and judged by the deviation log
        return
    uses = set(fact.uses)
    yield bool(NEEDS_PERMIT & uses) and not fact.permit, "export.no_permit"
    yield abroad(fact.country, seen.trial) and Purpose.CROSS_BORDER not in uses, "export.crosses_border"
    yield known is not None and known.genetic and Purpose.GENETIC not in uses, "export.genetic_inside"
    person = seen.looking.situation.case(fact.participant).participant
    yield person.withdrawn("samples") is not None, "consent.samples_withdrawn"
    yield any(kept_back(person, use) is not None for use in fact.uses), "export.not_granted"


def _destroyed(fact: SampleDestroyed, seen: Seen) -> Conditions:
    known, at = _sample(fact, seen), seen.record.effective_at
    yield from _known(known)
    yield from _there(known)
    yield known is not None and not known.times._replace(destroyed=at).can_be, "sample.out_of_order"


def _corrected(fact: SampleCorrected, seen: Seen) -> Conditions:
    known = _sample(fact, seen)
    yield from _known(known)
    yield not any(fact.replaced()), "event.same"
    if known is not None:
        was = (fact.was, fact.material_was, fact.genetic_was)
        yield was != (known.taken.at, known.material, known.genetic), "event.not_recorded"
        yield not known.times._replace(taken=fact.at).can_be, "sample.out_of_order"
    yield from seen.of_participant(fact.participant).unjustified()


def _voided(fact: SampleVoided, seen: Seen) -> Conditions:
    known = _sample(fact, seen)
    yield from _known(known)
    if known is not None:
        taken, left, destroyed = known.times
        if fact.part == "sample":
            yield bool(left) or destroyed is not None, "sample.parts_stand"
        stood = {"sample": (taken,), "hand_out": left, "destruction": (destroyed,)}[fact.part]
        yield fact.was not in stood, "event.not_recorded"
    yield from seen.of_participant(fact.participant).unjustified()


def _known(known: Sample | None) -> Conditions:
    yield known is None, "sample.unknown"
    yield known is not None and known.voided is not None, "sample.voided"


def _there(known: Sample | None) -> Conditions:
    yield known is not None and known.destroyed is not None, "sample.destroyed"


def _sample(fact: Any, seen: Seen) -> Sample | None:  # noqa: ANN401 - the facts of a sample
    key = f"{fact.participant}/{fact.sample}"
    return seen.looking.situation.states.single(Sample, key)


CONDITIONS: dict[type[Fact], Asking] = {
    SampleTaken: _taken,
    SampleHandedOut: _handed_out,
    SampleDestroyed: _destroyed,
    SampleCorrected: _corrected,
    SampleVoided: _voided,
}
