"""What is refused about records of casebooks: verification, signatures, freezes, locks."""

from __future__ import annotations

from dataclasses import replace

from domain.casebook_record import RecordFrozen, RecordLocked, RecordSigned, RecordVerified
from domain.errors import NotFound
from domain.query import QueryOpened
from domain.record import NewFact, Role
from domain.unblinding import Unblinded
from tests.support.trial import active, course, of_participant, of_query, person, small
from tests.workflows.refusals import CODE
from tests.workflows.refusals import refused as refused
from workflows import casebook_record, export, observation, trial
from workflows.command import Command

Given = list[Command | NewFact]

SIGNED_OFF: dict[str, object] = {
    "review": {"sign_offs": [{"id": "baseline", "days": 14, "roles": ["investigator"]}]}
}
"""What makes a protocol that plans a signature on the baseline visit."""

_DATA = observation.CorrectResult(participant=CODE, visit="baseline", result="alt", value="41")
_MEASURED: Given = [*active(), *course("measured")]
_PLANNED: Given = [*active(small(SIGNED_OFF)), *course("measured", document=small(SIGNED_OFF))]
_HASH = "0f" * 32


def _signature(covers: int = 10**5, signer: str = "investigator", record: str = "baseline") -> RecordSigned:
    return RecordSigned(
        record=record,
        meaning="approval",
        signer=signer,
        name=signer.title(),
        role=Role.INVESTIGATOR,
        covers=covers,
        facts=4,
        content=_HASH,
        sheet=_HASH,
    )


def _sign(covers: int = 15, record: str = "baseline") -> casebook_record.SignRecord:
    return casebook_record.SignRecord(
        participant=CODE,
        record=record,
        meaning="approval",
        covers=covers,
        facts=4,
        content=_HASH,
        sheet=_HASH,
    )


def _verify(covers: int = 15, record: str = "baseline/alt") -> casebook_record.VerifyRecord:
    return casebook_record.VerifyRecord(
        participant=CODE, record=record, covers=covers, facts=1, content=_HASH
    )


def _on(kind: type[casebook_record.OnClosing], record: str = "baseline") -> casebook_record.OnClosing:
    return kind(participant=CODE, record=record)


def _site(kind: type[casebook_record.OnClosing], site: str = "S1") -> casebook_record.OnClosing:
    return kind(site=site)


_FREEZE, _UNFREEZE = casebook_record.FreezeRecord, casebook_record.UnfreezeRecord
_LOCK, _REQUEST, _UNLOCK = (
    casebook_record.LockRecord,
    casebook_record.RequestRecordUnlock,
    casebook_record.UnlockRecord,
)
_FROZEN: Given = [*_MEASURED, *of_participant(RecordFrozen(record="baseline"))]
_LOCKED: Given = [*_MEASURED, *of_participant(RecordLocked(record="baseline"))]
_QUERY = QueryOpened(query="Q-1", participant=CODE, visit="baseline", text="right?")
_DISCLOSED = Unblinded(kind="accidental", informed=("the surgeon",), reason="a chart")


def _extract(position: int = 15) -> export.RecordExport:
    return export.RecordExport(
        kind="table",
        scope="results",
        reader=Role.STATISTICIAN,
        purpose="interim analysis",
        position=position,
        sha256=_HASH,
    )


OF_RECORDS = [
    refused("record.unknown", _MEASURED, _sign(record="week-4"), NotFound),
    refused("record.unknown", _MEASURED, _verify(record="week-4/alt"), NotFound),
    refused("record.unknown", _MEASURED, _on(_FREEZE, "week-4"), NotFound),
    refused("record.no_position", _MEASURED, _sign(10**6), NotFound),
    refused("record.changed_since_shown", _MEASURED, _sign(14)),
    refused("record.changed_since_shown", [*_MEASURED, _DATA], _verify(15)),
    refused("record.signed_already", [*_MEASURED, *of_participant(_signature())], _sign()),
    refused(
        "record.verified_already",
        [*_MEASURED, *of_participant(RecordVerified(record="baseline", covers=15, facts=4, content=_HASH))],
        _verify(),
    ),
    refused("record.frozen", _FROZEN, _DATA),
    refused("record.frozen", [*_MEASURED, _site(_FREEZE)], _DATA),
    refused("record.frozen", [*_MEASURED, _site(_FREEZE)], course("screened", "S1-002")[0]),
    refused("record.frozen_already", _FROZEN, _on(_FREEZE)),
    refused("record.frozen_already", [*_FROZEN, *of_participant(_signature())], _on(_FREEZE)),
    refused("record.not_frozen", [*_MEASURED, *of_participant(_signature())], _on(_UNFREEZE)),
    refused("record.unfreeze.not_when_entered", _MEASURED, _on(_UNFREEZE)),
    refused("record.locked", _LOCKED, _DATA),
    refused("record.locked", _LOCKED, _sign(16)),
    refused("record.locked", _LOCKED, _verify(16)),
    refused("record.locked", _LOCKED, _on(_FREEZE)),
    refused("record.unlock.not_when_entered", _MEASURED, _on(_UNLOCK)),
    refused("record.unlock_not_requested", _LOCKED, _on(_UNLOCK)),
    refused("record.unlock_requested_already", [*_LOCKED, _on(_REQUEST)], _on(_REQUEST)),
    refused(
        "record.unlock_same_person",
        [*_LOCKED, _on(_REQUEST)],
        _on(_UNLOCK),
        by=replace(person(Role.PRINCIPAL_INVESTIGATOR), actor="investigator"),
    ),
    refused("record.no_reason", _MEASURED, _on(_LOCK), by=person(Role.DATA_MANAGER, "x")),
    refused("site.not_active", _MEASURED, _site(_FREEZE, "S2")),
    refused("lock.query_open", [*_MEASURED, *of_query(_QUERY)], _on(_LOCK)),
    refused("lock.query_open", [*_MEASURED, *of_query(_QUERY)], _site(_LOCK)),
    refused("lock.query_open", [*_MEASURED, *of_query(_QUERY), trial.CloseEnrolment()], trial.LockTrial()),
    refused("lock.unsigned", _PLANNED, _on(_LOCK)),
    refused("lock.unsigned", [*_PLANNED, trial.CloseEnrolment()], trial.LockTrial()),
    refused("lock.signature_lapsed", [*_PLANNED, *of_participant(_signature(15)), _DATA], _on(_LOCK)),
    refused(
        "lock.disclosure_unassessed",
        [*_MEASURED, *of_participant(_DISCLOSED)],
        _on(_LOCK, "casebook"),
    ),
    refused(
        "lock.disclosure_unassessed",
        [*_MEASURED, *of_participant(_DISCLOSED), trial.CloseEnrolment()],
        trial.LockTrial(),
    ),
    refused("data_cut.unsigned", _PLANNED, trial.NameDataCut(name="interim")),
    refused("export.unsigned", _PLANNED, _extract()),
    refused(
        "data_cut.unsigned",
        [*_PLANNED, *of_participant(_signature(15)), _DATA],
        trial.NameDataCut(name="interim"),
    ),
]
