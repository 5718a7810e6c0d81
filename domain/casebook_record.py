"""What people say of the records of a casebook: verified, signed, frozen, locked; facts, state, and its fold.

A verification or a signature names the content it covers: the position it covers to, and a hash over the
ledger's hashes of exactly the facts covered (`domain.ledger.covered`). Whether it still holds is computed: it
does not once a newer fact stands in its record. No fact takes one back.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import Field, StringConstraints

from domain.casebook_paths import CASEBOOK, ChangedAt, FieldPath, RecordName, holding, newest_in, within
from domain.fact import Fact
from domain.happened import Happened
from domain.identifiers import Digest, SiteId
from domain.record import Record, Role
from domain.replacing import replace

Meaning = Annotated[str, StringConstraints(pattern=r"^(authorship|review|approval|responsibility)$")]

STATEMENTS: dict[str, tuple[str, str]] = {
    "authorship": ("I entered these data", "本人录入上述数据"),
    "review": ("I have reviewed these data", "本人已审阅上述数据"),
    "approval": (
        "I have reviewed these data and confirm that they are accurate, complete and attributable",
        "本人已审阅上述数据，确认其准确、完整、可归属",
    ),
    "responsibility": ("I am responsible for these data", "本人对上述数据负责"),
}
"""What a signature says, by its meaning (21 CFR 11.50)."""

# ---------------------------------------------------------------- facts


class CoveringFact(Fact):
    """A word on exactly what stood in a record at a position: `facts` facts, whose hashes make `content`."""

    record: FieldPath
    covers: Annotated[int, Field(ge=1)]
    facts: Annotated[int, Field(ge=1)]
    content: Digest

    @property
    def short(self) -> str:
        """The beginning of the hash, for the sentence."""
        return f"{self.content[:12]}…"


class RecordSigned(CoveringFact):
    """A record signed electronically, by whom, with which meaning, and as which sheet showed it."""

    TOPIC = "record.signed.v1"
    PROMPT = True
    EN = "{record} signed by {name} ({role}), meaning {meaning}: {statement} [{facts} facts, {short}]"
    ZH = "{record} 由 {name}（{role}）签名，含义 {meaning}：{statement_zh}［{facts} 条，{short}］"
    record: RecordName
    meaning: Meaning
    signer: str
    name: str
    role: Role
    sheet: Digest

    @property
    def statement(self) -> str:
        """What the signature says."""
        return STATEMENTS[self.meaning][0]

    @property
    def statement_zh(self) -> str:
        """The same in Chinese."""
        return STATEMENTS[self.meaning][1]


class RecordVerified(CoveringFact):
    """A record, or one field of it, compared with its source."""

    TOPIC = "record.verified.v1"
    EN = "{record} verified against the source {note} [{facts} facts, {short}]"
    ZH = "{record} 已核对源数据 {note}［{facts} 条，{short}］"
    SILENT = ("note",)
    note: str = ""


class ClosingFact(Fact):
    """A record, a casebook or all casebooks of a site closed to entry, or opened again."""

    record: RecordName = CASEBOOK
    site: SiteId | None = None

    @property
    def what(self) -> str:
        """What is closed or opened."""
        return f"all casebooks of site {self.site}" if self.site else self.record

    @property
    def what_zh(self) -> str:
        """The same in Chinese."""
        return f"中心 {self.site} 全部病例报告表" if self.site else self.record


class RecordFrozen(ClosingFact):
    """The site may not change what stands there."""

    TOPIC = "record.frozen.v1"
    PROMPT = True
    EN = "Frozen: {what}"
    ZH = "冻结：{what_zh}"


class RecordUnfrozen(ClosingFact):
    """The site may change it again."""

    TOPIC = "record.unfrozen.v1"
    PROMPT = True
    EN = "No longer frozen: {what}"
    ZH = "解除冻结：{what_zh}"


class RecordLocked(ClosingFact):
    """Nothing is entered there any more."""

    TOPIC = "record.locked.v1"
    PROMPT = True
    EN = "Locked: {what}"
    ZH = "锁定：{what_zh}"


class RecordUnlockRequested(ClosingFact):
    """Somebody asks that it be opened again; another person decides."""

    TOPIC = "record.unlock_requested.v1"
    PROMPT = True
    EN = "Unlocking asked for by {requested_by}: {what}"
    ZH = "{requested_by} 申请解锁：{what_zh}"
    requested_by: str


class RecordUnlocked(ClosingFact):
    """It is open again, as one person asked and another decided."""

    TOPIC = "record.unlocked.v1"
    PROMPT = True
    EN = "Unlocked: {what}"
    ZH = "解锁：{what_zh}"


class ChangesAuthorised(Fact):
    """An investigator has signed for changes that were made after unblinding, each named by its fact."""

    TOPIC = "correction.changes_authorised.v1"
    PROMPT = True
    EN = "Changes after unblinding authorised by {decided_by}: facts {facts}"
    ZH = "{decided_by} 授权揭盲后的更改：事实 {facts}"
    facts: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1)]
    decided_by: str


# ---------------------------------------------------------------- state


class Signature(NamedTuple):
    """A signature as it was given; `when` is its time with its zone, and its fact."""

    record: str
    meaning: str
    signer: str
    name: str
    role: Role
    covers: int
    facts: int
    content: str
    sheet: str
    when: Happened


class Verification(NamedTuple):
    """A verification as it was made."""

    record: str
    covers: int
    facts: int
    content: str
    note: str
    when: Happened


class Closing(NamedTuple):
    """How a record is closed, since when, and who has asked that it be unlocked, if anybody has."""

    locked: bool
    since: Happened
    requested_by: str = ""
    requested: Happened | None = None


class Authorised(NamedTuple):
    """Who signed for which changes, and when."""

    facts: tuple[int, ...]
    by: str
    when: Happened


@dataclass(frozen=True, slots=True)
class Records:
    """What is said of the records of one participant, or of one site."""

    signatures: tuple[Signature, ...] = ()
    verifications: tuple[Verification, ...] = ()
    closings: dict[str, Closing] = field(default_factory=dict)
    authorised: tuple[Authorised, ...] = ()
    """Who signed for changes that were made after unblinding."""

    def signed(self, record: str) -> Iterator[Signature]:
        """The signatures on a record, those on the whole casebook among them, oldest first."""
        return (each for each in self.signatures if within(each.record, record))

    def closed(self, path: str) -> Closing | None:
        """The strictest closing that a path lies under."""
        found = [self.closings[name] for name in holding(path) if name in self.closings]
        return max(found, key=lambda closing: closing.locked, default=None)


def evolve(records: Records | None, record: Record) -> Records:
    """What is said of records after one more fact. Total: what it does not know changes nothing."""
    now = records or Records()
    when = record.happened
    match record.fact:
        case RecordSigned() as fact:
            said = (fact.record, fact.meaning, fact.signer, fact.name, fact.role)
            signature = Signature(*said, fact.covers, fact.facts, fact.content, fact.sheet, when)
            return replace(now, signatures=(*now.signatures, signature))
        case RecordVerified() as fact:
            found = Verification(fact.record, fact.covers, fact.facts, fact.content, fact.note, when)
            return replace(now, verifications=(*now.verifications, found))
        case RecordFrozen() | RecordLocked() as fact:
            closing = Closing(isinstance(fact, RecordLocked), when)
            return replace(now, closings={**now.closings, fact.record: closing})
        case RecordUnfrozen() | RecordUnlocked() as fact:
            left = {name: each for name, each in now.closings.items() if name != fact.record}
            return replace(now, closings=left)
        case RecordUnlockRequested() as fact if fact.record in now.closings:
            asked = now.closings[fact.record]._replace(requested_by=fact.requested_by, requested=when)
            return replace(now, closings={**now.closings, fact.record: asked})
        case ChangesAuthorised() as fact:
            word = Authorised(fact.facts, fact.decided_by, when)
            return replace(now, authorised=(*now.authorised, word))
    return now


# ---------------------------------------------------------------- what follows


class RecordStatus(StrEnum):
    """Where a record stands: the last of these that holds."""

    ENTERED = "entered"
    VERIFIED = "verified"
    FROZEN = "frozen"
    SIGNED = "signed"
    LOCKED = "locked"


def is_current(covers: int, scope: str, changed: ChangedAt) -> bool:
    """Whether a word that covers a scope to a position still speaks of all that stands there."""
    return newest_in(changed, scope) <= covers


def standing_signature(
    records: Records, record: str, changed: ChangedAt, roles: Collection[Role] = ()
) -> Signature | None:
    """The newest signature on a record, or on the whole casebook, that nothing in the record came after;
    with `roles`, given in one of them.
    """
    signed = [each for each in records.signed(record) if not roles or each.role in roles]
    return next((each for each in reversed(signed) if is_current(each.covers, record, changed)), None)


def standing_verification(records: Records, path: str, changed: ChangedAt) -> Verification | None:
    """The newest verification of a path, or of what it lies in, that no fact of the path came after."""
    found = [each for each in records.verifications if within(each.record, path)]
    return next((each for each in reversed(found) if changed.get(path, 0) <= each.covers), None)


def is_verified(records: Records, record: str, changed: ChangedAt) -> bool:
    """Whether every path of a record is verified as it stands."""
    paths = [path for path in changed if within(record, path)]
    return bool(paths) and all(standing_verification(records, path, changed) for path in paths)


def status_of(records: Records, record: str, changed: ChangedAt, site: Records | None = None) -> RecordStatus:
    """Where a record stands, by what is said of it, of its casebook and of its site."""
    closed = [each for each in (records.closed(record), site and site.closed(CASEBOOK)) if each]
    if any(each.locked for each in closed):
        return RecordStatus.LOCKED
    if standing_signature(records, record, changed) is not None:
        return RecordStatus.SIGNED
    if closed:
        return RecordStatus.FROZEN
    return RecordStatus.VERIFIED if is_verified(records, record, changed) else RecordStatus.ENTERED


CLOSING_FACTS = (RecordFrozen, RecordUnfrozen, RecordLocked, RecordUnlockRequested, RecordUnlocked)
RECORD_FACTS = (RecordSigned, RecordVerified, *CLOSING_FACTS)
