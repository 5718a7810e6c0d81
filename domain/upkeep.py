"""The upkeep of the store: that it was verified, that a backup could not be made. Facts of the system log.

What was backed up and restored is told by the backups themselves (`domain.backup`).
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, StringConstraints

from domain.fact import Fact
from domain.happened import Happened
from domain.record import Record
from domain.replacing import replace

UPKEEP_STREAM = "upkeep/store"

Fault = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""What was wrong, as codes and places: never what a fact holds."""


class StoreVerified(Fact):
    """Everything in the store was hashed and made again, and nothing was wrong."""

    TOPIC = "upkeep.store_verified.v1"
    EN = "Store verified: {facts} facts of {logs} logs"
    ZH = "存储校验通过：{logs} 个日志共 {facts} 条事实"
    logs: Annotated[int, Field(ge=0)]
    facts: Annotated[int, Field(ge=0)]


class StoreNotVerified(Fact):
    """Verification found something wrong; the fault says what and where it shows first."""

    TOPIC = "upkeep.store_not_verified.v1"
    EN = "Verification of the store failed: {fault}"
    ZH = "存储校验失败：{fault}"
    fault: Fault


class BackupFailed(Fact):
    """A backup that was due could not be made."""

    TOPIC = "upkeep.backup_failed.v1"
    EN = "A backup could not be made: {fault}"
    ZH = "备份未能完成：{fault}"
    fault: Fault


class SignerRefused(Fact):
    """The signer would not sign: the history does not fit what it has signed before."""

    TOPIC = "upkeep.signer_refused.v1"
    EN = "The signer refuses the history: {fault}"
    ZH = "签名者拒绝签署历史：{fault}"
    fault: Fault


class SignerSignsAgain(Fact):
    """The signer, which had refused, has signed every log."""

    TOPIC = "upkeep.signer_signs_again.v1"
    EN = "The signer signs the history again"
    ZH = "签名者恢复签署历史"


@dataclass(frozen=True, slots=True)
class Upkeep:
    """When the store was last verified, since when it is not (or None), when a backup last failed, and since
    when the signer refuses (or None), whatever a verification finds.
    """

    verified: Happened | None = None
    not_verified: Happened | None = None
    backup_failed: Happened | None = None
    refused: Happened | None = None


def evolve(upkeep: Upkeep | None, record: Record) -> Upkeep | None:
    """The upkeep after one more fact. Total: what it does not know changes nothing."""
    fact, when = record.fact, record.happened
    known = upkeep or Upkeep()
    match fact:
        case StoreVerified():
            return replace(known, verified=when, not_verified=None)
        case StoreNotVerified():
            return replace(known, not_verified=known.not_verified or when)
        case BackupFailed():
            return replace(known, backup_failed=when)
        case SignerRefused():
            return replace(known, refused=known.refused or when)
        case SignerSignsAgain():
            return replace(known, refused=None)
    return upkeep
