"""What a backup holds at least: every log's size and root, and the digest of its file."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode, b64encode
from functools import partial
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import Field, TypeAdapter

from domain.errors import Broken, Invalid, NotFound
from domain.ledger.tree import EMPTY_ROOT, Frontier, leaf_hash, root_at
from projections.ports import LedgerReading

SUFFIX = ".manifest.json"


class _KeptHead(NamedTuple):
    log: str
    size: Annotated[int, Field(ge=0, lt=2**63)]
    root: str


class _Kept(NamedTuple):
    digest: str
    made_at: str
    release: str
    heads: tuple[_KeptHead, ...]


_KEPT = TypeAdapter(_Kept)


class LogHead(NamedTuple):
    """A log's size, and the root of the tree over its entries."""

    log: str
    size: int
    root: bytes


class Manifest(NamedTuple):
    """A backup: its file's digest, when it was begun, by which release, and the heads it holds at least."""

    digest: str
    made_at: str
    release: str
    heads: tuple[LogHead, ...]

    @property
    def facts(self) -> int:
        """How many facts of all logs it holds at least."""
        return sum(head.size for head in self.heads)


def heads_of(ledger: LedgerReading) -> tuple[LogHead, ...]:
    """The present head of every log."""
    return tuple(_head_of(ledger, log) for log in ledger.logs())


def begun_since(ledger: LedgerReading, heads: tuple[LogHead, ...]) -> tuple[LogHead, ...]:
    """The logs that others have begun meanwhile, of which a copy may hold something, or nothing."""
    known = {head.log for head in heads}
    return tuple(LogHead(log, 0, EMPTY_ROOT) for log in ledger.logs() if log not in known)


def _head_of(ledger: LedgerReading, log: str) -> LogHead:
    size, _ = ledger.head(log)
    return LogHead(log, size, root_at(size, partial(ledger.nodes, log)))


def fault_of(ledger: LedgerReading, manifest: Manifest) -> str:
    """What a store lacks of a manifest's heads, rehashed from its entries, or the manifest of its logs; empty
    when neither lacks anything.
    """
    for log, size, root in manifest.heads:
        frontier = Frontier()
        for line in ledger.stored_lines(log, upto=size):
            if line.position != frontier.size + 1:
                return f"{log}: no entry {frontier.size + 1}"
            frontier.append(leaf_hash(line.entry.encode()))
        if frontier.size != size:
            return f"{log}: {frontier.size} of {size} facts are there"
        if frontier.root() != root:
            return f"{log}: the {size} facts do not have the root that the manifest names"
    untold = sorted({*ledger.logs()} - {head.log for head in manifest.heads})
    return f"{', '.join(untold)}: the manifest tells of no such log" if untold else ""


def digest_of(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def write_manifest(file: Path, manifest: Manifest) -> Path:
    """Keep a manifest beside its backup."""
    kept = file.with_name(file.name + SUFFIX)
    heads = [
        {"log": log, "size": size, "root": b64encode(root).decode()} for log, size, root in manifest.heads
    ]
    try:
        kept.write_text(json.dumps({**manifest._asdict(), "heads": heads}, indent=1) + "\n", "utf-8")
    except OSError:
        kept.unlink(missing_ok=True)  # half of it would look like a backup
        raise
    return kept


def read_manifest(file: Path) -> Manifest:
    """The manifest beside a backup. Raises NotFound, Invalid; Broken for another file."""
    kept = file.with_name(file.name + SUFFIX)
    if not file.is_file() or not kept.is_file():
        raise NotFound("backup.missing", "there is no backup with a manifest", where=str(file))
    try:
        told = _KEPT.validate_json(kept.read_bytes())
        heads = tuple(
            LogHead(each.log, each.size, b64decode(each.root, validate=True)) for each in told.heads
        )
        manifest = Manifest(told.digest, told.made_at, told.release, heads)
    except ValueError as error:
        raise Invalid("backup.manifest", "this is no manifest of a backup", where=str(kept)) from error
    if digest_of(file) != manifest.digest:
        raise Broken("backup.altered", "the file is not the one that its manifest tells of", where=str(file))
    return manifest
