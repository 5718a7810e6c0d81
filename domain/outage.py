"""Outages: sealed packages by which a site allocates and unmasks without the system, and their accounting.

A package holds one sealed envelope for each randomized participant of the site (`U-S1-001`), and for the next
places of the list (`A-17`). What the envelopes hold is in the package alone; the facts name which there are,
which were opened, for whom, and that all were accounted for.
"""

from dataclasses import dataclass, field
from typing import Annotated, NamedTuple

from pydantic import Field, StringConstraints

from domain.clinical_time import ClinicalTime
from domain.fact import Fact, FreeText
from domain.happened import Happened
from domain.identifiers import Digest, ParticipantCode, SiteId
from domain.record import Record
from domain.replacing import replace

OUTAGE_STREAM = "outage/packages"
"""The stream of a trial's packages and outages: they share the places of one list."""

PackageId = Annotated[str, StringConstraints(pattern=r"^P-[0-9a-f]{12}$")]
"""A package by the beginning of its digest."""

Envelope = Annotated[str, StringConstraints(pattern=r"^(A-[1-9][0-9]{0,6}|U-[A-Za-z0-9-]{1,40})$")]
"""An envelope: `A-` and the place of the list that it gives, `U-` and the participant that it unmasks."""


ALLOCATES, UNMASKS = "A-", "U-"


def package_id(digest: str) -> str:
    """The id of the package with this SHA-256."""
    return f"P-{digest[:12]}"


# ---------------------------------------------------------------- facts


class PackageIssued(Fact):
    """A sealed package was made for a site: for so many participants, and the places from `first` to `last`;
    none where `last` lies before `first`.
    """

    TOPIC = "outage.package_issued.v1"
    PROMPT = True
    ABSENT = ("nobody", "无")
    EN = (
        "Package {package} for outages issued to {site}: {participants}; places {first} to {last}"
        " (sha256 {sha256})"
    )
    ZH = "已向 {site} 发放应急包 {package}：{participants}；名额 {first} 至 {last}（sha256 {sha256}）"
    package: PackageId
    site: SiteId
    participants: tuple[ParticipantCode, ...]
    first: Annotated[int, Field(ge=1)]
    last: Annotated[int, Field(ge=0)]
    sha256: Digest


class OutageDeclared(Fact):
    """The system could not be used from this time to `ended`. Until the package is accounted for, nobody is
    randomized by the system.
    """

    TOPIC = "outage.declared.v1"
    EN = "Outage until {ended} declared; package {package} is to be accounted for"
    ZH = "宣布系统中断至 {ended}；须清点应急包 {package}"
    package: PackageId
    ended: ClinicalTime


class EnvelopeOpened(Fact):
    """An envelope was opened while the system could not be used, effective then."""

    TOPIC = "outage.envelope_opened.v1"
    PROMPT = True
    EN = "Envelope {envelope} of package {package} opened for {participant}"
    ZH = "已为 {participant} 开启应急包 {package} 的信封 {envelope}"
    package: PackageId
    envelope: Envelope
    participant: ParticipantCode


class OutageReconciled(Fact):
    """The package was accounted for: exactly these envelopes were found opened, and each is recorded."""

    TOPIC = "outage.reconciled.v1"
    EN = "Package {package} accounted for; opened: {opened}"
    ZH = "应急包 {package} 已清点；已开启：{opened}"
    ABSENT = ("none", "无")
    package: PackageId
    opened: tuple[Envelope, ...]


class PackageWithdrawn(Fact):
    """What is left of a package was given back or destroyed unopened: it gives no place any more."""

    TOPIC = "outage.package_withdrawn.v1"
    EN = "Package {package} of {site} withdrawn: {ground}"
    ZH = "{site} 的应急包 {package} 已收回：{ground}"
    package: PackageId
    site: SiteId
    ground: FreeText


# ---------------------------------------------------------------- state


class Opening(NamedTuple):
    """An envelope opened, for whom, and when."""

    participant: str
    when: Happened


class Outage(NamedTuple):
    """A time without the system, the package to be accounted for, and when it was."""

    package: str
    began: Happened
    ended: ClinicalTime
    reconciled: Happened | None = None


@dataclass(frozen=True, slots=True)
class Package:
    """One package: whom it unmasks, which places it gives, and which envelopes were opened."""

    package: str
    site: str
    participants: tuple[str, ...]
    first: int
    last: int
    sha256: str
    issued: Happened
    opened: dict[str, Opening] = field(default_factory=dict)
    withdrawn: Happened | None = None

    def gives(self, taken: int) -> range:
        """The places it can still give once the first `taken` are given; an empty range for none."""
        return range(0) if self.withdrawn is not None else range(max(self.first, taken + 1), self.last + 1)

    def is_before_issue(self, time: ClinicalTime) -> bool:
        """Whether a time lies before the package was there: nobody opened it then."""
        return time.latest <= self.issued.at.earliest

    @property
    def envelopes(self) -> tuple[str, ...]:
        """The envelopes it holds."""
        places = (f"{ALLOCATES}{place}" for place in range(self.first, self.last + 1))
        return (*(f"{UNMASKS}{code}" for code in self.participants), *places)


@dataclass(frozen=True, slots=True)
class Outages:
    """The packages of a trial by id, oldest first, and its outages."""

    packages: dict[str, Package] = field(default_factory=dict)
    outages: tuple[Outage, ...] = ()

    def elsewhere(self, site: str, taken: int) -> Package | None:
        """A package of another site that can still give places: two sites would give the same ones."""
        others = (each for each in self.packages.values() if each.site != site)
        return next((each for each in others if each.gives(taken)), None)

    @property
    def open(self) -> Outage | None:
        """The outage whose package is still to be accounted for."""
        return next((each for each in self.outages if each.reconciled is None), None)


def evolve(outages: Outages | None, record: Record) -> Outages:
    """The packages and outages after one more fact. Total: what it does not know changes nothing."""
    now, fact = outages or Outages(), record.fact
    when = record.happened
    match fact:
        case PackageIssued():
            made = Package(
                fact.package, fact.site, fact.participants, fact.first, fact.last, fact.sha256, when
            )
            return replace(now, packages={**now.packages, fact.package: made})
        case OutageDeclared():
            return replace(now, outages=(*now.outages, Outage(fact.package, when, fact.ended)))
        case EnvelopeOpened() if fact.package in now.packages:
            known = now.packages[fact.package]
            opened = {**known.opened, fact.envelope: Opening(fact.participant, when)}
            return replace(now, packages={**now.packages, fact.package: replace(known, opened=opened)})
        case PackageWithdrawn() if fact.package in now.packages:
            known = replace(now.packages[fact.package], withdrawn=when)
            return replace(now, packages={**now.packages, fact.package: known})
        case OutageReconciled():
            ended = tuple(
                each._replace(reconciled=when)
                if each.package == fact.package and each.reconciled is None
                else each
                for each in now.outages
            )
            return replace(now, outages=ended)
    return now
