"""Privacy: a participant's identity sealed under a key of its own, its erasure, restriction and redaction.

Facts, states, and how the one follows from the other. What is erased or redacted is destroyed in the keys and
in the stored bytes; that it was, by whom, when and on what ground stays a fact for good.
"""

import json
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from domain.clinical_time import ClinicalTime, local_day
from domain.errors import Invalid
from domain.fact import FACTS, Fact, FreeText
from domain.happened import Happened
from domain.identifiers import ParticipantCode
from domain.record import Record
from domain.replacing import replace
from domain.sealed import Sealed

IDENTITY_BYTES = 600
"""The length to which every identity is padded before it is sealed: its size tells nothing."""

REDACTED = "▮▮▮"
"""What stands in a fact in the place of a text that was redacted."""

IDENTITY = "identity/"
"""What the key scopes of identities begin with."""


def identity_scope(participant: str) -> str:
    """The key scope of one participant's identity. Without its key, nobody can read it again."""
    return f"{IDENTITY}{participant}"


# ---------------------------------------------------------------- facts


class IdentityRecorded(Fact):
    """Who a participant is, sealed under the participant's own key."""

    TOPIC = "identity.recorded.v1"
    EN = "Identity of {participant} recorded, sealed"
    ZH = "已封存记录 {participant} 的身份信息"
    participant: ParticipantCode
    identity: Sealed


class ErasureRequested(Fact):
    """Somebody asks to have a participant's identity erased."""

    TOPIC = "identity.erasure_requested.v1"
    EN = "Erasure of the identity of {participant} requested by {requested_by}: {ground}"
    ZH = "{requested_by} 申请删除 {participant} 的身份信息：{ground}"
    participant: ParticipantCode
    ground: FreeText
    requested_by: str


class IdentityErased(Fact):
    """A second person agrees: the key of the identity is destroyed."""

    TOPIC = "identity.erased.v1"
    EN = "Identity of {participant} erased, asked for by {requested_by}: {ground}"
    ZH = "已删除 {participant} 的身份信息（申请人 {requested_by}）：{ground}"
    participant: ParticipantCode
    ground: FreeText
    requested_by: str


class ProcessingRestricted(Fact):
    """The participant's data are kept and protected, and otherwise no longer used."""

    TOPIC = "identity.processing_restricted.v1"
    EN = "Processing of the data of {participant} restricted: {ground}"
    ZH = "限制处理 {participant} 的数据：{ground}"
    participant: ParticipantCode
    ground: FreeText


class RestrictionLifted(Fact):
    """The participant's data may be used again."""

    TOPIC = "identity.restriction_lifted.v1"
    EN = "Restriction of the data of {participant} lifted: {ground}"
    ZH = "解除对 {participant} 数据的处理限制：{ground}"
    participant: ParticipantCode
    ground: FreeText


class IdentityViewed(Fact):
    """Somebody has read a participant's identity."""

    TOPIC = "identity.viewed.v1"
    EN = "Identity of {participant} viewed: {purpose}"
    ZH = "查看 {participant} 的身份信息：{purpose}"
    participant: ParticipantCode
    purpose: FreeText


class Part(StrEnum):
    """Where in the history a text stands: in the fact itself, or in its command's envelope."""

    FACT = "fact"
    ENVELOPE = "envelope"


class RedactionRequested(Fact):
    """Somebody asks to have a text masked that should never have been entered, as a name in a free text."""

    TOPIC = "redaction.requested.v1"
    EN = "Redaction of '{field}' at position {position} requested by {requested_by}: {ground}"
    ZH = "{requested_by} 申请遮盖位置 {position} 的“{field}”：{ground}"
    redaction: str
    position: int
    part: Part
    field: str
    ground: str
    requested_by: str


class Redacted(Fact):
    """A second person agrees: the text is destroyed, and a mark stands in its place."""

    TOPIC = "redaction.made.v1"
    EN = "'{field}' at position {position} redacted, asked for by {requested_by}: {ground}"
    ZH = "已遮盖位置 {position} 的“{field}”（申请人 {requested_by}）：{ground}"
    redaction: str
    position: int
    part: Part
    field: str
    ground: str
    requested_by: str


class Masked(NamedTuple):
    """A text masked in the history: the fact's bytes with the mark in its place, or the mark in the envelope.

    `data` is None when the text stands in the envelope, as `reason_text`.
    """

    position: int
    field: str
    text: str = REDACTED
    data: bytes | None = None


ENVELOPE_TEXTS = frozenset({"name", "reason_text"})
"""The fields of an envelope that hold free text; all others are codes and ids."""


def refuse_unless_free(position: int, field: str, topic: str, data: bytes) -> None:
    """Raise Invalid unless the fact stored as `data` has a text of that name, which a person wrote.

    A code, a value, a unit, a time or what a proof rests on is none: without it the fact would tell nothing.
    """
    stored, free = json.loads(data), FACTS.free_texts(topic)
    held = ", ".join(name for name in free if stored.get(name))
    remedy = f"It has {held}." if held else "It has no free text."
    if field not in stored:
        raise Invalid(
            "redaction.no_text",
            f"the fact at position {position} has no text '{field}'",
            where=topic,
            remedy=remedy,
        )
    if field not in free:
        raise Invalid(
            "redaction.not_free",
            f"'{field}' is no free text that a person wrote: it cannot be masked",
            where=topic,
            remedy=remedy,
        )


def masked(position: int, field: str, topic: str, data: bytes) -> Masked | None:
    """The fact stored as `data`, with the mark in the place of a free text of it; None when no such text
    stands there, or the mark does.
    """
    stored = json.loads(data)
    if field not in FACTS.free_texts(topic) or stored.get(field) in (None, "", REDACTED):
        return None
    stored[field] = REDACTED
    changed = json.dumps(stored, ensure_ascii=False, separators=(",", ":")).encode()
    return Masked(position, field, data=changed)


# ---------------------------------------------------------------- states


class Request(NamedTuple):
    """What is asked for, by whom, on what ground."""

    by: str
    ground: str
    when: Happened


@dataclass(frozen=True, slots=True)
class Identity:
    """What is known of a participant's identity: the newest record of it, and what became of it."""

    participant: str
    identity: Sealed | None = None
    recorded: Happened | None = None
    request: Request | None = None
    erased: Happened | None = None
    restricted: Happened | None = None


@dataclass(frozen=True, slots=True)
class Redaction:
    """One text to be masked: where it stands, who asked, and when it was done."""

    redaction: str
    position: int
    part: Part
    field: str
    request: Request
    made: Happened | None = None


def evolve_identity(identity: Identity | None, record: Record) -> Identity | None:
    """The identity after one more fact. Total: what it does not know changes nothing."""
    fact, when = record.fact, record.happened
    if isinstance(fact, IdentityRecorded):
        known = identity or Identity(fact.participant)
        return replace(known, identity=fact.identity, recorded=when, erased=None)
    if isinstance(fact, ProcessingRestricted):
        return replace(identity or Identity(fact.participant), restricted=when)
    if identity is None:
        return None
    match fact:
        case ErasureRequested():
            return replace(identity, request=Request(fact.requested_by, fact.ground, when))
        case IdentityErased():
            return replace(identity, identity=None, request=None, erased=when)
        case RestrictionLifted():
            return replace(identity, restricted=None)
    return identity


def evolve_redaction(redaction: Redaction | None, record: Record) -> Redaction | None:
    """The redaction after one more fact. Total."""
    fact, when = record.fact, record.happened
    if isinstance(fact, RedactionRequested):
        asked = Request(fact.requested_by, fact.ground, when)
        return Redaction(fact.redaction, fact.position, fact.part, fact.field, asked)
    if isinstance(fact, Redacted) and redaction is not None:
        return replace(redaction, made=when)
    return redaction


def retained_until(ended: ClinicalTime, years: int) -> date:
    """The day until which the records of a trial that ended then are kept, in the zone of its end."""
    day = local_day(ended.latest, ended.zone)
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # The 29th of February: kept a day longer rather than shorter.
        return day.replace(year=day.year + years, month=3, day=1)
