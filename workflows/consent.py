"""The commands about consent documents, and consent given here on one of them; what each decides."""

from typing import Annotated

from pydantic import StringConstraints

from domain.clinical_time import ClinicalTime, Precision
from domain.consent_form import (
    ConsentFormApproved,
    ConsentFormWithdrawn,
    FormFault,
    fault_of,
    form_of,
    offered,
)
from domain.consent_given import ConsentGiven, ConsentPartySigned, Granted, Method, PartySigned
from domain.consent_rules import PARTICIPANTS_SIDE
from domain.errors import Invalid, NotFound, Refused
from domain.identifiers import Digest, Key, Language, SiteId, VersionLabel
from domain.lifetime import is_born_late
from domain.record import NewFact
from domain.screening import BirthRecorded
from workflows.command import OnParticipant, Report, Step, Words
from workflows.participant import refuse_strangers
from workflows.reasons import justified
from workflows.situation import Case, Situation, decides
from workflows.trial_machine import MACHINE, TrialCursor


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


class OnDocument(Step, OnParticipant):
    """A signature here and now on the approved document, whose bytes hash to `document`."""

    version: VersionLabel
    language: Language
    document: Digest


class SignConsentAs(OnDocument):
    """One party, who holds no account, signs by itself: how it showed who it is, and the SHA-256 of what
    shows the signature.
    """

    KIND = "participant.sign_consent_as"
    party: Key
    method: Method
    evidence: Digest


class SignConsent(OnDocument):
    """Whoever obtains consent signs, when every other party has: with that it is given."""

    KIND = "participant.sign_consent"
    SIGNS = True
    party: Key = "investigator"
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
        raise NotFound("protocol.unknown_version", f"the trial has no protocol version {version}")
    plan = trial.document(version).protocol.site_plans.get(command.site)
    if plan is None:
        raise NotFound("site.unknown", f"protocol version {version} has no site {command.site}", where=where)
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


@decides(SignConsentAs)
def sign_consent_as(command: SignConsentAs, situation: Situation) -> list[NewFact]:
    case, at = _signing(command, situation)
    if command.party not in case.protocol.consent.parties:
        raise NotFound(
            "consent.no_party",
            f"{command.party} is no party to a consent",
            where=case.code,
            remedy=f"The protocol names {', '.join(case.protocol.consent.parties)}.",
        )
    if command.party not in PARTICIPANTS_SIDE:
        raise Refused(
            "consent.signs_with_account",
            f"the {command.party} signs with an account of their own",
            where=case.code,
            rule="21 CFR 11.100(a)",
            remedy="Sign in, and use 'trialog consent sign'.",
        )
    if command.party in _signed(command, case):
        raise Refused(
            "consent.party_signed_already", f"the {command.party} has signed this document", where=case.code
        )
    if command.evidence in {each.evidence for each in case.participant.signing}:
        raise Refused(
            "consent.evidence_of_another",
            "the same evidence shows another party's signature",
            where=case.code,
            rule="21 CFR 11.200(a)(2-3)",
        )
    fields = command.model_dump(exclude={"at", "participant"})
    return case.facts(at, ConsentPartySigned(**fields))


@decides(SignConsent)
def sign_consent(command: SignConsent, situation: Situation) -> list[NewFact]:
    case, at = _signing(command, situation)
    if command.party in PARTICIPANTS_SIDE:
        raise Refused(
            "consent.signed_for_another",
            f"nobody signs for the {command.party}",
            where=case.code,
            rule="21 CFR 11.200(a)(2-3)",
            remedy="Let each party sign by itself, with 'trialog consent sign-as'.",
        )
    refuse_strangers(case, (command.party,))
    others = _signed(command, case)
    missing = [each for each in case.protocol.consent.parties if each not in (*others, command.party)]
    if missing:
        raise Refused(
            "consent.party_unsigned",
            f"{', '.join(missing)} has not signed this document",
            where=case.code,
            rule="ICH E6(R3) 2.8.7",
            remedy="Let each party sign by itself, with 'trialog consent sign-as'.",
        )
    shown = situation.by.authentication or "unauthenticated"
    return case.facts(
        at,
        ConsentGiven(
            version=command.version,
            language=command.language,
            parties=(*others, command.party),
            copy_given=command.copy_given,
            granted=command.granted,
            document=command.document,
            signed=(*((party, each.when.at) for party, each in others.items()), (command.party, at)),
            electronic=True,
            methods=(*((party, each.method) for party, each in others.items()), (command.party, shown)),
        ),
    )


def _signed(command: OnDocument, case: Case) -> dict[str, PartySigned]:
    """Who has signed this document by now, consent not being given on it yet."""
    on = (command.version, command.language, command.document)
    return {each.party: each for each in case.participant.signing if each[1:4] == on}


def _signing(command: OnDocument, situation: Situation) -> tuple[Case, ClinicalTime]:
    """Whose consent it is, and the time of the server. Raises Refused unless the document may be signed."""
    case = situation.case(command.participant)
    if command.at is not None:
        raise Refused(
            "consent.signed_now",
            "a consent given here bears the time of the server",
            where=case.code,
            rule="EMA annex 5, A5.3.2",
            remedy="Record a consent given elsewhere with 'trialog record consent'.",
        )
    if case.participant.ended is not None:
        raise Refused("participant.ended", "the participant's course has ended", where=case.code)
    at = situation.when(command, case.zone)
    _on_the_approved_document(command, case.participant.site, at, situation)
    return case, at


def _on_the_approved_document(command: OnDocument, site: str, at: ClinicalTime, situation: Situation) -> None:
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
    if is_born_late(case.participant, born):
        raise Invalid(
            "birth.after_screening",
            f"{born} lies after the screening, of {case.participant.registered.at}",
            where=case.code,
            remedy="Check the date.",
        )
    known = case.participant.born
    if known is not None and known.at == born:
        raise Refused("birth.recorded_already", f"{born} is recorded already", where=case.code)
    if known is not None:
        justified(situation.by, case.protocol, case.code)
    return case.facts(at, BirthRecorded(born=born))
