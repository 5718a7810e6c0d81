"""The trial's commands and what each decides."""

from contextlib import suppress
from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints

from domain.activation import Activated, SiteActivated
from domain.allocation import ALGORITHM, SECRET_BYTES, commitment, parameters_of
from domain.enrolment import AllocationSecretRevealed, ListSealed
from domain.errors import Broken, Invalid, NotFound, Refused
from domain.fact import Fact
from domain.identifiers import SiteId, VersionLabel
from domain.protocol_document import ProtocolDocument, read_document
from domain.record import NewFact
from domain.sealed import ALLOCATION
from domain.trial import (
    Archived,
    AssumptionsConfirmed,
    DataCutNamed,
    EnrolmentClosed,
    EnrolmentOpened,
    EthicsApproved,
    Frozen,
    Locked,
    ProtocolAdopted,
    ProtocolAmended,
    SiteVersionAdopted,
    Unlocked,
    UnlockRequested,
)
from workflows.access import staffed
from workflows.command import Report, Step, Words
from workflows.lock_guards import against_locking, kinds_of, listing, told, unsigned_critical
from workflows.situation import Situation, decides
from workflows.trial_machine import MACHINE, TrialCursor


class AdoptProtocol(Step):
    """Take a protocol document as the trial's first version. `document` is its canonical text."""

    KIND = "trial.adopt_protocol"
    document: str


class AmendProtocol(Step):
    """Bring a further protocol version; sites and consents put participants on it later."""

    KIND = "trial.amend_protocol"
    document: str
    summary: Words


class ConfirmAssumptions(Step):
    """The principal investigator confirms every assumed value of a protocol version, named by its digest."""

    KIND = "trial.confirm_assumptions"
    SIGNS = True
    version: VersionLabel
    digest: str


class RecordEthicsApproval(Report):
    """An ethics committee has approved a protocol version."""

    KIND = "trial.record_ethics_approval"
    version: VersionLabel
    reference: Words


class SealList(Step):
    """Draw the allocation list and seal it. The secret comes from a random source, never from a person."""

    KIND = "trial.seal_list"
    SEALED = frozenset({"secret"})
    secret: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class RevealSecret(Step):
    """Publish the secret of the allocation list, so that anyone can make the list again."""

    KIND = "trial.reveal_allocation_secret"


class ActivateSite(Step):
    """Let a site begin, under the newest protocol version. `at` is from when on, which may be long ago."""

    KIND = "trial.activate_site"
    site: SiteId


class AdoptVersionAtSite(Step):
    """Put a site on another protocol version."""

    KIND = "trial.adopt_version_at_site"
    site: SiteId
    version: VersionLabel


class ActivateTrial(Step):
    """Activate the trial. `at` is from when on, which may be long ago."""

    KIND = "trial.activate"


class OpenEnrolment(Step):
    """Open enrolment."""

    KIND = "trial.open_enrolment"


class CloseEnrolment(Step):
    """Close enrolment."""

    KIND = "trial.close_enrolment"


class NameDataCut(Step):
    """Give a position of the history a name. The door adds the root of the ledger there, which nothing later
    can change; decisions see no ledger, so it is verified afterwards, by making the root again.
    """

    KIND = "trial.name_data_cut"
    name: Words
    position: int | None = None
    root: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")] = ""


class FreezeTrial(Step):
    """Pause data entry, for a stated reason."""

    KIND = "trial.freeze"


class LockTrial(Step):
    """Lock the database, for a stated reason: no further data."""

    KIND = "trial.lock"


class RequestTrialUnlock(Step):
    """Ask that the locked database be opened again, for a stated reason."""

    KIND = "trial.request_unlock"


class UnlockTrial(Step):
    """Open a frozen database again, or a locked one as another person has asked; for a stated reason."""

    KIND = "trial.unlock"


class ArchiveTrial(Step):
    """Close the trial for good."""

    KIND = "trial.archive"


def _document_of(text: str, trial: str) -> ProtocolDocument:
    document = read_document(text)
    if document.protocol.trial != trial:
        raise Invalid(
            "protocol.other_trial", f"the document is of trial {document.protocol.trial}, not of {trial}"
        )
    return document


@decides(AdoptProtocol)
def adopt_protocol(command: AdoptProtocol, situation: Situation) -> list[NewFact]:
    MACHINE.move("adopt_protocol", TrialCursor(situation.trial), "trial")
    document = _document_of(command.document, situation.states.trial_id)
    at = situation.when(command, document.protocol.sites[0].zone)
    fact = ProtocolAdopted(version=document.protocol.version, digest=document.digest, document=document.text)
    return situation.trial_facts(at, fact)


@decides(AmendProtocol)
def amend_protocol(command: AmendProtocol, situation: Situation) -> list[NewFact]:
    MACHINE.move("amend_protocol", TrialCursor(situation.trial), "trial")
    document = _document_of(command.document, situation.trial.protocol.trial)
    version = document.protocol.version
    if version in {known.version for known in situation.trial.versions}:
        raise Refused(
            "protocol.version_taken", f"there is a protocol version {version} already", where="trial"
        )
    fact = ProtocolAmended(
        version=version, digest=document.digest, document=document.text, summary=command.summary
    )
    return situation.trial_facts(situation.when_of_trial(command), fact)


def _known_version(situation: Situation, version: str) -> ProtocolDocument:
    try:
        return situation.trial.document(version)
    except KeyError:
        raise NotFound("protocol.unknown_version", f"the trial has no protocol version {version}") from None


@decides(ConfirmAssumptions)
def confirm_assumptions(command: ConfirmAssumptions, situation: Situation) -> list[NewFact]:
    MACHINE.move("confirm_assumptions", TrialCursor(situation.trial), "trial")
    document = _known_version(situation, command.version)
    if document.digest != command.digest:
        raise Refused(
            "protocol.other_digest", "what was confirmed is not the document of this version", where="trial"
        )
    fact = AssumptionsConfirmed(
        version=command.version, digest=command.digest, count=len(document.assumptions)
    )
    return situation.trial_facts(situation.when_of_trial(command), fact)


@decides(RecordEthicsApproval)
def record_ethics_approval(command: RecordEthicsApproval, situation: Situation) -> list[NewFact]:
    MACHINE.move("approve_ethics", TrialCursor(situation.trial), "trial")
    _known_version(situation, command.version)
    at = situation.when_of_trial(command)
    return situation.trial_facts(at, EthicsApproved(version=command.version, reference=command.reference))


@decides(SealList)
def seal_list(command: SealList, situation: Situation) -> list[NewFact]:
    MACHINE.move("seal_list", TrialCursor(situation.trial), "trial")
    secret = bytes.fromhex(command.secret)
    if len(secret) != SECRET_BYTES:
        raise Invalid("randomization.secret", f"the secret has {SECRET_BYTES} bytes")
    parameters = parameters_of(situation.trial.protocol)
    fact = ListSealed(
        algorithm=ALGORITHM,
        commitment=commitment(secret, parameters),
        parameters=parameters,
        secret=situation.vault.seal(ALLOCATION, command.secret),
    )
    return situation.trial_facts(situation.when_of_trial(command), fact)


@decides(RevealSecret)
def reveal_secret(command: RevealSecret, situation: Situation) -> list[NewFact]:
    MACHINE.move("reveal_allocation_secret", TrialCursor(situation.trial), "trial")
    sealed = situation.trial.allocation_list
    if sealed is None:  # pragma: no cover - the machine's guard speaks first
        raise AssertionError("no allocation list")
    secret = situation.vault.open(sealed.secret)
    if commitment(bytes.fromhex(secret), sealed.parameters) != sealed.commitment:
        raise Broken(
            "randomization.commitment", "the sealed secret does not fit its commitment", where="trial"
        )
    fact = AllocationSecretRevealed(commitment=sealed.commitment, secret=secret)
    return situation.trial_facts(situation.when_of_trial(command), fact)


@decides(ActivateSite)
def activate_site(command: ActivateSite, situation: Situation) -> list[NewFact]:
    at = situation.when_of_trial(command)
    MACHINE.move("activate_site", TrialCursor(situation.trial, at=at), f"site {command.site}")
    if command.site not in situation.trial.protocol.site_plans:
        raise NotFound("site.unknown", f"the protocol has no site {command.site}", where="trial")
    if command.site in situation.trial.sites:
        raise Refused("site.active_already", "the site is active", where=f"site {command.site}")
    staffed(command.site, situation)
    return situation.trial_facts(
        at, SiteActivated(site=command.site, version=situation.trial.protocol.version)
    )


@decides(AdoptVersionAtSite)
def adopt_version_at_site(command: AdoptVersionAtSite, situation: Situation) -> list[NewFact]:
    _known_version(situation, command.version)
    cursor = TrialCursor(situation.trial, command.version)
    MACHINE.move("adopt_version_at_site", cursor, f"site {command.site}")
    followed = situation.trial.sites.get(command.site)
    if followed is None:
        raise Refused("site.not_active", "the site is not active", where=f"site {command.site}")
    if command.site not in situation.trial.document(command.version).protocol.site_plans:
        raise NotFound(
            "site.unknown",
            f"protocol version {command.version} has no site {command.site}",
            where=f"site {command.site}",
        )
    if followed[-1].version == command.version:
        raise Refused(
            "site.version_already",
            f"the site follows version {command.version}",
            where=f"site {command.site}",
        )
    at = situation.when_of_trial(command)
    return situation.trial_facts(at, SiteVersionAdopted(site=command.site, version=command.version))


@decides(FreezeTrial)
def freeze(command: FreezeTrial, situation: Situation) -> list[NewFact]:
    MACHINE.move("freeze", TrialCursor(situation.trial), "trial")
    _reasoned(situation)
    return situation.trial_facts(situation.when_of_trial(command), Frozen())


@decides(LockTrial)
def lock(command: LockTrial, situation: Situation) -> list[NewFact]:
    found = against_locking(situation.states)
    try:
        MACHINE.move("lock", TrialCursor(situation.trial, against=kinds_of(found)), "trial")
    except Refused as refused:
        raise listing(refused, found) from None
    _reasoned(situation)
    return situation.trial_facts(situation.when_of_trial(command), Locked())


@decides(RequestTrialUnlock)
def request_unlock(command: RequestTrialUnlock, situation: Situation) -> list[NewFact]:
    MACHINE.move("request_unlock", TrialCursor(situation.trial), "trial")
    _reasoned(situation)
    asked = UnlockRequested(requested_by=situation.by.actor)
    return situation.trial_facts(situation.when_of_trial(command), asked)


@decides(UnlockTrial)
def unlock(command: UnlockTrial, situation: Situation) -> list[NewFact]:
    MACHINE.move("unlock", TrialCursor(situation.trial, actor=situation.by.actor), "trial")
    _reasoned(situation)
    return situation.trial_facts(situation.when_of_trial(command), Unlocked())


def _reasoned(situation: Situation) -> None:
    if not situation.has_reason:
        raise Refused(
            "trial.no_reason",
            "freezing, locking and unlocking need a reason in words",
            where="trial",
            rule="ICH E6(R3) 3.16.1(r)",
            remedy="Give --reason.",
        )


@decides(NameDataCut)
def name_data_cut(command: NameDataCut, situation: Situation) -> list[NewFact]:
    MACHINE.move("name_data_cut", TrialCursor(situation.trial), "trial")
    if names_a_moment(command.name):
        raise Refused(
            "data_cut.name_of_a_moment",
            f"'{command.name}' is a position or an instant itself",
            where="trial",
            rule="a name answers for one position",
        )
    if command.name in situation.trial.cuts:
        raise Refused("data_cut.name_taken", f"there is a data cut '{command.name}'", where="trial")
    position = situation.head if command.position is None else command.position
    if command.root and command.position is None:
        raise Invalid("data_cut.root_of_what", "a root is given together with its position", where="trial")
    if not 1 <= position <= situation.head:
        raise NotFound("data_cut.no_position", f"there is no position {position}", where="trial")
    unsigned = unsigned_critical(situation.states, position)
    if unsigned:
        then, as_of = _earlier(position, situation.head)
        raise Refused(
            "data_cut.unsigned",
            f"critical records are not signed as they stand{then}: {told(unsigned)}",
            where="trial",
            rule="EMA 6.3",
            remedy=f"See 'trialog casebook overdue --all{as_of}'.",
        )
    at = situation.when_of_trial(command)
    return situation.trial_facts(at, DataCutNamed(name=command.name, position=position, root=command.root))


def _earlier(position: int, head: int) -> tuple[str, str]:
    """How a refusal names a position before the last, and the option that asks as of it."""
    return ("", "") if position == head else (f" at position {position}", f" --as-of {position}")


def names_a_moment(name: str) -> bool:
    """Whether whoever asks as of this name would be answered as of a position or an instant."""
    with suppress(ValueError):
        datetime.fromisoformat(name)
        return True
    return name.isdecimal()


@decides(ActivateTrial)
def activate(command: ActivateTrial, situation: Situation) -> list[NewFact]:
    at = situation.when_of_trial(command)
    MACHINE.move("activate", TrialCursor(situation.trial, at=at), "trial")
    return situation.trial_facts(at, Activated())


def _simple(kind: type[Step], trigger: str, fact: type[Fact]) -> None:
    """A step whose machine move says everything."""

    @decides(kind)
    def decide(command: Step, situation: Situation) -> list[NewFact]:
        MACHINE.move(trigger, TrialCursor(situation.trial), "trial")
        return situation.trial_facts(situation.when_of_trial(command), fact())


_simple(OpenEnrolment, "open_enrolment", EnrolmentOpened)
_simple(CloseEnrolment, "close_enrolment", EnrolmentClosed)
_simple(ArchiveTrial, "archive", Archived)
