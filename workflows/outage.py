"""The commands about packages for outages, and what each decides.

What was done with an envelope has happened: it is recorded as soon as it can be placed. So that no place is
ever given twice, an allocation from an envelope takes the place its envelope names, which must be the next
one, and from the declaration of an outage to its reconciliation nobody is randomized by the system. One site
at a time holds places: another is given none before what the first still holds is withdrawn.
"""

from typing import Annotated

from pydantic import Field

from domain.allocation import allocation_list, places_of
from domain.clinical_time import ClinicalTime
from domain.enrolment import AllocationUsed
from domain.errors import Invalid, NotFound, Refused
from domain.fact import Fact
from domain.identifiers import Digest, ParticipantCode, SiteId
from domain.outage import (
    ALLOCATES,
    OUTAGE_STREAM,
    UNMASKS,
    Envelope,
    EnvelopeOpened,
    OutageDeclared,
    OutageReconciled,
    Outages,
    Package,
    PackageId,
    PackageIssued,
    PackageWithdrawn,
    package_id,
)
from domain.participant import Randomized
from domain.record import NewFact
from domain.unblinding import Unblinded
from workflows.command import OnParticipant, Phrase, Report, Step
from workflows.participant import sealed_arm
from workflows.situation import Situation, decides
from workflows.unblinding import without_arm


class IssuePackage(Step):
    """A package was made for a site, when `taken` places were given; its bytes have this digest."""

    KIND = "outage.issue_package"
    ANY_TIME = True
    site: SiteId
    participants: tuple[ParticipantCode, ...]
    places: Annotated[int, Field(ge=0, le=100)]
    taken: Annotated[int, Field(ge=0)]
    sha256: Digest


class WithdrawPackage(Step):
    """What is left of a package was given back or destroyed, its envelopes unopened."""

    KIND = "outage.withdraw_package"
    ANY_TIME = True
    package: PackageId
    ground: Phrase


class DeclareOutage(Report):
    """The system could not be used from `at` to `ended`; the package is accounted for next."""

    KIND = "outage.declare"
    ANY_TIME = True
    package: PackageId
    ended: ClinicalTime | None = None


class RecordOfflineAllocation(Report, OnParticipant):
    """An envelope was opened at `at`, and the participant allocated by it."""

    KIND = "outage.record_allocation"
    package: PackageId
    envelope: Envelope


class RecordOfflineUnblinding(Report, OnParticipant):
    """An envelope was opened at `at`, and the allocation of its participant learned in an emergency."""

    KIND = "outage.record_unblinding"
    ANY_TIME = True
    package: PackageId
    envelope: Envelope
    informed: Annotated[tuple[Phrase, ...], Field(min_length=1)]
    reason: Phrase


class ReconcileOutage(Step):
    """The package was accounted for: exactly these of its envelopes were found opened."""

    KIND = "outage.reconcile"
    ANY_TIME = True
    package: PackageId
    opened: tuple[Envelope, ...] = ()


# ---------------------------------------------------------------- what decisions share


def outages_of(situation: Situation) -> Outages:
    """The packages and outages of the trial."""
    known = situation.states.single(Outages)
    return known or Outages()


def package_of(situation: Situation, package: str) -> Package:
    """The package of that id. Raises NotFound."""
    known = outages_of(situation).packages.get(package)
    if known is None:
        raise NotFound("outage.unknown", f"there is no package {package}")
    return known


def _not_before_issue(known: Package, time: ClinicalTime) -> None:
    if known.is_before_issue(time):
        raise Invalid(
            "outage.before_issue",
            f"the package was issued {known.issued.at}",
            where=known.package,
            remedy="Look at the time, and at which package it was.",
        )


def _check_envelope(
    situation: Situation,
    command: RecordOfflineAllocation | RecordOfflineUnblinding,
    kind: str,
    at: ClinicalTime,
) -> None:
    package, envelope = command.package, command.envelope
    known = package_of(situation, package)
    if envelope not in known.envelopes or not envelope.startswith(kind):
        raise NotFound("outage.no_envelope", f"package {package} holds no such envelope {envelope}")
    if envelope in known.opened:
        raise Refused("outage.opened_already", f"that {envelope} was opened is recorded", where=package)
    _not_before_issue(known, at)


def _facts(at: ClinicalTime, situation: Situation, fact: Fact) -> list[NewFact]:
    return situation.facts_in(OUTAGE_STREAM, at, fact)


# ---------------------------------------------------------------- decisions


@decides(IssuePackage)
def issue_package(command: IssuePackage, situation: Situation) -> list[NewFact]:
    situation.unmasked()
    trial = situation.trial
    if command.site not in trial.sites:
        raise Refused("site.not_active", f"site {command.site} is not active")
    taken = situation.states.enrolment.allocated
    if command.taken != taken:
        raise Refused(
            "outage.stale", f"{taken} places are given by now, not {command.taken}", remedy="Make it anew."
        )
    elsewhere = outages_of(situation).elsewhere(command.site, taken) if command.places else None
    if elsewhere is not None:
        raise Refused(
            "outage.places_elsewhere",
            f"a package of another site can still give place {elsewhere.gives(taken)[0]}",
            rule="no place is given twice",
            remedy="'trialog outage list' shows which, to who is of the whole trial. Have it given back, and"
            " record that with 'trialog outage withdraw'.",
        )
    sealed = trial.allocation_list
    length = places_of(sealed.parameters) if sealed is not None else 0
    fact = PackageIssued(
        package=package_id(command.sha256),
        site=command.site,
        participants=command.participants,
        first=taken + 1,
        last=min(taken + command.places, length) if command.places else taken,
        sha256=command.sha256,
    )
    return _facts(situation.when_of_trial(command), situation, fact)


@decides(WithdrawPackage)
def withdraw_package(command: WithdrawPackage, situation: Situation) -> list[NewFact]:
    known, still = package_of(situation, command.package), outages_of(situation).open
    if known.withdrawn is not None:
        raise Refused("outage.withdrawn_already", "the package is withdrawn", where=known.package)
    if still is not None and still.package == known.package:
        raise Refused(
            "outage.unaccounted",
            "the package is still to be accounted for after an outage",
            where=known.package,
            remedy="Reconcile it first, with 'trialog outage reconcile'.",
        )
    fact = PackageWithdrawn(package=known.package, site=known.site, ground=command.ground)
    return _facts(situation.when_of_trial(command), situation, fact)


@decides(DeclareOutage)
def declare_outage(command: DeclareOutage, situation: Situation) -> list[NewFact]:
    known = package_of(situation, command.package)
    still = outages_of(situation).open
    if still is not None:
        raise Refused("outage.declared_already", f"package {still.package} is still to be accounted for")
    zone = situation.trial.protocol.site_plans[known.site].zone
    at, ended = situation.when(command, zone), situation.said(command.ended, zone)
    if ended.latest <= at.earliest:
        raise Invalid("outage.ends_before_start", "the outage ends before it began")
    _not_before_issue(known, ended)
    return _facts(at, situation, OutageDeclared(package=known.package, ended=ended))


@decides(RecordOfflineAllocation)
def record_offline_allocation(command: RecordOfflineAllocation, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    at = situation.when(command, case.zone)
    _check_envelope(situation, command, ALLOCATES, at)
    if case.participant.randomized is not None:
        raise Refused("randomization.recorded_already", "the randomization is recorded", where=case.code)
    place, taken = int(command.envelope.removeprefix(ALLOCATES)), situation.states.enrolment.allocated
    if place <= taken:
        raise Refused(
            "outage.place_taken",
            f"place {place} is another participant's",
            where=case.code,
            rule="no place is given twice",
            remedy="Note the error of randomization, and what was given.",
        )
    if place > taken + 1:
        raise Refused(
            "outage.not_next",
            f"place {taken + 1} is the next one",
            where=case.code,
            remedy="Record the envelopes in the order of their places.",
        )
    sealed = situation.trial.allocation_list
    if sealed is None:  # pragma: no cover - a package with places is of a sealed list
        raise AssertionError("no allocation list")
    arm = allocation_list(bytes.fromhex(situation.vault.open(sealed.secret)), sealed.parameters)[place - 1]
    opened = EnvelopeOpened(package=command.package, envelope=command.envelope, participant=case.code)
    return [
        *case.facts(at, Randomized(place=place, allocation=sealed_arm(situation, arm))),
        *situation.trial_facts(at, AllocationUsed(place=place, participant=case.code)),
        *_facts(at, situation, opened),
    ]


@decides(RecordOfflineUnblinding)
def record_offline_unblinding(command: RecordOfflineUnblinding, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    at = situation.when(command, case.zone)
    _check_envelope(situation, command, UNMASKS, at)
    if command.envelope != f"{UNMASKS}{case.code}":
        raise Refused("outage.of_another", f"{command.envelope} is not of this participant", where=case.code)
    without_arm(command.reason, situation.trial, case.code)
    opened = EnvelopeOpened(package=command.package, envelope=command.envelope, participant=case.code)
    told = Unblinded(kind="emergency", informed=command.informed, reason=command.reason)
    return [*case.facts(at, told), *_facts(at, situation, opened)]


@decides(ReconcileOutage)
def reconcile_outage(command: ReconcileOutage, situation: Situation) -> list[NewFact]:
    known, still = package_of(situation, command.package), outages_of(situation).open
    if still is None or still.package != known.package:
        raise Refused("outage.not_declared", f"no outage of package {known.package} is open")
    differing = sorted({*command.opened} ^ {*known.opened})
    if differing:
        raise Refused(
            "outage.unreconciled",
            f"found and recorded differ in {', '.join(differing)}",
            where=known.package,
            remedy="Record what was opened, or look again.",
        )
    at = situation.when_of_trial(command)
    return _facts(at, situation, OutageReconciled(package=known.package, opened=tuple(known.opened)))
