"""What is told in the golden trial of the trial as a whole, and by the system itself."""

from __future__ import annotations

from domain.alert_plan import AlertRule
from domain.backup import BackupMade, RestoreFailed, RestoreProved
from domain.clinical_time import Instant
from domain.delivery import Outcome, delivery_id
from domain.ledger.note import LOG_KEY, Key, origin_of
from domain.ledger.renewal import Renewal
from domain.privacy import Part
from domain.record import NewFact, Role
from domain.server_clock import CLOCK_STREAM, ClockDriftMeasured, ClockJumped
from domain.signed_log import (
    SELF,
    CheckpointSigned,
    IncarnationDeclared,
    KeyRegistered,
    KeyRotated,
    LogOpened,
    LogRenewed,
)
from domain.upkeep import (
    UPKEEP_STREAM,
    BackupFailed,
    SignerRefused,
    SignerSignsAgain,
    StoreNotVerified,
    StoreVerified,
)
from tests.support.trial import TRIAL, day, of_log
from workflows import alert, calendar_feed, delivery, export, privacy, trial, viewing
from workflows.command import Command


def alerts(code: str) -> list[Command]:
    told = [
        alert.RaiseAlert(
            rule=rule,
            about=AlertRule(rule),
            role=Role.COORDINATOR,
            participant=code,
            site="S1",
            subject="week-12",
            revision="59-12",
            due_at=Instant.of(day(on).earliest),
            deadline=day(98),
            facts=(59,),
            version="1.0",
        )
        for rule, on in (("visit_due", 84), ("window_closing", 96))
    ]
    due, closing = (alert.id_of(each, TRIAL) for each in told)
    return [
        told[0],
        alert.EscalateAlert(alert=due, level=1, role=Role.INVESTIGATOR, due_at=Instant.of(day(88).earliest)),
        alert.AcknowledgeAlert(alert=due, reason="the participant comes tomorrow"),
        told[1],
        alert.SupersedeAlert(alert=due, reason="graver", by=closing),
        alert.ResolveAlert(alert=closing, reason="participant_completed", facts=(59,)),
    ]


def feeds() -> list[Command]:
    digest = "ab" * 32
    return [
        calendar_feed.IssueFeed(digest=digest, site="S1", holder="ward 3"),
        calendar_feed.RevokeFeed(feed=f"feed-{digest[:12]}", reason="the ward was closed"),
    ]


def deliveries() -> list[Command]:
    subjects = ("digest/S1/2026-05-31", "digest/S2/2026-05-31", "digest/S1/2026-06-01")
    ids = [delivery_id(TRIAL, subject, "crc") for subject in subjects]
    return [
        *(delivery.RequestDelivery(subject=each, contact="crc", channel="mail") for each in subjects),
        delivery.RecordAttempt(delivery=ids[0], outcome=Outcome.DEFERRED, detail="451"),
        delivery.RecordAttempt(delivery=ids[0], outcome=Outcome.ACCEPTED, detail="250"),
        delivery.RecordAttempt(delivery=ids[1], outcome=Outcome.REFUSED, detail="550"),
        delivery.CancelDelivery(delivery=ids[2], reason="day_passed"),
    ]


def kept_private(code: str) -> list[Command]:
    ground = "asked for by the participant"
    return [
        privacy.RecordIdentity(participant=code, name="Golden Person", phone="0000"),
        privacy.ViewIdentity(participant=code, purpose="telephone visit"),
        privacy.RestrictProcessing(participant=code, ground=ground),
        privacy.LiftRestriction(participant=code, ground=ground),
        privacy.RequestRedaction(position=80, part=Part.ENVELOPE, field="reason_text", ground="a name"),
        privacy.ApproveRedaction(redaction="80-reason_text"),
    ]


def erasure(code: str) -> list[Command]:
    return [
        privacy.RequestErasure(participant=code, ground="retention has ended"),
        privacy.ApproveErasure(participant=code),
    ]


def closing() -> list[Command]:
    return [
        trial.CloseEnrolment(),
        trial.NameDataCut(name="interim", position=50),
        viewing.ViewAllocation(question="participant.show", purpose="dosing", participant="S1-001"),
        trial.FreezeTrial(),
        trial.UnlockTrial(),
        trial.LockTrial(),
        trial.RequestTrialUnlock(),
        trial.UnlockTrial(),
        trial.LockTrial(),
        trial.RevealSecret(),
        trial.ArchiveTrial(),
        export.RecordExport(
            kind="bundle",
            scope="whole record",
            reader=Role.INSPECTOR,
            purpose="inspection",
            position=100,
            sha256="0f" * 32,
        ),
    ]


def signed() -> list[NewFact]:
    """What a ledger says of itself: in a store, the first three stand in the system log."""
    origin, root = origin_of(TRIAL), "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU="
    old, new = (str(Key(origin, LOG_KEY, bytes([number]) * 32)) for number in (1, 2))
    declared = IncarnationDeclared(
        origin=origin_of(TRIAL, 2),
        incarnation=2,
        note=f"{origin}\n120\n{root}\n\n— {origin} AAECAwQF\n",
        restored=100,
        lost_from=101,
        lost_to=120,
        reason="the disk failed; the last backup was of the night before",
        approver="zhao.pi",
    )
    renewed = LogRenewed(
        log=TRIAL,
        origin=origin,
        size=120,
        algorithm="sha512",
        note=f"{Renewal(origin, 120, 'sha512', bytes(64))}\n— {origin} AAAAAAAA\n",
    )
    return [
        *of_log(TRIAL, LogOpened(log=TRIAL, origin=origin)),
        *of_log(TRIAL, KeyRegistered(log=TRIAL, origin=origin, vkey=old)),
        *of_log(TRIAL, CheckpointSigned(log=TRIAL, origin=origin, size=120, root=root)),
        *of_log(TRIAL, renewed),
        *of_log(SELF, KeyRotated(origin=origin, old=old, new=new), declared),
    ]


def backup() -> list[NewFact]:
    name = "trialog-20260531T040000Z.db"
    made = BackupMade(backup=name, digest="0" * 64, facts=120)
    failed = RestoreFailed(backup=name, fault="the disk was full")
    proved = RestoreProved(backup=name, facts=120)
    return [NewFact(f"backup/{name}", day(90), "", fact) for fact in (made, failed, proved)]


def upkeep() -> list[NewFact]:
    facts = (
        StoreVerified(logs=2, facts=120),
        StoreNotVerified(fault="fact in T-1 at 7"),
        BackupFailed(fault="backup.failed"),
        SignerRefused(fault="ledger.rewritten"),
        SignerSignsAgain(),
    )
    return [NewFact(UPKEEP_STREAM, day(90), "", fact) for fact in facts]


def clock() -> list[NewFact]:
    told, expected = (Instant.of(day(90, clock).earliest) for clock in ("12:30", "12:00"))
    jumped = ClockJumped(seconds=1800, told=told, expected=expected, against="steady_clock")
    off = ClockDriftMeasured(seconds=1800, told=told, reference=expected, against="time_server")
    return [NewFact(CLOCK_STREAM, day(90), "", fact) for fact in (jumped, off)]
