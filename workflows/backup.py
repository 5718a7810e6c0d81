"""The commands by which the system log learns of backups, and what each decides."""

from typing import Annotated

from pydantic import Field, StringConstraints

from domain.backup import Backup, BackupMade, BackupName, RestoreFailed, RestoreProved
from domain.errors import NotFound, Refused
from domain.fact import Fact
from domain.identifiers import Digest
from domain.record import NewFact
from workflows.command import OfSystem
from workflows.situation import Situation, decides


class RecordBackup(OfSystem):
    """A backup was written."""

    KIND = "backup.record"
    backup: BackupName
    digest: Digest
    facts: Annotated[int, Field(ge=0)]


class RecordRestoreProof(OfSystem):
    """A backup was restored apart and verified; `fault` says what was wrong, empty when nothing was."""

    KIND = "backup.record_proof"
    backup: BackupName
    facts: Annotated[int, Field(ge=0)] = 0
    fault: Annotated[str, StringConstraints(max_length=500)] = ""


@decides(RecordBackup)
def record_backup(command: RecordBackup, situation: Situation) -> list[NewFact]:
    if situation.states.single(Backup, command.backup) is not None:
        raise Refused("backup.recorded_already", "this backup is recorded", where=command.backup)
    made = BackupMade(backup=command.backup, digest=command.digest, facts=command.facts)
    return _of(command.backup, situation, made)


@decides(RecordRestoreProof)
def record_proof(command: RecordRestoreProof, situation: Situation) -> list[NewFact]:
    known = situation.states.single(Backup, command.backup)
    if known is None:
        remedy = "It is known by the name it was made under: was the file called otherwise?"
        raise NotFound("backup.unknown", f"there is no backup {command.backup}", remedy=remedy)
    if command.fault:
        return _of(command.backup, situation, RestoreFailed(backup=command.backup, fault=command.fault))
    return _of(command.backup, situation, RestoreProved(backup=command.backup, facts=command.facts))


def _of(backup: str, situation: Situation, fact: Fact) -> list[NewFact]:
    return situation.system_facts(f"backup/{backup}", fact)
