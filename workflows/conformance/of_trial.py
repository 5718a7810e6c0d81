"""What the decisions on the trial ask besides its machine."""

from __future__ import annotations

from typing import Any

from domain import enrolment, participant, trial
from domain.activation import ActivationCorrected, SiteActivated
from domain.consent_form import ConsentFormApproved, ConsentFormWithdrawn, form_of
from domain.fact import Fact
from workflows.activation import began
from workflows.conformance.looking import Asking, Conditions, Seen
from workflows.lock_guards import unsigned_critical
from workflows.trial import names_a_moment


def _version_is_new(fact: trial.ProtocolAmended, seen: Seen) -> Conditions:
    yield _knows(seen, fact.version), "protocol.version_taken"


def _activation_corrected(fact: ActivationCorrected, seen: Seen) -> Conditions:
    known = began(seen.trial, fact.site)
    yield known is None, "site.not_active"
    yield known is not None and known.at == fact.to, "trial.activation_same"
    if seen.trial.versions:
        yield from seen.unjustified()


def _version_is_known(fact: Any, seen: Seen) -> Conditions:  # noqa: ANN401 - several facts name a version
    yield not _knows(seen, fact.version), "protocol.unknown_version"


def _confirmed(fact: trial.AssumptionsConfirmed, seen: Seen) -> Conditions:
    digests = {known.version: known.digest for known in seen.trial.versions}
    yield fact.version not in digests, "protocol.unknown_version"
    yield digests.get(fact.version, fact.digest) != fact.digest, "protocol.other_digest"


def _site_begins(fact: SiteActivated, seen: Seen) -> Conditions:
    yield fact.site in seen.trial.sites, "site.active_already"
    planned = seen.trial.protocol.site_plans if seen.trial.versions else {}
    yield fact.site not in planned, "site.unknown"


def _site_goes_on(fact: trial.SiteVersionAdopted, seen: Seen) -> Conditions:
    followed = seen.trial.sites.get(fact.site, ())
    yield not followed, "site.not_active"
    yield bool(followed) and followed[-1].version == fact.version, "site.version_already"
    if not _knows(seen, fact.version):
        yield True, "protocol.unknown_version"
    else:
        plans = seen.trial.document(fact.version).protocol.site_plans
        yield fact.site not in plans, "site.unknown"


def _form_registered(fact: ConsentFormApproved, seen: Seen) -> Conditions:
    known = form_of(seen.trial.forms, fact.site, fact.version, fact.language)
    yield known is not None, "consent_form.registered_already"
    yield not _knows(seen, fact.protocol), "protocol.unknown_version"
    at, until = seen.record.effective_at, fact.valid_until
    yield fact.valid_from.latest <= at.earliest, "consent_form.before_approval"
    yield until is not None and until.latest <= fact.valid_from.earliest, "consent_form.ends_before_start"
    yield fact.renews and not fact.summary, "consent_form.no_summary"
    if _knows(seen, fact.protocol):
        yield fact.site not in seen.trial.document(fact.protocol).protocol.site_plans, "site.unknown"


def _form_withdrawn(fact: ConsentFormWithdrawn, seen: Seen) -> Conditions:
    known = form_of(seen.trial.forms, fact.site, fact.version, fact.language)
    yield known is None, "consent_form.unknown"
    yield known is not None and known.withdrawn is not None, "consent_form.withdrawn_already"


def _cut(fact: trial.DataCutNamed, seen: Seen) -> Conditions:
    yield names_a_moment(fact.name), "data_cut.name_of_a_moment"
    yield fact.name in seen.trial.cuts, "data_cut.name_taken"
    yield not 1 <= fact.position <= seen.looking.situation.head, "data_cut.no_position"
    yield bool(unsigned_critical(seen.looking.situation.states, fact.position)), "data_cut.unsigned"


def _reasoned(_fact: Fact, seen: Seen) -> Conditions:
    yield not seen.looking.has_reason(), "trial.no_reason"


def _place_used(fact: enrolment.AllocationUsed, seen: Seen) -> Conditions:
    yield not seen.is_beside(participant.Randomized, place=fact.place), "fact.alone"
    yield fact.place != seen.looking.enrolment.allocated + 1, "randomize.out_of_order"


def _knows(seen: Seen, version: str) -> bool:
    return any(known.version == version for known in seen.trial.versions)


CONDITIONS: dict[type[Fact], Asking] = {
    trial.ProtocolAmended: _version_is_new,
    trial.AssumptionsConfirmed: _confirmed,
    trial.EthicsApproved: _version_is_known,
    SiteActivated: _site_begins,
    ActivationCorrected: _activation_corrected,
    trial.SiteVersionAdopted: _site_goes_on,
    trial.DataCutNamed: _cut,
    ConsentFormApproved: _form_registered,
    ConsentFormWithdrawn: _form_withdrawn,
    trial.Frozen: _reasoned,
    trial.Locked: _reasoned,
    trial.UnlockRequested: _reasoned,
    trial.Unlocked: _reasoned,
    enrolment.AllocationUsed: _place_used,
}
