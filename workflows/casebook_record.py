"""The commands about records of a casebook: verify, sign, freeze, lock, unlock; and what each decides."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from domain.casebook_paths import CASEBOOK, FieldPath, RecordName, newest_in
from domain.casebook_record import (
    Closing,
    ClosingFact,
    Meaning,
    RecordFrozen,
    RecordLocked,
    Records,
    RecordSigned,
    RecordStatus,
    RecordUnfrozen,
    RecordUnlocked,
    RecordUnlockRequested,
    RecordVerified,
    is_verified,
    status_of,
)
from domain.errors import NotFound, Refused
from domain.fact import Fact
from domain.identifiers import Digest, ParticipantCode, SiteId, site_stream
from domain.record import NewFact
from workflows.command import Command, OnParticipant
from workflows.lock_guards import against_locking, kinds_of, listing
from workflows.record_machine import MACHINE, RecordCursor
from workflows.situation import Case, Situation, decides


class Covering(OnParticipant):
    """A word on what stands in a record at position `covers`, as the door showed it. The door adds how many
    facts that are and the hash over them: decisions see no ledger, so it is verified by making it again.
    """

    WHILE_FROZEN = True
    covers: Annotated[int, Field(ge=1)]
    facts: Annotated[int, Field(ge=1)]
    content: Digest


class SignRecord(Covering):
    """Sign a record electronically, as the signing sheet showed it."""

    KIND = "record.sign"
    SIGNS = True
    record: RecordName
    meaning: Meaning
    sheet: Digest


class VerifyRecord(Covering):
    """Say that a record, or one field of it, agrees with its source."""

    KIND = "record.verify"
    record: FieldPath
    note: Annotated[str, StringConstraints(max_length=500, strip_whitespace=True)] = ""


class OnClosing(Command):
    """A step on whether a participant's record, or all casebooks of a site, are open to entry."""

    WHILE_FROZEN = True
    participant: ParticipantCode | None = None
    site: SiteId | None = None
    record: RecordName = CASEBOOK

    @model_validator(mode="after")
    def _whose(self) -> Self:
        if (self.participant is None) == (self.site is None):
            raise ValueError("it is about a participant or about a site")
        if self.site is not None and self.record != CASEBOOK:
            raise ValueError("a site's casebooks are closed as a whole")
        return self


class FreezeRecord(OnClosing):
    """Let the site change nothing there."""

    KIND = "record.freeze"


class UnfreezeRecord(OnClosing):
    """Let the site go on there."""

    KIND = "record.unfreeze"


class LockRecord(OnClosing):
    """Let nothing be entered there any more."""

    KIND = "record.lock"


class RequestRecordUnlock(OnClosing):
    """Ask that it be unlocked."""

    KIND = "record.request_unlock"


class UnlockRecord(OnClosing):
    """Unlock it, as another person has asked."""

    KIND = "record.unlock"


# ---------------------------------------------------------------- decisions


def records_of(situation: Situation, site: str) -> Records | None:
    """What is said of all casebooks of a site."""
    return situation.states.single(Records, site)


def cursor_of(
    case: Case, record: str, situation: Situation, *, shown: int = 0, meaning: str = ""
) -> RecordCursor:
    """A participant's record at the moment of a signature or a verification."""
    records, changed = case.casebook.records or Records(), case.casebook.changed
    site = records_of(situation, case.participant.site)
    newest = newest_in(changed, record)
    signed_so = any(
        each.record == record
        and (each.signer, each.meaning) == (situation.by.actor, meaning)
        and newest <= each.covers
        for each in records.signatures
    )
    status = status_of(records, record.partition("/")[0], changed, site)
    return RecordCursor(
        status,
        records.closed(record),
        newest=newest,
        shown=shown,
        signed_so=signed_so,
        actor=situation.by.actor,
    )


def _shown(command: Covering, record: str, situation: Situation) -> Case:
    """Whose record it is. Raises NotFound for an empty one, or a position that has not come."""
    case = situation.case(command.participant)
    if not newest_in(case.casebook.changed, record):
        raise NotFound(
            "record.unknown",
            f"{case.code} has no record {record}",
            remedy="See 'trialog casebook show'.",
        )
    if command.covers > situation.head:
        raise NotFound("record.no_position", f"there is no position {command.covers}", where=case.code)
    return case


@decides(SignRecord)
def sign_record(command: SignRecord, situation: Situation) -> list[NewFact]:
    case = _shown(command, command.record, situation)
    cursor = cursor_of(case, command.record, situation, shown=command.covers, meaning=command.meaning)
    MACHINE.move("sign", cursor, f"{case.code} {command.record}")
    by = situation.by
    fact = RecordSigned(
        record=command.record,
        meaning=command.meaning,
        signer=by.actor,
        name=by.name or by.actor,
        role=by.role,
        covers=command.covers,
        facts=command.facts,
        content=command.content,
        sheet=command.sheet,
    )
    return case.facts(situation.when_now(case.zone), fact)


@decides(VerifyRecord)
def verify_record(command: VerifyRecord, situation: Situation) -> list[NewFact]:
    case = _shown(command, command.record, situation)
    where = f"{case.code} {command.record}"
    MACHINE.move("verify", cursor_of(case, command.record, situation, shown=command.covers), where)
    known = case.casebook.records
    if known and is_verified(known, command.record, case.casebook.changed):
        raise Refused("record.verified_already", "it is verified as it stands", where=where)
    fact = RecordVerified(
        record=command.record,
        covers=command.covers,
        facts=command.facts,
        content=command.content,
        note=command.note,
    )
    return case.facts(situation.when_now(case.zone), fact)


def closing_cursor(
    situation: Situation,
    record: str,
    *,
    participant: str,
    site: str,
    locks: bool,
) -> RecordCursor:
    """A participant's record, or a site, as a step that closes or opens it finds its own closing."""
    records: Records | None
    if participant:
        casebook = situation.case(participant).casebook
        records, changed = casebook.records, casebook.changed
    else:
        records, changed = records_of(situation, site), {}
    records = records or Records()
    own: Closing | None = records.closings.get(record)
    if own is None:
        status = status_of(Records(records.signatures, records.verifications), record, changed)
    elif own.locked:
        status = RecordStatus.LOCKED
    else:
        only = Records(records.signatures, records.verifications, {record: own})
        status = status_of(only, record, changed)
    found = (
        against_locking(situation.states, participant=participant, site=site, record=record) if locks else ()
    )
    return RecordCursor(status, own, actor=situation.by.actor, against=kinds_of(found))


def _decide(
    command: OnClosing, situation: Situation, trigger: str, fact: type[ClosingFact], **more: str
) -> list[NewFact]:
    participant, site = command.participant or "", command.site or ""
    where = f"{participant} {command.record}" if participant else f"site {site}"
    locks = trigger == "lock"
    if site and site not in situation.trial.sites:
        raise Refused("site.not_active", "the site is not active", where=where)
    cursor = closing_cursor(situation, command.record, participant=participant, site=site, locks=locks)
    if participant and not newest_in(situation.case(participant).casebook.changed, command.record):
        raise NotFound("record.unknown", f"{participant} has no record {command.record}", where=where)
    try:
        MACHINE.move(trigger, cursor, where)
    except Refused as refused:
        if not locks:
            raise
        found = against_locking(situation.states, participant=participant, site=site, record=command.record)
        raise listing(refused, found) from None
    if not situation.has_reason:
        raise Refused(
            "record.no_reason",
            "closing or opening records needs a reason in words",
            where=where,
            rule="ICH E6(R3) 3.16.1(r)",
            remedy="Give --reason.",
        )
    made = fact.model_validate({"record": command.record, "site": command.site, **more})
    return _placed(made, participant, site, situation)


def _placed(fact: Fact, participant: str, site: str, situation: Situation) -> list[NewFact]:
    if participant:
        case = situation.case(participant)
        return case.facts(situation.when_now(case.zone), fact)
    protocol = situation.trial.protocol
    plan = protocol.site_plans.get(site)
    at = situation.when_now(plan.zone if plan else situation.home_zone)
    return [NewFact(site_stream(site), at, protocol.version, fact)]


@decides(FreezeRecord)
def freeze_record(command: FreezeRecord, situation: Situation) -> list[NewFact]:
    return _decide(command, situation, "freeze", RecordFrozen)


@decides(UnfreezeRecord)
def unfreeze_record(command: UnfreezeRecord, situation: Situation) -> list[NewFact]:
    return _decide(command, situation, "unfreeze", RecordUnfrozen)


@decides(LockRecord)
def lock_record(command: LockRecord, situation: Situation) -> list[NewFact]:
    return _decide(command, situation, "lock", RecordLocked)


@decides(RequestRecordUnlock)
def request_record_unlock(command: RequestRecordUnlock, situation: Situation) -> list[NewFact]:
    by = situation.by.actor
    return _decide(command, situation, "request_unlock", RecordUnlockRequested, requested_by=by)


@decides(UnlockRecord)
def unlock_record(command: UnlockRecord, situation: Situation) -> list[NewFact]:
    return _decide(command, situation, "unlock", RecordUnlocked)
