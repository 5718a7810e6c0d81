"""From a score to where it comes from: its inputs, units, conversions, bounds, corrections and facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from domain.identifiers import participant_stream
from domain.record import Entry
from projections.as_of import View, entries_of, participant_of
from projections.ports import Reading
from projections.scores import InputUsed, VisitScore, check_named, facts_of_results, scores


@dataclass(frozen=True, slots=True)
class Lineage:
    """A score, and every fact it comes from: by input, in order of recording; for what ended it; for values
    that were not used. `version` is the protocol version whose rules put it together.
    """

    score: VisitScore
    version: str
    inputs: tuple[tuple[InputUsed, tuple[Entry, ...]], ...]
    unusable: tuple[tuple[Entry, ...], ...]
    ended_by: Entry | None


def lineages(reading: Reading, view: View, code: str, visit: str, score: str) -> Iterator[Lineage]:
    """The lineage of a visit's scores of that name: a formula's id (`meld.unos2002`) or its family (`meld`).

    Raises NotFound for a participant, visit or score there is none of.
    """
    found = list(scores(view, code))
    check_named("visit", visit, (each.visit for each in found))
    of_visit = [each for each in found if each.visit == visit]
    chosen = [each for each in of_visit if score in (each.formula, each.formula.partition(".")[0])]
    if not chosen:
        check_named("score", score, (each.formula for each in of_visit))
    entries = {
        entry.record.position: entry for entry in entries_of(reading, view, stream=participant_stream(code))
    }
    about = facts_of_results(entry.record for entry in entries.values())
    version = view.trial.protocol_for(*_followed(view, code)).version
    for each in chosen:
        yield Lineage(
            each,
            version,
            tuple((used, _facts(entries, _of_input(each, used, about))) for used in each.inputs),
            tuple(_facts(entries, about.get((visit, lost.id), (lost.fact,))) for lost in each.unusable),
            None if each.end is None else entries.get(each.end),
        )


def _of_input(
    score: VisitScore, used: InputUsed, about: dict[tuple[str, str], tuple[int, ...]]
) -> tuple[int, ...]:
    """Every fact about an input: of its result, of its sessions, or the one that told it."""
    known = about.get((score.visit, used.result), used.facts)
    return known or ((used.fact,) if used.fact else ())


def _facts(entries: dict[int, Entry], positions: tuple[int, ...]) -> tuple[Entry, ...]:
    return tuple(entries[each] for each in positions if each in entries)


def _followed(view: View, code: str) -> tuple[str, tuple[str, ...]]:
    known = participant_of(view, code)
    return known.site, known.consent_versions
