"""Accounts, roles, delegations and training in the golden history: every fact there is about people."""

from __future__ import annotations

from domain.access import RoleGranted, RoleRequested, RoleRevoked
from domain.account import (
    CREDENTIALS,
    AccessDenied,
    AccountOpened,
    AccountsBegun,
    AccountsFounded,
    Component,
    Deactivated,
    IdentityVerified,
    LockedOut,
    PasswordSet,
    ProofFailed,
    Purpose,
    Reactivated,
    Reauthenticated,
    SecretsReset,
    SessionEnded,
    SignedIn,
    TokenIssued,
    TokenRevoked,
    TotpEnrolled,
    UnknownSignIn,
    Unlocked,
)
from domain.clinical_time import Instant
from domain.delegation import Task
from domain.fact import Fact
from domain.identifiers import ACCOUNTS_STREAM, account_stream
from domain.record import NewFact, Origin, Role
from domain.sealed import Sealed
from tests.support.trial import day
from workflows import access, delegation, trail_review
from workflows.command import Command

WHO = "li.crc"
UNTIL = Instant("2026-09-01T00:00:00.000000Z")
SEALED = Sealed(scope=CREDENTIALS, nonce="bm9uY2Utbm9uY2U=", text="c2VhbGVk")
DIGEST = "0d" * 32


def people() -> list[Command | NewFact]:
    """What people are asked for and given, in the trial's log and in the system's."""
    return [
        delegation.RecordTraining(
            account=WHO, at=day(88), subject="protocol", version="2.0", expires=day(400)
        ),
        delegation.SignDelegation(
            account=WHO, site="S1", tasks=(Task.CONSENT, Task.DATA_ENTRY), starts=day(88), ends=day(300)
        ),
        delegation.EndDelegation(account=WHO, delegation="d-1"),
        trail_review.ReviewAuditTrail(
            begin="2026-03-01",
            end="2026-03-31",
            first=2,
            last=20,
            signals=("late_entry 2", "access not_checked"),
            material=DIGEST,
            enterers=("li.crc",),
            findings="two late entries, explained",
        ),
        access.ReviewAccess(position=20, accounts=4, roster=DIGEST, findings="one leaver found"),
        *(NewFact(ACCOUNTS_STREAM, day(80, "09:00"), "", fact) for fact in _of_all()),
        *(NewFact(account_stream(WHO), day(80, "09:30"), "", fact) for fact in _of_one()),
    ]


def _of_all() -> list[Fact]:
    return [
        AccountsBegun(administrator="ada.admin"),
        AccountsFounded(first="ada.admin", second="bo.admin"),
        UnknownSignIn(claimed=SEALED),
    ]


def _of_one() -> list[Fact]:
    components = (Component.PASSWORD, Component.TOTP)
    role = {"account": WHO, "grant": "r-1", "trial": "T-1", "role": Role.COORDINATOR, "sites": ("S1",)}
    return [
        AccountOpened(account=WHO, name="Li Hua", organisation="General Hospital"),
        IdentityVerified(account=WHO, method="identity card seen in person"),
        SecretsReset(account=WHO, one_time=SEALED, expires=UNTIL),
        PasswordSet(account=WHO, hashed=SEALED),
        TotpEnrolled(account=WHO, seed=SEALED, step=59_000_001),
        RoleRequested.model_validate({**role, "expires": UNTIL, "requested_by": "ada.admin"}),
        RoleGranted.model_validate(
            {**role, "expires": UNTIL, "requested_by": "ada.admin", "granted_by": "bo.admin"}
        ),
        ProofFailed(account=WHO, purpose=Purpose.SIGN_IN),
        LockedOut(account=WHO, failures=5),
        Unlocked(account=WHO),
        SignedIn(
            account=WHO,
            session="s-1",
            digest=DIGEST,
            components=components,
            step=59_000_002,
            expires=UNTIL,
        ),
        Reauthenticated(
            account=WHO, session="s-1", components=components, digests=(DIGEST,), step=59_000_003
        ),
        AccessDenied(
            account=WHO,
            what="trial.lock",
            log="T-1",
            role="coordinator",
            code="policy.denied",
        ),
        SessionEnded(account=WHO, session="s-1", cause="signed_out"),
        TokenIssued(
            account=WHO,
            token="t-1",  # noqa: S106 - its name
            digest=DIGEST,
            origin=Origin.IMPORT,
            origin_id="laboratory",
            expires=UNTIL,
        ),
        TokenRevoked(account=WHO, token="t-1"),  # noqa: S106
        RoleRevoked(account=WHO, grant="r-1", role=Role.COORDINATOR),
        Deactivated(account=WHO),
        Reactivated(account=WHO),
    ]
