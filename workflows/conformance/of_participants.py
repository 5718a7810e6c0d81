"""What the decisions on participants, visits, infusions and lots ask besides the machines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from domain import (
    consent_given,
    eligibility,
    enrolment,
    infusion,
    infusion_put_right,
    outage,
    participant,
    product_lot,
    screening,
    visit,
    voided,
)
from domain.clinical_time import ClinicalTime, Precision
from domain.consent_form import FormFault, fault_of, offered
from domain.consent_rules import PARTICIPANTS_SIDE
from domain.errors import Invalid
from domain.fact import Fact
from domain.lifetime import is_before_birth, is_before_screening, is_born_late
from domain.observation import ResultVoided
from domain.outage import Outages
from domain.protocol import RandomizationMethod
from workflows.conformance.looking import Asking, Conditions, Seen
from workflows.infusion_correction import bag_in_question
from workflows.infusion_times import refuse_disorder
from workflows.participant import RecordRandomization
from workflows.visit_correction import standing_results


def _screened(fact: screening.PreScreened, seen: Seen) -> Conditions:
    known = seen.looking.situation.states.casebook(fact.code)
    yield known is not None and known.participant is not None, "participant.code_taken"
    yield fact.site not in seen.trial.sites, "site.not_active"
    yield not seen.trial.enrolling, "screening.enrolment_closed"


def _consented(fact: consent_given.ConsentGiven, seen: Seen) -> Conditions:
    known = seen.case.participant
    same = (fact.version, seen.record.effective_at)
    given = {(each.version, each.when.at) for each in known.consents}
    anew = seen.is_beside(voided.EventVoided, event="consent", version=fact.version, was=same[1])
    yield same in given and not anew, "consent.recorded_already"
    yield any(is_before_birth(known, at) for _, at in fact.signed), "time.before_birth"
    if fact.electronic:
        yield from _signed_here(fact, seen)
        yield not anew and not _is_now(seen), "consent.signed_now"
        yield not _each_signed(fact, seen), "consent.party_unsigned"


def _signed_here(fact: Any, seen: Seen) -> Conditions:  # noqa: ANN401 - a consent, or a signature under one
    """What is asked of whoever signs on the server: whether still, and on which document."""
    at, forms, site = seen.record.effective_at, seen.trial.forms, seen.case.participant.site
    yield seen.case.participant.ended is not None, "participant.ended"
    form = offered(forms, site, fact.language, at.earliest)
    fault = fault_of(forms, site, (fact.version, fact.language, fact.document or ""), at)
    yield fault in (None, FormFault.UNAPPROVED) and form is None, "consent.form_unapproved"
    yield fault is FormFault.CHANGED, "consent.document_changed"
    yield fault is FormFault.SUPERSEDED, "consent.form_superseded"
    yield fault is FormFault.NOT_VALID, "consent.form_not_valid"


def _is_now(seen: Seen) -> bool:
    """Whether a fact bears the time of the server, as exactly as a clinical time tells it."""
    return abs(seen.looking.situation.now.moment - seen.record.effective_at.earliest) <= timedelta(seconds=1)


def _each_signed(fact: consent_given.ConsentGiven, seen: Seen) -> bool:
    """Whether each party but the last, who obtained the consent, signed then and so."""
    on = (fact.version, fact.language, fact.document)
    signing = seen.case.participant.signing
    known = {(each.party, each.when.at, each.method) for each in signing if each[1:4] == on}
    methods = dict(fact.methods)
    named = [(party, at, methods.get(party, "")) for party, at in fact.signed]
    parties = seen.case.protocol.consent.parties
    return set(named[:-1]) <= known and set(parties) <= {party for party, *_ in named} == set(methods)


def _party_signed(fact: consent_given.ConsentPartySigned, seen: Seen) -> Conditions:
    signing = seen.case.participant.signing
    on = (fact.version, fact.language, fact.document)
    yield from _signed_here(fact, seen)
    yield not _is_now(seen), "consent.signed_now"
    yield fact.party not in seen.case.protocol.consent.parties, "consent.no_party"
    yield fact.party not in PARTICIPANTS_SIDE, "consent.signs_with_account"
    yield (fact.party, *on) in {each[:4] for each in signing}, "consent.party_signed_already"
    yield fact.evidence in {each.evidence for each in signing}, "consent.evidence_of_another"


def _born(fact: screening.BirthRecorded, seen: Seen) -> Conditions:
    known = seen.case.participant.born
    yield fact.born.precision not in (Precision.YEAR, Precision.MONTH), "birth.too_exact"
    yield is_born_late(seen.case.participant, fact.born), "birth.after_screening"
    yield known is not None and known.at == fact.born, "birth.recorded_already"
    if known is not None:
        yield from seen.unjustified()


def _screening_corrected(fact: screening.ScreeningCorrected, seen: Seen) -> Conditions:
    known = seen.case.participant
    stands = (known.registered.at, known.sex, known.age)
    told = (fact.screened, fact.sex, fact.age)
    same = all(now in (None, before) for now, before in zip(told, stands, strict=True))
    yield same, "event.same"
    is_late = known.born is not None and seen.record.effective_at.latest <= known.born.at.earliest
    yield is_late, "birth.after_screening"
    yield from seen.unjustified()


def _reconsent(_fact: consent_given.ReconsentRequested, seen: Seen) -> Conditions:
    yield seen.case.participant.ended is not None, "participant.ended"


def _withdrew(fact: consent_given.ConsentWithdrawn, seen: Seen) -> Conditions:
    scopes = {each.scope for each in seen.case.participant.withdrawals}
    anew = seen.is_beside(voided.EventVoided, event="withdrawal", scope=fact.scope)
    yield fact.scope in scopes and not anew, "consent.withdrawn_already"


def _answered(fact: eligibility.CriterionAnswered, seen: Seen) -> Conditions:
    criteria = {criterion.id for criterion in seen.case.protocol.eligibility.criteria}
    yield fact.criterion not in criteria, "eligibility.unknown_criterion"


def _randomized(fact: participant.Randomized, seen: Seen) -> Conditions:
    yield (
        not seen.is_beside(enrolment.AllocationUsed, place=fact.place, participant=seen.case.code),
        "fact.alone",
    )
    from_envelope = seen.is_beside(outage.EnvelopeOpened)
    outages = seen.looking.situation.states.single(Outages)
    is_open = outages is not None and outages.open is not None
    is_external = seen.case.protocol.randomization.method is RandomizationMethod.EXTERNAL
    yield is_open and not from_envelope and not is_external, "randomize.outage_open"
    if is_external or from_envelope:
        yield seen.case.participant.randomized is not None, "randomization.recorded_already"
    yield seen.kind is RecordRandomization and not is_external, "randomize.made_here"
    arm = seen.looking.unseal(fact.allocation)
    yield arm is not None and arm.strip() not in seen.case.protocol.arm_plans, "randomize.unknown_arm"


def _voided(fact: voided.EventVoided, seen: Seen) -> Conditions:
    known, which = seen.case.participant, fact.version or fact.scope or ""
    recorded = [(each, when.at) for each, when in known.recorded(fact.event)]
    yield (which, fact.was) not in recorded, "event.not_recorded"
    here = {(each.version, each.when.at) for each in known.consents if each.electronic}
    yield fact.event == "consent" and (which, fact.was) in here, "consent.signed_here"
    yield from seen.unjustified()


def _once(event: str, code: str) -> Asking:
    """What can be true of a participant once: but for what is voided beside it."""
    name = participant.ENDS[event][0]

    def ask(fact: Fact, seen: Seen) -> Conditions:
        known, at = seen.case.participant, seen.record.effective_at
        anew = seen.is_beside(voided.EventVoided, event=event)
        yield getattr(known, name) is not None and not anew, code
        is_early = is_before_screening(known, at) and not isinstance(fact, participant.Transplanted)
        yield is_early, "time.before_screening"

    return ask


def _failed(fact: eligibility.ScreenFailed, seen: Seen) -> Conditions:
    yield from _once("screen_failure", "screen_failure.recorded_already")(fact, seen)
    yield not fact.reasons, "screen_failure.no_reason"


def _visit_is_planned(fact: Any, seen: Seen) -> Conditions:  # noqa: ANN401 - the three facts of a visit
    yield not seen.plans(fact.visit), "visit.unknown"


def _appointed(fact: visit.VisitScheduled, seen: Seen) -> Conditions:
    yield from _visit_is_planned(fact, seen)
    yield fact.appointment.latest <= seen.looking.situation.now.moment, "visit.appointment_past"


def _visit_corrected(fact: visit.VisitTimeCorrected, seen: Seen) -> Conditions:
    known = seen.case.casebook.visits.get(fact.visit)
    when = None if known is None else known.attended
    yield when is None or when.at != fact.was, "event.not_recorded"
    yield fact.at == fact.was, "event.same"
    yield from seen.unjustified()


def _visit_voided(fact: visit.VisitVoided, seen: Seen) -> Conditions:
    known = seen.case.casebook.visits.get(fact.visit)
    when = None if known is None else known.recorded(fact.what)
    yield when is None or when.at != fact.was, "event.not_recorded"
    stand = standing_results(seen.case, fact.visit) if fact.what == "attended" else []
    taken_back = (seen.is_beside(ResultVoided, visit=fact.visit, result=each) for each in stand)
    yield not all(taken_back), "visit.results_stand"
    yield from seen.unjustified()


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
    moved = seen.looking.beside(infusion_put_right.InfusionTimeCorrected)
    yield from _in_order(fact, seen, {each.step: each.at for each in moved})
    yield from seen.unjustified()


def _infusion_voided(fact: infusion_put_right.InfusionVoided, seen: Seen) -> Conditions:
    known = seen.case.casebook.infusions.get(fact.infusion)
    started = known.started if known is not None else None
    yield started is None or started.at != fact.was, "infusion.not_begun"
    if known is not None and bag_in_question(seen.case, known, seen.looking.situation):
        yield not seen.is_beside(product_lot.BagHeld, lot=known.lot, bag=known.bag), "fact.alone"
    yield from seen.unjustified()


def _not_given_voided(fact: infusion_put_right.NotGivenVoided, seen: Seen) -> Conditions:
    known = seen.case.casebook.infusions.get(fact.infusion)
    stands = known.not_given if known is not None and known.started is None else None
    yield stands is None or stands.when.at != fact.was, "infusion.not_begun"
    yield from seen.unjustified()


def _bag_held(fact: product_lot.BagHeld, seen: Seen) -> Conditions:
    yield from _lot_is_known(fact, seen)
    yield not seen.is_beside(infusion_put_right.InfusionVoided), "fact.alone"


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
    screening.PreScreened: _screened,
    consent_given.ConsentGiven: _consented,
    consent_given.ConsentPartySigned: _party_signed,
    consent_given.ReconsentRequested: _reconsent,
    screening.BirthRecorded: _born,
    screening.ScreeningCorrected: _screening_corrected,
    consent_given.ConsentWithdrawn: _withdrew,
    eligibility.CriterionAnswered: _answered,
    participant.Randomized: _randomized,
    eligibility.ScreenFailed: _failed,
    participant.LostToFollowUp: _once("loss", "lost.recorded_already"),
    participant.Transplanted: _once("transplant", "transplanted.recorded_already"),
    participant.Died: _once("death", "died.recorded_already"),
    participant.FollowUpEnded: _once("end_of_follow_up", "follow_up_ended.recorded_already"),
    voided.EventVoided: _voided,
    visit.VisitScheduled: _appointed,
    visit.VisitAttended: _visit_is_planned,
    visit.VisitMissed: _visit_is_planned,
    visit.VisitTimeCorrected: _visit_corrected,
    visit.VisitVoided: _visit_voided,
    infusion.ProductThawed: _thawed,
    infusion.AccessPlaced: _access,
    infusion.InfusionStarted: _started,
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
