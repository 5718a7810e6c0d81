"""Consent as of any instant: the documents approved for each site, and what each participant signed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from domain.consent_form import fault_of, is_void, status_of
from domain.participant import Given, Participant
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
    the parties that have not signed, the copy, and the approved document.
    """

    version: str
    language: str
    at: str
    parties: tuple[str, ...]
    signed: tuple[tuple[str, str], ...]
    copy_given: bool
    granted: tuple[str, ...]
    electronic: bool
    document: str
    fault: str | None
    lacking: tuple[str, ...]
    fact: int


def form_rows(view: View, site: str = "") -> Iterator[FormRow]:
    """The documents of every site or one, in the order they were registered."""
    for form in view.trial.forms:
        if site in ("", form.site):
            yield FormRow(
                form.site,
                form.version,
                form.language,
                str(status_of(view.trial.forms, form, view.moment)),
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
            tuple((party, str(at)) for party, at in given.signed),
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
