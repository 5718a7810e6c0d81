"""The times of an infusion put right, and an infusion that was recorded in error taken back."""

from collections.abc import Mapping

from domain.clinical_time import ClinicalTime
from domain.errors import NotFound, Refused
from domain.infusion import Infusion, InfusionTimeCorrected, InfusionVoided, NotGivenVoided
from domain.infusion_state import TIMED
from domain.product_lot import BagHeld
from domain.record import NewFact
from workflows.command import Untimed
from workflows.infusion import OnInfusion
from workflows.infusion_times import refuse_disorder
from workflows.reasons import justified
from workflows.situation import Case, Situation, decides


class CorrectInfusionTimes(Untimed, OnInfusion):
    """Steps of an infusion were taken at other times than were recorded. What is left out stands."""

    KIND = "infusion.correct_times"
    thawed: ClinicalTime | None = None
    started: ClinicalTime | None = None
    ended: ClinicalTime | None = None


class VoidInfusion(Untimed, OnInfusion):
    """How an infusion went was recorded in error: it was not given to this participant or, where it is
    recorded as not given, that is wrong, and it can still be given.
    """

    KIND = "infusion.void"


@decides(CorrectInfusionTimes)
def correct_times(command: CorrectInfusionTimes, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    where = f"{case.code} infusion {command.infusion}"
    known = case.casebook.infusions.get(command.infusion) or Infusion(command.infusion)
    right = {step: at for step in TIMED if (at := getattr(command, step)) is not None}
    facts = []
    for step, at in right.items():
        if not known.tells(step):
            told = f"no time is recorded at which it {step}"
            raise NotFound("infusion.time_not_recorded", told, where=where)
        situation.refuse_impossible(case.participant, at)
        was = stands.at if (stands := known.when(step)) is not None else None
        if at == was:
            raise Refused("infusion.time_same", f"it is recorded as {step} {at} already", where=where)
        told_with = known.end_told_with if step == "ended" else step
        facts.append(
            InfusionTimeCorrected(infusion=known.number, step=step, at=at, was=was, told_with=told_with)
        )
    if not right:
        raise Refused("infusion.time_same", "no other time is given", where=where)
    justified(situation.by, case.protocol, where)
    refuse_disorder(known, right, where)
    return [new for fact in facts for new in case.facts(_stands_at(fact, known, right), fact)]


def _stands_at(
    fact: InfusionTimeCorrected, known: Infusion, right: Mapping[str, ClinicalTime]
) -> ClinicalTime:
    """The right time; of an end that was told with the infusion as a whole the start."""
    if fact.told_with == fact.step or known.started is None:
        return fact.at
    return right.get("started", known.started.at)


@decides(VoidInfusion)
def void(command: VoidInfusion, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    where = f"{case.code} infusion {command.infusion}"
    known = case.casebook.infusions.get(command.infusion) or Infusion(command.infusion)
    stands = known.started or (known.not_given.when if known.not_given is not None else None)
    if stands is None:
        told = "neither that it began nor that it was not given is recorded"
        raise NotFound("infusion.not_begun", told, where=where)
    justified(situation.by, case.protocol, where)
    if known.started is None:
        return case.facts(stands.at, NotGivenVoided(infusion=known.number, was=stands.at))
    facts = case.facts(stands.at, InfusionVoided(infusion=known.number, was=stands.at))
    if bag_in_question(case, known, situation):
        held = BagHeld(lot=known.lot, bag=known.bag, participant=case.code)
        facts += situation.lot_facts(known.lot, stands.at, held)
    return facts


def bag_in_question(case: Case, known: Infusion, situation: Situation) -> bool:
    """Whether the bag of a report is meant for the participant on account of that alone: then nobody knows
    where it is. What was assigned before stays as it was.
    """
    before, lot = known.before, situation.lot_if_any(known.lot) if known.lot else None
    if before is None or lot is None or lot.bags.get(known.bag) != case.code:
        return False
    others = (each for each in case.casebook.infusions.values() if each.number != known.number)
    taken = {(before.lot, before.bag), *((each.lot, each.bag) for each in others)}
    return (known.lot, known.bag) not in taken
