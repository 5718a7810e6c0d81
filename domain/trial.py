"""The trial: its facts, its state, and how the one follows from the other.

The topics below are the storage format. Protocol documents are stored whole, so that a history explains
itself without any file.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from domain import consent_form
from domain.activation import Activated, ActivationCorrected, SiteActivated
from domain.clinical_time import ClinicalTime
from domain.consent_form import ConsentFormApproved, ConsentFormWithdrawn
from domain.enrolment import AllocationSecretRevealed, ListSealed
from domain.fact import Fact, FreeText
from domain.happened import Happened
from domain.identifiers import SiteId, VersionLabel
from domain.protocol import Arm, Protocol
from domain.protocol_document import ProtocolDocument, read_document
from domain.record import ALWAYS_MASKED, Record, Role
from domain.replacing import replace

# ---------------------------------------------------------------- facts


class ProtocolAdopted(Fact):
    """The first protocol version of the trial, as a whole document."""

    TOPIC = "trial.protocol_adopted.v1"
    EN = "Protocol version {version} adopted (sha256 {digest})"
    ZH = "采用方案版本 {version}（sha256 {digest}）"
    version: VersionLabel
    digest: str
    document: str


class ProtocolAmended(Fact):
    """A further protocol version. Sites and consents put participants on it."""

    TOPIC = "trial.protocol_amended.v1"
    EN = "Protocol amended to version {version}: {summary} (sha256 {digest})"
    ZH = "方案修订为版本 {version}：{summary}（sha256 {digest}）"
    version: VersionLabel
    digest: str
    document: str
    summary: str


class AssumptionsConfirmed(Fact):
    """The principal investigator has confirmed every assumed value of a protocol version."""

    TOPIC = "trial.assumptions_confirmed.v1"
    PROMPT = True
    EN = "The {count} assumptions of protocol version {version} confirmed"
    ZH = "已确认方案版本 {version} 的 {count} 项假设"
    version: VersionLabel
    digest: str
    count: int


class EthicsApproved(Fact):
    """An ethics committee's approval of a protocol version."""

    TOPIC = "trial.ethics_approved.v1"
    EN = "Ethics approval {reference} for protocol version {version}"
    ZH = "方案版本 {version} 获伦理批准 {reference}"
    version: VersionLabel
    reference: FreeText


class SiteVersionAdopted(Fact):
    """A site follows another protocol version from this time on."""

    TOPIC = "trial.site_version_adopted.v1"
    EN = "Site {site} adopted protocol version {version}"
    ZH = "中心 {site} 采用方案版本 {version}"
    site: SiteId
    version: VersionLabel


class EnrolmentOpened(Fact):
    """Participants may be screened and randomized."""

    TOPIC = "trial.enrolment_opened.v1"
    EN = "Enrolment opened"
    ZH = "开始入组"


class EnrolmentClosed(Fact):
    """No further participant may be screened or randomized."""

    TOPIC = "trial.enrolment_closed.v1"
    EN = "Enrolment closed"
    ZH = "结束入组"


class DataCutNamed(Fact):
    """A name for a position of the history, and the root of the ledger there, in hexadecimal."""

    TOPIC = "trial.data_cut_named.v1"
    EN = "Data cut '{name}' at position {position}{under}"
    ZH = "数据截点“{name}”，位置 {position}{under_zh}"
    SILENT = ("under", "under_zh")
    name: str
    position: int
    root: str = ""

    @property
    def under(self) -> str:
        """The root in brackets, for the sentence."""
        return f" (root {self.root})" if self.root else ""

    @property
    def under_zh(self) -> str:
        """The root in brackets, for the sentence in Chinese."""
        return f"（根哈希 {self.root}）" if self.root else ""


class Frozen(Fact):
    """Data entry paused before locking."""

    TOPIC = "trial.frozen.v1"
    PROMPT = True
    EN = "Trial data frozen"
    ZH = "试验数据冻结"


class Locked(Fact):
    """No further data."""

    TOPIC = "trial.locked.v1"
    PROMPT = True
    EN = "Trial database locked"
    ZH = "试验数据库锁定"


class UnlockRequested(Fact):
    """Somebody asks that the locked database be opened again; another person decides."""

    TOPIC = "trial.unlock_requested.v1"
    PROMPT = True
    EN = "Unlocking of the trial database asked for by {requested_by}"
    ZH = "{requested_by} 申请解锁试验数据库"
    requested_by: str


class Unlocked(Fact):
    """Data may be entered again."""

    TOPIC = "trial.unlocked.v1"
    PROMPT = True
    EN = "Trial database unlocked"
    ZH = "试验数据库解锁"


class Archived(Fact):
    """The trial is over and its records are kept."""

    TOPIC = "trial.archived.v1"
    PROMPT = True
    EN = "Trial archived"
    ZH = "试验归档"


# ---------------------------------------------------------------- state


class TrialStatus(StrEnum):
    """Where a trial stands."""

    PLANNED = "planned"
    ADOPTED = "adopted"
    ACTIVE = "active"
    FROZEN = "frozen"
    LOCKED = "locked"
    ARCHIVED = "archived"


class SiteVersion(NamedTuple):
    """A protocol version a site follows, and since when."""

    version: str
    since: Happened


class Version(NamedTuple):
    """A protocol version of the trial: its document, and the fact that brought it."""

    version: str
    digest: str
    document: str
    since: Happened


@dataclass(frozen=True, slots=True)
class Trial:
    """The state of a trial. Of the revealed secret it holds where it stands, not the secret."""

    status: TrialStatus = TrialStatus.PLANNED
    enrolling: bool = False
    versions: tuple[Version, ...] = ()
    confirmed: tuple[str, ...] = ()
    approved: tuple[str, ...] = ()
    sites: dict[str, tuple[SiteVersion, ...]] = field(default_factory=dict)
    allocation_list: ListSealed | None = None
    revealed: Happened | None = None
    cuts: dict[str, int] = field(default_factory=dict)
    archived: Happened | None = None
    forms: consent_form.Forms = ()
    unlock_requested_by: str = ""
    activated: Happened | None = None
    approvals: dict[str, Happened] = field(default_factory=dict)
    """The earliest ethics approval of each version."""

    @property
    def newest_version(self) -> str:
        """The label of the newest protocol version, "" before there is one."""
        return self.versions[-1].version if self.versions else ""

    def document(self, version: str) -> ProtocolDocument:
        """The protocol document of a version of this trial. Raises KeyError."""
        for each in self.versions:
            if each.version == version:
                return read_document(each.document)
        raise KeyError(version)

    @property
    def protocol(self) -> Protocol:
        """The newest protocol of the trial."""
        return read_document(self.versions[-1].document).protocol

    @property
    def known_sites(self) -> tuple[str, ...]:
        """The sites of the newest protocol, and those that were activated under an earlier one."""
        planned = self.protocol.site_plans if self.versions else ()
        return tuple(dict.fromkeys((*planned, *self.sites)))

    def masks(self, role: Role) -> bool:
        """Whether the role must not learn the allocation."""
        return role in ALWAYS_MASKED or (bool(self.versions) and role in self.protocol.masking.masked_roles)

    def admits(self, protocol: Protocol, site: str, consent: str) -> bool:
        """Whether a version of the consent form admits to a protocol version: by the protocol, or by a
        document approved for it at the site.
        """
        approved = ((form.site, form.protocol, form.version) for form in self.forms)
        return protocol.consent.accepts(consent) or (site, protocol.version, consent) in approved

    def protocol_for(self, site: str, consents: tuple[str, ...]) -> Protocol:
        """The protocol version that the site and the participant's consents put the participant on.

        The newest version the site follows, unless that one asks for a renewed consent which the
        participant has not given: then the newest earlier one that does not. Who has not consented at all
        has nothing to renew.
        """
        followed = self.sites.get(site, ())
        for each in reversed(followed):
            protocol = self.document(each.version).protocol
            renews = bool(consents) and protocol.consent.reconsent
            if not renews or any(self.admits(protocol, site, given) for given in consents):
                return protocol
        return self.document(followed[0].version).protocol if followed else self.protocol

    def protocol_at(self, site: str, at: ClinicalTime) -> Protocol | None:
        """The newest protocol version that the site certainly followed by then, its first one before that;
        None for a site that is not active.
        """
        followed = self.sites.get(site, ())
        begun = [each for each in followed if each.since.at.latest <= at.earliest]
        return self.document((begun or followed)[-1 if begun else 0].version).protocol if followed else None

    def not_yet_active(self, site: str, at: ClinicalTime) -> tuple[Happened, ...]:
        """The activations, of the site and of the trial, that certainly came after a time: nothing of the
        trial may happen at a site before both. Empty where it was active by then.
        """
        return tuple(each for each in self.activations(site) if at.latest <= each.at.earliest)

    def activations(self, site: str) -> tuple[Happened, ...]:
        """The activation of a site and that of the trial, as far as they have come."""
        followed = self.sites.get(site, ())
        begun = (followed[0].since if followed else None, self.activated)
        return tuple(each for each in begun if each is not None)

    @property
    def arms(self) -> tuple[Arm, ...]:
        """The arms of every version, as each calls them: what an amendment drops, somebody may have."""
        return tuple(arm for each in self.versions for arm in read_document(each.document).protocol.arms)

    def route_of(self, protocol: Protocol, arm: str) -> str | None:
        """The route of an arm under a protocol version, or under the newest that has the arm."""
        versions = (protocol, *(read_document(each.document).protocol for each in reversed(self.versions)))
        return next((each.arm_plans[arm].route for each in versions if arm in each.arm_plans), None)

    def routes_tell_arms(self, protocol: Protocol) -> bool:
        """Whether the arms of all versions differ in route, as a participant under a version is given
        the product: then who learns the allocated route, or of one given that it departed, learns the arm.
        """
        return len({self.route_of(protocol, arm.id) for arm in self.arms}) > 1


def evolve(trial: Trial, record: Record) -> Trial:
    """The trial after one more fact. Total: a fact this stream does not know changes nothing."""
    change = _CHANGES.get(type(record.fact))
    return trial if change is None else change(trial, record.fact, record.happened)


Change = Callable[[Trial, Any, Happened], Trial]
"""How one kind of fact changes the trial."""


def _version(trial: Trial, fact: ProtocolAdopted | ProtocolAmended, when: Happened) -> Trial:
    known = (*trial.versions, Version(fact.version, fact.digest, fact.document, when))
    status = TrialStatus.ADOPTED if trial.status is TrialStatus.PLANNED else trial.status
    return replace(trial, versions=known, status=status)


def _site(trial: Trial, fact: SiteActivated | SiteVersionAdopted, when: Happened) -> Trial:
    followed = (*trial.sites.get(fact.site, ()), SiteVersion(fact.version, when))
    return replace(trial, sites={**trial.sites, fact.site: followed})


def _at_site(trial: Trial, fact: SiteVersionAdopted, when: Happened) -> Trial:
    """A site that is not active follows nothing, also where it adopted a version before it really began."""
    return _site(trial, fact, when) if fact.site in trial.sites else trial


def _approved(trial: Trial, fact: EthicsApproved, when: Happened) -> Trial:
    known = trial.approvals.get(fact.version)
    first = when if known is None or when.at.earliest < known.at.earliest else known
    approved = _with(trial.approved, fact.version)
    return replace(trial, approved=approved, approvals={**trial.approvals, fact.version: first})


def _began(trial: Trial, fact: ActivationCorrected, when: Happened) -> Trial:
    if fact.site is None:
        return replace(trial, activated=when)
    followed = trial.sites.get(fact.site, ())
    began = (followed[0]._replace(since=when), *followed[1:]) if followed else ()
    return replace(trial, sites={**trial.sites, fact.site: began}) if began else trial


def _with(versions: tuple[str, ...], version: str) -> tuple[str, ...]:
    """In the order they came: a set would be stored in another order by every process."""
    return versions if version in versions else (*versions, version)


_CHANGES: dict[type[Fact], Change] = {
    ProtocolAdopted: _version,
    ProtocolAmended: _version,
    AssumptionsConfirmed: lambda t, f, _when: replace(t, confirmed=_with(t.confirmed, f.version)),
    EthicsApproved: _approved,
    SiteActivated: _site,
    SiteVersionAdopted: _at_site,
    ListSealed: lambda t, f, _when: replace(t, allocation_list=f),
    AllocationSecretRevealed: lambda t, _fact, when: replace(t, revealed=when),
    ActivationCorrected: _began,
    Activated: lambda t, _fact, when: replace(t, status=TrialStatus.ACTIVE, activated=when),
    EnrolmentOpened: lambda t, _fact, _when: replace(t, enrolling=True),
    EnrolmentClosed: lambda t, _fact, _when: replace(t, enrolling=False),
    DataCutNamed: lambda t, f, _when: replace(t, cuts={**t.cuts, f.name: f.position}),
    Frozen: lambda t, _fact, _when: replace(t, status=TrialStatus.FROZEN),
    Locked: lambda t, _fact, _when: replace(t, status=TrialStatus.LOCKED),
    UnlockRequested: lambda t, f, _when: replace(t, unlock_requested_by=f.requested_by),
    Unlocked: lambda t, _fact, _when: replace(t, status=TrialStatus.ACTIVE, unlock_requested_by=""),
    Archived: lambda t, _fact, when: replace(t, status=TrialStatus.ARCHIVED, archived=when),
    ConsentFormApproved: lambda t, f, when: replace(t, forms=consent_form.approved(t.forms, f, when)),
    ConsentFormWithdrawn: lambda t, f, when: replace(t, forms=consent_form.withdrawn(t.forms, f, when)),
}
