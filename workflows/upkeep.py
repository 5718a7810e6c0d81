"""The commands by which the system log learns of the store's upkeep, and what each decides."""

from typing import Annotated

from pydantic import Field, StringConstraints

from domain.fact import Fact
from domain.record import NewFact
from domain.upkeep import (
    UPKEEP_STREAM,
    BackupFailed,
    Fault,
    SignerRefused,
    SignerSignsAgain,
    StoreNotVerified,
    StoreVerified,
    Upkeep,
)
from workflows.command import OfSystem
from workflows.situation import Situation, decides


class RecordVerification(OfSystem):
    """The store was verified; `fault` says what was wrong, empty when nothing was."""

    KIND = "upkeep.record_verification"
    logs: Annotated[int, Field(ge=0)]
    facts: Annotated[int, Field(ge=0)]
    fault: Annotated[str, StringConstraints(max_length=200)] = ""


class RecordFailedBackup(OfSystem):
    """A backup that was due could not be made."""

    KIND = "upkeep.record_failed_backup"
    fault: Fault


class RecordSigning(OfSystem):
    """The signer was asked to sign; `fault` says why it refused, empty when it signed every log."""

    KIND = "upkeep.record_signing"
    fault: Annotated[str, StringConstraints(max_length=200)] = ""


@decides(RecordVerification)
def record_verification(command: RecordVerification, situation: Situation) -> list[NewFact]:
    if command.fault:
        return _of(situation, StoreNotVerified(fault=command.fault))
    return _of(situation, StoreVerified(logs=command.logs, facts=command.facts))


@decides(RecordFailedBackup)
def record_failed_backup(command: RecordFailedBackup, situation: Situation) -> list[NewFact]:
    return _of(situation, BackupFailed(fault=command.fault))


@decides(RecordSigning)
def record_signing(command: RecordSigning, situation: Situation) -> list[NewFact]:
    known = situation.states.single(Upkeep)
    refuses = known is not None and known.refused is not None
    if bool(command.fault) == refuses:
        return []
    return _of(situation, SignerRefused(fault=command.fault) if command.fault else SignerSignsAgain())


def _of(situation: Situation, fact: Fact) -> list[NewFact]:
    return situation.system_facts(UPKEEP_STREAM, fact)
