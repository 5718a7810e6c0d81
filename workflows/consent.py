"""The commands about consent documents, and consent given here on one of them; what each decides."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from domain.clinical_time import ClinicalTime, Precision
from domain.consent_form import (
    ConsentFormApproved,
    ConsentFormWithdrawn,
    FormFault,
    fault_of,
    form_of,
    offered,
)
from domain.errors import Invalid, NotFound, Refused
from domain.export import Digest
from domain.identifiers import Key, Language, SiteId, VersionLabel
from domain.participant import BirthRecorded, ConsentGiven, Granted
from domain.record import NewFact
from workflows.command import OnParticipant, Report, Step
from workflows.reasons import justified
from workflows.situation import Situation, decides
from workflows.trial_machine import MACHINE, TrialCursor

Words = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]


class OnConsentForm(Step):
    """About the consent document of a site, version and language."""

    site: SiteId
    version: VersionLabel
    language: Language


class RegisterConsentForm(Report):
    """An ethics committee has approved a consent document for a site, on the day `at`. It is valid from then
    on, or from `valid_from`. With `renews`, who consented before it is asked anew, because of `summary`.
    """

    KIND = "trial.register_consent_form"
    site: SiteId
    version: VersionLabel
    language: Language
    sha256: Digest
    reference: Words
    protocol: VersionLabel | None = None
    valid_from: ClinicalTime | None = None
    valid_until: ClinicalTime | None = None
    renews: bool = False
    summary: Annotated[str, StringConstraints(max_length=2000, strip_whitespace=True)] = ""


class WithdrawConsentForm(OnConsentForm):
    """Offer a consent document no more."""

    KIND = "trial.withdraw_consent_form"
    ground: Words


class SignConsent(Step, OnParticipant):
    """Consent is given here and now on the approved document, whose bytes hash to `document`."""

    KIND = "participant.sign_consent"
    version: VersionLabel
    language: Language
    document: Digest
    parties: Annotated[tuple[Key, ...], Field(min_length=1)] = ("participant", "investigator")
    copy_given: bool = True
    granted: tuple[Granted, ...] = ()


class RecordBirth(Step, OnParticipant):
    """Keep the year of birth, or year and month: the day would tell who it is."""

    KIND = "participant.record_birth"
    born: ClinicalTime


# ---------------------------------------------------------------- decisions


@decides(RegisterConsentForm)
def register_consent_form(command: RegisterConsentForm, situation: Situation) -> list[NewFact]:
    trial = situation.trial
    MACHINE.move("register_consent_form", TrialCursor(trial), "trial")
    where = f"{command.site} {command.version} ({command.language})"
    version = command.protocol or trial.versions[-1].version
    if version not in {known.version for known in trial.versions}:
        raise Refused("protocol.unknown_version", f"the trial has no protocol version {version}")
    plan = trial.document(version).protocol.site_plans.get(command.site)
    if plan is None:
        raise Refused("site.unknown", f"protocol version {version} has no site {command.site}", where=where)
    if form_of(trial.forms, command.site, command.version, command.language) is not None:
        raise Refused(
            "consent_form.registered_already",
            "a document of this version and language is registered at the site",
            where=where,
            remedy="A changed document is a new version.",
        )
    at = situation.when(command, plan.zone)
    begins = command.valid_from or at
    if begins.latest <= at.earliest:
        raise Invalid("consent_form.before_approval", "a document is valid from its approval on", where=where)
    if command.valid_until is not None and command.valid_until.latest <= begins.earliest:
        raise Invalid("consent_form.ends_before_start", "the document ends before it begins", where=where)
    if command.renews and not command.summary:
        raise Invalid("consent_form.no_summary", "say what is new and asks for renewed consent", where=where)
    fields = command.model_dump(exclude={"at", "protocol", "valid_from"})
    return situation.trial_facts(at, ConsentFormApproved(**fields, protocol=version, valid_from=begins))


@decides(WithdrawConsentForm)
def withdraw_consent_form(command: WithdrawConsentForm, situation: Situation) -> list[NewFact]:
    trial = situation.trial
    MACHINE.move("withdraw_consent_form", TrialCursor(trial), "trial")
    where = f"{command.site} {command.version} ({command.language})"
    form = form_of(trial.forms, command.site, command.version, command.language)
    if form is None:
        raise NotFound("consent_form.unknown", "no such document is registered", where=where)
    if form.withdrawn is not None:
        raise Refused("consent_form.withdrawn_already", "the document is withdrawn", where=where)
    plan = trial.document(form.protocol).protocol.site_plans[command.site]
    fields = command.model_dump(exclude={"at"})
    return situation.trial_facts(situation.when(command, plan.zone), ConsentFormWithdrawn(**fields))


@decides(SignConsent)
def sign_consent(command: SignConsent, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    if command.at is not None:
        raise Refused(
            "consent.signed_now",
            "a consent given here bears the time of the server",
            where=case.code,
            rule="EMA annex 5, A5.3.2",
            remedy="Record a consent given elsewhere with 'trialog record consent'.",
        )
    ended = case.participant.ended
    if ended is not None:
        raise Refused("participant.ended", "the participant's course has ended", where=case.code)
    at = situation.when(command, case.zone)
    _on_the_approved_document(command, case.participant.site, at, situation)
    return case.facts(
        at,
        ConsentGiven(
            version=command.version,
            language=command.language,
            parties=command.parties,
            copy_given=command.copy_given,
            granted=command.granted,
            document=command.document,
            signed=tuple((party, at) for party in command.parties),
            electronic=True,
        ),
    )


def _on_the_approved_document(
    command: SignConsent, site: str, at: ClinicalTime, situation: Situation
) -> None:
    """Raise Refused unless it is the only document offered at the site, in the language, now."""
    forms, where = situation.trial.forms, command.participant
    form = offered(forms, site, command.language, at.earliest)
    fault = fault_of(forms, site, (command.version, command.language, command.document), at)
    remedy = "Nothing is offered now." if form is None else f"Offered now: version {form.version}."
    rule = "ICH E6(R3) 2.8.1(a)"
    match fault:
        case FormFault.CHANGED:
            raise Refused(
                "consent.document_changed",
                f"the document is not the one approved as version {command.version}",
                where=where,
                rule="EMA annex 5, A5.3.2",
                remedy="Sign the approved file, by its SHA-256.",
            )
        case FormFault.SUPERSEDED:
            raise Refused(
                "consent.form_superseded",
                f"version {command.version} is superseded",
                where=where,
                rule=rule,
                remedy=remedy,
            )
        case FormFault.NOT_VALID:
            raise Refused(
                "consent.form_not_valid",
                f"version {command.version} is not valid now",
                where=where,
                rule=rule,
                remedy=remedy,
            )
    if fault is FormFault.UNAPPROVED or form is None:
        raise Refused(
            "consent.form_unapproved",
            f"no document {command.version} ({command.language}) is approved for site {site}",
            where=where,
            rule=rule,
            remedy=remedy,
        )


@decides(RecordBirth)
def record_birth(command: RecordBirth, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    born = command.born
    if born.precision not in (Precision.YEAR, Precision.MONTH):
        raise Invalid(
            "birth.too_exact",
            "no more than year and month of birth are kept",
            where=case.code,
            rule="GDPR 25",
            remedy="Write it like 2008-11.",
        )
    at = situation.when(command, case.zone)
    situation.said(born, case.zone)
    known = case.participant.born
    if known is not None and known.at == born:
        raise Refused("birth.recorded_already", f"{born} is recorded already", where=case.code)
    if known is not None:
        justified(situation.by, case.protocol, case.code)
    return case.facts(at, BirthRecorded(born=born))
