"""Verification of a bundle: what was handed over, held against nothing but itself, its signatures and, where
they are brought along, keys, a policy and checkpoints from outside.

The format is SPEC.md of `adapters/bundle/shipped`; `verify.py` beside it is another hand at the same work.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

from domain.errors import Invalid
from domain.identifiers import participant_stream
from domain.ledger.note import Checkpoint, Key
from projections.verification.bundle_log import CHECKPOINTS, FILES, FILES_IN_PART, BundleLog, Told
from projections.verification.bundle_stretch import Walk, walked
from projections.verification.bundle_told import (
    Renewed,
    check_bundle_covered,
    check_bundle_renewals,
    path_forms_of,
)
from projections.verification.findings import Check, Finding, Findings
from projections.verification.records import HASH, UNREADABLE, lines_of
from projections.verification.signed import Kept, Trust
from projections.verification.word import Claim

FORMAT = "trialog-bundle/1"
FIXED = (
    "SHA256SUMS",
    "SPEC.md",
    "keys.txt",
    "manifest.json",
    "records.json",
    "report.en.html",
    "report.zh.html",
    "verify.py",
)
BUNDLE = "bundle"
"""What findings about the bundle as a whole are under."""

_MANIFEST = {
    "app_version": str,
    "as_of": str,
    "format": str,
    "masked": bool,
    "participant": str,
    "parts": dict,
    "role": str,
}
_PART = {"log": str, "root": str, "size": int, "whole": bool}


class Manifest(NamedTuple):
    """What a bundle says of itself."""

    as_of: str
    masked: bool
    participant: str
    role: str
    parts: Mapping[str, Told]


@dataclass(frozen=True, slots=True)
class BundleVerification:
    """What verifying a bundle came to: what it says of itself, its logs, and what was found.

    `renewed` are the renewals of the trial's log that hold. What the signatures and verifications at the
    positions `not_checked` cover cannot be told from the bundle.
    """

    manifest: Manifest | None
    logs: tuple[BundleLog, ...]
    findings: tuple[Finding, ...]
    renewed: tuple[Renewed, ...] = ()
    not_checked: tuple[int, ...] = ()


def verify_bundle(
    files: Mapping[str, bytes],
    damaged: Sequence[str],
    trust: Trust,
    given: Sequence[Kept] = (),
    walk: Walk = walked,
) -> BundleVerification:
    """Verify the files of a bundle by name. `damaged` says what is wrong with what they came in; `walk` goes
    over stretches of a whole log, by default in this process.
    """
    found = Findings()
    for what in damaged:
        found.add(BUNDLE, 0, Check.CONTAINER, what)
    if damaged and not files:
        return BundleVerification(None, (), found.sorted())
    manifest = manifest_of(files.get("manifest.json", b""))
    if manifest is None:
        found.add(BUNDLE, 0, Check.MANIFEST, "the manifest is not in its form")
        return BundleVerification(None, (), found.sorted())
    trust = trust._replace(known=_keys(files, found))
    logs = _logs(files, manifest, found, walk)
    _verify_logs(logs, trust, given, found)
    trial = logs[-1]
    _check_protocols(files, trial, found)
    if manifest.participant == "" and manifest.as_of != trial.clock:
        found.add(BUNDLE, 0, Check.MANIFEST, f"the last entry is of {trial.clock}")
    _check_files(files, logs, found)
    forms = path_forms_of(files.get("records.json", b""))
    if forms is None:
        found.add(BUNDLE, 0, Check.FILES, "records.json is not in its form")
    renewed: list[Renewed] = []
    not_checked: list[int] = []
    if forms is not None and not found.sorted():
        renewed = check_bundle_renewals(trial, logs[0].word, trust, found)
        not_checked = check_bundle_covered(trial, forms, found)
    return BundleVerification(
        manifest, tuple(reversed(logs)), found.sorted(), tuple(renewed), tuple(not_checked)
    )


def manifest_of(data: bytes) -> Manifest | None:
    """The manifest, if every part of it is of its kind and in its form."""
    try:
        told = json.loads(data.decode())
        whole = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        if whole.encode() != data or _kinds(told) != _MANIFEST or told["format"] != FORMAT:
            return None
        if list(told["parts"]) not in (["trial"], ["system", "trial"]):
            return None
        parts = {name: _part(part) for name, part in told["parts"].items()}
    except (*UNREADABLE, AttributeError):
        return None
    if parts["trial"].whole == bool(told["participant"]):
        return None
    return Manifest(told["as_of"], told["masked"], told["participant"], told["role"], parts)


def _kinds(told: Mapping[str, Any]) -> dict[str, type]:
    return {key: type(value) for key, value in told.items()}


def _part(told: Mapping[str, Any]) -> Told:
    if _kinds(told) != _PART or not HASH.match(told["root"]) or not told["log"] or told["size"] < 1:
        raise ValueError("part")
    return Told(told["log"], told["size"], bytes.fromhex(told["root"]), told["whole"])


def _keys(files: Mapping[str, bytes], found: Findings) -> tuple[Key, ...]:
    keys = []
    for line in lines_of(files.get("keys.txt", b"")):
        try:
            keys.append(Key.parse(line.decode()))
        except (UnicodeDecodeError, Invalid):
            found.add(BUNDLE, 0, Check.FILES, "keys.txt has a line that is no key")
    return tuple(keys)


def _logs(files: Mapping[str, bytes], manifest: Manifest, found: Findings, walk: Walk) -> list[BundleLog]:
    """The logs of the bundle, the trial's last: the system log's word on it is read first."""
    trial, system = manifest.parts["trial"], manifest.parts.get("system")
    logs = []
    if system is not None:
        about = f"log/{trial.log}"
        logs.append(BundleLog("system", files, system, masked=manifest.masked, subject=about, found=found))
    subject = participant_stream(manifest.participant) if manifest.participant else ""
    logs.append(
        BundleLog("trial", files, trial, masked=manifest.masked, subject=subject, found=found, walk=walk)
    )
    return logs


def _verify_logs(logs: Sequence[BundleLog], trust: Trust, given: Sequence[Kept], found: Findings) -> None:
    trial = logs[-1]
    claims: list[Claim] = []
    left = list(given)
    for log in logs:
        own = [each for each in left if each.note is not None and _is_of(each, log)]
        left = [each for each in left if each not in own]
        log.verify(own, claims if log is trial else (), trust)
        known = (claim for claim in log.word.claims if claim.log == trial.told.log)
        claims = [claim for claim in known if claim.size <= trial.told.size]
    for _ in left:
        found.add(BUNDLE, 0, Check.CHECKPOINT, "a checkpoint that was given is of no log in the bundle")
    if trust.policy is not None and not trial.coverage.pinned:
        found.add("trial", 0, Check.POLICY, "no key of this log was given")


def _is_of(kept: Kept, log: BundleLog) -> bool:
    """Whether a checkpoint is of a log, under any of its names."""
    note = kept.note
    return note is not None and f"{Checkpoint.parse(note.text).origin}/".startswith(f"{log.origin}/")


def _check_protocols(files: Mapping[str, bytes], trial: BundleLog, found: Findings) -> None:
    for position, document in trial.word.protocols.items():
        if files.get(f"protocols/{position}.json") != document.encode():
            what = "the protocol document is not that of the fact"
            found.add("trial", position, Check.PROTOCOL, what)


def _check_files(files: Mapping[str, bytes], logs: Sequence[BundleLog], found: Findings) -> None:
    """Every file is one of the format and listed with its hash, and none is missing."""
    needed = {*FIXED, *(f"protocols/{position}.json" for position in logs[-1].word.protocols)}
    for log in logs:
        names = FILES if log.told.whole else FILES + FILES_IN_PART
        needed |= {f"{log.name}/{name}" for name in names}
    folders = tuple(f"{log.name}/" for log in logs)
    for name in sorted(needed ^ files.keys()):
        if name in needed:
            found.add(BUNDLE, 0, Check.FILES, f"there is no {name}")
        elif not (name.startswith(folders) and CHECKPOINTS.match(name.partition("/")[2])):
            found.add(BUNDLE, 0, Check.FILES, f"{name} is no file of a bundle")
    listed = {
        name: f"{sha256(files[name]).hexdigest()}  {name}\n".encode("utf-8", "surrogateescape")
        for name in sorted(files)
        if name != "SHA256SUMS"
    }
    told = files.get("SHA256SUMS", b"")
    if told != b"".join(listed.values()):
        lines = set(told.splitlines(keepends=True))
        wrong = next((name for name, line in listed.items() if line not in lines), "another list")
        found.add(BUNDLE, 0, Check.FILES, f"SHA256SUMS does not fit: {wrong}")
