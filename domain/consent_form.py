"""The documents on which consent is given: each approved for a site, version and language, by its bytes.

The newest document of a site and language that has begun is the only one offered; what it supersedes, what
has expired and what was taken back is offered no more (ICH E6(R3) 2.8.1). A document is what its SHA-256 is
of: a consent signed on other bytes is void (EMA annex 5).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from domain.clinical_time import ClinicalTime
from domain.fact import Fact, FreeText
from domain.happened import Happened
from domain.identifiers import Digest, Language, SiteId, VersionLabel

# ---------------------------------------------------------------- facts


class ConsentFormApproved(Fact):
    """An ethics committee has approved a consent document for a site; effective is the day of approval.

    `protocol` is the protocol version it admits to. With `renews` those who consented before it are asked to
    consent anew, because of what `summary` says.
    """

    TOPIC = "consent.form_approved.v1"
    PROMPT = True
    EN = (
        "Consent form {version} ({language}) approved for site {site}, reference {reference}, for protocol"
        " version {protocol}, valid from {valid_from} until {valid_until}, sha256 {sha256};"
        " asks for renewed consent: {renews} {summary}"
    )
    ZH = (
        "中心 {site} 的知情同意书版本 {version}（{language}）获批，批件 {reference}，"
        "适用方案版本 {protocol}，有效期 {valid_from} 至 {valid_until}，"
        "sha256 {sha256}；要求重新签署：{renews} {summary}"
    )
    SILENT = ("summary",)
    site: SiteId
    version: VersionLabel
    language: Language
    sha256: Digest
    reference: FreeText
    protocol: VersionLabel
    valid_from: ClinicalTime
    valid_until: ClinicalTime | None = None
    renews: bool = False
    summary: FreeText = ""


class ConsentFormWithdrawn(Fact):
    """A consent document is offered no more, from the effective time on."""

    TOPIC = "consent.form_withdrawn.v1"
    PROMPT = True
    EN = "Consent form {version} ({language}) of site {site} withdrawn: {ground}"
    ZH = "停用中心 {site} 的知情同意书版本 {version}（{language}）：{ground}"
    site: SiteId
    version: VersionLabel
    language: Language
    ground: FreeText


# ---------------------------------------------------------------- state


class ConsentForm(NamedTuple):
    """An approved document, as its facts say."""

    site: str
    version: str
    language: str
    sha256: str
    reference: str
    protocol: str
    approved: Happened
    valid_from: ClinicalTime
    valid_until: ClinicalTime | None = None
    renews: bool = False
    summary: str = ""
    withdrawn: Happened | None = None

    def is_valid(self, moment: datetime) -> bool:
        """Whether it has begun by a moment, has not expired, and was not taken back."""
        begun = self.valid_from.earliest <= moment
        over = self.valid_until is not None and self.valid_until.latest <= moment
        return begun and not over and (self.withdrawn is None or moment < self.withdrawn.at.earliest)


Forms = tuple[ConsentForm, ...]


def approved(forms: Forms, fact: ConsentFormApproved, when: Happened) -> Forms:
    """The registry with one more document."""
    return (*forms, ConsentForm(**fact.model_dump(exclude={"approved"}), approved=when))


def withdrawn(forms: Forms, fact: ConsentFormWithdrawn, when: Happened) -> Forms:
    """The registry once a document is taken back."""
    named = (fact.site, fact.version, fact.language)
    return tuple(
        each._replace(withdrawn=when)
        if (each.site, each.version, each.language) == named and each.withdrawn is None
        else each
        for each in forms
    )


# ---------------------------------------------------------------- questions


class FormStatus(StrEnum):
    """Where a document stands at a moment."""

    COMING = "coming"
    OFFERED = "offered"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


def form_of(forms: Forms, site: str, version: str, language: str) -> ConsentForm | None:
    """The document of a site, version and language, or None."""
    named = (site, version, language)
    return next((each for each in forms if (each.site, each.version, each.language) == named), None)


def offered(forms: Forms, site: str, language: str, moment: datetime) -> ConsentForm | None:
    """The only document that may be signed at a site in a language at a moment, or None.

    What a newer one has superseded does not come back when that one ends.
    """
    newest = _newest(forms, site, language, moment)
    return newest if newest is not None and newest.is_valid(moment) else None


def status_of(forms: Forms, form: ConsentForm, moment: datetime) -> FormStatus:
    """Where a document stands at a moment."""
    if moment < form.valid_from.earliest:
        return FormStatus.COMING
    if form.withdrawn is not None and form.withdrawn.at.earliest <= moment:
        return FormStatus.WITHDRAWN
    if _newest(forms, form.site, form.language, moment) != form:
        return FormStatus.SUPERSEDED
    return FormStatus.OFFERED if form.is_valid(moment) else FormStatus.EXPIRED


class FormFault(StrEnum):
    """Why a consent does not stand on the approved document."""

    UNAPPROVED = "unapproved"
    SUPERSEDED = "superseded"
    NOT_VALID = "not_valid"
    CHANGED = "changed"


def fault_of(forms: Forms, site: str, signed: tuple[str, str, str], at: ClinicalTime) -> FormFault | None:
    """What is wrong with a consent to `signed`: version, language and SHA-256 ("" where it is not known).

    None where nothing is, and at a site whose registry had not begun by then. Where an imprecise time leaves
    open which document was offered, there is the benefit of the doubt.
    """
    version, language, sha256 = signed
    moments = tuple(_moments(forms, at))
    if not any(each.site == site and each.valid_from.earliest <= moments[-1] for each in forms):
        return None
    form = form_of(forms, site, version, language)
    if form is None:
        return FormFault.UNAPPROVED
    if sha256 and sha256 != form.sha256:
        return FormFault.CHANGED
    if any(offered(forms, site, language, moment) == form for moment in moments):
        return None
    standing = {status_of(forms, form, moment) for moment in moments}
    return FormFault.SUPERSEDED if FormStatus.SUPERSEDED in standing else FormFault.NOT_VALID


def is_void(forms: Forms, site: str, signed: tuple[str, str, str]) -> bool:
    """Whether a consent was signed on other bytes than those approved under its version and language."""
    version, language, sha256 = signed
    form = form_of(forms, site, version, language)
    return form is not None and bool(sha256) and sha256 != form.sha256


def _newest(forms: Forms, site: str, language: str, moment: datetime) -> ConsentForm | None:
    begun = (
        each
        for each in forms
        if (each.site, each.language) == (site, language) and each.valid_from.earliest <= moment
    )
    return max(begun, key=lambda each: (each.valid_from.earliest, each.approved.fact), default=None)


def _moments(forms: Iterable[ConsentForm], at: ClinicalTime) -> Iterator[datetime]:
    """The moments within an imprecise time at which another document may be offered, the last one last."""
    last = at.latest - timedelta(microseconds=1)
    yield at.earliest
    yield from (each.valid_from.earliest for each in forms if at.earliest < each.valid_from.earliest < last)
    yield last
