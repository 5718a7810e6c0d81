"""The signal of access: proofs of identity that failed, lock-outs, and access that was denied."""

from __future__ import annotations

from collections.abc import Iterable

from domain.account import AccessDenied, LockedOut, ProofFailed, UnknownSignIn
from domain.record import Entry
from projections.review_signals.signal import Finding, Signal, Thresholds

_NOBODY = "(unknown)"


def access(entries: Iterable[Entry], thresholds: Thresholds) -> Signal:
    """What the system log tells of access. The positions are the system log's own."""
    facts: dict[str, list[int]] = {}
    locked: set[str] = set()
    has_accounts = False
    for entry in entries:
        has_accounts = True
        fact = entry.record.fact
        if isinstance(fact, ProofFailed | LockedOut | AccessDenied):
            facts.setdefault(fact.account, []).append(entry.record.position)
            if isinstance(fact, LockedOut):
                locked.add(fact.account)
        elif isinstance(fact, UnknownSignIn):
            facts.setdefault(_NOBODY, []).append(entry.record.position)
    count = thresholds.failed_access
    return Signal(
        "access",
        (f"{count} failures or more, or a lock-out", f"失败{count}次及以上，或账户锁定"),
        tuple(
            Finding("", "", account, _told(len(found), account in locked), tuple(found))
            for account, found in facts.items()
            if len(found) >= count or account in locked
        ),
        None if has_accounts else ("the system log tells of no accounts", "系统日志中没有账户记录"),
    )


def _told(failures: int, is_locked: bool) -> tuple[str, str]:
    also = (", locked out", "，已锁定") if is_locked else ("", "")
    return f"{failures} failure{'s' if failures > 1 else ''}{also[0]}", f"失败{failures}次{also[1]}"
