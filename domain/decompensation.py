"""Episodes of decompensation: their facts, their state, and how the one follows from the other.

What a fact put right or took back is told by the fact; topics are the storage format.
"""

from datetime import datetime
from typing import Annotated, NamedTuple

from pydantic import StringConstraints

from domain.clinical_time import ClinicalTime
from domain.fact import Fact
from domain.happened import Happened
from domain.identifiers import Key
from domain.put_right import Righted, told_right
from domain.words import in_chinese

Part = Annotated[str, StringConstraints(pattern=r"^(decompensation|grade|resolution)$")]
"""What is voided of an episode: all of it, a later grade, or that it resolved."""

# ---------------------------------------------------------------- facts


class DecompensationOpened(Fact):
    """An episode of decompensation began."""

    TOPIC = "decompensation.opened.v1"
    EN = "Decompensation {episode}: {type} ({subtype}), grade {grade}"
    ZH = "失代偿事件 {episode}：{type}（{subtype}），分级 {grade}"
    episode: Key
    type: Key
    subtype: str = ""
    grade: str = ""


class DecompensationGraded(Fact):
    """An episode's grade changed."""

    TOPIC = "decompensation.graded.v1"
    EN = "Decompensation {episode} graded {grade}"
    ZH = "失代偿事件 {episode} 分级 {grade}"
    episode: Key
    grade: str


class DecompensationResolved(Fact):
    """An episode ended."""

    TOPIC = "decompensation.resolved.v1"
    EN = "Decompensation {episode} resolved"
    ZH = "失代偿事件 {episode} 缓解"
    episode: Key


class DecompensationCorrected(Fact):
    """An episode began otherwise than was recorded: at another time, of another type or subtype, with another
    first grade. It takes the clinical time of the onset that is right, and tells how it began. The episode
    keeps its name.
    """

    TOPIC = "decompensation.corrected.v1"
    EN = "Decompensation {episode} corrected: {now}"
    ZH = "失代偿事件 {episode} 更正：{now_zh}"
    PUTS_RIGHT = "corrected"
    episode: Key
    type: Key
    subtype: str = ""
    grade: str = ""
    onset: ClinicalTime
    onset_was: ClinicalTime
    type_was: Key
    subtype_was: str = ""
    grade_was: str = ""

    @property
    def now(self) -> str:
        """What it is corrected to and what stood there, for the sentence."""
        return told_right(self._righted(("onset", "type", "subtype", "grade"), "none"))

    @property
    def now_zh(self) -> str:
        """What it is corrected to and what stood there, for the sentence in Chinese."""
        return told_right(self._righted(("发生时间", "类型", "亚型", "分级"), "无"), zh=True)

    def _righted(self, names: tuple[str, str, str, str], none: str) -> tuple[Righted, ...]:
        onset, kind, subtype, grade = names
        return (
            (onset, self.onset, self.onset_was),
            (kind, self.type, self.type_was),
            (subtype, self.subtype or none, self.subtype_was or none),
            (grade, self.grade or none, self.grade_was or none),
        )


class DecompensationGradeCorrected(Fact):
    """A later grade of an episode was another, or was seen at another time, than was recorded. It takes the
    clinical time that is right.
    """

    TOPIC = "decompensation.grade_corrected.v1"
    EN = "Decompensation {episode} corrected: graded {grade}, was {grade_was}, {was}"
    ZH = "失代偿事件 {episode} 更正：分级 {grade}，原为 {grade_was}，{was}"
    PUTS_RIGHT = "corrected"
    episode: Key
    grade: str
    grade_was: str
    was: ClinicalTime


class DecompensationResolutionCorrected(Fact):
    """An episode ended at another time than was recorded. It takes the clinical time that is right."""

    TOPIC = "decompensation.resolution_corrected.v1"
    EN = "Decompensation {episode} corrected: when it resolved, was {was}"
    ZH = "失代偿事件 {episode} 更正：缓解时间，原为 {was}"
    PUTS_RIGHT = "corrected"
    episode: Key
    was: ClinicalTime


class DecompensationVoided(Fact):
    """An episode, a later grade of it or its end was not at the time `was` that was recorded: it was recorded
    in error, or beside this fact stands when it was.
    """

    TOPIC = "decompensation.voided.v1"
    EN = "Voided as recorded in error: {part} {which}, {was}"
    ZH = "误录作废：{part_zh} {which}，{was}"
    PUTS_RIGHT = "voided"
    episode: Key
    part: Part
    grade: str = ""
    was: ClinicalTime

    @property
    def which(self) -> str:
        """Which it is that is voided: `ascites-1`, of a grade `ascites-1 severe`."""
        return f"{self.episode} {self.grade}".strip()

    @property
    def part_zh(self) -> str:
        """What is voided, for the sentence in Chinese."""
        return in_chinese(self.part)


HAPPENINGS = (DecompensationOpened, DecompensationGraded, DecompensationResolved)
"""Facts of what went on."""

PUT_RIGHT = (
    DecompensationCorrected,
    DecompensationGradeCorrected,
    DecompensationResolutionCorrected,
    DecompensationVoided,
)
"""Facts that put right or take back what was recorded."""

FACTS = (*HAPPENINGS, *PUT_RIGHT)

# ---------------------------------------------------------------- state

Grade = tuple[str, Happened]
"""A grade, and when it was seen."""


class Episode(NamedTuple):
    """One episode of decompensation. `grades` are in the order of recording, that of the onset first."""

    type: str
    subtype: str
    grades: tuple[Grade, ...]
    onset: Happened
    resolved: Happened | None

    @property
    def grade(self) -> str:
        """The grade that stands: the newest by when it was seen, whenever it was recorded."""
        return max(reversed(self.grades), key=_when_seen)[0]


class Later(NamedTuple):
    """What came after the onset of an episode. Of one that is not there, or not yet, it is kept: it holds
    should the episode be put right.
    """

    grades: tuple[Grade, ...] = ()
    resolved: Happened | None = None


class Episodes(NamedTuple):
    """The episodes of a participant by name, and what came after the onset of those that are not there."""

    standing: dict[str, Episode]
    aside: dict[str, Later]


def evolve(episodes: Episodes, fact: Fact, when: Happened) -> Episodes:
    """The episodes after one more fact. Total: what it does not know changes nothing."""
    match fact:
        case DecompensationOpened() | DecompensationCorrected():
            grades, resolved = later_of(episodes, fact.episode)
            begun = Episode(fact.type, fact.subtype, ((fact.grade, when), *grades), when, resolved)
            aside = {each: later for each, later in episodes.aside.items() if each != fact.episode}
            return Episodes({**episodes.standing, fact.episode: begun}, aside)
        case DecompensationVoided(part="decompensation"):
            known = episodes.standing.get(fact.episode)
            if known is None or known.onset.at != fact.was:
                return episodes
            left = {each: one for each, one in episodes.standing.items() if each != fact.episode}
            return Episodes(left, {**episodes.aside, fact.episode: later_of(episodes, fact.episode)})
        case (
            DecompensationGraded()
            | DecompensationResolved()
            | DecompensationGradeCorrected()
            | DecompensationResolutionCorrected()
            | DecompensationVoided()
        ):
            return _with(episodes, fact.episode, _later(later_of(episodes, fact.episode), fact, when))
    return episodes


def later_of(episodes: Episodes, episode: str) -> Later:
    """What came after the onset of an episode, there or not."""
    known = episodes.standing.get(episode)
    return episodes.aside.get(episode, Later()) if known is None else Later(known.grades[1:], known.resolved)


def _later(later: Later, fact: Fact, when: Happened) -> Later:
    match fact:
        case DecompensationGraded():
            return later._replace(grades=(*later.grades, (fact.grade, when)))
        case DecompensationGradeCorrected():
            place = _place(later, fact.grade_was, fact.was)
            return later._replace(
                grades=(*later.grades[:place], (fact.grade, when), *later.grades[place + 1 :])
            )
        case DecompensationVoided(part="grade"):
            place = _place(later, fact.grade, fact.was)
            return later._replace(grades=later.grades[:place] + later.grades[place + 1 :])
        case DecompensationResolved() | DecompensationResolutionCorrected():
            return later._replace(resolved=when)
        case DecompensationVoided() if later.resolved is not None and later.resolved.at == fact.was:
            return later._replace(resolved=None)
    return later


def _place(later: Later, grade: str, was: ClinicalTime) -> int:
    """The place of a later grade; one past the last where it is not there."""
    known = [(each, when.at) for each, when in later.grades]
    return known.index((grade, was)) if (grade, was) in known else len(known)


def _with(episodes: Episodes, episode: str, later: Later) -> Episodes:
    known = episodes.standing.get(episode)
    if known is None:
        return episodes._replace(aside={**episodes.aside, episode: later})
    now = known._replace(grades=(known.grades[0], *later.grades), resolved=later.resolved)
    return episodes._replace(standing={**episodes.standing, episode: now})


def _when_seen(graded: Grade) -> datetime:
    return graded[1].at.earliest
