"""Consent of one participant: given, signed party by party, asked for anew, withdrawn; facts and states.

How a participant's state follows from them is in `domain.participant`. The topics are the storage format.
"""

from typing import Annotated, NamedTuple

from pydantic import StringConstraints

from domain.clinical_time import ClinicalTime
from domain.fact import Fact
from domain.happened import Happened
from domain.identifiers import Digest, Key, VersionLabel
from domain.words import in_chinese

Granted = Annotated[str, StringConstraints(pattern=r"^(sensitive_data|cross_border|genetic|future_use)$")]
Method = Annotated[str, StringConstraints(pattern=r"^(handwritten|one_time_code|certificate|fingerprint)$")]
"""How a party of an electronic consent who has no account showed who it is."""

Scope = Annotated[str, StringConstraints(pattern=r"^(treatment|visits|samples|future_use|all)$")]

# ---------------------------------------------------------------- facts


class ConsentGiven(Fact):
    """Informed consent on one version of the form.

    `document` is the SHA-256 of what was signed, where it is known; `signed` each party and when it signed,
    where that is kept for each. An `electronic` consent was given here, at the time of the server; `methods`
    is how each party showed who it is.
    """

    TOPIC = "consent.given.v1"
    PROMPT = True
    EN = (
        "Consent given on version {version} ({language}), signed by {parties};"
        " copy given: {copy_given} {granted}{further}"
    )
    ZH = (
        "签署知情同意书版本 {version}（{language}），签署方 {parties}；"
        "已给副本：{copy_given} {granted}{further_zh}"
    )
    SILENT = ("granted", "further", "further_zh")
    CODED = ("parties",)
    version: VersionLabel
    language: str
    parties: tuple[Key, ...]
    copy_given: bool
    granted: tuple[Granted, ...] = ()
    document: Digest | None = None
    signed: tuple[tuple[Key, ClinicalTime], ...] = ()
    electronic: bool = False
    methods: tuple[tuple[Key, str], ...] = ()

    @property
    def further(self) -> str:
        """Who signed when, and on which bytes, for the sentence."""
        methods = dict(self.methods)
        dates = "".join(
            f"; {party} signed {at}" + (f" by {methods[party]}" if party in methods else "")
            for party, at in self.signed
        )
        kind = "; electronic" if self.electronic else ""
        return f"{dates}{kind}{f'; sha256 {self.document}' if self.document else ''}"

    @property
    def further_zh(self) -> str:
        """Who signed when, and on which bytes, for the sentence in Chinese."""
        methods = dict(self.methods)
        dates = "".join(
            f"；{in_chinese(party)}签署于 {at}"
            + (f"（{in_chinese(methods[party])}）" if party in methods else "")
            for party, at in self.signed
        )
        kind = "；电子签署" if self.electronic else ""
        return f"{dates}{kind}{f'；sha256 {self.document}' if self.document else ''}"


class ConsentPartySigned(Fact):
    """One party of an electronic consent has signed the document by itself, effective then. The consent is
    given once whoever obtains it has signed as well. `evidence` is the SHA-256 of what shows the signature.
    """

    TOPIC = "consent.party_signed.v1"
    PROMPT = True
    EN = (
        "Consent document version {version} ({language}) signed by the {party}, shown by {method}"
        " (sha256 {document}; evidence {evidence})"
    )
    ZH = (
        "{party} 已签署知情同意书版本 {version}（{language}），身份验证方式 {method}"
        "（sha256 {document}；凭证 {evidence}）"
    )
    CODED = ("party",)
    version: VersionLabel
    language: str
    document: Digest
    party: Key
    method: Method
    evidence: Digest


class ReconsentRequested(Fact):
    """The participant is to be asked for consent on a newer version."""

    TOPIC = "consent.reconsent_requested.v1"
    EN = "Renewed consent on version {version} requested"
    ZH = "要求重新签署知情同意书版本 {version}"
    version: VersionLabel


class ConsentWithdrawn(Fact):
    """The participant takes back consent for a scope; what was collected stays."""

    TOPIC = "consent.withdrawn.v1"
    EN = "Consent withdrawn for {scope}"
    ZH = "撤回知情同意，范围：{scope}"
    scope: Scope


# ---------------------------------------------------------------- states


class Given(NamedTuple):
    """A consent given."""

    version: str
    language: str
    parties: tuple[str, ...]
    copy_given: bool
    when: Happened
    granted: tuple[str, ...] = ()
    document: str = ""
    signed: tuple[tuple[str, ClinicalTime], ...] = ()
    electronic: bool = False
    asked: Happened | None = None
    """The request that it answers."""
    methods: tuple[tuple[str, str], ...] = ()
    number: int = 0
    """Which consent of the participant it is, from 1."""

    def by_then(self, at: ClinicalTime) -> frozenset[str]:
        """The parties that had signed by a time: all of them where no dates of their own are kept."""
        late = {party for party, signed in self.signed if signed.earliest >= at.latest}
        return frozenset(self.parties) - late


class PartySigned(NamedTuple):
    """A party that has signed a document on which consent is not given yet."""

    party: str
    version: str
    language: str
    document: str
    method: str
    evidence: str
    when: Happened


class Withdrawal(NamedTuple):
    """A scope of consent taken back."""

    scope: str
    when: Happened
