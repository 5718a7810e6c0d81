"""Consent as of any instant: the documents approved for each site, and what each participant signed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from domain.clinical_time import ClinicalTime, Instant, Precision
from domain.consent_form import fault_of, is_void, status_of
from domain.consent_given import Given
from domain.participant import Participant
from domain.renewal import outstanding, rules_for
from domain.trial import Trial
from projections.as_of import View


class FormRow(NamedTuple):
    """A consent document of a site. `status`: `coming`, `offered`, `superseded`, `expired` or `withdrawn`."""

    site: str
    version: str
    language: str
    status: str
    protocol: str
    reference: str
    approved: str
    valid_from: str
    valid_until: str | None
    renews: bool
    summary: str
    sha256: str
    fact: int


class ConsentRow(NamedTuple):
    """A consent given. `fault` is why it does not stand on the approved document, if it does not; `lacking`
    the parties that have not signed, the copy, and the approved document. `signed` is each party, when it
    signed and, of an electronic consent, how it showed who it is.
    """

    version: str
    language: str
    at: str
    parties: tuple[str, ...]
    signed: tuple[tuple[str, str, str], ...]
    copy_given: bool
    granted: tuple[str, ...]
    electronic: bool
    document: str
    fault: str | None
    lacking: tuple[str, ...]
    fact: int


class DueRow(NamedTuple):
    """A renewed consent that waits to be given. `subject` is the version, or `of_age`; `cause` what asks for
    it: `request`, `protocol`, `document` or `of_age`. `status`: `due` or `overdue`; `holds` says whether the
    next procedure waits for it now.
    """

    participant: str
    site: str
    subject: str
    cause: str
    since: str
    deadline: str
    status: str
    holds: bool
    summary: str
    fact: int


def due_rows(view: View, site: str = "") -> Iterator[DueRow]:
    """The renewed consents that wait to be given, in participant order."""
    for code, known in view.participants().items():
        if site not in ("", known.site):
            continue
        zone = view.trial.protocol.site_plans[known.site].zone
        now = ClinicalTime.at(view.moment, zone, Precision.SECOND)
        for each in outstanding(view.trial, known, view.moment):
            yield DueRow(
                code,
                known.site,
                each.subject,
                str(each.cause),
                str(each.since.at),
                str(Instant.of(each.deadline)),
                "overdue" if each.is_overdue(view.moment) else "due",
                each.holds(rules_for(view.trial, known, now).renewal_hold, now),
                each.summary,
                each.since.fact,
            )


def form_rows(view: View, site: str) -> Iterator[FormRow]:
    """The documents of every site or one, in the order they were registered."""
    for form in view.stood.forms:
        if site in ("", form.site):
            yield FormRow(
                form.site,
                form.version,
                form.language,
                str(status_of(view.stood.forms, form, view.moment)),
                form.protocol,
                form.reference,
                str(form.approved.at),
                str(form.valid_from),
                None if form.valid_until is None else str(form.valid_until),
                form.renews,
                form.summary,
                form.sha256,
                form.approved.fact,
            )


def consent_rows(trial: Trial, participant: Participant) -> Iterator[ConsentRow]:
    """What a participant consented to, oldest first, and what each consent lacks."""
    for given in participant.consents:
        yield ConsentRow(
            given.version,
            given.language,
            str(given.when.at),
            given.parties,
            tuple((party, str(at), dict(given.methods).get(party, "")) for party, at in given.signed),
            given.copy_given,
            given.granted,
            given.electronic,
            given.document,
            fault(trial, participant, given),
            lacking(trial, participant, given),
            given.when.fact,
        )


def fault(trial: Trial, participant: Participant, given: Given) -> str | None:
    """Why a consent does not stand on the document approved for its site, language and day, or None."""
    signed = (given.version, given.language, given.document)
    found = fault_of(trial.forms, participant.site, signed, given.when.at)
    return None if found is None else str(found)


def lacking(trial: Trial, participant: Participant, given: Given) -> tuple[str, ...]:
    """What a consent lacks of the protocol that the site followed then: parties, the copy, the document."""
    protocol = trial.protocol_at(participant.site, given.when.at) or trial.protocol
    absent = sorted(set(protocol.consent.parties) - set(given.parties))
    copy = [] if given.copy_given else ["copy"]
    void = is_void(trial.forms, participant.site, (given.version, given.language, given.document))
    return (*absent, *copy, *(["approved document"] if void else []))
