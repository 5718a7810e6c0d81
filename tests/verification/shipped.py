"""The verifier that goes into every bundle, run in this process, and its findings in the product's words."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from adapters.bundle.made import SHIPPED
from adapters.keys.ed25519 import verified
from adapters.zipped import opened, unzipped, zipped
from domain.ledger.note import Checkpoint, Key, Note
from domain.ledger.policy import Policy
from projections.verification.bundle import verify_bundle
from projections.verification.findings import Finding
from projections.verification.signed import Kept, Trust

Places = set[tuple[str, int, str]]
"""What was found: the part, the first position, the check."""


def module() -> ModuleType:
    """The program as a module, freshly loaded: it keeps what it finds in itself."""
    spec = importlib.util.spec_from_file_location("shipped_verify", SHIPPED / "verify.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


VERIFY = module()


def by_program(path: Path, policy: str = "", notes: tuple[str, ...] = ()) -> Places:
    """What the shipped program finds in a bundle."""
    VERIFY.FOUND.clear()
    trusted: Any = VERIFY.Policy(policy) if policy else None
    VERIFY.verify(path, trusted, [VERIFY.checkpoint_of(note) for note in notes])
    return {(part, position, check) for (part, check), (position, _) in VERIFY.FOUND.items()}


def by_product(data: bytes, policy: str = "", notes: tuple[str, ...] = ()) -> tuple[Finding, ...]:
    """What the product finds in a zipped bundle."""
    opened = unzipped(data)
    trust = Trust(verified, Policy.parse(policy) if policy else None)
    given = [Kept(Checkpoint.parse(note.text).size, note) for note in map(Note.parse, notes)]
    return verify_bundle(opened.files, opened.damaged, trust, given).findings


def places(findings: tuple[Finding, ...]) -> Places:
    """Findings without their words."""
    return {(each.log, each.position, str(each.check)) for each in findings}


def both(data: bytes, folder: Path, policy: str = "", notes: tuple[str, ...] = ()) -> Places:
    """What both find in a zipped bundle: the same, or this fails."""
    path = folder / "bundle.zip"
    path.write_bytes(data)
    found = places(by_product(data, policy, notes))
    assert by_program(path, policy, notes) == found
    return found


def found_at(path: Path) -> Places:
    """What both find in a bundle as it lies there."""
    there = opened(path)
    found = places(verify_bundle(there.files, there.damaged, Trust(verified)).findings)
    assert by_program(path) == found
    return found


def key_of(text: str) -> Key:
    """A key from its printed form."""
    return Key.parse(text)


def resealed(files: dict[str, bytes]) -> bytes:
    """The zip of changed files, with SHA256SUMS made to fit: what somebody does who knows the format."""
    from hashlib import sha256

    sums = (f"{sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files) if name != "SHA256SUMS")
    return zipped({**files, "SHA256SUMS": "".join(sums).encode()})
