"""Departures from the protocol in consent: on which form it was given, by whom, and when renewed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from domain import renewal
from domain.consent import NEEDS_PERMIT, Purpose
from domain.consent_form import fault_of
from domain.happened import Happened
from domain.leaving import abroad
from projections.deviation_subject import Finding, Subject, before


def given(s: Subject) -> Iterator[Finding]:
    times: Counter[str] = Counter()
    forms, site = s.trial.forms, s.participant.site
    for each in s.participant.consents:
        times[each.version] += 1
        time = times[each.version]
        subject = each.version if time == 1 else f"{each.version}#{time}"
        on, facts = str(each.when.at), (each.when.fact,)
        protocol = s.trial.protocol_at(site, each.when.at) or s.protocol
        if not s.trial.admits(protocol, site, each.version):
            detail = f"version {each.version}, protocol {protocol.version} in force"
            yield Finding("consent.outdated_version", subject, detail, on, facts)
        fault = fault_of(forms, site, (each.version, each.language, each.document), each.when.at)
        if fault is not None:
            detail = f"version {each.version} ({each.language}): {fault.replace('_', ' ')}"
            yield Finding("consent.unapproved_document", subject, detail, on, facts)
        absent = sorted(set(protocol.consent.parties) - set(each.parties))
        if absent or not each.copy_given:
            lacks = ", ".join([*absent, *([] if each.copy_given else ["copy"])])
            yield Finding("consent.incomplete", subject, f"without {lacks}", on, facts)


def renewals(s: Subject) -> Iterator[Finding]:
    """Renewed consents that were not given within the protocol's days."""
    for each in renewal.renewals(s.trial, s.participant):
        ended = s.participant.ended
        until = min(each.met.at.earliest if each.met else s.moment, ended.at.earliest if ended else s.moment)
        if each.deadline <= until:
            what = "own consent, of age" if each.subject == renewal.OF_AGE else f"version {each.subject}"
            detail = f"{what} due since {each.since.at}"
            facts = (each.since.fact, *((each.met.fact,) if each.met else ()))
            yield Finding("consent.renewal_overdue", each.subject, detail, str(each.since.at), facts)


def held(s: Subject) -> Iterator[Finding]:
    """Procedures that took place while a renewed consent should have come first."""
    for subject, when in s.procedures():
        due = renewal.holding(s.trial, s.participant, when.at)
        if due is not None:
            facts = (when.fact, due.since.fact)
            yield Finding("consent.procedure_held", subject, f"{due.subject} due", str(when.at), facts)


def samples(s: Subject) -> Iterator[Finding]:
    """Samples taken before any consent, after it was taken back, or for a genetic use not granted by then."""
    for name, sample in s.samples.items():
        uses = (Purpose.GENETIC,) if sample.genetic else ()
        lacks, facts = _lacking(s, sample.taken, uses)
        if lacks:
            yield Finding("samples.without_consent", name, lacks, str(sample.taken.at), facts)


def handed_out(s: Subject) -> Iterator[Finding]:
    """Samples that left before any consent, after it was taken back, or for a use not granted by then; or
    without a permit, or genetic and for another use. What goes abroad crosses a border, said or not.
    """
    for name, sample in s.samples.items():
        left = sorted(sample.handed_out, key=lambda each: each.when.at.earliest)
        for number, given in enumerate(left, start=1):
            subject, on = name if number == 1 else f"{name}#{number}", str(given.when.at)
            crossed = (Purpose.CROSS_BORDER,) if abroad(given.country, s.trial) else ()
            uses = tuple(dict.fromkeys((*given.uses, *crossed)))
            lacks, facts = _lacking(s, given.when, tuple(each for each in uses if each is not Purpose.TRIAL))
            if lacks:
                yield Finding("samples.left_without_consent", subject, lacks, on, facts)
            against = [
                f"no permit for {_in_words(use)}" for use in uses if use in NEEDS_PERMIT and not given.permit
            ]
            if sample.genetic and Purpose.GENETIC not in uses:
                against.append("genetic, for another use")
            if against:
                detail, facts = ", ".join(against), (given.when.fact,)
                yield Finding("samples.left_without_permit", subject, detail, on, facts)


def _lacking(s: Subject, when: Happened, uses: tuple[Purpose, ...]) -> tuple[str, tuple[int, ...]]:
    """What a sample lacked of consent then, and the facts that show it; nothing where it had all."""
    stopped = s.participant.withdrawn("samples")
    before_then = [each for each in s.participant.consents if each.when.at.earliest < when.at.latest]
    newest = max(before_then, key=lambda each: each.when.at.earliest, default=None)
    lacks = ""
    if newest is None:
        lacks = "before consent"
    elif stopped is not None and before(stopped, when):
        lacks = "consent to samples withdrawn"
    else:
        lacking = [_in_words(use) for use in uses if use not in newest.granted]
        lacks = f"{', '.join(lacking)} not granted" if lacking else ""
    return lacks, (when.fact, *((newest.when.fact,) if newest is not None else ()))


def _in_words(use: Purpose) -> str:
    return "genetic use" if use is Purpose.GENETIC else use.replace("_", " ")
