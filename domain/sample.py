"""A biological sample: taken, handed out for a use, destroyed. Facts, state, and how the one follows.

What may be done with it hangs on consents of their own: to samples, to genetic use, to transfer abroad, to
later use (PIPL 29, 39; rules on human genetic resources). The topics are the storage format.
"""

from dataclasses import dataclass
from typing import Annotated, NamedTuple

from pydantic import StringConstraints

from domain.consent import Purpose
from domain.fact import Fact
from domain.happened import Happened
from domain.identifiers import Key, ParticipantCode
from domain.record import Record
from domain.replacing import replace

SampleId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
"""A sample, as its tube is labelled."""


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
    recipient: str
    country: str = ""
    uses: tuple[Purpose, ...]
    permit: str = ""


class SampleDestroyed(SampleFact):
    """A sample is no more."""

    TOPIC = "sample.destroyed.v1"
    EN = "Sample {sample} of {participant} destroyed: {ground}"
    ZH = "样本 {sample}（{participant}）已销毁：{ground}"
    ground: str


# ---------------------------------------------------------------- state


class HandedOut(NamedTuple):
    """To whom and for what a sample was handed out."""

    recipient: str
    country: str
    uses: tuple[Purpose, ...]
    permit: str
    when: Happened


@dataclass(frozen=True, slots=True)
class Sample:
    """The state of one sample."""

    participant: str
    sample: str
    material: str
    taken: Happened
    genetic: bool = False
    handed_out: tuple[HandedOut, ...] = ()
    destroyed: Happened | None = None


def evolve(sample: Sample | None, record: Record) -> Sample | None:
    """The sample after one more fact. Total: what it does not know changes nothing."""
    fact, when = record.fact, record.happened
    if isinstance(fact, SampleTaken) and sample is None:
        return Sample(fact.participant, fact.sample, fact.material, when, fact.genetic)
    if sample is None:
        return None
    match fact:
        case SampleHandedOut():
            given = HandedOut(fact.recipient, fact.country, fact.uses, fact.permit, when)
            return replace(sample, handed_out=(*sample.handed_out, given))
        case SampleDestroyed():
            return replace(sample, destroyed=when)
    return sample
