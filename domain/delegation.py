"""The delegation log of a trial: which tasks the principal investigator has given to whom, and their
training.

Both are asked before a right opens at the site (ICH E6(R3) 2.3, 21 CFR 11.10(i)); both lie in the trial's own
log, one stream a person.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from domain.clinical_time import ClinicalTime
from domain.fact import Fact
from domain.happened import Happened
from domain.identifiers import AccountName, Key, SiteId
from domain.record import Record
from domain.replacing import replace


class Task(StrEnum):
    """What can be delegated at a site."""

    SCREENING = "screening"
    CONSENT = "consent"
    ELIGIBILITY = "eligibility"
    RANDOMIZATION = "randomization"
    DATA_ENTRY = "data_entry"
    PRODUCT = "product"
    INFUSION = "infusion"
    OUTCOMES = "outcomes"
    SAFETY = "safety"
    SIGN_OFF = "sign_off"


# ---------------------------------------------------------------- facts


class DelegationSigned(Fact):
    """The principal investigator has given tasks to a person at a site, from a time on, perhaps until
    another.
    """

    TOPIC = "delegation.signed.v1"
    EN = "Delegated to {account} at {site}: {tasks}, from {starts} {until}"
    ZH = "授权 {account}（{site}）：{tasks}，自 {starts} 起{until_zh}"
    PROMPT = True
    account: AccountName
    delegation: Key
    site: SiteId
    tasks: Annotated[tuple[Task, ...], Field(min_length=1)]
    starts: ClinicalTime
    ends: ClinicalTime | None = None

    @property
    def until(self) -> str:
        """When it ends, in words."""
        return f"to {self.ends}" if self.ends else "until ended"

    @property
    def until_zh(self) -> str:
        """The same in Chinese."""
        return f"至 {self.ends}" if self.ends else "，至终止"


class DelegationEnded(Fact):
    """A delegation has ended before its time, or has found one."""

    TOPIC = "delegation.ended.v1"
    EN = "Delegation {delegation} of {account} ended"
    ZH = "{account} 的授权 {delegation} 终止"
    PROMPT = True
    account: AccountName
    delegation: Key


class TrainingRecorded(Fact):
    """A person has been trained: in good clinical practice, in the protocol, in an instrument."""

    TOPIC = "training.recorded.v1"
    EN = "{account} trained in {subject} {version}"
    ZH = "{account} 完成培训：{subject} {version}"
    SILENT = ("version",)
    account: AccountName
    subject: str
    version: str = ""
    expires: ClinicalTime | None = None


# ---------------------------------------------------------------- state


@dataclass(frozen=True, slots=True)
class Delegation:
    """Tasks given to a person at a site; `ended` is when they were taken back before `ends`."""

    delegation: str
    site: str
    tasks: tuple[Task, ...]
    starts: ClinicalTime
    ends: ClinicalTime | None
    signed: Happened
    ended: Happened | None = None

    def open_at(self, moment: datetime) -> bool:
        """Whether it is in force at a moment."""
        if self.ended is not None and self.ended.at.earliest <= moment:
            return False
        return self.starts.earliest <= moment and (self.ends is None or moment < self.ends.latest)


@dataclass(frozen=True, slots=True)
class Training:
    """What a person was trained in, when, and until when it counts."""

    subject: str
    version: str
    expires: ClinicalTime | None
    trained: Happened

    def counts_at(self, moment: datetime) -> bool:
        """Whether it was had by a moment and counts then."""
        return self.trained.at.earliest <= moment and (self.expires is None or moment < self.expires.latest)


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything the trial's log holds of one person's delegations and training."""

    account: str
    delegations: tuple[Delegation, ...] = ()
    trainings: tuple[Training, ...] = ()

    def is_trained(self, moment: datetime) -> bool:
        """Whether any training counts at a moment."""
        return any(training.counts_at(moment) for training in self.trainings)

    def delegated(self, moment: datetime, site: str, task: Task | None) -> Delegation | None:
        """The delegation in force at a moment for a task (any) at a site (any); None when there is none."""
        for each in self.delegations:
            if each.open_at(moment) and site in ("", each.site) and (task is None or task in each.tasks):
                return each
        return None


def evolve(known: Standing | None, record: Record) -> Standing | None:
    """The standing after one more fact. Total: what it does not know changes nothing."""
    fact, when = record.fact, record.happened
    match fact:
        case DelegationSigned():
            known = known or Standing(fact.account)
            signed = Delegation(fact.delegation, fact.site, fact.tasks, fact.starts, fact.ends, when)
            return replace(known, delegations=(*known.delegations, signed))
        case TrainingRecorded():
            known = known or Standing(fact.account)
            had = Training(fact.subject, fact.version, fact.expires, when)
            return replace(known, trainings=(*known.trainings, had))
        case DelegationEnded() if known is not None:
            ended = tuple(
                replace(each, ended=when) if each.delegation == fact.delegation else each
                for each in known.delegations
            )
            return replace(known, delegations=ended)
    return known
