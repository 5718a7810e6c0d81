"""What the decisions on packages for outages ask."""

from __future__ import annotations

from domain.fact import Fact
from domain.outage import (
    UNMASKS,
    EnvelopeOpened,
    OutageDeclared,
    OutageReconciled,
    Outages,
    PackageIssued,
    PackageWithdrawn,
)
from workflows.conformance.looking import Asking, Conditions, Seen
from workflows.outage import outages_of


def _outages(seen: Seen) -> Outages:
    return outages_of(seen.looking.situation)


def _issued(fact: PackageIssued, seen: Seen) -> Conditions:
    yield seen.trial.masks(seen.looking.situation.by.role), "allocation.masked"
    yield fact.site not in seen.trial.sites, "site.not_active"
    taken = seen.looking.enrolment.allocated
    yield fact.first != taken + 1, "outage.stale"
    gives = fact.last >= fact.first
    yield gives and _outages(seen).elsewhere(fact.site, taken) is not None, "outage.places_elsewhere"


def _withdrawn(fact: PackageWithdrawn, seen: Seen) -> Conditions:
    known, still = _outages(seen).packages.get(fact.package), _outages(seen).open
    yield known is None, "outage.unknown"
    yield known is not None and known.withdrawn is not None, "outage.withdrawn_already"
    yield still is not None and still.package == fact.package, "outage.unaccounted"


def _declared(fact: OutageDeclared, seen: Seen) -> Conditions:
    known = _outages(seen).packages.get(fact.package)
    yield known is None, "outage.unknown"
    yield known is not None and known.is_before_issue(fact.ended), "outage.before_issue"
    yield _outages(seen).open is not None, "outage.declared_already"
    yield fact.ended.latest <= seen.record.effective_at.earliest, "outage.ends_before_start"


def _opened(fact: EnvelopeOpened, seen: Seen) -> Conditions:
    known = _outages(seen).packages.get(fact.package)
    yield known is None, "outage.unknown"
    yield known is not None and fact.envelope not in known.envelopes, "outage.no_envelope"
    yield known is not None and fact.envelope in known.opened, "outage.opened_already"
    at = seen.record.effective_at
    yield known is not None and known.is_before_issue(at), "outage.before_issue"
    is_unmasking = fact.envelope.startswith(UNMASKS)
    yield is_unmasking and fact.envelope != f"{UNMASKS}{fact.participant}", "outage.of_another"


def _reconciled(fact: OutageReconciled, seen: Seen) -> Conditions:
    still, known = _outages(seen).open, _outages(seen).packages.get(fact.package)
    yield still is None or still.package != fact.package, "outage.not_declared"
    yield known is not None and {*fact.opened} != {*known.opened}, "outage.unreconciled"


CONDITIONS: dict[type[Fact], Asking] = {
    PackageIssued: _issued,
    PackageWithdrawn: _withdrawn,
    OutageDeclared: _declared,
    EnvelopeOpened: _opened,
    OutageReconciled: _reconciled,
}
"""What the way in asks of each of these facts."""
