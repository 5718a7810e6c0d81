"""What was recorded of a sample in error, put right or taken back."""

from typing import Annotated

from pydantic import Field

from domain.clinical_time import ClinicalTime
from domain.consent import Purpose
from domain.errors import Refused
from domain.identifiers import Key
from domain.record import NewFact
from domain.sample import (
    HandedOut,
    Part,
    Sample,
    SampleCorrected,
    SampleHandedOut,
    SampleId,
    SampleVoided,
)
from workflows.command import OnParticipant, Untimed
from workflows.reasons import justified
from workflows.recorded import not_recorded, same, several
from workflows.sample import (
    Country,
    Permit,
    Remark,
    refuse_disorder,
    sample_facts,
    sample_of,
)
from workflows.situation import Case, Situation, decides


class OnSample(Untimed, OnParticipant):
    """A command about a sample that is recorded."""

    sample: SampleId


class CorrectSample(OnSample):
    """A sample was taken at another time than was recorded, is of another material, or is for genetic use or
    is not. What is left out stands.
    """

    KIND = "sample.correct"
    at: ClinicalTime | None = None
    material: Key | None = None
    genetic: bool | None = None


class CorrectHandOut(OnSample):
    """A sample was handed out at another time, to others or for other uses than was recorded. What is left
    out stands. Of several `recorded` says which; of several at one time it is the newest.
    """

    KIND = "sample.correct_hand_out"
    recorded: ClinicalTime | None = None
    at: ClinicalTime | None = None
    recipient: Remark | None = None
    uses: Annotated[tuple[Purpose, ...], Field(min_length=1)] | None = None
    country: Country | None = None
    permit: Permit | None = None


class VoidSample(OnSample):
    """A sample was recorded in error, or that it was handed out or destroyed. Of several times that it was
    handed out `recorded` says which.
    """

    KIND = "sample.void"
    part: Part = "sample"
    recorded: ClinicalTime | None = None


# ---------------------------------------------------------------- decisions


@decides(CorrectSample)
def correct_sample(command: CorrectSample, situation: Situation) -> list[NewFact]:
    case, known = sample_of(command.participant, command.sample, situation)
    fact = SampleCorrected(
        participant=case.code,
        sample=known.sample,
        at=command.at or known.taken.at,
        was=known.taken.at,
        material=command.material or known.material,
        material_was=known.material,
        genetic=known.genetic if command.genetic is None else command.genetic,
        genetic_was=known.genetic,
    )
    situation.refuse_impossible(case.participant, fact.at)
    if not any(fact.replaced()):
        raise same(case, f"sample {known.sample}")
    refuse_disorder(case, known, known.times._replace(taken=fact.at))
    justified(situation.by, case.protocol, case.code)
    return sample_facts(case, known.sample, fact.at, fact)


@decides(CorrectHandOut)
def correct_hand_out(command: CorrectHandOut, situation: Situation) -> list[NewFact]:
    case, known = sample_of(command.participant, command.sample, situation)
    stood = _hand_out(known, command.recorded, case)
    now = SampleHandedOut(
        participant=case.code,
        sample=known.sample,
        recipient=command.recipient or stood.recipient,
        uses=stood.uses if command.uses is None else command.uses,
        country=stood.country if command.country is None else command.country,
        permit=stood.permit if command.permit is None else command.permit,
    )
    at = command.at or stood.when.at
    situation.refuse_impossible(case.participant, at)
    if (now.recipient, now.country, now.uses, now.permit, at) == (*stood[:4], stood.when.at):
        raise same(case, f"the hand-out of sample {known.sample}")
    others = (each.when.at for each in known.handed_out if each is not stood)
    refuse_disorder(case, known, known.times._replace(left=(*others, at)))
    justified(situation.by, case.protocol, case.code)
    return [
        *_voided(case, known, "hand_out", stood.when.at),
        *sample_facts(case, known.sample, at, now),
    ]


@decides(VoidSample)
def void_sample(command: VoidSample, situation: Situation) -> list[NewFact]:
    case, known = sample_of(command.participant, command.sample, situation)
    if command.part == "hand_out":
        was = _hand_out(known, command.recorded, case).when.at
    else:
        when = known.destroyed if command.part == "destruction" else known.taken
        if when is None or command.recorded not in (None, when.at):
            what = known.sample if command.part == "sample" else f"destruction of {known.sample}"
            raise not_recorded(case, what, [] if when is None else [str(when.at)])
        was = when.at
    if command.part == "sample" and (known.handed_out or known.destroyed):
        raise Refused(
            "sample.parts_stand",
            f"what was done with sample {known.sample} stands: {known.times}",
            where=case.code,
            remedy="Take that back first (--part), or correct the sample.",
        )
    justified(situation.by, case.protocol, case.code)
    return _voided(case, known, command.part, was)


def _hand_out(known: Sample, recorded: ClinicalTime | None, case: Case) -> HandedOut:
    """The hand-out that a command is about. Raises NotFound, Refused."""
    found = [each for each in known.handed_out if recorded in (None, each.when.at)]
    told = [f"{each.when.at} to {each.recipient}" for each in known.handed_out]
    if not found:
        raise not_recorded(case, f"hand-out of {known.sample}", told)
    if len({each.when.at for each in found}) > 1:
        raise several(case, f"sample {known.sample} was handed out more than once", told)
    return found[-1]


def _voided(case: Case, known: Sample, part: Part, was: ClinicalTime) -> list[NewFact]:
    fact = SampleVoided(participant=case.code, sample=known.sample, part=part, was=was)
    return sample_facts(case, known.sample, was, fact)
