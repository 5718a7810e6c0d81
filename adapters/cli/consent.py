"""`trialog consent …`: the approved documents, consent given on them, and what each participant signed."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from adapters.cli.commands import Answer, Asked, Fields, answers, noun, writes
from adapters.cli.options import Participant
from adapters.cli.output import Table, instants, listing, pairs
from domain.errors import Invalid

if TYPE_CHECKING:
    from adapters.cli.commands import Given

group = noun("consent", "Register approved consent documents, give consent on them, see who signed what.")

Site = Annotated[str, typer.Option("--site", metavar="SITE", help="The site.")]
Label = Annotated[str, typer.Option("--version", metavar="LABEL", help="Version of the document.")]
DocumentLanguage = Annotated[
    str, typer.Option("--document-language", metavar="TAG", help="Language of the document, as zh-CN.")
]
Document = Annotated[
    Path | None, typer.Option("--document", metavar="FILE", help="The document itself: its SHA-256 is taken.")
]
Digest = Annotated[str, typer.Option("--sha256", metavar="HEX", help="Or the document's SHA-256.")]
Granted = Annotated[
    list[str] | None,
    typer.Option(
        "--grant",
        metavar="WHAT",
        help="Granted besides; repeat it: sensitive_data, cross_border, genetic, future_use.",
    ),
]
Method = Literal["handwritten", "one_time_code", "certificate", "fingerprint"]

_FORMS = (
    "site",
    "version",
    "language",
    "status",
    "protocol",
    "approved",
    "valid_from",
    "valid_until",
    "sha256",
)
_DUE = ("participant", "subject", "cause", "since", "deadline", "status", "holds", "summary")
_GIVEN = ("version", "language", "at", "parties", "copy_given", "granted", "fault", "lacking")


def sha256_of(document: Path | None, sha256: str, option: str = "--sha256") -> str | None:
    """The SHA-256 of a file, or the one that an option tells; None for neither. Raises Invalid, OSError."""
    if sha256 and not re.fullmatch("[0-9a-f]{64}", sha256):
        what = f"'{sha256}' is no SHA-256: 64 digits and letters from a to f, in small letters"
        raise Invalid("usage.sha256", what, where=option)
    if document is None:
        return sha256 or None
    if sha256:
        raise Invalid("usage.document", "name the document or its SHA-256, not both")
    data = document.read_bytes()
    if not data:
        raise Invalid(
            "usage.empty_file", "the file is empty: nobody can have approved it", where=str(document)
        )
    return hashlib.sha256(data).hexdigest()


# ---------------------------------------------------------------- questions


@answers(group, "list", example="consent list --site SY01 --as-of 2026-06-30T16:00:00Z --store trial.db")
def list_forms(question: Asked, site: Site = "") -> Answer:
    """List the approved documents of each site, and which of them is offered in each language."""
    from projections.consents import form_rows

    return listing(question.view, [row._asdict() for row in form_rows(question.view, site)], _FORMS)


@answers(group, "show", example="consent show SY01-001 --store trial.db")
def show(question: Asked, participant: Participant) -> Answer:
    """Show what a participant consented to, on which document, who signed when, and what is withdrawn."""
    from projections.consents import consent_rows

    view, known = question.view, question.participant(participant)
    given = [
        {
            **row._asdict(),
            "signed": [{"party": party, "at": at, "method": method} for party, at, method in row.signed],
        }
        for row in consent_rows(view.trial, known)
    ]
    withdrawn = [
        {"scope": each.scope, "at": str(each.when.at), "fact": each.when.fact} for each in known.withdrawals
    ]
    signing = [
        {
            "party": each.party,
            "version": each.version,
            "language": each.language,
            "at": str(each.when.at),
            "method": each.method,
            "evidence": each.evidence,
            "fact": each.when.fact,
        }
        for each in known.signing
    ]
    data = {
        **instants(view),
        "participant": participant,
        "consents": given,
        "signing": signing,
        "withdrawals": withdrawn,
    }
    tables = [pairs({"participant": participant}), Table(given, _GIVEN, "Consents")]
    if signing:
        tables.append(Table(signing, ("party", "version", "language", "at", "method"), "Signed so far"))
    if withdrawn:
        tables.append(Table(withdrawn, ("scope", "at"), "Withdrawals"))
    return Answer(data, tuple(tables))


@answers(group, "due", example="consent due --overdue --store trial.db")
def due(
    question: Asked,
    site: Site = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those whose time is over.")] = False,
) -> Answer:
    """List the renewed consents that wait to be given: why, since when, until when, what waits for them."""
    from projections.consents import due_rows

    rows = [row._asdict() for row in due_rows(question.view, site) if not overdue or row.status == "overdue"]
    return listing(question.view, rows, _DUE)


# ---------------------------------------------------------------- documents and consent


@writes(
    group,
    "register",
    "trial.register_consent_form",
    example="consent register --site SY01 --version 1.0 --document-language zh-CN --document icf.pdf"
    " --reference EC-1 --at 2026-01-05 --as chen:principal_investigator",
)
def register(
    site: Site,
    version: Label,
    document_language: DocumentLanguage,
    reference: Annotated[
        str, typer.Option("--reference", metavar="TEXT", help="The ethics committee's reference.")
    ],
    document: Document = None,
    sha256: Digest = "",
    protocol: Annotated[
        str | None,
        typer.Option(
            "--protocol", metavar="LABEL", help="The protocol version it is for; by default the newest."
        ),
    ] = None,
    valid_from: Annotated[
        str | None, typer.Option("--valid-from", metavar="TIME", help="By default from its approval on.")
    ] = None,
    valid_until: Annotated[
        str | None, typer.Option("--valid-until", metavar="TIME", help="The last day it may be signed.")
    ] = None,
    renews: Annotated[
        bool, typer.Option("--renews", help="Who consented before it is asked for renewed consent.")
    ] = False,
    summary: Annotated[str, typer.Option("--summary", metavar="TEXT", help="What is new in it.")] = "",
) -> Fields:
    """Register a consent document that an ethics committee has approved, by its very bytes."""
    return _with_digest(
        {
            "site": site,
            "version": version,
            "language": document_language,
            "reference": reference,
            "protocol": protocol,
            "valid_from": valid_from,
            "valid_until": valid_until,
            "renews": renews,
            "summary": summary,
        },
        "sha256",
        sha256_of(document, sha256),
    )


@writes(
    group,
    "withdraw",
    "trial.withdraw_consent_form",
    example='consent withdraw --site SY01 --version 1.0 --document-language en --ground "misprint"'
    " --as chen:principal_investigator",
)
def withdraw(
    site: Site,
    version: Label,
    document_language: DocumentLanguage,
    ground: Annotated[str, typer.Option("--ground", metavar="TEXT", help="Why it is offered no more.")],
) -> Fields:
    """Offer a consent document no more."""
    return {"site": site, "version": version, "language": document_language, "ground": ground}


@writes(
    group,
    "sign",
    "participant.sign_consent",
    example="consent sign SY01-001 --version 1.0 --document-language zh-CN --document icf.pdf"
    " --as an.li:coordinator",
)
def sign(
    participant: Participant,
    version: Label,
    document_language: DocumentLanguage,
    document: Document = None,
    sha256: Digest = "",
    no_copy: Annotated[bool, typer.Option("--no-copy", help="The participant is given no copy.")] = False,
    granted: Granted = None,
    party: Annotated[str, typer.Option("--party", metavar="PARTY", help="As which party.")] = "investigator",
) -> Fields:
    """Sign as who obtains consent, here and now, when every other party has signed: with that it is given.

    One given before, or on paper, is recorded: `record consent`.
    """
    return _with_digest(
        {
            "participant": participant,
            "version": version,
            "language": document_language,
            "party": party,
            "copy_given": not no_copy,
            "granted": tuple(granted or ()),
        },
        "document",
        sha256_of(document, sha256),
    )


@writes(
    group,
    "sign-as",
    "participant.sign_consent_as",
    example="consent sign-as SY01-001 participant --version 1.0 --document-language zh-CN --document icf.pdf"
    " --method handwritten --evidence signature.png --as an.li:coordinator",
)
def sign_as(
    participant: Participant,
    party: Annotated[str, typer.Argument(metavar="PARTY", help="participant, representative or witness.")],
    version: Label,
    document_language: DocumentLanguage,
    method: Annotated[Method, typer.Option("--method", help="How the party showed who it is.")],
    document: Document = None,
    sha256: Digest = "",
    evidence: Annotated[
        Path | None,
        typer.Option("--evidence", metavar="FILE", help="What shows the signature: its SHA-256 is taken."),
    ] = None,
    evidence_sha256: Annotated[
        str, typer.Option("--evidence-sha256", metavar="HEX", help="Or its SHA-256.")
    ] = "",
) -> Fields:
    """Let one party who holds no account sign an electronic consent by itself, here and now."""
    known = {
        "participant": participant,
        "party": party,
        "version": version,
        "language": document_language,
        "method": method,
    }
    signed = _with_digest(known, "document", sha256_of(document, sha256))
    return _with_digest(signed, "evidence", sha256_of(evidence, evidence_sha256, "--evidence-sha256"))


@writes(
    group,
    "birth",
    "participant.record_birth",
    example="consent birth SY01-001 2008-11 --as an.li:coordinator",
)
def birth(
    participant: Participant,
    born: Annotated[str, typer.Argument(metavar="YEAR[-MONTH]", help="Year of birth, or year and month.")],
) -> None:
    """Keep the year or the month of birth, and no more: whoever comes of age is asked for an own consent."""


def _with_digest(fields: Given, name: str, sha256: str | None) -> Fields:
    if sha256 is None:
        what = "evidence" if name == "evidence" else "document"
        raise Invalid("usage.document", f"name the {what}", remedy=f"Give --{what} FILE, or its SHA-256.")
    return {**fields, name: sha256}
