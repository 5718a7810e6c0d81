"""How one type of decompensation went in one participant: what was seen at baseline and after, day by day.

Two sources: episodes, as they were recorded, and where the protocol names a sign, what the visits found. A
visit that did not assess the sign tells nothing; it is never read as absence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from domain.clinical_time import ClinicalTime
from domain.decompensation import Episode
from domain.observation import VisitResults, item_of
from projections.chart import Chart, certainly_before
from projections.endpoints.follow_up import FollowUp, first_day, last_day

ABSENT = 0
UNGRADED = 1
"""The rank of an episode without a grade: present, as mild as can be."""


class Sign(NamedTuple):
    """What visits look for: an item, all its grades, and those that count as present, mildest first."""

    item: str
    grades: tuple[str, ...]
    present: tuple[str, ...]


class Sighting(NamedTuple):
    """What was seen on a day: 0 absent, else how bad, 1 the mildest. `opens` tells a new episode."""

    day: int
    rank: int
    visit: str
    opens: bool


@dataclass(frozen=True, slots=True)
class Course:
    """The course of one type in one participant. Days count from day 0.

    `baseline` is 0 for free, None for not known. `assessed_until` is the last day that could show the type:
    the last assessment of its sign, or, without a sign, the last day alive.
    """

    baseline: int | None
    sightings: tuple[Sighting, ...]
    at_visits: dict[str, int]
    assessed_until: int

    @property
    def first(self) -> int | None:
        """The day of the first event in somebody free at baseline."""
        return next((seen.day for seen in self.sightings if seen.rank), None)

    @property
    def new_or_worse(self) -> int | None:
        """The day of the first event that is new, back again, or worse than at baseline.

        Where the baseline is not known, what a visit finds may have been there: it is new only in an episode
        that opens, or once a visit has found it absent.
        """
        gone = self.baseline == ABSENT
        for seen in self.sightings:
            worse = self.baseline is not None and seen.rank > self.baseline
            if seen.opens or worse or (gone and seen.rank):
                return seen.day
            gone = gone or seen.rank == ABSENT
        return None


def course_of(chart: Chart, known: FollowUp, kind: str, sign: Sign | None) -> Course:
    """The course of a type of decompensation."""
    sightings: list[Sighting] = []
    before: list[tuple[int, int]] = []
    at_visits: dict[str, int] = {}
    if sign is not None:
        for visit, results in chart.results.items():
            found = _graded(results, sign)
            if found is None:
                continue
            rank, taken = found
            day = (first_day(taken) - known.zero).days
            if _at_baseline(chart, visit, taken, day):
                before.append((day, rank))
            elif _counts(day, known, is_visit=True):
                sightings.append(Sighting(day, rank, visit, opens=False))
                at_visits[visit] = rank
    episodes = [
        sorted(_episode(each, known, sign), key=lambda seen: seen.day)
        for each in chart.outcomes.episodes.values()
        if each.type == kind
    ]
    for seen in episodes:
        sightings += [each for each in seen if each.day >= 0 and _counts(each.day, known, is_visit=False)]
    begun = max(map(_rank_before, episodes), default=ABSENT)
    if sign is None:
        at_visits = dict(_open_at_visits(chart, known, episodes))
    baseline = max(before)[1] if before else (None if sign is not None else ABSENT)
    if begun:
        baseline = max(baseline or 0, begun)
    sightings.sort(key=lambda each: (each.day, -each.rank))
    assessed = known.alive_until if sign is None else max((each.day for each in sightings), default=0)
    return Course(baseline, tuple(sightings), at_visits, min(assessed, known.alive_until))


def _graded(results: VisitResults, sign: Sign) -> tuple[int, ClinicalTime] | None:
    """How bad the sign was at a visit, by the first grade that stands."""
    for name, result in results.items():
        if item_of(name) == sign.item and not result.is_voided:
            return _rank(result.value, sign), result.taken
    return None


def _rank(grade: str, sign: Sign) -> int:
    return sign.present.index(grade) + 1 if grade in sign.present else ABSENT


def _at_baseline(chart: Chart, visit: str, taken: ClinicalTime, day: int) -> bool:
    if visit == chart.protocol.scores.baseline_visit:
        return True
    return day < 0 or (chart.anchor is not None and certainly_before(taken, chart.anchor.at))


def _counts(day: int, known: FollowUp, *, is_visit: bool) -> bool:
    """Whether what was seen on a day is of the native liver of somebody alive."""
    grafted = known.transplanted
    before_graft = grafted is None or day < grafted or (day == grafted and not is_visit)
    return before_graft and (known.died is None or day <= known.died)


def _episode(episode: Episode, known: FollowUp, sign: Sign | None) -> Iterator[Sighting]:
    """What an episode shows, its grades by when they were seen, then its end. One that may have begun after
    day 0 counts as begun after it.
    """
    for place, (grade, when) in sorted(enumerate(episode.grades), key=lambda each: each[1][1].at.earliest):
        day = (first_day(when.at) - known.zero).days
        if day < 0 <= (last_day(when.at) - known.zero).days:
            day = 0
        rank = UNGRADED
        if sign is not None and grade in sign.grades:
            rank = _rank(grade, sign)
        yield Sighting(day, rank, "", opens=place == 0 and rank > ABSENT)
    if episode.resolved is not None:
        yield Sighting((first_day(episode.resolved.at) - known.zero).days, ABSENT, "", opens=False)


def _rank_before(seen: list[Sighting]) -> int:
    """How bad an episode was when day 0 began: 0 if it had not begun, or was over."""
    earlier = [each for each in seen if each.day < 0]
    return earlier[-1].rank if earlier else ABSENT


def _open_at_visits(
    chart: Chart, known: FollowUp, episodes: list[list[Sighting]]
) -> Iterator[tuple[str, int]]:
    """Without a sign a visit tells whether an episode is open on its day, as far as its end was recorded."""
    for visit in chart.visits.values():
        if visit.attended is None:
            continue
        day = (first_day(visit.attended.at) - known.zero).days
        if day >= 0 and _counts(day, known, is_visit=True):
            so_far = ([each for each in seen if each.day <= day] for seen in episodes)
            yield visit.visit, max((seen[-1].rank for seen in so_far if seen), default=ABSENT)
