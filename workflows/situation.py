"""What a decision may look at: the trial, the participant and lot concerned, the time, and the vault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, TypeVar

from domain.aggregates import S
from domain.casebook import Casebook, TrialFold
from domain.clinical_time import ClinicalTime, Instant, Precision
from domain.enrolment import Enrolment
from domain.errors import Denied, Invalid, NotFound, Refused
from domain.fact import Fact
from domain.happened import Happened
from domain.identifiers import TRIAL_STREAM, lot_stream, participant_stream
from domain.item import Item
from domain.lifetime import is_before_birth, told_of_birth
from domain.observation import item_of
from domain.participant import Participant, in_capitals
from domain.product_lot import ProductLot
from domain.protocol import Protocol as TrialProtocol
from domain.record import Attribution, NewFact
from domain.trial import Trial
from workflows.command import Command, OnParticipant, Report, Step
from workflows.ports import Credentials, Vault
from workflows.reasons import in_words


def refuse_future(time: ClinicalTime, now: Instant) -> None:
    """Raise Refused for a time that has not come yet."""
    if time.earliest > now.moment:
        raise Refused(
            "time.in_future",
            f"{time} has not come yet: only what has happened can be recorded",
            rule="ALCOA: contemporaneous",
        )


def refuse_before_birth(participant: Participant, time: ClinicalTime) -> None:
    """Raise Invalid for a time that lies before the participant was born."""
    if is_before_birth(participant, time):
        raise Invalid(
            "time.before_birth",
            f"{time} lies before the participant was born ({told_of_birth(participant)})",
            where=participant.code,
            rule="nothing happens to anybody before birth",
            remedy="Check the date.",
        )


class States(Protocol):
    """The current states, loaded under the trial's lock when they are asked for."""

    trial_id: str

    @property
    def trial(self) -> Trial:
        """The trial."""

    @property
    def enrolment(self) -> Enrolment:
        """How many places are taken."""

    def casebook(self, code: str) -> Casebook | None:
        """A participant's casebook, or None when there is none."""

    def single(self, kind: type[S], key: str = "") -> S | None:
        """The state of this class that a stream of its own folds to (`domain.aggregates`), or None; without a
        key that of the only such stream.
        """

    def singles(self, kind: type[S]) -> dict[str, S]:
        """Every such state of a class, by key. Reads the whole log: for what is rarely asked."""

    def whole(self, upto: int | None = None) -> TrialFold:
        """The states of the whole trial, now or as of a position. Reads the whole log: for what is rarely
        asked.
        """


class Case(NamedTuple):
    """A participant as a decision sees it: the casebook, and the protocol version it follows."""

    casebook: Casebook
    protocol: TrialProtocol

    @property
    def participant(self) -> Participant:
        """The participant's course."""
        return self.casebook.known

    @property
    def code(self) -> str:
        """The participant code."""
        return self.casebook.code

    @property
    def zone(self) -> str:
        """The time zone of the participant's site."""
        return self.protocol.site_plans[self.participant.site].zone

    def item(self, result: str) -> Item:
        """The protocol's item that a result is of. Raises NotFound."""
        item = item_of(result)
        known = self.protocol.item_plans.get(item)
        if known is None:
            raise NotFound(
                "item.unknown",
                f"protocol {self.protocol.version} has no item {item}",
                where=self.code,
                remedy=f"It has {', '.join(self.protocol.item_plans)}.",
            )
        return known

    def facts(self, at: ClinicalTime, *facts: Fact) -> list[NewFact]:
        """Facts about this participant, effective at `at`, under the protocol version it follows."""
        return self.facts_in(participant_stream(self.code), at, *facts)

    def facts_in(self, stream: str, at: ClinicalTime, *facts: Fact) -> list[NewFact]:
        """The same, in a stream of their own."""
        return [NewFact(stream, at, self.protocol.version, fact) for fact in facts]


class Situation(NamedTuple):
    """Everything a decision may depend on."""

    states: States
    now: Instant
    head: int
    by: Attribution
    vault: Vault
    credentials: Credentials
    people: States
    """The states of the system log: the accounts."""

    @property
    def trial(self) -> Trial:
        """The trial."""
        return self.states.trial

    def unmasked(self) -> None:
        """Raise Denied where the protocol masks the role that acts: what follows tells an allocation."""
        role = self.by.role
        if self.trial.masks(role):
            raise Denied("allocation.masked", f"the protocol masks the role {role.replace('_', ' ')}")

    def case(self, code: str) -> Case:
        """The participant of that code. Raises NotFound."""
        casebook = self.states.casebook(code)
        if casebook is None or casebook.participant is None:
            told = f"there is no participant {code}"
            raise NotFound("participant.unknown", told, remedy=in_capitals(code))
        known = casebook.participant
        return Case(casebook, self.trial.protocol_for(known.site, known.consent_versions))

    def lot(self, lot: str) -> ProductLot:
        """The lot of that name. Raises NotFound."""
        known = self.lot_if_any(lot)
        if known is None:
            raise NotFound("lot.unknown", f"there is no lot {lot}")
        return known

    def lot_if_any(self, lot: str) -> ProductLot | None:
        """The lot of that name, or None when there is none."""
        return self.states.single(ProductLot, lot)

    def when(self, command: Step | Report, zone: str) -> ClinicalTime:
        """The clinical time a command speaks of: what it says, or now. Raises Refused for the future, and
        Invalid for a time before the participant was born.
        """
        if command.at is not None and isinstance(command, OnParticipant):
            self._lived_then(command.participant, command.at)
        return self.said(command.at, zone)

    def when_of_trial(self, command: Step | Report) -> ClinicalTime:
        """The same of a command that is about the trial and not about one site: in the zone of its first."""
        return self.when(command, self.home_zone)

    def _lived_then(self, code: str, at: ClinicalTime) -> None:
        casebook = self.states.casebook(code)
        if casebook is not None and casebook.participant is not None:
            refuse_before_birth(casebook.participant, at)

    def said(self, time: ClinicalTime | None, zone: str) -> ClinicalTime:
        """A time at which something has happened, or now. Raises Refused for the future."""
        if time is None:
            return self.when_now(zone)
        refuse_future(time, self.now)
        return time

    def refuse_impossible(self, participant: Participant, at: ClinicalTime) -> None:
        """Raise for a time at which nothing can have happened to somebody: before birth, or to come."""
        refuse_before_birth(participant, at)
        refuse_future(at, self.now)

    def happened(self, at: ClinicalTime) -> Happened:
        """What is about to be recorded, as a dated event: its fact comes next."""
        return Happened(at, self.head + 1)

    def when_now(self, zone: str = "") -> ClinicalTime:
        """The present as a clinical time of a zone, by default that of the trial's first site."""
        return ClinicalTime.at(self.now.moment, zone or self.home_zone, Precision.SECOND)

    def facts_in(self, stream: str, at: ClinicalTime, *facts: Fact) -> list[NewFact]:
        """Facts of a stream of the trial's log, under its newest protocol version."""
        return [NewFact(stream, at, self.trial.newest_version, fact) for fact in facts]

    def trial_facts(self, at: ClinicalTime, *facts: Fact) -> list[NewFact]:
        """Facts about the trial itself."""
        return self.facts_in(TRIAL_STREAM, at, *facts)

    def lot_facts(self, lot: str, at: ClinicalTime, *facts: Fact) -> list[NewFact]:
        """Facts about a lot of product."""
        return self.facts_in(lot_stream(lot), at, *facts)

    def system_facts(self, stream: str, *facts: Fact) -> list[NewFact]:
        """Facts of the system log, effective now."""
        return [NewFact(stream, self.when_now("UTC"), "", fact) for fact in facts]

    @property
    def has_reason(self) -> bool:
        """Whether why is said in words, and not by repeating the reason's code."""
        return in_words(self.by)

    @property
    def home_zone(self) -> str:
        """The zone of the trial's first site; UTC before there is a protocol."""
        return self.trial.protocol.sites[0].zone if self.trial.versions else "UTC"


C = TypeVar("C", bound=Command)
Decision = Callable[[Any, Situation], list[NewFact]]
DECISIONS: dict[type[Command], Decision] = {}


def decides(kind: type[C]) -> Callable[[Callable[[C, Situation], list[NewFact]]], Decision]:
    """Register the function that decides commands of one kind."""

    def register(decision: Callable[[C, Situation], list[NewFact]]) -> Decision:
        if kind in DECISIONS:
            raise TypeError(f"{kind.__qualname__} is decided twice")
        DECISIONS[kind] = decision
        return decision

    return register
