"""Breaking the blind in an emergency, and the words that disclosures are told in.

It is taken at any hour, whatever the trial stands at, by an investigator alone: nobody's leave is asked. What
is stored says who learned the allocation of which participant and why, and never the arm.
"""

from domain.errors import Invalid, Refused
from domain.record import NewFact
from domain.trial import Trial
from domain.unblinding import Unblinded
from workflows.command import OnParticipant, Step
from workflows.situation import Situation, decides


class BreakBlind(Step, OnParticipant):
    """Learn the allocation of one participant in an emergency. The reason is that of the command."""

    KIND = "unblinding.break_blind"
    ANY_TIME = True
    SIGNS = True


@decides(BreakBlind)
def break_blind(command: BreakBlind, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    allocated = case.participant.randomized
    if allocated is None:
        raise Refused("unblinding.not_randomized", "the participant is not randomized", where=case.code)
    if not situation.has_reason:
        raise Refused(
            "unblinding.no_reason",
            "breaking the blind needs a reason in words",
            where=case.code,
            rule="ICH E6(R3) 4.1.4",
            remedy="Give --reason.",
        )
    reason = situation.by.reason_text.strip()
    without_arm(reason, situation.trial, case.code)
    situation.vault.open(allocated.allocation)  # nothing is stored where the key is not held
    fact = Unblinded(kind="emergency", informed=(situation.by.actor,), reason=reason)
    return case.facts(situation.when(command, case.zone), fact)


def names_arm(text: str, trial: Trial) -> bool:
    """Whether a text names an arm of any version, or its route."""
    told = text.casefold()
    names = (name for arm in trial.arms for name in (arm.id, arm.name.en, arm.name.zh, arm.route or ""))
    return any(name and name.casefold() in told for name in names)


def without_arm(text: str, trial: Trial, where: str) -> None:
    """Raise Invalid for a text that names an arm: masked roles read it."""
    if names_arm(text, trial):
        raise Invalid("unblinding.names_arm", "the text names an arm", where=where, remedy="Say it without.")
