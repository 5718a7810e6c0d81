"""What is commanded of the ledger itself, and what each decides: keys, checkpoints, another incarnation."""

from typing import Annotated

from pydantic import StringConstraints

from domain.errors import Invalid, Refused
from domain.fact import Fact
from domain.identifiers import LogId, log_stream
from domain.ledger.note import Checkpoint, Note, log_of, origin_of
from domain.ledger.renewal import Renewal
from domain.record import NewFact
from domain.signed_log import (
    SELF,
    CheckpointSigned,
    IncarnationDeclared,
    KeyRegistered,
    KeyRotated,
    LogOpened,
    LogRenewed,
    OriginName,
    Root,
    SignedLog,
    Size,
    VKey,
)
from workflows.command import OfAnyLog, OfSystem, Phrase
from workflows.situation import Situation, decides


class RegisterKey(OfSystem):
    """Make a log's key known: its first one, or the one that takes the place of `instead_of`."""

    KIND = "log.register_key"
    log: LogId
    origin: OriginName
    vkey: VKey
    instead_of: VKey | None = None


class RecordCheckpoint(OfSystem):
    """Say in the system log what was signed of another log."""

    KIND = "log.record_checkpoint"
    log: LogId
    origin: OriginName
    size: Size
    root: Root


class RecordRenewal(OfSystem):
    """Say in the system log that a log was hashed again under another algorithm, in a signed note."""

    KIND = "log.record_renewal"
    log: LogId
    origin: OriginName
    size: Size
    algorithm: Annotated[str, StringConstraints(max_length=20)]
    note: Annotated[str, StringConstraints(max_length=4000)]
    stamp: Annotated[str, StringConstraints(max_length=200_000)] = ""


class RotateKey(OfAnyLog):
    """Say in a log that it is signed under another key from here on."""

    KIND = "log.rotate_key"
    origin: OriginName
    old: VKey
    new: VKey


class DeclareIncarnation(OfAnyLog):
    """Go on in a log that has lost signed entries, or its signer, under another name.

    `note` is the last checkpoint known of it; `agreed` is the size of the newest earlier one that this log
    still holds true. The reason is the person's own.
    """

    KIND = "log.declare_incarnation"
    RESTORES = True
    approver: Phrase
    note: str = ""
    agreed: Size = 0


@decides(RegisterKey)
def register_key(command: RegisterKey, situation: Situation) -> list[NewFact]:
    known = _known(situation, command.log)
    if known is not None and known.origin == command.origin and known.keys:
        if command.vkey in known.keys:
            return []
        if command.instead_of != known.keys[-1]:
            raise Refused(
                "log.other_key",
                f"{command.origin} is signed under another key, {known.keys[-1]}",
                remedy="Use that signer's folder; if it is lost for good, 'trialog ledger declare'.",
            )
    opened = [LogOpened(log=command.log, origin=command.origin)] if known is None else []
    registered = KeyRegistered(log=command.log, origin=command.origin, vkey=command.vkey)
    return _facts(situation, command.log, *opened, registered)


@decides(RecordCheckpoint)
def record_checkpoint(command: RecordCheckpoint, situation: Situation) -> list[NewFact]:
    known = _known(situation, command.log)
    if known is None:
        raise Refused("log.not_opened", f"no key of the log {command.log} is registered")
    if known.origin == command.origin:
        if (known.size, known.root) == (command.size, command.root):
            return []
        if command.size <= known.size:
            raise Refused(
                "log.checkpoint_not_newer",
                f"{command.origin} was signed at {known.size} entries already, with root {known.root}",
            )
    fact = CheckpointSigned(log=command.log, origin=command.origin, size=command.size, root=command.root)
    return _facts(situation, command.log, fact)


@decides(RecordRenewal)
def record_renewal(command: RecordRenewal, situation: Situation) -> list[NewFact]:
    if _known(situation, command.log) is None:
        raise Refused("log.not_opened", f"no key of the log {command.log} is registered")
    told = Renewal.parse(Note.parse(command.note).text)
    if told[:3] != (command.origin, command.size, command.algorithm):
        raise Invalid("renewal.other_note", f"the note tells of {told.origin} at {told.size} entries")
    return _facts(situation, command.log, LogRenewed.model_validate(command.model_dump()))


@decides(RotateKey)
def rotate_key(command: RotateKey, situation: Situation) -> list[NewFact]:
    known = _known(situation, SELF)
    if known is not None and known.origin == command.origin and command.new in known.keys:
        return []
    return _facts(situation, SELF, KeyRotated(origin=command.origin, old=command.old, new=command.new))


@decides(DeclareIncarnation)
def declare_incarnation(command: DeclareIncarnation, situation: Situation) -> list[NewFact]:
    if not situation.has_reason:
        raise Refused("incarnation.no_reason", "declaring a log anew needs a reason in words")
    if command.approver.casefold() in (situation.by.actor.casefold(), situation.by.name.casefold()):
        raise Refused("incarnation.one_person", "declaring a log anew takes two persons", rule="four eyes")
    log, restored = situation.states.trial_id, situation.head
    known = _known(situation, SELF)
    incarnation = known.incarnation if known is not None else 1
    lost_from = lost_to = 0
    if command.note:
        checkpoint = Checkpoint.parse(Note.parse(command.note).text)
        of, then = log_of(checkpoint.origin)
        if of != log or then < incarnation:
            raise Invalid("incarnation.other_log", f"the checkpoint is of {checkpoint.origin}")
        incarnation = then  # An earlier declaration may be among what is lost; its name is not used again.
        lost_to = checkpoint.size
        lost_from = (restored if restored < lost_to else min(command.agreed, lost_to)) + 1
        if lost_from > lost_to:
            lost_from = lost_to = 0
    fact = IncarnationDeclared(
        origin=origin_of(log, incarnation + 1),
        incarnation=incarnation + 1,
        note=command.note,
        restored=restored,
        lost_from=lost_from,
        lost_to=lost_to,
        reason=situation.by.reason_text,
        approver=command.approver,
    )
    return _facts(situation, SELF, fact)


def _known(situation: Situation, key: str) -> SignedLog | None:
    return situation.states.single(SignedLog, key)


def _facts(situation: Situation, key: str, *facts: Fact) -> list[NewFact]:
    return situation.system_facts(log_stream(key), *facts)
