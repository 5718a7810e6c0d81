"""What was recorded of an infusion in error, put right or taken back: commands, and what each decides."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from domain.clinical_time import ClinicalTime
from domain.errors import NotFound, Refused
from domain.infusion import Infusion
from domain.infusion_put_right import (
    DoseCorrected,
    InfusionTimeCorrected,
    InfusionVoided,
    NotGivenVoided,
    UseByCorrected,
    says_nothing_new,
)
from domain.infusion_state import TIMED
from domain.product_lot import BagHeld
from domain.record import NewFact
from workflows.command import Untimed
from workflows.infusion import MOST_MILLIONS, MOST_ML, OnInfusion
from workflows.infusion_times import refuse_disorder
from workflows.reasons import justified
from workflows.situation import Case, Situation, decides


class CorrectUseBy(Untimed, OnInfusion):
    """Put right until when the product can be given."""

    KIND = "infusion.correct_use_by"
    use_by: ClinicalTime


class CorrectDose(Untimed, OnInfusion):
    """Put right what was recorded of the dose given, or add what was not. What is left out stands."""

    KIND = "infusion.correct_dose"
    volume_ml: Annotated[Decimal, Field(ge=0, le=MOST_ML)] | None = None
    cells_million: Annotated[Decimal, Field(ge=0, le=MOST_MILLIONS)] | None = None
    weight_kg: Annotated[Decimal, Field(gt=0, le=400)] | None = None


class CorrectInfusionTimes(Untimed, OnInfusion):
    """Steps of an infusion were taken at other times than were recorded. What is left out stands. Of pauses,
    and of what ended them, all times are told, in order.
    """

    KIND = "infusion.correct_times"
    thawed: ClinicalTime | None = None
    started: ClinicalTime | None = None
    paused: tuple[ClinicalTime, ...] = ()
    resumed: tuple[ClinicalTime, ...] = ()
    ended: ClinicalTime | None = None


class VoidInfusion(Untimed, OnInfusion):
    """How an infusion went was recorded in error: it was not given to this participant or, where it is
    recorded as not given, that is wrong, and it can still be given. As a `whole` so was every step after the
    order, the bag among them: all were another participant's.
    """

    KIND = "infusion.void"
    whole: bool = False


@decides(CorrectUseBy)
def correct_use_by(command: CorrectUseBy, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    where = f"{case.code} infusion {command.infusion}"
    known = case.casebook.infusions.get(command.infusion)
    told_with = "thawed" if known is not None and known.thawed is not None else "started"
    since = None if known is None else known.when(told_with)
    if known is None or known.use_by is None or since is None:
        raise Refused("infusion.no_use_by", "no use-by time is recorded", where=where)
    justified(situation.by, case.protocol, where)
    if command.use_by == known.use_by:
        raise Refused("infusion.use_by_same", f"it is recorded as {known.use_by} already", where=where)
    refuse_disorder(known, {}, where, command.use_by)
    fact = UseByCorrected(
        infusion=command.infusion, use_by=command.use_by, was=known.use_by, told_with=told_with
    )
    return case.facts(since.at, fact)


@decides(CorrectDose)
def correct_dose(command: CorrectDose, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    where = f"{case.code} infusion {command.infusion}"
    known = case.casebook.infusions.get(command.infusion)
    when = known.when(known.end_told_with) if known is not None and known.has_ended else None
    if known is None or when is None:
        raise Refused("infusion.no_dose", "no dose that was given is recorded", where=where)
    justified(situation.by, case.protocol, where)
    fact = DoseCorrected(
        infusion=command.infusion,
        volume_ml=command.volume_ml,
        cells_million=command.cells_million,
        weight_kg=command.weight_kg,
        was=known.amounts,
        told_with=known.end_told_with,
    )
    if says_nothing_new(known, fact):
        raise Refused("infusion.dose_same", f"the dose is recorded as {known.amounts} already", where=where)
    return case.facts(when.at, fact)


@decides(CorrectInfusionTimes)
def correct_times(command: CorrectInfusionTimes, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    where = f"{case.code} infusion {command.infusion}"
    known = case.casebook.infusions.get(command.infusion) or Infusion(command.infusion)
    right = {step: at for step in TIMED if (at := getattr(command, step)) is not None}
    right |= _of_pauses(command, known, where)
    facts = []
    for step, at in right.items():
        if not known.tells(step):
            told = f"no time is recorded at which it {step}"
            raise NotFound("infusion.time_not_recorded", told, where=where)
        situation.refuse_impossible(case.participant, at)
        was = stands.at if (stands := known.when(step)) is not None else None
        if at == was:
            raise Refused("infusion.time_same", f"it is recorded as {step} {at} already", where=where)
        told_with = known.end_told_with if step == "ended" else step.partition("-")[0]
        facts.append(
            InfusionTimeCorrected(infusion=known.number, step=step, at=at, was=was, told_with=told_with)
        )
    if not right:
        raise Refused("infusion.time_same", "no other time is given", where=where)
    justified(situation.by, case.protocol, where)
    refuse_disorder(known, right, where)
    return [new for fact in facts for new in case.facts(_stands_at(fact, known, right), fact)]


def _of_pauses(command: CorrectInfusionTimes, known: Infusion, where: str) -> dict[str, ClinicalTime]:
    """The times of pauses that are other than recorded, by step. Raises Refused unless all are told."""
    right: dict[str, ClinicalTime] = {}
    for name in ("paused", "resumed"):
        told: tuple[ClinicalTime, ...] = getattr(command, name)
        stand = {step: when.at for step, when in known.times.items() if step.startswith(name)}
        if told and len(told) != len(stand):
            raise Refused(
                "infusion.pauses_told",
                f"it is recorded as {name} at {', '.join(map(str, stand.values())) or 'no time'}",
                where=where,
                remedy="Tell every one of them, in order.",
            )
        right |= {step: at for (step, was), at in zip(stand.items(), told, strict=False) if at != was}
    return right


def _stands_at(
    fact: InfusionTimeCorrected, known: Infusion, right: Mapping[str, ClinicalTime]
) -> ClinicalTime:
    """The right time; of an end that was told with the infusion as a whole the start."""
    if fact.pause or fact.told_with == fact.step or known.started is None:
        return fact.at
    return right.get("started", known.started.at)


@decides(VoidInfusion)
def void(command: VoidInfusion, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    where = f"{case.code} infusion {command.infusion}"
    known = case.casebook.infusions.get(command.infusion) or Infusion(command.infusion)
    if command.whole:
        return _void_whole(case, known, situation, where)
    stands = known.started or (known.not_given.when if known.not_given is not None else None)
    if stands is None:
        told = "neither that it began nor that it was not given is recorded"
        raise NotFound("infusion.not_begun", told, where=where)
    justified(situation.by, case.protocol, where)
    if known.started is None:
        return case.facts(stands.at, NotGivenVoided(infusion=known.number, was=stands.at))
    fact = InfusionVoided(infusion=known.number, was=stands.at)
    return [*case.facts(stands.at, fact), *_held(case, known, stands.at, situation)]


def _void_whole(case: Case, known: Infusion, situation: Situation, where: str) -> list[NewFact]:
    if known.begun is None:
        raise NotFound("infusion.not_begun", "no step after the order is recorded", where=where)
    justified(situation.by, case.protocol, where)
    at = known.begun.at
    fact = InfusionVoided(infusion=known.number, was=at, whole=True)
    return [*case.facts(at, fact), *_held(case, known, at, situation, whole=True)]


def _held(
    case: Case, known: Infusion, at: ClinicalTime, situation: Situation, *, whole: bool = False
) -> list[NewFact]:
    return [
        new
        for lot, bag in bags_in_question(case, known, situation, whole=whole)
        for new in situation.lot_facts(lot, at, BagHeld(lot=lot, bag=bag, participant=case.code))
    ]


def bags_in_question(
    case: Case, known: Infusion, situation: Situation, *, whole: bool
) -> list[tuple[str, str]]:
    """The bags, each with its lot, that are meant for the participant on account of what is taken back alone:
    then nobody knows where they are. What was assigned before a report stays as it was, unless all is.
    """
    before, given = known.before, (known.lot, known.bag)
    others = {
        (each.lot, each.bag) for each in case.casebook.infusions.values() if each.number != known.number
    }
    assigned = (before.lot, before.bag) if before is not None else given
    found = dict.fromkeys((given, assigned)) if whole else (given,) if given != assigned else ()
    return [each for each in found if each not in others and _meant_for(case, *each, situation)]


def _meant_for(case: Case, lot: str, bag: str, situation: Situation) -> bool:
    known = situation.lot_if_any(lot) if lot else None
    return known is not None and known.bags.get(bag) == case.code
