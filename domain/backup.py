"""Backups: that one was made, and that a restore of it was proved. Facts of the system log."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import StringConstraints

from domain.fact import Fact
from domain.happened import Happened
from domain.record import Record
from domain.replacing import replace

BackupName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
"""The name of a backup's file."""


class BackupMade(Fact):
    """A backup was written; `facts` is how many facts of all logs it holds at least."""

    TOPIC = "backup.made.v1"
    EN = "Backup {backup} made, {facts} facts (sha256 {digest})"
    ZH = "已备份 {backup}，含 {facts} 条事实（sha256 {digest}）"
    backup: BackupName
    digest: str
    facts: int


class RestoreProved(Fact):
    """A backup was restored apart, and everything in it verified."""

    TOPIC = "backup.restore_proved.v1"
    EN = "Restore of backup {backup} proved: {facts} facts verified"
    ZH = "已验证备份 {backup} 可恢复：{facts} 条事实一致"
    backup: BackupName
    facts: int


class RestoreFailed(Fact):
    """A restore of a backup could not be proved."""

    TOPIC = "backup.restore_failed.v1"
    EN = "Restore of backup {backup} not proved: {fault}"
    ZH = "备份 {backup} 恢复验证失败：{fault}"
    backup: BackupName
    fault: str


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup: its digest, when it was made, when its restore was last proved, and what failed since."""

    backup: str
    digest: str
    facts: int
    made: Happened
    proved: Happened | None = None
    fault: str = ""


def evolve(backup: Backup | None, record: Record) -> Backup | None:
    """The backup after one more fact. Total: what it does not know changes nothing."""
    fact, when = record.fact, record.happened
    if isinstance(fact, BackupMade):
        return Backup(fact.backup, fact.digest, fact.facts, when)
    if backup is None:
        return None
    match fact:
        case RestoreProved():
            return replace(backup, proved=when, fault="")
        case RestoreFailed():
            return replace(backup, fault=fact.fault)
    return backup
