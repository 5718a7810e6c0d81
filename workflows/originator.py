"""The commands on the register of originators, what each decides, and whom the way in lets data come from."""

from typing import Literal

from domain.errors import Denied, NotFound, Refused
from domain.fact import Fact
from domain.identifiers import SYSTEM_LOG
from domain.originator import (
    ORIGINATOR_STREAM,
    OriginatorRegistered,
    OriginatorRetired,
    Originators,
    Source,
    source_of,
)
from domain.record import Attribution, NewFact, Origin
from workflows.command import Phrase, Step
from workflows.situation import Situation, States, decides


class RegisterOriginator(Step):
    """Let data come from a device, or from a machine source whose files are imported."""

    KIND = "originator.register"
    ANY_TIME = True
    source: Source
    kind: Literal["device", "import"]
    about: Phrase


class RetireOriginator(Step):
    """Let no further data come from it."""

    KIND = "originator.retire"
    ANY_TIME = True
    source: Source
    reason: Phrase


def originators_in(states: States) -> Originators:
    """The register of a trial."""
    known = states.single(Originators)
    return known or Originators()


def known_originator(by: Attribution, states: States) -> None:
    """Raise Denied for data from a device that is not registered; from a source of imports, once any is
    registered: a trial that keeps no register of them takes files from whoever may enter data.
    """
    if by.origin not in (Origin.DEVICE, Origin.IMPORT) or states.trial_id == SYSTEM_LOG:
        return
    register, source = originators_in(states).known, source_of(by.origin_id)
    is_kept = any(each.kind == by.origin for each in register.values())
    known = register.get(source)
    if known is not None and known.kind == by.origin and known.retired is None:
        return
    if by.origin is Origin.DEVICE or is_kept:
        raise Denied(
            "originator.unknown",
            f"{source or 'what is not named'} is no registered {by.origin} of this trial",
            rule="each value has one authorised originator (FDA Q20)",
            remedy="Register it with 'trialog originator register'.",
        )


def _fact(situation: Situation, command: Step, fact: Fact) -> list[NewFact]:
    return situation.facts_in(ORIGINATOR_STREAM, situation.when_of_trial(command), fact)


@decides(RegisterOriginator)
def register_originator(command: RegisterOriginator, situation: Situation) -> list[NewFact]:
    if command.source in originators_in(situation.states).known:
        raise Refused("originator.taken", f"{command.source} is registered, or was: names are not reused")
    fact = OriginatorRegistered(source=command.source, kind=command.kind, about=command.about)
    return _fact(situation, command, fact)


@decides(RetireOriginator)
def retire_originator(command: RetireOriginator, situation: Situation) -> list[NewFact]:
    known = originators_in(situation.states).known.get(command.source)
    if known is None:
        raise NotFound("originator.none", f"there is no originator {command.source}")
    if known.retired is not None:
        raise Refused("originator.retired_already", f"{command.source} is retired")
    return _fact(situation, command, OriginatorRetired(source=command.source, reason=command.reason))
