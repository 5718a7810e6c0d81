"""What is refused about alerts, signed logs, backups, exports, deliveries and calendar feeds."""

from __future__ import annotations

from dataclasses import replace

from domain.delivery import Outcome, delivery_id
from domain.errors import Invalid, NotFound
from domain.ledger.note import LOG_KEY, Checkpoint, Key, Note, Signature, origin_of
from domain.ledger.renewal import Renewal
from domain.record import Role
from tests.support.commands import ALERTS
from tests.support.trial import TRIAL, active, person
from tests.workflows.refusals import refused
from workflows import alert, backup, calendar_feed, delivery, export, signed_log

_TOLD = ALERTS[0]
_ALERT = alert.id_of(_TOLD, TRIAL)
_SEEN = alert.AcknowledgeAlert(alert=_ALERT, reason="the participant is called")
_OVER = alert.ResolveAlert(alert=_ALERT, reason="visit_attended")
_GRAVER = alert.SupersedeAlert(alert=_ALERT, reason="graver")
_ELSEWHERE = replace(person(Role.COORDINATOR), site="S2")

OF_ALERT = [
    refused("alert.unknown", active(), _SEEN, NotFound),
    refused("alert.other_role", [*active(), _TOLD], _SEEN, by=person(Role.INVESTIGATOR)),
    refused("alert.other_site", [*active(), _TOLD], _SEEN, by=_ELSEWHERE),
    refused("alert.acknowledged_already", [*active(), _TOLD, _SEEN], _SEEN),
    refused("alert.ended", [*active(), _TOLD, _OVER], _SEEN),
    refused("alert.ended", [*active(), _TOLD, _GRAVER], _SEEN),
]

_ORIGIN = origin_of(TRIAL)
_KEYS = [str(Key(_ORIGIN, LOG_KEY, bytes([number]) * 32)) for number in (1, 2, 3)]
_REGISTERED = signed_log.RegisterKey(log=TRIAL, origin=_ORIGIN, vkey=_KEYS[0])


def _checkpoint(size: int, root: str = "A" * 43 + "=") -> signed_log.RecordCheckpoint:
    return signed_log.RecordCheckpoint(log=TRIAL, origin=_ORIGIN, size=size, root=root)


def _declared(note: str = "", approver: str = "zhao.pi") -> signed_log.DeclareIncarnation:
    return signed_log.DeclareIncarnation(approver=approver, note=note)


def _renewed(size: int) -> signed_log.RecordRenewal:
    note = f"{Renewal(_ORIGIN, 7, 'sha512', bytes(64))}\n— {_ORIGIN} AAAAAAAA\n"
    return signed_log.RecordRenewal(log=TRIAL, origin=_ORIGIN, size=size, algorithm="sha512", note=note)


OF_LOG = [
    refused("log.not_opened", (), _renewed(7)),
    refused("renewal.other_note", (_REGISTERED,), _renewed(8), Invalid),
    refused(
        "log.other_key",
        (_REGISTERED,),
        signed_log.RegisterKey(log=TRIAL, origin=_ORIGIN, vkey=_KEYS[1]),
    ),
    refused(
        "log.other_key",
        (_REGISTERED,),
        signed_log.RegisterKey(log=TRIAL, origin=_ORIGIN, vkey=_KEYS[1], instead_of=_KEYS[2]),
    ),
    refused("log.not_opened", (), _checkpoint(1)),
    refused("log.checkpoint_not_newer", (_REGISTERED, _checkpoint(7)), _checkpoint(6)),
    refused("log.checkpoint_not_newer", (_REGISTERED, _checkpoint(7)), _checkpoint(7, "B" * 43 + "=")),
    *(
        refused("incarnation.no_reason", active(), _declared(), by=person(Role.ADMINISTRATOR, reason))
        for reason in ("", " x ")
    ),
    *(
        refused("incarnation.one_person", active(), _declared(approver=who), by=person(Role.ADMINISTRATOR))
        for who in ("administrator", "Administrator")
    ),
    refused(
        "incarnation.other_log",
        active(),
        _declared(
            str(Note(str(Checkpoint(origin_of("T-2"), 9, b"9" * 32)), (Signature("n", b"n" * 4, b"s"),)))
        ),
        Invalid,
    ),
]

_BACKUP = backup.RecordBackup(backup="trialog-1.db", digest="0" * 64, facts=3)

OF_BACKUP = [
    refused("backup.recorded_already", (_BACKUP,), _BACKUP),
    refused("backup.unknown", (), backup.RecordRestoreProof(backup="trialog-2.db"), NotFound),
]

_ATTEMPT = delivery.RecordAttempt(delivery=delivery_id("T-1", "none", "crc"), outcome=Outcome.DEFERRED)

_EXPORT = export.RecordExport(
    kind="bundle",
    scope="whole record",
    reader=Role.INSPECTOR,
    purpose="inspection",
    position=10**6,
    sha256="0f" * 32,
)

OF_EXPORT = [refused("export.no_position", active(), _EXPORT, NotFound)]

OF_DELIVERY = [refused("delivery.unknown", (), _ATTEMPT, NotFound)]

_FEED = calendar_feed.IssueFeed(digest="ab" * 32, site="S1", holder="ward 3")
_REVOKED = calendar_feed.RevokeFeed(feed="feed-abababababab", reason="closed")

OF_FEED = [
    refused("feed.unknown", active(), _REVOKED, NotFound),
    refused("feed.revoked_already", (*active(), _FEED, _REVOKED), _REVOKED),
]

OF_UPKEEP = [*OF_ALERT, *OF_LOG, *OF_BACKUP, *OF_EXPORT, *OF_DELIVERY, *OF_FEED]
