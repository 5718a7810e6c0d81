"""A participant's course through the trial: its facts, its state, and how the one follows from the other.

The topics below are the storage format. No fact holds a name, a date of birth or a hospital number.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from domain.consent_given import (
    ConsentGiven,
    ConsentPartySigned,
    ConsentWithdrawn,
    Given,
    PartySigned,
    ReconsentRequested,
    Withdrawal,
)
from domain.eligibility import Answer, CriterionAnswered, EligibilitySigned, ScreenFailed
from domain.fact import Fact, FreeText
from domain.happened import Happened
from domain.participant_status import ParticipantStatus as ParticipantStatus
from domain.participant_status import after_all, moved
from domain.record import Record
from domain.replacing import replace
from domain.screening import BirthRecorded, PreScreened, ScreeningCorrected
from domain.sealed import Sealed
from domain.unblinding import Disclosure, DisclosureAssessed, Unblinded, UnblindingAssessed
from domain.visit_plan import Milestone
from domain.voided import EventVoided, Voided

# ---------------------------------------------------------------- facts


class Randomized(Fact):
    """The participant has a place on the allocation list; the allocation itself is sealed."""

    TOPIC = "participant.randomized.v1"
    PROMPT = True
    EN = "Randomized to place {place} of the list, allocation {allocation}"
    ZH = "随机入组，分配表第 {place} 位，分配结果 {allocation}"
    place: int
    allocation: Sealed


class MisrandomizationNoted(Fact):
    """Randomized in error. The allocation stands; this says what was wrong."""

    TOPIC = "participant.misrandomization_noted.v1"
    PROMPT = True
    EN = "Randomized in error: {finding}"
    ZH = "误随机：{finding}"
    finding: FreeText


class LostToFollowUp(Fact):
    """The participant can no longer be reached."""

    TOPIC = "participant.lost_to_follow_up.v1"
    EN = "Lost to follow-up after {attempts} attempts to reach"
    ZH = "失访（联系 {attempts} 次未果）"
    attempts: int = 0


class Transplanted(Fact):
    """The participant received a liver transplant."""

    TOPIC = "participant.transplanted.v1"
    EN = "Liver transplantation"
    ZH = "肝移植"


class Died(Fact):
    """The participant died."""

    TOPIC = "participant.died.v1"
    EN = "Death, cause: {cause}"
    ZH = "死亡，原因：{cause}"
    cause: FreeText = ""


class Completed(Fact):
    """The participant has completed the trial."""

    TOPIC = "participant.completed.v1"
    EN = "Trial completed"
    ZH = "完成试验"


class FollowUpEnded(Fact):
    """Observation ended here, alive, without withdrawal or loss: administrative censoring."""

    TOPIC = "participant.follow_up_ended.v1"
    EN = "End of follow-up, alive"
    ZH = "随访结束，存活"


# ---------------------------------------------------------------- state


class Allocated(NamedTuple):
    """The place on the list and the sealed allocation."""

    place: int
    allocation: Sealed
    when: Happened


class Misrandomization(NamedTuple):
    """What was found wrong with an allocation, and when."""

    when: Happened
    finding: str


@dataclass(frozen=True, slots=True)
class Participant:
    """The state of one participant, visits, results and infusions apart.

    `reconsent_requested` holds the versions of the form still to be signed, and since when.
    """

    code: str
    site: str
    status: ParticipantStatus
    registered: Happened
    sex: str | None = None
    age: Decimal | None = None
    consents: tuple[Given, ...] = ()
    reconsent_requested: dict[str, Happened] = field(default_factory=dict)
    signing: tuple[PartySigned, ...] = ()
    """Who has signed of a consent that is not given yet."""
    withdrawals: tuple[Withdrawal, ...] = ()
    answers: dict[str, Answer] = field(default_factory=dict)
    eligible: Happened | None = None
    screen_failed: Happened | None = None
    randomized: Allocated | None = None
    misrandomized: tuple[Misrandomization, ...] = ()
    infused: Happened | None = None
    unblinded: tuple[Disclosure, ...] = ()
    unblinding_assessed: tuple[DisclosureAssessed, ...] = ()
    lost: Happened | None = None
    transplanted: Happened | None = None
    died: Happened | None = None
    completed: Happened | None = None
    follow_up_ended: Happened | None = None
    born: Happened | None = None
    """The year of birth, or the month: what is recorded of it, and by which fact."""
    birth_corrected: Happened | None = None
    """When another one was recorded in its place."""
    failed_because: tuple[str, ...] = ()
    attempts: int = 0
    """How often it was tried to reach who is lost to follow-up."""
    cause: str = ""
    """The cause of death."""
    voided: tuple[Voided, ...] = ()
    """What was recorded in error and taken back or put right, oldest first."""

    def milestone(self, milestone: Milestone) -> Happened | None:
        """When the participant reached what visits are counted from, or None."""
        match milestone:
            case Milestone.REGISTERED:
                return self.registered
            case Milestone.CONSENTED:
                return min((given.when for given in self.consents), key=_earliest, default=None)
            case Milestone.RANDOMIZED:
                return self.randomized.when if self.randomized else None
            case Milestone.INFUSED:
                return self.infused

    @property
    def unblinded_by_accident(self) -> tuple[Happened, ...]:
        """When the allocation was disclosed by accident, oldest first."""
        return tuple(each.when for each in self.unblinded if each.kind == "accidental")

    @property
    def open_assessments(self) -> tuple[Happened, ...]:
        """The disclosures whose impact nobody has assessed yet: each assessment speaks for all before it."""
        last = max((each.when.fact for each in self.unblinding_assessed), default=0)
        return tuple(each.when for each in self.unblinded if each.when.fact > last)

    @property
    def consent_versions(self) -> tuple[str, ...]:
        """The versions of the form the participant has signed, oldest first."""
        return tuple(given.version for given in self.consents)

    def recorded(self, event: str) -> list[tuple[str, Happened]]:
        """What is recorded of an event that can be voided: of each, the version or the scope, and when."""
        if event == "consent":
            return [(given.version, given.when) for given in self.consents]
        if event == "withdrawal":
            return [(each.scope, each.when) for each in self.withdrawals]
        when: Happened | None = getattr(self, ENDS[event][0])
        return [] if when is None else [("", when)]

    def consent_number(self, version: str) -> int:
        """The number that a consent takes: that of a voided one on its version, or else the next."""
        given = [each.number for each in self.consents]
        voided = [each for each in self.voided if each.event == "consent"]
        again = (each.number for each in voided if each.which == version and each.number not in given)
        return max(again, default=0) or max((*given, *(each.number for each in voided)), default=0) + 1

    def withdrawn(self, scope: str) -> Happened | None:
        """When consent for the scope was taken back, or None."""
        stops = (each.when for each in self.withdrawals if each.scope in (scope, "all"))
        return min(stops, key=_earliest, default=None)

    @property
    def ended(self) -> Happened | None:
        """When observation under the protocol ended, by whatever cause, or None."""
        ends = (
            self.died,
            self.lost,
            self.completed,
            self.withdrawn("visits"),
            self.follow_up_ended,
            self.screen_failed,
        )
        return min((end for end in ends if end is not None), key=_earliest, default=None)


def _earliest(when: Happened) -> datetime:
    return when.at.earliest


def evolve(participant: Participant | None, record: Record) -> Participant | None:
    """The participant after one more fact. Total: what it does not know changes nothing."""
    fact = record.fact
    when = record.happened
    if isinstance(fact, PreScreened) and participant is None:
        return Participant(fact.code, fact.site, ParticipantStatus.PRE_SCREENED, when, fact.sex, fact.age)
    change = COURSE.get(type(fact))
    return participant if participant is None or change is None else change(participant, fact, when)


def infused(participant: Participant, first: Happened | None) -> Participant:
    """The participant once the first infusion that stands began at another time: day 0, or None for none."""
    now = replace(participant, infused=first)
    if first is None:
        return replace(now, status=_status_of(now))
    return replace(now, status=moved(now.status, ParticipantStatus.TREATED))


Change = Callable[[Participant, Any, Happened], Participant]


def _to(status: ParticipantStatus, name: str, **told: str) -> Change:
    """A change to a status; `told` are the fields of the state that are fields of the fact."""

    def change(participant: Participant, fact: Fact, when: Happened) -> Participant:
        reached: dict[str, Any] = {name: when}
        reached |= {ours: getattr(fact, theirs) for ours, theirs in told.items()}
        return replace(participant, **reached, status=moved(participant.status, status))

    return change


def _consented(participant: Participant, fact: ConsentGiven, when: Happened) -> Participant:
    given = Given(
        fact.version,
        fact.language,
        fact.parties,
        fact.copy_given,
        when,
        fact.granted,
        fact.document or "",
        fact.signed,
        fact.electronic,
        participant.reconsent_requested.get(fact.version),
        fact.methods,
        participant.consent_number(fact.version),
    )
    return replace(
        participant,
        consents=tuple(sorted((*participant.consents, given), key=lambda each: each.number)),
        signing=(),
        reconsent_requested={v: w for v, w in participant.reconsent_requested.items() if v != fact.version},
        status=moved(participant.status, ParticipantStatus.CONSENTED),
    )


def _party_signed(participant: Participant, fact: ConsentPartySigned, when: Happened) -> Participant:
    on = (fact.version, fact.language, fact.document)
    signed = PartySigned(fact.party, *on, fact.method, fact.evidence, when)
    return replace(participant, signing=(*participant.signing, signed))


def _withdrew(participant: Participant, fact: ConsentWithdrawn, when: Happened) -> Participant:
    whole = fact.scope in ("all", "visits")
    status = moved(participant.status, ParticipantStatus.WITHDRAWN) if whole else participant.status
    return replace(
        participant, withdrawals=(*participant.withdrawals, Withdrawal(fact.scope, when)), status=status
    )


def _answered(participant: Participant, fact: CriterionAnswered, when: Happened) -> Participant:
    return replace(
        participant, answers={**participant.answers, fact.criterion: Answer(fact.holds, when, fact.note)}
    )


def _randomized(participant: Participant, fact: Randomized, when: Happened) -> Participant:
    if participant.randomized is not None:
        return participant
    status = moved(participant.status, ParticipantStatus.RANDOMIZED)
    return replace(participant, randomized=Allocated(fact.place, fact.allocation, when), status=status)


def _unblinded(participant: Participant, fact: Unblinded, when: Happened) -> Participant:
    told = Disclosure(when, fact.kind, fact.informed, fact.reason)
    return replace(participant, unblinded=(*participant.unblinded, told))


def _assessed(participant: Participant, fact: UnblindingAssessed, when: Happened) -> Participant:
    word = DisclosureAssessed(when, fact.assessment)
    return replace(participant, unblinding_assessed=(*participant.unblinding_assessed, word))


def _misrandomized(participant: Participant, fact: MisrandomizationNoted, when: Happened) -> Participant:
    found = Misrandomization(when, fact.finding)
    return replace(participant, misrandomized=(*participant.misrandomized, found))


ENDS: dict[str, tuple[str, str]] = {
    "screen_failure": ("screen_failed", "failed_because"),
    "loss": ("lost", "attempts"),
    "transplant": ("transplanted", ""),
    "death": ("died", "cause"),
    "completion": ("completed", ""),
    "end_of_follow_up": ("follow_up_ended", ""),
}
"""What can be recorded once and voided: the field of the state that says when, and the one that says more."""


def _voided(participant: Participant, fact: EventVoided, when: Happened) -> Participant:
    """The participant without the event, as if it had never been recorded."""
    which, number = fact.version or fact.scope or "", 0
    undone: dict[str, Any]
    if (which, fact.was) not in ((each, known.at) for each, known in participant.recorded(fact.event)):
        return participant
    if fact.event == "consent":
        number, undone = _without_consent(participant, fact)
    elif fact.event == "withdrawal":
        left = (e for e in participant.withdrawals if (e.scope, e.when.at) != (fact.scope, fact.was))
        undone = {"withdrawals": tuple(left)}
    else:
        name, more = ENDS[fact.event]
        undone = {name: None} | _BLANK.get(more, {})
    voided = Voided(fact.event, which, fact.was, when, number)
    now = replace(participant, **undone, voided=(*participant.voided, voided))
    return replace(now, status=_status_of(now))


_BLANK: dict[str, dict[str, Any]] = {
    "failed_because": {"failed_because": ()},
    "attempts": {"attempts": 0},
    "cause": {"cause": ""},
}


def _screened(participant: Participant, fact: ScreeningCorrected, when: Happened) -> Participant:
    before = participant.registered
    registered = before if fact.screened is None else Happened(fact.screened, when.fact)
    return replace(
        participant,
        registered=registered,
        sex=participant.sex if fact.sex is None else fact.sex,
        age=participant.age if fact.age is None else fact.age,
        voided=(*participant.voided, Voided("screening", fact.was, before.at, when)),
    )


def _without_consent(participant: Participant, fact: EventVoided) -> tuple[int, dict[str, Any]]:
    """The number of a consent, and the changes without it: a request that it answered waits again."""
    of = (fact.version, fact.was)
    gone = next(each for each in participant.consents if (each.version, each.when.at) == of)
    asked = {gone.version: gone.asked} if gone.asked is not None else {}
    return gone.number, {
        "consents": tuple(each for each in participant.consents if each is not gone),
        "reconsent_requested": {**participant.reconsent_requested, **asked},
    }


def _status_of(participant: Participant) -> ParticipantStatus:
    """The status by what stands: the steps in their order, then what ended the course as it was recorded."""
    status = ParticipantStatus
    steps = (
        (status.CONSENTED, bool(participant.consents)),
        (status.ELIGIBLE, participant.eligible is not None),
        (status.SCREEN_FAILED, participant.screen_failed is not None),
        (status.RANDOMIZED, participant.randomized is not None),
        (status.TREATED, participant.infused is not None),
    )
    whole = (each.when for each in participant.withdrawals if each.scope in ("all", "visits"))
    ends = [
        *((each, status.WITHDRAWN) for each in whole),
        (participant.lost, status.LOST_TO_FOLLOW_UP),
        (participant.transplanted, status.TRANSPLANTED),
        (participant.completed, status.COMPLETED),
        (participant.died, status.DIED),
    ]
    recorded = sorted((when.fact, end) for when, end in ends if when is not None)
    return after_all((*(step for step, is_there in steps if is_there), *(end for _, end in recorded)))


COURSE: dict[type[Fact], Change] = {
    ConsentGiven: _consented,
    ConsentPartySigned: _party_signed,
    ReconsentRequested: lambda p, f, w: replace(
        p, reconsent_requested={**p.reconsent_requested, f.version: w}
    ),
    ConsentWithdrawn: _withdrew,
    CriterionAnswered: _answered,
    EligibilitySigned: _to(ParticipantStatus.ELIGIBLE, "eligible"),
    ScreenFailed: _to(ParticipantStatus.SCREEN_FAILED, "screen_failed", failed_because="reasons"),
    Randomized: _randomized,
    MisrandomizationNoted: _misrandomized,
    Unblinded: _unblinded,
    UnblindingAssessed: _assessed,
    LostToFollowUp: _to(ParticipantStatus.LOST_TO_FOLLOW_UP, "lost", attempts="attempts"),
    Transplanted: _to(ParticipantStatus.TRANSPLANTED, "transplanted"),
    Died: _to(ParticipantStatus.DIED, "died", cause="cause"),
    Completed: _to(ParticipantStatus.COMPLETED, "completed"),
    FollowUpEnded: lambda p, _, when: replace(p, follow_up_ended=when),
    BirthRecorded: lambda p, f, when: replace(
        p, born=Happened(f.born, when.fact), birth_corrected=when if p.born else None
    ),
    EventVoided: _voided,
    ScreeningCorrected: _screened,
}


def in_capitals(code: str) -> str:
    """The remedy for a participant code in small letters; "" for any other."""
    return f"Codes are in capital letters: {code.upper()}." if code != code.upper() else ""
