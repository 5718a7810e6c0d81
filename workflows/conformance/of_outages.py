"""What the decisions on packages for outages ask."""

from __future__ import annotations

from domain.fact import Fact
from domain.outage import EnvelopeOpened, OutageDeclared, OutageReconciled, Outages, PackageIssued
from workflows.conformance.looking import Asking, Conditions, Seen
from workflows.outage import outages_of


def _outages(seen: Seen) -> Outages:
    return outages_of(seen.looking.situation)


def _issued(fact: PackageIssued, seen: Seen) -> Conditions:
    yield fact.site not in seen.trial.sites, "site.not_active"
    yield fact.first != seen.looking.enrolment.allocated + 1, "outage.stale"


def _declared(fact: OutageDeclared, seen: Seen) -> Conditions:
    yield fact.package not in _outages(seen).packages, "outage.unknown"
    yield _outages(seen).open is not None, "outage.declared_already"
    yield fact.ended.latest <= seen.record.effective_at.earliest, "outage.ends_before_start"


def _opened(fact: EnvelopeOpened, seen: Seen) -> Conditions:
    known = _outages(seen).packages.get(fact.package)
    yield known is None, "outage.unknown"
    yield known is not None and fact.envelope not in known.envelopes, "outage.no_envelope"
    yield known is not None and fact.envelope in known.opened, "outage.opened_already"


def _reconciled(fact: OutageReconciled, seen: Seen) -> Conditions:
    still, known = _outages(seen).open, _outages(seen).packages.get(fact.package)
    yield still is None or still.package != fact.package, "outage.not_declared"
    yield known is not None and {*fact.opened} != {*known.opened}, "outage.unreconciled"


CONDITIONS: dict[type[Fact], Asking] = {
    PackageIssued: _issued,
    OutageDeclared: _declared,
    EnvelopeOpened: _opened,
    OutageReconciled: _reconciled,
}
"""What the way in asks of each of these facts."""
