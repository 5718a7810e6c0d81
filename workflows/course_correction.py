"""What was recorded of a participant's course in error, put right or taken back, as a death or a consent."""

from decimal import Decimal
from typing import Annotated, TypeVar

from pydantic import Field, StringConstraints

from domain.clinical_time import ClinicalTime
from domain.consent_given import ConsentGiven, ConsentWithdrawn, Given, Scope
from domain.eligibility import ScreenFailed
from domain.errors import Invalid, Refused
from domain.fact import Fact
from domain.happened import Happened
from domain.identifiers import Key, VersionLabel
from domain.participant import Died, FollowUpEnded, LostToFollowUp, Participant, Transplanted
from domain.record import NewFact
from domain.screening import ScreeningCorrected, Sex
from domain.voided import RECORDS, CourseEvent, EventVoided
from workflows.command import OnParticipant, Untimed
from workflows.participant import after_screening, refuse_same_consent, refuse_strangers
from workflows.reasons import justified
from workflows.recorded import not_recorded, same, several
from workflows.situation import Case, Situation, decides, refuse_future

_Said = TypeVar("_Said")

Dated = Annotated[
    str,
    StringConstraints(
        pattern=r"^(consent|withdrawal|screen_failure|loss|transplant|death|end_of_follow_up)$"
    ),
]
"""Events that are reported with their date; that somebody has completed the trial is a step."""


class OnEvent(Untimed, OnParticipant):
    """A command about an event that is recorded. Where there are several, `version` or `scope` says which
    consent or withdrawal it is, and `recorded` the time that stands there.
    """

    event: CourseEvent
    version: VersionLabel | None = None
    scope: Scope | None = None
    recorded: ClinicalTime | None = None


class CorrectEvent(OnEvent):
    """An event happened at another time than was recorded, or a death had another cause. What is left out
    stands. `signed` is each party's own date of a consent, and then they are the parties.
    """

    KIND = "participant.correct_event"
    event: Dated
    at: ClinicalTime | None = None
    cause: str | None = None
    signed: dict[Key, ClinicalTime] = Field(default_factory=dict)


class VoidEvent(OnEvent):
    """An event was recorded in error: it did not happen to this participant."""

    KIND = "participant.void_event"


class CorrectScreening(Untimed, OnParticipant):
    """The screening was at another time than was recorded, or the sex or the age is another. What is left out
    stands.
    """

    KIND = "participant.correct_screening"
    at: ClinicalTime | None = None
    sex: Sex | None = None
    age: Annotated[Decimal, Field(ge=0, le=150)] | None = None


# ---------------------------------------------------------------- decisions


@decides(CorrectScreening)
def correct_screening(command: CorrectScreening, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    known = case.participant
    at = command.at or known.registered.at
    refuse_future(at, situation.now)
    if known.born is not None and at.latest <= known.born.at.earliest:
        raise Invalid(
            "birth.after_screening", f"{at} lies before the birth ({known.born.at})", where=case.code
        )
    justified(situation.by, case.protocol, case.code)
    screened, screened_was = _other(command.at, known.registered.at)
    sex, sex_was = _other(command.sex, known.sex)
    age, age_was = _other(command.age, known.age)
    if (screened, sex, age) == (None, None, None):
        raise same(case, "the screening")
    fact = ScreeningCorrected(
        screened=screened,
        screened_was=screened_was,
        sex=sex,
        sex_was=sex_was,
        age=age,
        age_was=age_was,
    )
    return case.facts(at, fact)


def _other(said: _Said | None, stands: _Said | None) -> tuple[_Said | None, _Said | None]:
    """What is said and what it replaces; neither where nothing is said, or it stands so already."""
    return (None, None) if said in (None, stands) else (said, stands)


@decides(CorrectEvent)
def correct_event(command: CorrectEvent, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    known, voided = _voided(command, case, situation)
    at = command.at or known.at
    for time in (at, *command.signed.values()):
        situation.refuse_impossible(case.participant, time)
    refuse_strangers(case, command.signed)
    if command.event not in ("transplant", "consent", "withdrawal"):
        after_screening(case, at)
    before, now = _recorded(case.participant, voided), _anew(command, case.participant, voided)
    if isinstance(now, ConsentGiven) and at != known.at:
        refuse_same_consent(case, now.version, at)
    if at == known.at and now == before:
        raise same(case, voided.what)
    return [*case.facts(known.at, voided), *case.facts(at, now)]


@decides(VoidEvent)
def void_event(command: VoidEvent, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    known, voided = _voided(command, case, situation)
    return case.facts(known.at, voided)


def _voided(command: OnEvent, case: Case, situation: Situation) -> tuple[Happened, EventVoided]:
    """The event that a command is about, and the fact that takes it back. Raises NotFound, Refused."""
    which = command.version or command.scope or ""
    recorded = case.participant.recorded(command.event)
    found = [
        (each, when)
        for each, when in recorded
        if which in ("", each) and command.recorded in (None, when.at) and (each or not which)
    ]
    what = command.event.replace("_", " ")
    told = [f"{each} {when.at}".strip() for each, when in recorded]
    if not found:
        raise not_recorded(case, what, told)
    if len(found) > 1:
        which_of_them = "Name the version or the scope, and with --was the time that is recorded."
        raise several(case, f"there is more than one {what}", told, which_of_them)
    justified(situation.by, case.protocol, case.code)
    [(each, when)] = found
    if command.event == "consent" and _given(case.participant, each, when.at).electronic:
        raise Refused(
            "consent.signed_here",
            "the parties signed it here, at the time of the server: it stands",
            where=case.code,
            remedy="Consent is taken back with 'trialog record withdrawal'.",
        )
    fact = EventVoided(
        record=RECORDS[command.event],
        event=command.event,
        version=each if command.event == "consent" else None,
        scope=each if command.event == "withdrawal" else None,
        was=when.at,
    )
    return when, fact


def _given(participant: Participant, version: str | None, at: ClinicalTime) -> Given:
    return next(each for each in participant.consents if (each.version, each.when.at) == (version, at))


def _recorded(participant: Participant, voided: EventVoided) -> Fact:
    """The event as it is recorded, once more."""
    match voided.event:
        case "consent":
            known = _given(participant, voided.version, voided.was)
            return ConsentGiven(
                version=known.version,
                language=known.language,
                parties=known.parties,
                copy_given=known.copy_given,
                granted=known.granted,
                document=known.document or None,
                signed=known.signed,
            )
        case "withdrawal":
            return ConsentWithdrawn(scope=voided.scope or "all")
        case "screen_failure":
            return ScreenFailed(reasons=participant.failed_because)
        case "loss":
            return LostToFollowUp(attempts=participant.attempts)
        case "transplant":
            return Transplanted()
        case "death":
            return Died(cause=participant.cause)
    return FollowUpEnded()


def _anew(command: CorrectEvent, participant: Participant, voided: EventVoided) -> Fact:
    """The event as it really was."""
    before = _recorded(participant, voided)
    if command.cause is not None and not isinstance(before, Died):
        raise Invalid("event.no_cause", f"a {command.event.replace('_', ' ')} has no cause of death")
    if command.signed and not isinstance(before, ConsentGiven):
        raise Invalid("event.not_signed", f"a {command.event.replace('_', ' ')} is signed by nobody")
    if isinstance(before, Died):
        return before if command.cause is None else Died(cause=command.cause)
    if isinstance(before, ConsentGiven) and command.signed:
        signed = tuple(command.signed.items())
        return before.model_copy(update={"parties": tuple(command.signed), "signed": signed})
    return before
