"""Verification of a bundle: what was handed over, held against nothing but itself, its signatures and, where
they are brought along, keys, a policy and checkpoints from outside.

The format is SPEC.md of `adapters/bundle/shipped`; `verify.py` beside it is another hand at the same work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from domain.identifiers import SYSTEM_LOG, log_stream, participant_stream
from domain.ledger.note import Checkpoint, origin_of
from projections.verification.bundle_log import CHECKPOINTS, LEDGER, BundleLog
from projections.verification.bundle_manifest import Manifest, manifest_of
from projections.verification.bundle_stretch import Stretch, Walk, Walked, walked
from projections.verification.bundle_told import Renewed, check_bundle_covered, check_bundle_renewals
from projections.verification.findings import Check, Finding, Findings
from projections.verification.signed import Kept, Trust
from projections.verification.word import Claim

FIXED = ("SHA256SUMS", "SPEC.md", "manifest.txt", "report.en.html", "report.zh.html", "verify.py")
BUNDLE = "bundle"
"""What findings about the bundle as a whole are under."""


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
    manifest = manifest_of(files.get("manifest.txt", b""))
    if manifest is None:
        found.add(BUNDLE, 0, Check.MANIFEST, "the manifest is not in its form")
        return BundleVerification(None, (), found.sorted())
    trust = trust._replace(known=manifest.keys)
    listed: dict[str, bytes] = {}

    def walk_and_list(stretches: Iterable[Stretch]) -> Iterable[Walked | None]:
        going = walk(stretches)
        listed.update(_listed(files))  # while others have begun
        return going

    logs = _logs(files, manifest, found, walk_and_list)
    _verify_logs(logs, trust, given, found)
    trial = logs[-1]
    _check_protocols(files, trial, found)
    _check_manifest(manifest, logs, found)
    _check_files(files, listed or _listed(files), logs, found)
    renewed: list[Renewed] = []
    not_checked: list[int] = []
    if not found.sorted():
        if manifest.system:
            renewed = check_bundle_renewals(trial, logs[0].word, trust, found)
        not_checked = check_bundle_covered(trial, manifest.records, found)
    return BundleVerification(
        manifest, tuple(reversed(logs)), found.sorted(), tuple(renewed), tuple(not_checked)
    )


def _logs(files: Mapping[str, bytes], manifest: Manifest, found: Findings, walk: Walk) -> list[BundleLog]:
    """The logs of the bundle, the trial's last: the system log's word on it is read first."""
    subject = participant_stream(manifest.participant) if manifest.participant else ""
    trial = BundleLog(
        "trial", files, manifest.trial, masked=manifest.masked, subject=subject, found=found, walk=walk
    )
    if not manifest.system:
        return [trial]
    about = log_stream(trial.log)
    system = BundleLog("system", files, manifest.system, masked=manifest.masked, subject=about, found=found)
    return [system, trial]


def _verify_logs(logs: Sequence[BundleLog], trust: Trust, given: Sequence[Kept], found: Findings) -> None:
    trial = logs[-1]
    claims: list[Claim] = []
    left = list(given)
    for log in logs:
        own = [each for each in left if each.note is not None and _is_of(each, log)]
        left = [each for each in left if each not in own]
        log.verify(own, claims if log is trial else (), trust)
        claims = [claim for claim in log.word.claims if claim.log == trial.log]
    for _ in left:
        found.add(BUNDLE, 0, Check.CHECKPOINT, "a checkpoint that was given is of no log in the bundle")
    if len(logs) == 1 and trust.lists(origin_of(SYSTEM_LOG)):
        found.add(BUNDLE, 0, Check.POLICY, "the system log, of which a key was given, is not here")
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


def _check_manifest(manifest: Manifest, logs: Sequence[BundleLog], found: Findings) -> None:
    """Does the manifest tell of what is here, and of a whole record when its last entry was written?"""
    told = [f"{log.name} {log.log} {log.count} {(log.roots(log.count) or b'').hex()}" for log in logs]
    if not manifest.participant:
        told.append(f"as_of {logs[-1].clock}")
    for line in told:
        if f"\n{line}\n" not in manifest.text:
            found.add(BUNDLE, 0, Check.MANIFEST, f"it does not say what is so: {line}")


def _listed(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The line of SHA256SUMS that every file must have."""
    return {
        name: f"{sha256(files[name]).hexdigest()}  {name}\n".encode("utf-8", "surrogateescape")
        for name in sorted(files)
        if name != "SHA256SUMS"
    }


def _check_files(
    files: Mapping[str, bytes], listed: Mapping[str, bytes], logs: Sequence[BundleLog], found: Findings
) -> None:
    """Every file is one of the format and listed with its hash, and none is missing."""
    needed = {*FIXED, *(f"protocols/{position}.json" for position in logs[-1].word.protocols)}
    needed |= {f"{log.name}/{LEDGER}" for log in logs}
    folders = tuple(f"{log.name}/" for log in logs)
    for name in sorted(needed ^ files.keys()):
        if name in needed:
            found.add(BUNDLE, 0, Check.FILES, f"there is no {name}")
        elif not (name.startswith(folders) and CHECKPOINTS.match(name.partition("/")[2])):
            found.add(BUNDLE, 0, Check.FILES, f"{name} is no file of a bundle")
    told = files.get("SHA256SUMS", b"")
    if told != b"".join(listed.values()):
        lines = set(told.splitlines(keepends=True))
        wrong = next((name for name, line in listed.items() if line not in lines), "another list")
        found.add(BUNDLE, 0, Check.FILES, f"SHA256SUMS does not fit: {wrong}")
