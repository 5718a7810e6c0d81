"""A signed log: what the ledger says of itself. Its facts, its state, how the one follows from the other.

The system log says of each log (`log/<log>`) under which name and keys it is signed, and what was signed of
it last: so the loss of a whole log shows. Each log says of itself (`log/_self`) that its key was changed and
that it was declared anew: so its history explains its own signatures.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, StringConstraints

from domain.fact import Fact
from domain.happened import Happened
from domain.identifiers import LogId
from domain.record import Record
from domain.replacing import replace

SELF = "_self"
"""The key of the stream in which a log speaks of itself. No trial id begins so."""

OriginName = Annotated[str, StringConstraints(pattern=r"^trialog/[A-Za-z0-9._/-]{1,80}$")]
"""The name under which a log is signed (`domain.ledger.note.origin_of`)."""

VKey = Annotated[str, StringConstraints(pattern=r"^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$", max_length=200)]
"""The public half of a key as printed and filed: `name+id+base64`."""

Root = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{43}=$")]
"""The root of the tree, in base64 as in a checkpoint."""

Size = Annotated[int, Field(ge=0)]
"""How many entries a log has."""

# ---------------------------------------------------------------- facts


class LogOpened(Fact):
    """A log is signed from now on."""

    TOPIC = "log.opened.v1"
    EN = "Log {log} opened for signing as {origin}"
    ZH = "日志 {log} 开始签名，名称 {origin}"
    log: LogId
    origin: OriginName


class KeyRegistered(Fact):
    """The public half of the key that signs a log."""

    TOPIC = "log.key_registered.v1"
    EN = "Key of log {log} registered: {vkey}"
    ZH = "登记日志 {log} 的公钥：{vkey}"
    log: LogId
    origin: OriginName
    vkey: VKey


class CheckpointSigned(Fact):
    """A checkpoint of a log was signed: so many entries, with this root."""

    TOPIC = "log.checkpoint_signed.v1"
    EN = "Checkpoint of {origin} signed: {size} entries, root {root}"
    ZH = "已签署 {origin} 的检查点：{size} 条，根哈希 {root}"
    log: LogId
    origin: OriginName
    size: Size
    root: Root


class KeyRotated(Fact):
    """The log is signed under another key from here on; the checkpoint over this fact bears both."""

    TOPIC = "log.key_rotated.v1"
    PROMPT = True
    EN = "Signing key of {origin} changed from {old} to {new}"
    ZH = "{origin} 的签名密钥由 {old} 更换为 {new}"
    origin: OriginName
    old: VKey
    new: VKey


class IncarnationDeclared(Fact):
    """Entries of the log are lost, or its signer is; it goes on under another name, said by two persons.

    `note` is the last checkpoint of the former incarnation, "" when none is known. `restored` is how many
    entries the log holds before this fact; those from `lost_from` to `lost_to` were signed and are not in it
    (both 0: none is known to be lost).
    """

    TOPIC = "log.incarnation_declared.v1"
    PROMPT = True
    EN = (
        "Log declared anew as {origin} after {restored} entries; of the former, entries {lost_from} to"
        " {lost_to} are lost: {reason} (approved by {approver})"
    )
    ZH = (
        "日志重新声明为 {origin}，保留 {restored} 条；原日志第 {lost_from} 至 {lost_to} 条已丢失："
        "{reason}（批准人 {approver}）"
    )
    origin: OriginName
    incarnation: Annotated[int, Field(ge=2)]
    note: str
    restored: Size
    lost_from: Size
    lost_to: Size
    reason: str
    approver: str


class LogRenewed(Fact):
    """The proof of a log was renewed: all of it hashed again under another algorithm (domain.ledger.renewal).

    `note` tells the renewed root and bears the log's signature; `stamp` is an RFC 3161 token over its text,
    in base64, "" where no authority was asked.
    """

    TOPIC = "log.renewed.v1"
    PROMPT = True
    EN = "Proof of {origin} renewed under {algorithm}: {size} entries"
    ZH = "已用 {algorithm} 更新 {origin} 的完整性证明：{size} 条"
    log: LogId
    origin: OriginName
    size: Size
    algorithm: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{3,20}$")]
    note: str
    stamp: str = ""


# ---------------------------------------------------------------- state


@dataclass(frozen=True, slots=True)
class SignedLog:
    """What is known of a log's signing. `keys` are those of the present origin, in the order they came;
    `size` and `root` are those of its last checkpoint, 0 and "" before the first.
    """

    origin: str = ""
    incarnation: int = 1
    keys: tuple[str, ...] = ()
    size: int = 0
    root: str = ""
    opened: Happened | None = None
    signed: Happened | None = None


def evolve(state: SignedLog | None, record: Record) -> SignedLog | None:
    """The log's signing after one more fact. Total: what it does not know changes nothing."""
    fact, when = record.fact, record.happened
    known = state or SignedLog()
    match fact:
        case LogOpened():
            return replace(known, origin=fact.origin, opened=known.opened or when)
        case KeyRegistered():
            return _with_key(_under(known, fact.origin), fact.vkey)
        case KeyRotated():
            return _with_key(_under(known, fact.origin), fact.new)
        case CheckpointSigned():
            now = _under(known, fact.origin)
            return replace(now, size=fact.size, root=fact.root, signed=when)
        case IncarnationDeclared():
            return replace(_under(known, fact.origin), incarnation=fact.incarnation)
    return state


def _under(state: SignedLog, origin: str) -> SignedLog:
    """The state under this origin: another one begins without keys and checkpoints."""
    if state.origin == origin:
        return state
    return SignedLog(origin, state.incarnation, opened=state.opened)


def _with_key(state: SignedLog, vkey: str) -> SignedLog:
    return state if vkey in state.keys else replace(state, keys=(*state.keys, vkey))
