"""What the decisions on a participant's course ask besides the machine."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain import consent_given, eligibility, enrolment, outage, participant, screening, voided
from domain.clinical_time import Precision
from domain.consent_form import FormFault, fault_of, offered
from domain.consent_rules import PARTICIPANTS_SIDE
from domain.fact import Fact
from domain.lifetime import is_before_birth, is_before_screening, is_born_late
from domain.outage import Outages
from domain.protocol import RandomizationMethod
from workflows.conformance.looking import Asking, Conditions, Seen
from workflows.participant import RecordRandomization


def _screened(fact: screening.PreScreened, seen: Seen) -> Conditions:
    known = seen.looking.situation.states.casebook(fact.code)
    yield known is not None and known.participant is not None, "participant.code_taken"
    yield fact.site not in seen.trial.known_sites, "site.unknown"
    yield fact.site not in seen.trial.sites, "site.not_active"
    sites = seen.trial.protocol_for(fact.site, ()).site_plans
    yield fact.site in sites and not sites[fact.site].may_give(fact.code), "participant.code_form"
    yield not seen.trial.enrolling, "screening.enrolment_closed"


def _consented(fact: consent_given.ConsentGiven, seen: Seen) -> Conditions:
    known = seen.case.participant
    same = (fact.version, seen.record.effective_at)
    given = {(each.version, each.when.at) for each in known.consents}
    anew = seen.is_beside(voided.EventVoided, event="consent", version=fact.version, was=same[1])
    yield same in given and not anew, "consent.recorded_already"
    yield any(is_before_birth(known, at) for _, at in fact.signed), "time.before_birth"
    yield not set(fact.parties) <= set(seen.case.protocol.consent.known_parties), "consent.no_party"
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
}
