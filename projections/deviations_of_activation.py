"""Departures from the protocol in when a site began: what took place there before it was activated.

What prepares a trial (documents, approvals, lots of product) comes before, and so may what befell a person
(an illness, a treatment) or was measured before screening. What is done to a participant comes after.
"""

from __future__ import annotations

from collections.abc import Iterator

from domain.happened import Happened
from projections.deviation_subject import Finding, Subject


def early(s: Subject) -> Iterator[Finding]:
    """One for each event; for each visit one, for what came first of the visit and its results."""
    for subject, when in (*_course(s), *_visits(s)):
        lacking = s.trial.not_yet_active(s.participant.site, when.at)
        if lacking:
            facts = (when.fact, *(each.fact for each in lacking))
            detail = f"not active before {max(lacking, key=lambda each: each.at.earliest).at}"
            yield Finding("site.before_activation", subject, detail, str(when.at), facts)


def _course(s: Subject) -> Iterator[tuple[str, Happened]]:
    person = s.participant
    yield "screening", person.registered
    for consent in person.consents:
        yield f"consent-{consent.number}", consent.when
    if person.eligible is not None:
        yield "eligibility", person.eligible
    if person.randomized is not None:
        yield "randomization", person.randomized.when
    for key, infusion in s.infusions.items():
        if infusion.started is not None:
            yield f"infusion-{key}", infusion.started
    for name, sample in s.samples.items():
        yield f"sample-{name}", sample.taken


def _visits(s: Subject) -> Iterator[tuple[str, Happened]]:
    """Each visit at its first event that is known: when the participant came, or what was measured then."""
    results = s.results() if _may_have_measured_early(s) else {}
    screened = s.participant.registered.at.earliest
    for visit in dict.fromkeys((*s.visits, *results)):
        events = [
            Happened(each.taken, each.first)
            for each in results.get(visit, {}).values()
            if not each.is_voided and each.taken.latest > screened
        ]
        known = s.visits.get(visit)
        if known is not None and known.attended is not None:
            events.insert(0, known.attended)
        if events:
            yield visit, min(events, key=lambda each: each.at.latest)


def _may_have_measured_early(s: Subject) -> bool:
    """Whether anything can have been measured between screening and activation. Results are many to read."""
    screened = s.participant.registered.at.earliest
    return any(screened < each.at.earliest for each in s.trial.activations(s.participant.site))
