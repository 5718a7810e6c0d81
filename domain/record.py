"""The envelope around a fact: where it stands in the trial's history, and who wrote it, when and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from domain.clinical_time import ClinicalTime, Instant
from domain.fact import Fact
from domain.happened import Happened


class Origin(StrEnum):
    """Who or what a fact comes from (AT-09: each value has one originator)."""

    PERSON = "person"
    DEVICE = "device"
    IMPORT = "import"
    SYSTEM = "system"
    PAPER = "paper"


class Role(StrEnum):
    """What a person does in the trial. `STATISTICIAN` is the unmasked one, who may seal the list; `HOLDER` is
    anyone in the matters of their own account.
    """

    COORDINATOR = "coordinator"
    INVESTIGATOR = "investigator"
    PRINCIPAL_INVESTIGATOR = "principal_investigator"
    INFUSION_OPERATOR = "infusion_operator"
    CELL_LABORATORY = "cell_laboratory"
    OUTCOME_ASSESSOR = "outcome_assessor"
    RANDOMIZATION_MANAGER = "randomization_manager"
    MONITOR = "monitor"
    DATA_MANAGER = "data_manager"
    STATISTICIAN = "statistician"
    MASKED_STATISTICIAN = "masked_statistician"
    DSMB = "dsmb"
    SPONSOR = "sponsor"
    INSPECTOR = "inspector"
    ADMINISTRATOR = "administrator"
    HOLDER = "holder"
    SYSTEM = "system"


PEOPLE = tuple(role for role in Role if role not in (Role.HOLDER, Role.SYSTEM))
"""The roles that people are given."""

ALWAYS_MASKED = frozenset({Role.MASKED_STATISTICIAN})
"""Roles that learn no allocation whatever the protocol says; each protocol names those it masks besides."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who acted, in which role and place, through which door, and why."""

    actor: str
    role: Role
    name: str = ""
    site: str = ""
    delegation: str = ""
    reason_code: str = ""
    reason_text: str = ""
    origin: Origin = Origin.PERSON
    origin_id: str = ""
    session: str = ""
    authentication: str = ""


class Record(NamedTuple):
    """A fact at its place, as folds read it."""

    position: int
    stream: str
    version: int
    effective_at: ClinicalTime
    protocol_version: str
    fact: Fact

    @property
    def happened(self) -> Happened:
        """The fact as states hold it: when it happened, and its position."""
        return Happened(self.effective_at, self.position)


class NewFact(NamedTuple):
    """A fact decided on, before it has a place."""

    stream: str
    effective_at: ClinicalTime
    protocol_version: str
    fact: Fact


class CommandRecord(NamedTuple):
    """A command in the journal: its facts hold the positions `first` to `last`, recorded at one instant."""

    first: int
    last: int
    command_id: str
    kind: str
    digest: str
    recorded_at: Instant
    attribution: Attribution
    correlation_id: str
    causation_id: str
    app_version: str


class Entry(NamedTuple):
    """A fact with its whole envelope, as auditors read it."""

    record: Record
    command: CommandRecord

    @property
    def event_id(self) -> str:
        """The fact's own id: its command's id and its place among that command's facts."""
        return f"{self.command.command_id}/{self.record.position - self.command.first + 1}"
