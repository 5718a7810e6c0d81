"""The commands about samples, and what each decides: consents of their own gate each."""

from typing import Annotated

from pydantic import Field, StringConstraints

from domain.clinical_time import ClinicalTime
from domain.consent import Purpose
from domain.errors import Invalid, NotFound, Refused
from domain.identifiers import Key
from domain.leaving import kept_back
from domain.record import NewFact
from domain.sample import (
    Sample,
    SampleDestroyed,
    SampleFact,
    SampleHandedOut,
    SampleId,
    SampleTaken,
    Times,
    sample_stream,
)
from workflows.command import OnParticipant, Report, Step
from workflows.leaving import granted, permitted
from workflows.situation import Case, Situation, States, decides

Remark = Annotated[str, StringConstraints(min_length=2, max_length=200, strip_whitespace=True)]
"""Whom a sample went to, or why it was destroyed."""
Country = Annotated[str, StringConstraints(pattern=r"^([A-Z]{2})?$")]
"""The country that a sample went to, empty where none is said."""
Permit = Annotated[str, StringConstraints(max_length=100, strip_whitespace=True)]
"""The number of an authority's permit."""


class TakeSample(Step, OnParticipant):
    """Take a sample, as consent allows it now."""

    KIND = "sample.take"
    sample: SampleId
    material: Key
    genetic: bool = False


class RecordSample(Report, OnParticipant):
    """A sample was taken."""

    KIND = "sample.record_taken"
    sample: SampleId
    material: Key
    genetic: bool = False


class HandOutSample(Step, OnParticipant):
    """Hand a sample out of the site, for uses that were consented to."""

    KIND = "sample.hand_out"
    sample: SampleId
    recipient: Remark
    uses: Annotated[tuple[Purpose, ...], Field(min_length=1)]
    country: Country = ""
    permit: Permit = ""


class RecordHandOut(Report, OnParticipant):
    """A sample was handed out, whether or not it might have been."""

    KIND = "sample.record_hand_out"
    sample: SampleId
    recipient: Remark
    uses: Annotated[tuple[Purpose, ...], Field(min_length=1)]
    country: Country = ""
    permit: Permit = ""


class DestroySample(Step, OnParticipant):
    """Destroy a sample, as after a withdrawal."""

    KIND = "sample.destroy"
    sample: SampleId
    ground: Remark


@decides(TakeSample)
def take_sample(command: TakeSample, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    at = situation.when(command, case.zone)
    person = case.participant
    if not any(given.when.at.earliest <= at.earliest for given in person.consents):
        raise Refused("sample.no_consent", "no sample before informed consent", where=case.code)
    if situation.trial.not_yet_active(person.site, at):
        raise Refused("site.not_yet_active", "no sample before the site was active", where=case.code)
    _not_withdrawn(case)
    if command.genetic and kept_back(person, Purpose.GENETIC) is not None:
        why = kept_back(person, Purpose.GENETIC)
        raise Refused("sample.genetic_not_granted", f"{case.code}: {why}", where=case.code, rule="PIPL 29")
    return _taken(command, case, situation, at)


@decides(RecordSample)
def record_sample(command: RecordSample, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    return _taken(command, case, situation, situation.when(command, case.zone))


@decides(HandOutSample)
def hand_out_sample(command: HandOutSample, situation: Situation) -> list[NewFact]:
    case, known = _standing(command.participant, command.sample, situation)
    at = situation.when(command, case.zone)
    _not_withdrawn(case)
    permitted(command.uses, command.permit, command.country, situation.trial)
    granted(case.code, command.uses, situation)
    if known.genetic and Purpose.GENETIC not in command.uses:
        raise Refused("export.genetic_inside", "what is genetic leaves for genetic use only", where=case.code)
    return _left(command, case, known, at)


@decides(RecordHandOut)
def record_hand_out(command: RecordHandOut, situation: Situation) -> list[NewFact]:
    case, known = sample_of(command.participant, command.sample, situation)
    return _left(command, case, known, situation.when(command, case.zone))


@decides(DestroySample)
def destroy_sample(command: DestroySample, situation: Situation) -> list[NewFact]:
    case, known = _standing(command.participant, command.sample, situation)
    at = situation.when(command, case.zone)
    refuse_disorder(case, known, known.times._replace(destroyed=at))
    fact = SampleDestroyed(participant=case.code, sample=known.sample, ground=command.ground)
    return sample_facts(case, known.sample, at, fact)


# ---------------------------------------------------------------- what they share


def _taken(
    command: TakeSample | RecordSample, case: Case, situation: Situation, at: ClinicalTime
) -> list[NewFact]:
    known = situation.states.single(Sample, f"{case.code}/{command.sample}")
    if known is not None and known.voided is None:
        raise Refused("sample.known_already", f"there is a sample {command.sample}", where=case.code)
    fact = SampleTaken(
        participant=case.code, sample=command.sample, material=command.material, genetic=command.genetic
    )
    return sample_facts(case, command.sample, at, fact)


def _left(
    command: HandOutSample | RecordHandOut, case: Case, known: Sample, at: ClinicalTime
) -> list[NewFact]:
    refuse_disorder(case, known, known.times._replace(left=(at,)))
    fact = SampleHandedOut(
        participant=case.code,
        sample=known.sample,
        recipient=command.recipient,
        country=command.country,
        uses=command.uses,
        permit=command.permit,
    )
    return sample_facts(case, known.sample, at, fact)


def sample_of(participant: str, sample: str, situation: Situation) -> tuple[Case, Sample]:
    """A participant's sample. Raises NotFound, and Refused for one that is voided."""
    case = situation.case(participant)
    known = situation.states.single(Sample, f"{case.code}/{sample}")
    if known is None:
        raise NotFound("sample.unknown", f"there is no sample {sample}", where=case.code)
    if known.voided is not None:
        raise Refused("sample.voided", f"sample {sample} was recorded in error", where=case.code)
    return case, known


def samples_of(participant: str, states: States) -> list[Sample]:
    """The samples of a participant, voided ones among them."""
    return [each for each in states.singles(Sample).values() if each.participant == participant]


def refuse_disorder(case: Case, known: Sample, times: Times) -> None:
    """Raise Invalid for times of a sample that cannot be."""
    if not times.can_be:
        raise Invalid(
            "sample.out_of_order",
            f"sample {known.sample} cannot have been {times}",
            where=case.code,
            remedy="Check the dates.",
        )


def sample_facts(case: Case, sample: str, at: ClinicalTime, fact: SampleFact) -> list[NewFact]:
    """A fact of a sample's stream."""
    return case.facts_in(sample_stream(case.code, sample), at, fact)


def _standing(participant: str, sample: str, situation: Situation) -> tuple[Case, Sample]:
    case, known = sample_of(participant, sample, situation)
    if known.destroyed is not None:
        raise Refused("sample.destroyed", f"sample {sample} is destroyed", where=case.code)
    return case, known


def _not_withdrawn(case: Case) -> None:
    if case.participant.withdrawn("samples") is not None:
        raise Refused(
            "consent.samples_withdrawn",
            "consent to samples is withdrawn",
            where=case.code,
            rule="ICH E6(R3) 2.9",
        )
