"""The delegation log's commands: what the principal investigator signs over to whom, and who was trained."""

from typing import Annotated

from pydantic import Field, StringConstraints

from domain.account_state import Account, Accounts
from domain.clinical_time import ClinicalTime
from domain.delegation import DelegationEnded, DelegationSigned, Standing, Task, TrainingRecorded
from domain.errors import Denied, NotFound, Refused
from domain.fact import Fact
from domain.identifiers import AccountName, Key, SiteId, delegation_stream
from domain.record import NewFact
from workflows.command import Report, Step
from workflows.situation import Situation, decides

Subject = Annotated[str, StringConstraints(min_length=2, max_length=80, strip_whitespace=True)]


class SignDelegation(Step):
    """Give tasks at a site to a person, from a time on; the principal investigator signs it."""

    KIND = "delegation.sign"
    ANY_TIME = True
    SIGNS = True
    account: AccountName
    site: SiteId
    tasks: Annotated[tuple[Task, ...], Field(min_length=1, max_length=20)]
    starts: ClinicalTime | None = None
    ends: ClinicalTime | None = None


class EndDelegation(Step):
    """Take a delegation back."""

    KIND = "delegation.end"
    ANY_TIME = True
    SIGNS = True
    account: AccountName
    delegation: Key


class RecordTraining(Report):
    """Record that a person was trained."""

    KIND = "training.record"
    ANY_TIME = True
    account: AccountName
    subject: Subject
    version: Annotated[str, StringConstraints(max_length=40)] = ""
    expires: ClinicalTime | None = None


# ---------------------------------------------------------------- decisions


def _facts(account: str, at: ClinicalTime, situation: Situation, fact: Fact) -> list[NewFact]:
    return situation.facts_in(delegation_stream(account), at, fact)


def _known(account: str, situation: Situation) -> None:
    """Where there are accounts, the person has one."""
    if situation.people.single(Accounts) is None:
        return
    if situation.people.single(Account, account) is None:
        raise NotFound("account.unknown", f"there is no account {account}")


@decides(SignDelegation)
def sign(command: SignDelegation, situation: Situation) -> list[NewFact]:
    known = situation.trial.protocol if situation.trial.versions else None
    if known is None or command.site not in known.site_plans:
        raise NotFound("site.unknown", f"the protocol has no site {command.site}")
    _known(command.account, situation)
    zone = known.site_plans[command.site].zone
    at = situation.when(command, zone)
    starts = command.starts or at
    if command.ends is not None and command.ends.latest <= starts.earliest:
        raise Refused("delegation.ends_before_start", "the delegation ends before it starts")
    standing = situation.states.single(Standing, command.account)
    number = len(standing.delegations) + 1 if standing is not None else 1
    signed = DelegationSigned(
        account=command.account,
        delegation=f"d-{number}",
        site=command.site,
        tasks=command.tasks,
        starts=starts,
        ends=command.ends,
    )
    return _facts(command.account, at, situation, signed)


@decides(EndDelegation)
def end(command: EndDelegation, situation: Situation) -> list[NewFact]:
    standing = situation.states.single(Standing, command.account)
    found = [
        each
        for each in (standing.delegations if standing is not None else ())
        if each.delegation == command.delegation
    ]
    if not found:
        raise NotFound(
            "delegation.unknown", f"there is no delegation {command.delegation} of {command.account}"
        )
    if found[0].ended is not None:
        raise Refused("delegation.ended_already", "the delegation has ended")
    at = situation.when_of_trial(command)
    ended = DelegationEnded(account=command.account, delegation=command.delegation)
    return _facts(command.account, at, situation, ended)


@decides(RecordTraining)
def record_training(command: RecordTraining, situation: Situation) -> list[NewFact]:
    _known(command.account, situation)
    if command.account == situation.by.actor:
        raise Denied("training.own", "another person records one's training")
    at = situation.when_of_trial(command)
    fields = command.model_dump(exclude={"at"})
    return _facts(command.account, at, situation, TrainingRecorded.model_validate(fields))
