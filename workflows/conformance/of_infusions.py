"""What the decisions on infusions and lots of product ask besides the machines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain import infusion, infusion_put_right, product_lot
from domain.clinical_time import ClinicalTime
from domain.errors import Invalid
from domain.fact import Fact
from domain.lifetime import is_before_birth
from workflows.conformance.looking import Asking, Conditions, Seen
from workflows.infusion_correction import bags_in_question
from workflows.infusion_times import next_pause, refuse_disorder


def _in_order(
    fact: infusion.InfusionFact,
    seen: Seen,
    told: Mapping[str, ClinicalTime],
    use_by: ClinicalTime | None = None,
) -> Conditions:
    """The order of the times of an infusion, with those that are told now."""
    known = seen.case.casebook.infusions.get(fact.infusion) or infusion.Infusion(fact.infusion)
    try:
        refuse_disorder(known, told, "", use_by)
    except Invalid as disorder:
        yield True, disorder.code


def _thawed(fact: infusion.ProductThawed, seen: Seen) -> Conditions:
    yield from _in_order(fact, seen, {"thawed": seen.record.effective_at}, fact.use_by)


def _started(fact: infusion.InfusionStarted, seen: Seen) -> Conditions:
    yield from _in_order(fact, seen, {"started": seen.record.effective_at})


def _paused(fact: infusion.InfusionPaused | infusion.InfusionResumed, seen: Seen) -> Conditions:
    known = seen.case.casebook.infusions.get(fact.infusion) or infusion.Infusion(fact.infusion)
    trigger = "pause" if isinstance(fact, infusion.InfusionPaused) else "resume"
    yield from _in_order(fact, seen, {next_pause(known, trigger): seen.record.effective_at})


def _ended(fact: infusion.InfusionFact, seen: Seen) -> Conditions:
    yield from _in_order(fact, seen, {"ended": seen.record.effective_at})


def _access(_fact: Fact, seen: Seen) -> Conditions:
    is_masked = seen.trial.masks(seen.looking.situation.by.role)
    yield is_masked and seen.trial.routes_tell_arms(seen.case.protocol), "allocation.masked"


def _reported(fact: infusion.InfusionReported, seen: Seen) -> Conditions:
    known = seen.case.casebook.infusions.get(fact.infusion)
    yield from _access(fact, seen)
    yield known is not None and known.started is not None, "infusion.recorded_already"
    ended = fact.ended
    yield ended is not None and ended.earliest > seen.looking.situation.now.moment, "time.in_future"
    yield (
        ended is not None and ended.latest <= seen.record.effective_at.earliest,
        "infusion.ends_before_start",
    )


def _dose_corrected(fact: infusion_put_right.DoseCorrected, seen: Seen) -> Conditions:
    known = seen.case.casebook.infusions.get(fact.infusion)
    yield known is None or not known.has_ended, "infusion.no_dose"
    yield known is not None and infusion_put_right.says_nothing_new(known, fact), "infusion.dose_same"
    yield from seen.unjustified()


def _use_by_corrected(fact: infusion_put_right.UseByCorrected, seen: Seen) -> Conditions:
    known = seen.case.casebook.infusions.get(fact.infusion)
    since = None if known is None else known.thawed or known.started
    yield known is None or known.use_by is None or since is None, "infusion.no_use_by"
    yield known is not None and known.use_by == fact.use_by, "infusion.use_by_same"
    yield from _in_order(fact, seen, {}, fact.use_by)
    yield from seen.unjustified()


def _step_retimed(fact: infusion_put_right.InfusionTimeCorrected, seen: Seen) -> Conditions:
    known = seen.case.casebook.infusions.get(fact.infusion) or infusion.Infusion(fact.infusion)
    stands = known.when(fact.step)
    is_other = fact.was != (None if stands is None else stands.at)
    yield is_other or not known.tells(fact.step), "infusion.time_not_recorded"
    yield fact.at == fact.was, "infusion.time_same"
    yield fact.at.earliest > seen.looking.situation.now.moment, "time.in_future"
    yield is_before_birth(seen.case.participant, fact.at), "time.before_birth"
    moved = seen.looking.beside(infusion_put_right.InfusionTimeCorrected)
    yield from _in_order(fact, seen, {each.step: each.at for each in moved})
    yield from seen.unjustified()


def _infusion_voided(fact: infusion_put_right.InfusionVoided, seen: Seen) -> Conditions:
    known = seen.case.casebook.infusions.get(fact.infusion)
    stands = None if known is None else known.begun if fact.whole else known.started
    yield stands is None or stands.at != fact.was, "infusion.not_begun"
    if known is not None:
        in_question = bags_in_question(seen.case, known, seen.looking.situation, whole=fact.whole)
        for lot, bag in in_question:
            yield not seen.is_beside(product_lot.BagHeld, lot=lot, bag=bag), "fact.alone"
    yield from seen.unjustified()


def _not_given_voided(fact: infusion_put_right.NotGivenVoided, seen: Seen) -> Conditions:
    known = seen.case.casebook.infusions.get(fact.infusion)
    stands = known.not_given if known is not None and known.started is None else None
    yield stands is None or stands.when.at != fact.was, "infusion.not_begun"
    yield from seen.unjustified()


def _bag_held(fact: product_lot.BagHeld, seen: Seen) -> Conditions:
    yield from _lot_is_known(fact, seen)
    yield not seen.is_beside(infusion_put_right.InfusionVoided, infusion.LotAssigned), "fact.alone"


def _bag_returned(fact: product_lot.BagReturned, seen: Seen) -> Conditions:
    yield from _lot_is_known(fact, seen)
    known = seen.looking.situation.lot_if_any(fact.lot)
    yield known is not None and fact.bag not in known.held, "lot.bag_not_held"


def _bag_assigned(fact: product_lot.BagAssigned, seen: Seen) -> Conditions:
    by = (infusion.LotAssigned, infusion.InfusionReported)
    yield not seen.is_beside(*by, lot=fact.lot, bag=fact.bag), "fact.alone"


def _lot_is_known(fact: Any, seen: Seen) -> Conditions:  # noqa: ANN401 - the facts of a lot
    yield seen.looking.situation.lot_if_any(fact.lot) is None, "lot.unknown"


def _lot_corrected(fact: product_lot.LotCorrected, seen: Seen) -> Conditions:
    yield from _lot_is_known(fact, seen)
    known = seen.looking.situation.lot_if_any(fact.lot)
    yield known is not None and product_lot.says_nothing_new(known, fact), "lot.same"
    yield known is not None and bool(product_lot.bags_in_use(known, fact)), "lot.bag_in_use"
    yield from seen.unjustified()


def _release_retimed(fact: product_lot.LotReleaseTimeCorrected, seen: Seen) -> Conditions:
    yield from _lot_is_known(fact, seen)
    known = seen.looking.situation.lot_if_any(fact.lot)
    standing = known.last_release if known is not None else None
    yield standing is None or standing.at != fact.was, "lot.not_released"
    yield fact.at == fact.was, "lot.same"
    again = known.held_again if known is not None else None
    yield again is not None and again.at.latest <= fact.at.earliest, "lot.held_by_then"
    yield from seen.unjustified()


CONDITIONS: dict[type[Fact], Asking] = {
    infusion.ProductThawed: _thawed,
    infusion.AccessPlaced: _access,
    infusion.InfusionStarted: _started,
    infusion.InfusionPaused: _paused,
    infusion.InfusionResumed: _paused,
    infusion.InfusionCompleted: _ended,
    infusion.InfusionStoppedEarly: _ended,
    infusion.InfusionReported: _reported,
    infusion_put_right.DoseCorrected: _dose_corrected,
    infusion_put_right.UseByCorrected: _use_by_corrected,
    infusion_put_right.InfusionTimeCorrected: _step_retimed,
    infusion_put_right.InfusionVoided: _infusion_voided,
    infusion_put_right.NotGivenVoided: _not_given_voided,
    product_lot.BagHeld: _bag_held,
    product_lot.BagReturned: _bag_returned,
    product_lot.LotCorrected: _lot_corrected,
    product_lot.LotReleaseTimeCorrected: _release_retimed,
    product_lot.LotTested: _lot_is_known,
    product_lot.LotReleased: _lot_is_known,
    product_lot.LotQuarantined: _lot_is_known,
    product_lot.LotRejected: _lot_is_known,
    product_lot.BagAssigned: _bag_assigned,
}
