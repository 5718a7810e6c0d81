"""The times of an infusion put right, and an infusion that was recorded in error taken back."""

from collections.abc import Mapping

from domain.clinical_time import ClinicalTime
from domain.errors import Invalid, NotFound, Refused
from domain.fact import Fact
from domain.infusion import (
    Infusion,
    InfusionCompleted,
    InfusionFact,
    InfusionReported,
    InfusionStarted,
    InfusionStoppedEarly,
    InfusionVoided,
    ProductThawed,
    StepVoided,
)
from domain.infusion_state import TIMED
from domain.product_lot import BagHeld
from domain.record import NewFact
from workflows.command import Untimed
from workflows.infusion import OnInfusion
from workflows.reasons import justified
from workflows.situation import Case, Situation, decides


class CorrectInfusionTimes(Untimed, OnInfusion):
    """Steps of an infusion were taken at other times than were recorded. What is left out stands."""

    KIND = "infusion.correct_times"
    thawed: ClinicalTime | None = None
    started: ClinicalTime | None = None
    ended: ClinicalTime | None = None


class VoidInfusion(Untimed, OnInfusion):
    """An infusion was recorded in error: it was not given to this participant."""

    KIND = "infusion.void"


@decides(CorrectInfusionTimes)
def correct_times(command: CorrectInfusionTimes, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    where = f"{case.code} infusion {command.infusion}"
    known = case.casebook.infusions.get(command.infusion)
    right = {step: at for step in TIMED if (at := getattr(command, step)) is not None}
    for step, at in right.items():
        if known is None or (stands := known.when(step)) is None:
            raise NotFound(
                "infusion.time_not_recorded", f"no time is recorded at which it {step}", where=where
            )
        situation.refuse_impossible(case.participant, at)
        if at == stands.at:
            raise Refused("infusion.time_same", f"it is recorded as {step} {at} already", where=where)
    if known is None or not right:
        raise Refused("infusion.time_same", "no other time is given", where=where)
    justified(situation.by, case.protocol, where)
    refuse_disorder(known, right, where)
    return [*_voided(case, known, right), *_anew(case, known, right)]


def refuse_disorder(infusion: Infusion, right: Mapping[str, ClinicalTime], where: str) -> None:
    """Raise Invalid where the times of an infusion, once steps are at their right times, cannot be."""
    stand = ((step, infusion.when(step)) for step in TIMED)
    known = {step: when.at for step, when in stand if when is not None} | dict(right)
    thawed, started, ended = (known.get(step) for step in TIMED)
    if started is not None and ended is not None and ended.latest <= started.earliest:
        raise Invalid("infusion.ends_before_start", "the infusion ends before it starts", where=where)
    if thawed is not None and started is not None and started.latest <= thawed.earliest:
        told = "the infusion starts before its product is thawed"
        raise Invalid("infusion.starts_before_thaw", told, where=where)
    if thawed is not None and infusion.use_by is not None and infusion.use_by.latest <= thawed.earliest:
        raise Invalid("infusion.use_by_before_thaw", "the use-by time lies before the thaw", where=where)


def _voided(case: Case, known: Infusion, right: dict[str, ClinicalTime]) -> list[NewFact]:
    return [
        new
        for step in reversed(TIMED)
        if step in right and (when := known.when(step)) is not None
        for new in case.facts(when.at, StepVoided(infusion=known.number, step=step, was=when.at))
    ]


def _anew(case: Case, known: Infusion, right: dict[str, ClinicalTime]) -> list[NewFact]:
    """The steps at their right times, each with all that stands of it."""
    told: list[tuple[str, Fact]] = []
    if "thawed" in right and known.use_by is not None:
        thawed = ProductThawed(
            infusion=known.number, use_by=known.use_by, viability_percent=known.viability_percent
        )
        told.append(("thawed", thawed))
    ended = right.get("ended") or (known.ended.at if known.ended else None)
    if known.before is not None and known.started is not None:
        if "started" in right or "ended" in right:
            start = right.get("started", known.started.at)
            told.append(("started", _reported(known, ended)))
            right = {**right, "started": start}
    else:
        if "started" in right:
            told.append(("started", InfusionStarted(infusion=known.number)))
        if "ended" in right:
            told.append(("ended", _ended(known)))
    return [new for step, fact in told for new in case.facts(right[step], fact)]


def _reported(known: Infusion, ended: ClinicalTime | None) -> InfusionFact:
    if known.access is None:
        raise LookupError(f"infusion {known.number} was reported without its route")
    return InfusionReported(
        infusion=known.number,
        lot=known.lot or None,
        bag=known.bag or None,
        outcome="stopped_early" if known.stopped_early else "completed",
        ended=ended,
        use_by=known.use_by,
        volume_ml=known.volume_ml.value if known.volume_ml else None,
        cells_million=known.cells_million.value if known.cells_million else None,
        weight_kg=known.weight_kg.value if known.weight_kg else None,
        details=known.access,
    )


def _ended(known: Infusion) -> InfusionFact:
    volume = known.volume_ml.value if known.volume_ml else None
    cells = known.cells_million.value if known.cells_million else None
    if known.stopped_early:
        return InfusionStoppedEarly(
            infusion=known.number, reason=known.stopped_because, volume_ml=volume, cells_million=cells
        )
    return InfusionCompleted(infusion=known.number, volume_ml=volume, cells_million=cells)


@decides(VoidInfusion)
def void(command: VoidInfusion, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    where = f"{case.code} infusion {command.infusion}"
    known = case.casebook.infusions.get(command.infusion)
    if known is None or known.started is None:
        raise NotFound("infusion.not_begun", "no infusion that began is recorded", where=where)
    justified(situation.by, case.protocol, where)
    start = known.started.at
    facts = case.facts(start, InfusionVoided(infusion=known.number, was=start))
    if bag_in_question(case, known, situation):
        held = BagHeld(lot=known.lot, bag=known.bag, participant=case.code)
        facts += situation.lot_facts(known.lot, start, held)
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
