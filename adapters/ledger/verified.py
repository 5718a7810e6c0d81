"""Verification of an open store, told in a line: what was looked at, and what is wrong first."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from adapters.app import App
from adapters.files.policy_file import read_policy
from adapters.keys.ed25519 import verified
from adapters.ledger.keys_held import keys_held
from adapters.store.ranges import ranges_of
from projections.verification.signed import Trust
from projections.verification.store import verify_store


class Verified(NamedTuple):
    """How many logs and facts were verified; `fault` is "" when nothing was wrong."""

    logs: int
    facts: int
    fault: str


def fault_in(app: App, location: str) -> Verified:
    """Verify a store. The policy that TRIALOG_POLICY names says whose signatures count; without one, those
    the store names itself. A fault is a check and a place, and holds nothing of a fact.
    """
    policy = os.environ.get("TRIALOG_POLICY", "")
    trust = Trust(verified, read_policy(Path(policy))) if policy else Trust(verified)
    found = verify_store(app.reading, app.ledger, trust, ranges=ranges_of(location))
    findings = (*found.findings, *keys_held(app).findings)
    first = findings[0] if findings else None
    fault = "" if first is None else f"{first.check} in {first.log} at {first.position}"
    more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
    return Verified(len(found.logs), sum(each.facts for each in found.logs), f"{fault}{more}"[:200])
