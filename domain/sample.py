"""A biological sample: taken, handed out for a use, destroyed, put right. Facts, state, how the one follows.

What may be done with it hangs on consents of their own: to samples, to genetic use, to transfer abroad, to
later use (PIPL 29, 39; rules on human genetic resources). The topics are the storage format.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, NamedTuple

from pydantic import StringConstraints

from domain.clinical_time import ClinicalTime
from domain.consent import Purpose
from domain.fact import Fact, FreeText
from domain.happened import Happened
from domain.identifiers import Key, ParticipantCode
from domain.put_right import Replaced, Righted, told_right
from domain.record import Record
from domain.replacing import replace

SampleId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
"""A sample, as its tube is labelled."""

Part = Annotated[str, StringConstraints(pattern=r"^(sample|hand_out|destruction)$")]
"""What of a sample can have been recorded in error: all of it, or that it was handed out or destroyed."""


def sample_stream(participant: str, sample: str) -> str:
    """The stream of one sample of a participant."""
    return f"sample/{participant}/{sample}"


class SampleFact(Fact):
    """A fact about one sample of a participant."""

    participant: ParticipantCode
    sample: SampleId


class SampleTaken(SampleFact):
    """A sample was taken; a `genetic` one is for genetic use."""

    TOPIC = "sample.taken.v1"
    EN = "Sample {sample} ({material}) taken from {participant}; for genetic use: {genetic}"
    ZH = "采集 {participant} 的样本 {sample}（{material}）；用于遗传检测：{genetic}"
    material: Key
    genetic: bool = False


class SampleHandedOut(SampleFact):
    """A sample has left the site, to somebody, for uses that were consented to."""

    TOPIC = "sample.handed_out.v1"
    PROMPT = True
    EN = "Sample {sample} of {participant} handed out to {recipient} {country} for {uses}, permit {permit}"
    ZH = "样本 {sample}（{participant}）移交 {recipient} {country}，用途 {uses}，许可号 {permit}"
    SILENT = ("country",)
    recipient: FreeText
    country: str = ""
    uses: tuple[Purpose, ...]
    permit: str = ""


class SampleDestroyed(SampleFact):
    """A sample is no more."""

    TOPIC = "sample.destroyed.v1"
    EN = "Sample {sample} of {participant} destroyed: {ground}"
    ZH = "样本 {sample}（{participant}）已销毁：{ground}"
    ground: FreeText


class SampleCorrected(SampleFact):
    """What was recorded of the taking of a sample is put right: when it was, of what it is, whether it is for
    genetic use. It takes the clinical time of the taking that is right.
    """

    TOPIC = "sample.corrected.v1"
    EN = "Sample {sample} of {participant} corrected: {now}"
    ZH = "样本 {sample}（{participant}）更正：{now_zh}"
    PUTS_RIGHT = "corrected"
    at: ClinicalTime
    was: ClinicalTime
    material: Key
    material_was: Key
    genetic: bool = False
    genetic_was: bool = False

    def moves(self, fact: Fact) -> bool:
        """Whether a fact of the sample that stands at the wrong time is about its taking."""
        if isinstance(fact, SampleVoided):
            return fact.part == "sample"
        return isinstance(fact, SampleTaken | SampleCorrected)

    @property
    def now(self) -> str:
        """What it is corrected to and what stood there, for the sentence."""
        return told_right(self._righted(("taken", "material", "for genetic use"), ("no", "yes")))

    @property
    def now_zh(self) -> str:
        """What it is corrected to and what stood there, for the sentence in Chinese."""
        return told_right(self._righted(("采集时间", "材料", "用于遗传检测"), ("否", "是")), zh=True)

    def replaced(self) -> Iterator[tuple[str, str]]:
        """The fields that it puts another value in, each with what stood there."""
        pairs = (
            ("taken", self.at, self.was),
            ("material", self.material, self.material_was),
            ("genetic", self.genetic, self.genetic_was),
        )
        return ((name, str(was)) for name, now, was in pairs if now != was)

    def _righted(self, names: tuple[str, str, str], said: tuple[str, str]) -> tuple[Righted, ...]:
        taken, material, genetic = names
        return (
            (taken, self.at, self.was),
            (material, self.material, self.material_was),
            (genetic, said[self.genetic], said[self.genetic_was]),
        )


class SampleVoided(SampleFact):
    """A sample, that it was handed out, or that it was destroyed, was recorded in error: this stands at the
    time `was` that was recorded. How it was handed out really follows in the same command.
    """

    TOPIC = "sample.voided.v1"
    EN = "Voided as recorded in error: {what}, {was}"
    ZH = "误录作废：{what_zh}，{was}"
    PUTS_RIGHT = "voided"
    part: Part
    was: ClinicalTime

    @property
    def what(self) -> str:
        """What is voided, for the sentence."""
        done = {"sample": "", "hand_out": " handed out", "destruction": " destroyed"}
        return f"sample {self.sample} of {self.participant}{done[self.part]}"

    @property
    def what_zh(self) -> str:
        """What is voided, for the sentence in Chinese."""
        done = {"sample": "", "hand_out": "移交", "destruction": "销毁"}
        return f"样本 {self.sample}（{self.participant}）{done[self.part]}"


# ---------------------------------------------------------------- state


class HandedOut(NamedTuple):
    """To whom and for what a sample was handed out."""

    recipient: str
    country: str
    uses: tuple[Purpose, ...]
    permit: str
    when: Happened


class Times(NamedTuple):
    """When a sample was taken, when it left each time, and when it was destroyed."""

    taken: ClinicalTime
    left: tuple[ClinicalTime, ...]
    destroyed: ClinicalTime | None

    @property
    def can_be(self) -> bool:
        """Whether they are in order in some reading of imprecise ones: nothing leaves or is destroyed before
        it was taken, and nothing leaves once it is destroyed.
        """
        gone = self.destroyed
        after = self.left if gone is None else (*self.left, gone)
        if any(each.latest <= self.taken.earliest for each in after):
            return False
        return gone is None or all(each.earliest < gone.latest for each in self.left)

    def __str__(self) -> str:
        """In words: `taken …, handed out …`."""
        told = [f"taken {self.taken}", *(f"handed out {each}" for each in self.left)]
        return ", ".join(told if self.destroyed is None else [*told, f"destroyed {self.destroyed}"])


@dataclass(frozen=True, slots=True)
class Sample:
    """The state of one sample. `replaced` is what was put right or taken back of it, oldest first."""

    participant: str
    sample: str
    material: str
    taken: Happened
    genetic: bool = False
    handed_out: tuple[HandedOut, ...] = ()
    destroyed: Happened | None = None
    replaced: tuple[Replaced, ...] = ()
    voided: Happened | None = None

    @property
    def times(self) -> Times:
        """When it was taken, left and was destroyed."""
        destroyed = self.destroyed.at if self.destroyed is not None else None
        return Times(self.taken.at, tuple(each.when.at for each in self.handed_out), destroyed)


def evolve(sample: Sample | None, record: Record) -> Sample | None:
    """The sample after one more fact. Total: what it does not know changes nothing."""
    fact, when = record.fact, record.happened
    if isinstance(fact, SampleTaken) and (sample is None or sample.voided is not None):
        before = () if sample is None else _taken_back(sample)
        return Sample(fact.participant, fact.sample, fact.material, when, fact.genetic, replaced=before)
    if sample is None:
        return None
    match fact:
        case SampleHandedOut():
            given = HandedOut(fact.recipient, fact.country, fact.uses, fact.permit, when)
            return replace(sample, handed_out=(*sample.handed_out, given))
        case SampleDestroyed():
            return replace(sample, destroyed=when)
        case SampleCorrected():
            return _corrected(sample, fact, when)
        case SampleVoided():
            return _without(sample, fact, when)
    return sample


def _taken_back(sample: Sample) -> tuple[Replaced, ...]:
    """What was put right of a voided sample, and that it was voided: its label is used again."""
    if sample.voided is None:
        return sample.replaced
    return (
        *sample.replaced,
        Replaced("sample", f"{sample.material}, taken {sample.taken.at}", sample.voided),
    )


def _corrected(sample: Sample, fact: SampleCorrected, when: Happened) -> Sample:
    """With what is right; what a sample is judged by is the fact that says when it was taken."""
    taken = sample.taken if fact.at == sample.taken.at else when
    replaced = (*sample.replaced, *(Replaced(name, was, when) for name, was in fact.replaced()))
    return replace(sample, taken=taken, material=fact.material, genetic=fact.genetic, replaced=replaced)


def _without(sample: Sample, fact: SampleVoided, when: Happened) -> Sample:
    """Voided, or without the newest hand-out at that time, or as not destroyed."""
    if fact.part == "sample":
        return replace(sample, voided=when)
    if fact.part == "destruction":
        again = Replaced("destroyed", str(fact.was), when)
        return replace(sample, destroyed=None, replaced=(*sample.replaced, again))
    left = [each for each in sample.handed_out if each.when.at == fact.was]
    if not left:
        return sample
    gone = Replaced("handed_out", f"{fact.was} {left[-1].recipient}", when)
    return replace(
        sample,
        handed_out=tuple(each for each in sample.handed_out if each is not left[-1]),
        replaced=(*sample.replaced, gone),
    )
