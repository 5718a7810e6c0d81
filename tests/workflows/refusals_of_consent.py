"""What is refused about consent: documents that are not the approved one, and procedures that wait for it."""

from __future__ import annotations

import hashlib
from decimal import Decimal

from domain.errors import Invalid, NotFound
from domain.record import Role
from tests.support.trial import active, at, course, day, person, small
from tests.workflows.refusals import CODE as CODE
from tests.workflows.refusals import refused as refused
from workflows import (
    consent,
    course_correction,
    export,
    infusion,
    participant,
    sample,
    sample_correction,
    visit,
)
from workflows.command import Command

FORM = "0f" * 32
OTHER = "1f" * 32


def form(version: str = "1.0", on: int = -20, **changes: object) -> consent.RegisterConsentForm:
    """A document approved on a day."""
    fields = {"site": "S1", "version": version, "language": "zh-CN", "sha256": FORM, "reference": "EC-1"}
    return consent.RegisterConsentForm.model_validate({**fields, "at": day(on), **changes})


def signed(version: str = "1.0", **changes: object) -> consent.SignConsent:
    """A consent given now on a document."""
    fields = {"participant": CODE, "version": version, "language": "zh-CN", "document": FORM}
    return consent.SignConsent.model_validate({**fields, **changes})


def signed_as(party: str = "participant", **changes: object) -> consent.SignConsentAs:
    """One party's signature now on a document."""
    fields = {"participant": CODE, "version": "1.0", "language": "zh-CN", "document": FORM, "party": party}
    shown = {"method": "handwritten", "evidence": hashlib.sha256(party.encode()).hexdigest()}
    return consent.SignConsentAs.model_validate({**fields, **shown, **changes})


def recorded(**changes: object) -> participant.RecordConsent:
    """A consent given before, on paper."""
    fields = {"participant": CODE, "at": day(0, "09:00"), "version": "1.0", "language": "zh-CN"}
    return participant.RecordConsent.model_validate({**fields, **changes})


def taken_back(**changes: object) -> consent.WithdrawConsentForm:
    """A document offered no more."""
    fields = {"site": "S1", "version": "1.0", "language": "zh-CN", "ground": "misprint"}
    return consent.WithdrawConsentForm.model_validate({**fields, **changes})


REGISTERED: list[Command] = [*active(), form(), *course("screened")]

SECOND: list[Command] = [*REGISTERED, signed_as(), form("1.1", -2, sha256=OTHER)]
_WITNESS = small({"consent.parties": ("participant", "investigator", "witness")})
WITNESSED: list[Command] = [*active(_WITNESS), form(), *course("screened")]

OF_FORMS = [
    refused("consent_form.registered_already", REGISTERED, form(sha256=OTHER)),
    refused("protocol.unknown_version", active(), form(protocol="9.9"), NotFound),
    refused("site.unknown", active(), form(site="S9"), NotFound),
    refused("consent_form.before_approval", active(), form(valid_from=day(-40)), Invalid),
    refused("consent_form.ends_before_start", active(), form(valid_until=day(-30)), Invalid),
    refused("consent_form.no_summary", active(), form(renews=True), Invalid),
    refused("consent_form.unknown", REGISTERED, taken_back(version="2.0"), NotFound),
    refused("consent_form.withdrawn_already", [*REGISTERED, taken_back()], taken_back()),
    refused("consent.form_unapproved", [*active(), *course("screened")], signed()),
    refused("consent.form_unapproved", REGISTERED, signed(language="en")),
    refused("consent.form_unapproved", REGISTERED, signed("3.0")),
    refused("consent.document_changed", REGISTERED, signed(document=OTHER)),
    refused("consent.form_superseded", [*REGISTERED, form("1.1", -2, sha256=OTHER)], signed()),
    refused("consent.form_not_valid", [*REGISTERED, taken_back()], signed()),
    refused("consent.form_not_valid", [*active(), form(valid_until=day(-1)), *course("screened")], signed()),
    refused(
        "consent.form_not_valid",
        [*active(), form(language="en"), form(valid_from=day(3)), *course("screened")],
        signed(),
    ),
    refused("consent.signed_now", REGISTERED, signed(at=day(-1))),
    refused("consent.signed_now", REGISTERED, signed_as(at=day(-1))),
    refused("consent.document_changed", REGISTERED, signed_as(document=OTHER)),
    refused("consent.party_unsigned", REGISTERED, signed()),
    refused("consent.party_unsigned", SECOND, signed("1.1", document=OTHER)),
    refused("consent.party_unsigned", [*WITNESSED, signed_as()], signed()),
    refused("consent.no_party", REGISTERED, signed_as("witness"), NotFound),
    refused("consent.no_party", [*REGISTERED, signed_as()], signed(party="nurse"), NotFound),
    refused(
        "consent.no_party", [*active(), *course("screened")], recorded(parties=("participent",)), NotFound
    ),
    refused(
        "consent.no_party",
        [*active(), *course("screened")],
        recorded(signed={"participant": day(0), "nurse": day(0)}),
        NotFound,
    ),
    refused(
        "consent.no_party",
        [*active(), *course("consented")],
        course_correction.CorrectEvent(participant=CODE, event="consent", signed={"nurse": day(0)}),
        NotFound,
    ),
    refused("consent.signs_with_account", REGISTERED, signed_as("investigator")),
    refused("consent.signed_for_another", REGISTERED, signed(party="participant")),
    refused("consent.party_signed_already", [*REGISTERED, signed_as()], signed_as(evidence=OTHER)),
    refused(
        "consent.evidence_of_another",
        [*WITNESSED, signed_as()],
        signed_as("witness", evidence=signed_as().evidence),
    ),
    refused(
        "participant.ended",
        [*REGISTERED, participant.RecordDeath(participant=CODE, at=day(0, "11:30"))],
        signed(),
    ),
    refused(
        "consent.incomplete",
        [
            *active(),
            form(),
            *course("screened"),
            participant.RecordConsent(
                participant=CODE, at=day(0, "09:00"), version="1.0", language="zh-CN", document=OTHER
            ),
            *course("answered")[2:],
        ],
        participant.SignEligibility(participant=CODE),
    ),
]

TOO_EXACT = consent.RecordBirth(participant=CODE, born=at("2008-04-05"))
BORN = consent.RecordBirth(participant=CODE, born=at("2008-04"))
ASKED = participant.RequestReconsent(participant=CODE, version="2.0")
HOLDING = small({"consent.renewal_hold": "due"})

OF_RENEWAL = [
    refused(
        "consent.signed_here",
        [*REGISTERED, signed_as(), signed()],
        course_correction.VoidEvent(participant=CODE, event="consent"),
    ),
    refused("birth.too_exact", REGISTERED, TOO_EXACT, Invalid),
    refused("birth.recorded_already", [*REGISTERED, BORN], BORN),
    refused(
        "correction.no_reason",
        [*REGISTERED, BORN],
        consent.RecordBirth(participant=CODE, born=at("2007")),
        by=person(Role.COORDINATOR, ""),
    ),
    refused(
        "consent.renewal_holds",
        [*active(HOLDING), *course("eligible"), ASKED],
        participant.Randomize(participant=CODE),
    ),
    refused(
        "consent.renewal_holds",
        [*active(HOLDING), *course("randomized"), ASKED],
        infusion.OrderInfusion(participant=CODE, weight_kg=Decimal(60)),
    ),
    refused(
        "consent.renewal_holds",
        [*active(HOLDING), *course("accessed"), ASKED],
        infusion.StartInfusion(participant=CODE),
    ),
    refused(
        "consent.renewal_holds",
        [*active(HOLDING), *course("closed"), ASKED],
        visit.ScheduleVisit(participant=CODE, visit="week-4", appointment=day(30)),
    ),
]


def exported(**changes: object) -> export.RecordExport:
    """A table of one participant's results."""
    fields = {"kind": "table", "scope": "results", "reader": "sponsor", "purpose": "a study", "position": 1}
    return export.RecordExport.model_validate({**fields, "sha256": FORM, **changes})


IN_CHINA = [*active(small({"sites.S1.residency": "CN"})), *course("consented")]
ABROAD = {"uses": ("cross_border",), "participants": (CODE,)}

OF_LEAVING = [
    refused("export.no_permit", IN_CHINA, exported(**ABROAD)),
    refused("export.not_granted", IN_CHINA, exported(**ABROAD, permit="P-7")),
    refused("export.nobody", IN_CHINA, exported(uses=("future_use",))),
    refused("export.crosses_border", IN_CHINA, exported(country="DE")),
    refused("export.genetic_inside", IN_CHINA, exported(genetic=True)),
]


def sampled(kind: type[Command], **changes: object) -> Command:
    """A step on a sample."""
    return kind.model_validate({"participant": CODE, "sample": "T-1", **changes})


TAKE = sampled(sample.TakeSample, material="serum")
HAND_OUT = sampled(sample.HandOutSample, recipient="a laboratory", uses=("trial",))
DESTROY = sampled(sample.DestroySample, ground="used up")
WITHDRAWN = participant.RecordWithdrawal(participant=CODE, at=day(0, "11:30"), scope="samples")
GENE = sampled(sample.TakeSample, material="dna", genetic=True)
GENE_TAKEN = sampled(sample.RecordSample, material="dna", genetic=True, at=day(0))
TAKEN: list[Command] = [*IN_CHINA, TAKE]


VOID_SAMPLE = sampled(sample_correction.VoidSample)


def to(**changes: object) -> Command:
    """A sample handed out on some terms."""
    return sampled(sample.HandOutSample, recipient="a laboratory", **{"uses": ("trial",), **changes})


OF_SAMPLES = [
    refused("sample.no_consent", [*active(), *course("screened")], TAKE),
    refused("sample.genetic_not_granted", IN_CHINA, GENE),
    refused("consent.samples_withdrawn", [*IN_CHINA, WITHDRAWN], TAKE),
    refused("consent.samples_withdrawn", [*TAKEN, WITHDRAWN], HAND_OUT),
    refused("sample.known_already", TAKEN, TAKE),
    refused("sample.unknown", IN_CHINA, HAND_OUT, NotFound),
    refused("sample.destroyed", [*TAKEN, DESTROY], HAND_OUT),
    refused("export.not_granted", TAKEN, to(uses=("future_use",))),
    refused("export.no_permit", TAKEN, to(uses=("cross_border",))),
    refused("export.crosses_border", TAKEN, to(country="DE")),
    refused("export.genetic_inside", [*IN_CHINA, GENE_TAKEN], HAND_OUT),
    refused("sample.out_of_order", [*TAKEN], to(at=day(0, "08:00")), Invalid),
    refused(
        "sample.out_of_order",
        [*TAKEN],
        sampled(sample.DestroySample, ground="x y", at=day(0, "08:00")),
        Invalid,
    ),
    refused("sample.parts_stand", [*TAKEN, HAND_OUT], VOID_SAMPLE),
    refused("sample.voided", [*TAKEN, VOID_SAMPLE], HAND_OUT),
    refused("event.same", TAKEN, sampled(sample_correction.CorrectSample)),
    refused("event.not_recorded", TAKEN, sampled(sample_correction.CorrectHandOut), NotFound),
]

OF_CONSENT = [*OF_FORMS, *OF_RENEWAL, *OF_LEAVING, *OF_SAMPLES]
