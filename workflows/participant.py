"""The participant's commands and what each decides."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from domain.allocation import allocation_list
from domain.clinical_time import ClinicalTime
from domain.consent_given import ConsentGiven, ConsentWithdrawn, Granted, ReconsentRequested, Scope
from domain.eligibility import CriterionAnswered, EligibilitySigned, ScreenFailed, answered_against
from domain.enrolment import AllocationUsed
from domain.errors import Invalid, NotFound, Refused
from domain.fact import Fact
from domain.identifiers import Digest, Key, Language, SiteId, VersionLabel, participant_stream
from domain.lifetime import is_before_screening
from domain.outage import Outages
from domain.participant import (
    Completed,
    Died,
    FollowUpEnded,
    LostToFollowUp,
    MisrandomizationNoted,
    Randomized,
    Transplanted,
)
from domain.protocol import RandomizationMethod
from domain.record import NewFact
from domain.screening import PreScreened, Sex
from domain.sealed import ALLOCATION, Sealed, padded
from domain.unblinding import DisclosureKind, Unblinded, UnblindingAssessed
from workflows.command import OnParticipant, Report, Step, Words
from workflows.participant_machine import MACHINE, ParticipantCursor
from workflows.situation import Case, Situation, decides, refuse_before_birth
from workflows.unblinding import without_arm


class PreScreen(Step, OnParticipant):
    """Put a person on the screening log under a participant code. `age` is in years."""

    KIND = "participant.pre_screen"
    site: SiteId
    sex: Sex | None = None
    age: Annotated[Decimal, Field(ge=0, le=150)] | None = None


class RecordConsent(Report, OnParticipant):
    """Informed consent was given. `document` is the SHA-256 of what was signed, if it is known; `signed` is
    each party's own date, and then they are the parties.
    """

    KIND = "participant.record_consent"
    version: VersionLabel
    language: Language
    parties: tuple[Key, ...] = ("participant", "investigator")
    copy_given: bool = True
    granted: tuple[Granted, ...] = ()
    document: Digest | None = None
    signed: dict[Key, ClinicalTime] = Field(default_factory=dict)


class RequestReconsent(Step, OnParticipant):
    """Ask for renewed consent on a newer version."""

    KIND = "participant.request_reconsent"
    version: VersionLabel


class RecordWithdrawal(Report, OnParticipant):
    """Consent was withdrawn for a scope."""

    KIND = "participant.record_withdrawal"
    scope: Scope = "all"


class AnswerCriteria(Step, OnParticipant):
    """Answer eligibility criteria: each id, and whether it holds (None where it could not be told)."""

    KIND = "participant.answer_criteria"
    answers: Annotated[dict[Key, bool | None], Field(min_length=1)]


class SignEligibility(Step, OnParticipant):
    """Sign that the participant is eligible."""

    KIND = "participant.sign_eligibility"
    SIGNS = True


class RecordScreenFailure(Report, OnParticipant):
    """The participant did not pass screening. Without reasons, the criteria answered against are taken."""

    KIND = "participant.record_screen_failure"
    reasons: tuple[Words, ...] = ()


class Randomize(Step, OnParticipant):
    """Allocate the participant the next place of the sealed list."""

    KIND = "participant.randomize"


class RecordRandomization(Report, OnParticipant):
    """The participant was randomized elsewhere, to an arm."""

    KIND = "participant.record_randomization"
    SEALED = frozenset({"arm"})
    arm: Key


class RecordMisrandomization(Report, OnParticipant):
    """The participant was randomized in error. The allocation stands."""

    KIND = "participant.record_misrandomization"
    finding: Words


class RecordUnblinding(Report, OnParticipant):
    """Somebody learned the allocation."""

    KIND = "participant.record_unblinding"
    kind: DisclosureKind
    informed: Annotated[tuple[Words, ...], Field(min_length=1)]
    reason: Words


class AssessUnblinding(Step, OnParticipant):
    """Say what a disclosure means for the results."""

    KIND = "participant.assess_unblinding"
    assessment: Words


class RecordLossToFollowUp(Report, OnParticipant):
    """The participant could no longer be reached."""

    KIND = "participant.record_loss_to_follow_up"
    attempts: Annotated[int, Field(ge=0, le=1000)] = 0


class RecordTransplant(Report, OnParticipant):
    """The participant received a liver transplant."""

    KIND = "participant.record_transplant"


class RecordDeath(Report, OnParticipant):
    """The participant died."""

    KIND = "participant.record_death"
    cause: str = ""


class RecordEndOfFollowUp(Report, OnParticipant):
    """Observation ended here, the participant being alive."""

    KIND = "participant.record_end_of_follow_up"


class CompleteParticipant(Step, OnParticipant):
    """The participant has completed the trial."""

    KIND = "participant.complete"


# ---------------------------------------------------------------- decisions


@decides(PreScreen)
def pre_screen(command: PreScreen, situation: Situation) -> list[NewFact]:
    trial, code = situation.trial, command.participant
    known = situation.states.casebook(code)
    if known is not None and known.participant is not None:
        raise Refused("participant.code_taken", "the participant code is taken", where=code)
    if command.site not in trial.known_sites:
        remedy = f"It has {', '.join(trial.known_sites)}."
        message = f"the protocol has no site {command.site}"
        raise NotFound("site.unknown", message, where=code, remedy=remedy)
    if command.site not in trial.sites:
        raise Refused("site.not_active", f"site {command.site} is not active", where=code)
    if not trial.enrolling:
        raise Refused("screening.enrolment_closed", "enrolment is not open", where=code)
    protocol = trial.protocol_for(command.site, ())
    site = protocol.site_plans[command.site]
    if not site.may_give(code):
        remedy = f"They are as {site.codes}, 9 for any digit."
        raise Refused(
            "participant.code_form", f"this is no code of site {site.id}", where=code, remedy=remedy
        )
    at = situation.when(command, site.zone)
    fact = PreScreened(code=code, site=command.site, sex=command.sex, age=command.age)
    return [NewFact(participant_stream(code), at, protocol.version, fact)]


@decides(RecordConsent)
def record_consent(command: RecordConsent, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    at = situation.when(command, case.zone)
    refuse_same_consent(case, command.version, at)
    for day in command.signed.values():
        refuse_before_birth(case.participant, day)
    signed = tuple((party, situation.said(day, case.zone)) for party, day in command.signed.items())
    parties = tuple(command.signed) or command.parties
    refuse_strangers(case, parties)
    fact = ConsentGiven(
        version=command.version,
        language=command.language,
        parties=parties,
        copy_given=command.copy_given,
        granted=command.granted,
        document=command.document,
        signed=signed,
    )
    return case.facts(at, fact)


@decides(RequestReconsent)
def request_reconsent(command: RequestReconsent, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    if case.participant.ended is not None:
        raise Refused("participant.ended", "the participant's course has ended", where=case.code)
    if command.version in case.participant.reconsent_requested:
        return []
    return case.facts(situation.when(command, case.zone), ReconsentRequested(version=command.version))


@decides(RecordWithdrawal)
def record_withdrawal(command: RecordWithdrawal, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    at = situation.when(command, case.zone)
    if any(each.scope == command.scope for each in case.participant.withdrawals):
        raise Refused("consent.withdrawn_already", f"{command.scope} is withdrawn already", where=case.code)
    return case.facts(at, ConsentWithdrawn(scope=command.scope))


@decides(AnswerCriteria)
def answer_criteria(command: AnswerCriteria, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    at = situation.when(command, case.zone)
    _move("answer_criterion", case, situation, command)
    known = [criterion.id for criterion in case.protocol.eligibility.criteria]
    unknown = sorted(set(command.answers).difference(known))
    if unknown:
        raise NotFound(
            "eligibility.unknown_criterion",
            f"no criterion {', '.join(unknown)}",
            where=case.code,
            remedy=f"The protocol has {', '.join(known)}.",
        )
    standing = case.participant.answers
    changed = [
        CriterionAnswered(criterion=criterion, holds=holds)
        for criterion, holds in command.answers.items()
        if criterion not in standing or standing[criterion].holds is not holds
    ]
    return case.facts(at, *changed)


@decides(SignEligibility)
def sign_eligibility(command: SignEligibility, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    at = situation.when(command, case.zone)
    _move("sign_eligibility", case, situation, command)
    return case.facts(at, EligibilitySigned(criteria=len(case.protocol.eligibility.criteria)))


@decides(RecordScreenFailure)
def record_screen_failure(command: RecordScreenFailure, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    at = situation.when(command, case.zone)
    _only_once(case.participant.screen_failed, "screen_failure", case)
    after_screening(case, at)
    reasons = command.reasons or answered_against(
        case.participant.answers, case.protocol.eligibility.criteria
    )
    if not reasons:
        raise Invalid(
            "screen_failure.no_reason", "name a reason, or answer a criterion against", where=case.code
        )
    return case.facts(at, ScreenFailed(reasons=reasons))


@decides(Randomize)
def randomize(command: Randomize, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    _move("randomize", case, situation, command)
    outages = situation.states.single(Outages)
    if outages is not None and outages.open is not None:
        raise Refused(
            "randomize.outage_open",
            f"package {outages.open.package} is still to be accounted for after an outage",
            where=case.code,
            rule="no place is given twice",
            remedy="Record what was opened, and reconcile with 'trialog outage reconcile'.",
        )
    sealed = situation.trial.allocation_list
    if sealed is None:  # pragma: no cover - the machine's guard speaks first
        raise AssertionError("no allocation list")
    place = situation.states.enrolment.allocated + 1
    secret = bytes.fromhex(situation.vault.open(sealed.secret))
    arm = allocation_list(secret, sealed.parameters)[place - 1]
    return _allocated(case, situation, command, place, sealed_arm(situation, arm))


@decides(RecordRandomization)
def record_randomization(command: RecordRandomization, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    if case.protocol.randomization.method is not RandomizationMethod.EXTERNAL:
        raise Refused(
            "randomize.made_here",
            "this protocol allocates from its own sealed list",
            where=case.code,
            rule="randomization",
        )
    if command.arm not in case.protocol.arm_plans:
        raise NotFound("randomize.unknown_arm", "the protocol has no such arm", where=case.code)
    _only_once(case.participant.randomized, "randomization", case)
    return _allocated(
        case, situation, command, situation.states.enrolment.allocated + 1, sealed_arm(situation, command.arm)
    )


def _allocated(
    case: Case, situation: Situation, command: Step | Report, place: int, arm: Sealed
) -> list[NewFact]:
    at = situation.when(command, case.zone)
    return [
        *case.facts(at, Randomized(place=place, allocation=arm)),
        *situation.trial_facts(at, AllocationUsed(place=place, participant=case.code)),
    ]


ARM_WIDTH = 48
"""Arms are padded to this many bytes before sealing: the length of a key."""


def sealed_arm(situation: Situation, arm: str) -> Sealed:
    """The arm sealed so that its length tells nothing."""
    return situation.vault.seal(ALLOCATION, padded(arm, ARM_WIDTH))


@decides(AssessUnblinding)
def assess_unblinding(command: AssessUnblinding, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    if not case.participant.unblinded:
        raise Refused("unblinding.none", "no disclosure is recorded", where=case.code)
    without_arm(command.assessment, situation.trial, case.code)
    return case.facts(situation.when(command, case.zone), UnblindingAssessed(assessment=command.assessment))


@decides(CompleteParticipant)
def complete(command: CompleteParticipant, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    at = situation.when(command, case.zone)
    _move("complete", case, situation, command)
    return case.facts(at, Completed())


@decides(RecordMisrandomization)
def record_misrandomization(command: RecordMisrandomization, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    without_arm(command.finding, situation.trial, case.code)
    return case.facts(situation.when(command, case.zone), MisrandomizationNoted(finding=command.finding))


@decides(RecordUnblinding)
def record_unblinding(command: RecordUnblinding, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    for text in (*command.informed, command.reason):
        without_arm(text, situation.trial, case.code)
    fact = Unblinded(kind=command.kind, informed=command.informed, reason=command.reason)
    return case.facts(situation.when(command, case.zone), fact)


@decides(RecordLossToFollowUp)
def record_loss_to_follow_up(command: RecordLossToFollowUp, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    return _end(case, situation, command, "lost", LostToFollowUp(attempts=command.attempts))


@decides(RecordTransplant)
def record_transplant(command: RecordTransplant, situation: Situation) -> list[NewFact]:
    return _end(situation.case(command.participant), situation, command, "transplanted", Transplanted())


@decides(RecordDeath)
def record_death(command: RecordDeath, situation: Situation) -> list[NewFact]:
    return _end(situation.case(command.participant), situation, command, "died", Died(cause=command.cause))


@decides(RecordEndOfFollowUp)
def record_end_of_follow_up(command: RecordEndOfFollowUp, situation: Situation) -> list[NewFact]:
    return _end(situation.case(command.participant), situation, command, "follow_up_ended", FollowUpEnded())


def _end(case: Case, situation: Situation, command: Report, name: str, fact: Fact) -> list[NewFact]:
    """A report that can be true once."""
    _only_once(getattr(case.participant, name), name, case)
    at = situation.when(command, case.zone)
    if not isinstance(fact, Transplanted):  # it may well be of an earlier time of life
        after_screening(case, at)
    return case.facts(at, fact)


def refuse_same_consent(case: Case, version: str, at: ClinicalTime) -> None:
    """Raise Refused for a consent that is recorded."""
    if any(given.version == version and given.when.at == at for given in case.participant.consents):
        raise Refused("consent.recorded_already", f"this consent on {version} is recorded", where=case.code)


def refuse_strangers(case: Case, parties: Iterable[str]) -> None:
    """Raise NotFound where one of these can be no party to a consent."""
    known = case.protocol.consent.known_parties
    strangers = [party for party in parties if party not in known]
    if strangers:
        raise NotFound(
            "consent.no_party",
            f"{', '.join(strangers)} is no party to a consent",
            where=case.code,
            rule="ICH E6(R3) 2.8.7",
            remedy=f"Parties are {', '.join(known)}.",
        )


def after_screening(case: Case, at: ClinicalTime) -> None:
    """Raise Invalid for an end of the course before it began: who stood on the log was alive and there."""
    if is_before_screening(case.participant, at):
        raise Invalid(
            "time.before_screening",
            f"{at} lies before the screening ({case.participant.registered.at}) and all else of the course",
            where=case.code,
            rule="nothing ends before it has begun",
            remedy="Check the date. Where it is known less exactly, give the month or the year alone.",
        )


def _only_once(known: object, what: str, case: Case) -> None:
    if known is not None:
        raise Refused(
            f"{what}.recorded_already",
            f"{what.replace('_', ' ')} is recorded already",
            where=case.code,
            remedy="If it is wrong: 'trialog participant correct', or 'trialog participant void'."
            if what != "randomization"
            else "",
        )


def _move(trigger: str, case: Case, situation: Situation, command: Step) -> None:
    cursor = ParticipantCursor(
        case, situation.trial, situation.states.enrolment, situation.when(command, case.zone)
    )
    MACHINE.move(trigger, cursor, case.code)
