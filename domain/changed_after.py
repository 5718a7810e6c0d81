"""What was changed of a participant once the allocation had been disclosed, and waits to be signed for.

A result is then changed by the signed word of an investigator alone (`domain.correction`). What happens at
the bedside is recorded when it happens all the same: an adverse event that grew worse, another grade, a visit
that was thought to be missed. Such a change is flagged, and waits until an investigator has signed for it
(ICH E6(R3) 3.16.2(e)). That it waits is computed; that it was signed for is a fact (`ChangesAuthorised`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from domain.casebook import Casebook
from domain.happened import Happened
from domain.outcome import Outcomes
from domain.sample import Sample
from domain.trial import Trial
from domain.voided import RECORDS


class Changed(NamedTuple):
    """A change made after unblinding: of which record, and the fact that made it."""

    record: str
    when: Happened


def changed_after(trial: Trial, casebook: Casebook, samples: Iterable[Sample]) -> list[Changed]:
    """What was changed after the participant's allocation was disclosed, or the whole list, oldest first:
    of the casebook, and of the participant's samples.

    What was entered then for the first time is no change.
    """
    if casebook.participant is None:
        return []
    told = [each.when.fact for each in casebook.participant.unblinded]
    if trial.revealed is not None:
        told.append(trial.revealed.fact)
    first = min(told, default=0)
    found = (each for each in (*_changes(casebook), *_of_samples(samples)) if each.when.fact > first)
    return sorted(found, key=lambda each: each.when.fact) if first else []


def unauthorised(trial: Trial, casebook: Casebook, samples: Iterable[Sample]) -> list[Changed]:
    """Those changes for which no investigator has signed yet."""
    words = casebook.records.authorised if casebook.records is not None else ()
    signed = {fact for word in words for fact in word.facts}
    return [each for each in changed_after(trial, casebook, samples) if each.when.fact not in signed]


def _of_samples(samples: Iterable[Sample]) -> Iterator[Changed]:
    """Each fact that put right what was recorded of a sample, or took it back."""
    for sample in samples:
        put_right = dict.fromkeys(each.by for each in sample.replaced)
        taken_back = (sample.voided,) if sample.voided is not None else ()
        yield from (Changed(f"sample {sample.sample}", when) for when in (*put_right, *taken_back))


def _changes(casebook: Casebook) -> Iterator[Changed]:
    """Every fact that put another value in the place of one; of results, another time."""
    outcomes = casebook.outcomes or Outcomes()
    for event, known in outcomes.adverse_events.items():
        yield from (Changed(event, word.when) for word in known.words[1:])
    put_right = {when for _, when in outcomes.corrected}
    for episode, graded in outcomes.episodes.items():
        yield from (Changed(episode, when) for _, when in graded.grades[1:] if when not in put_right)
    yield from (Changed(name, when) for name, when in outcomes.corrected)
    for each in outcomes.voided:
        yield Changed("treatments" if each.event == "treatment" else each.which.split()[0], each.by)
    for visit in casebook.visits.values():
        if visit.missed is not None and visit.attended is not None:
            yield Changed(visit.visit, visit.attended)
        yield from (Changed(visit.visit, when) for when in visit.put_right)
    for name, results in casebook.results.items():
        moved = (Happened(each.taken, each.moved) for each in results.values() if each.moved)
        yield from (Changed(name, when) for when in moved)
    for number, infusion in casebook.infusions.items():
        yield from (Changed(f"infusion-{number}", when) for when in infusion.corrected)
        if infusion.given_after_all is not None:
            yield Changed(f"infusion-{number}", infusion.given_after_all)
    for voided in casebook.known.voided:
        yield Changed(RECORDS[voided.event], voided.by)
    if casebook.known.birth_corrected is not None:
        yield Changed("registration", casebook.known.birth_corrected)
