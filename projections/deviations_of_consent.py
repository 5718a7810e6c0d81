"""Departures from the protocol in consent: on which form it was given, by whom, and when renewed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from domain.alert_plan import AlertRule
from domain.consent_form import fault_of
from projections.deviation_subject import Finding, Subject


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
    """Renewed consents asked for and not given within the days after which the protocol has people told."""
    waits = (plan.days for plan in s.protocol.alerts if plan.rule is AlertRule.RECONSENT_OVERDUE)
    days = next((each for each in waits if each is not None), None)
    if days is None or s.participant.ended is not None:
        return
    for version, asked in s.participant.reconsent_requested.items():
        if s.moment >= asked.at.latest + timedelta(days=days):
            detail = f"version {version} asked for, {days} days passed"
            yield Finding("consent.renewal_overdue", version, detail, str(asked.at), (asked.fact,))
