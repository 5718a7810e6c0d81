"""A bundle as a copy of a log, from which what a restored store has lost can be brought back."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from pathlib import Path

from adapters.keys.ed25519 import verified
from adapters.store.rows import to_command
from adapters.zipped import opened
from domain.clinical_time import Instant
from domain.errors import Broken, Refused
from domain.ledger.kept import Anchor, JournalLine, StoredLine
from domain.ledger.note import LOG_KEY, Key, Note
from domain.ledger.policy import NONE, Policy
from domain.ledger.tree import HASH_BYTES, Frontier, Place, leaf_hash
from domain.record import CommandRecord
from projections.verification.bundle import verify_bundle
from projections.verification.bundle_lines import Line, line_of, lines_of
from projections.verification.bundle_log import CHECKPOINTS
from projections.verification.bundle_manifest import Manifest
from projections.verification.copied import Proved
from projections.verification.signed import TIME_STAMP, Trust


def is_bundle(path: Path) -> bool:
    """Whether there is a bundle at a path, zipped or unpacked, and not a store."""
    if path.is_dir():
        return (path / "manifest.txt").exists()
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"PK\3\4"


class BundleSource:
    """The trial's log of a whole bundle. It holds no other: the system log is in a bundle in part only."""

    def __init__(self, path: Path, keys: Sequence[Key] = ()) -> None:
        """Verify the bundle and read it. Raises NotFound, Broken, and Refused when not all is in it."""
        bundle = opened(path)
        own = tuple(key for key in keys if key.kind == LOG_KEY)
        policy = Policy(own, {}, {}, NONE) if own else None
        found = verify_bundle(bundle.files, bundle.damaged, Trust(verified, policy))
        if found.findings or found.manifest is None:
            raise Broken("bundle.not_verified", str(found.findings[0]), where=str(path))
        self._manifest: Manifest = found.manifest
        self._files = bundle.files
        self.log = self._manifest.trial
        if self._manifest.participant or found.logs[0].withheld:
            raise Refused(
                "bundle.not_everything",
                "something of the record is withheld from this bundle, so it can bring nothing back",
                where=str(path),
                remedy="Take a whole bundle for a reader who is not masked, or another copy of the store.",
            )
        self._proved = Proved(found.logs[0].roots, found.logs[0].word.rotations)
        self._lines: list[StoredLine] = []
        self._commands: dict[int, CommandRecord] = {}
        self._read()

    def head(self, log: str) -> tuple[int, str]:
        """The last position and when it was recorded; (0, "") for a log that is not in the bundle."""
        return (len(self._lines), self._manifest.as_of) if log == self.log else (0, "")

    def nodes(self, log: str, places: Sequence[Place]) -> list[bytes]:
        """The hashes of complete subtrees, in the order asked for. Raises Broken if one is missing."""
        found = []
        for place in places:
            if log != self.log or place.last_leaf >= len(self._lines):
                raise Broken("ledger.no_node", "the bundle ends before what was signed", where=log)
            nodes = self._lines[place.last_leaf].nodes or b""
            found.append(nodes[place.level * HASH_BYTES : (place.level + 1) * HASH_BYTES])
        return found

    def commands(self, log: str, first: int, last: int) -> list[CommandRecord]:
        """The commands that begin at positions `first` to `last`, in order."""
        if log != self.log:
            return []
        return [command for position, command in self._commands.items() if first <= position <= last]

    def stored_lines(self, log: str, *, after: int = 0, upto: int | None = None) -> Iterator[StoredLine]:
        """Facts with their lines of the ledger, in order of position."""
        return iter(self._lines[after:upto] if log == self.log else [])

    def anchors(self, log: str, *, since: int = 0) -> list[Anchor]:
        """What is kept in the bundle of others' word on the tree, a signature each."""
        found: list[Anchor] = []
        kept_at = Instant(self._manifest.as_of)
        for name in sorted(self._files) if log == self.log else ():
            match = CHECKPOINTS.match(name.removeprefix("trial/"))
            if match is None or not name.startswith("trial/"):
                continue
            size, stamp = int(match[1][:12]), match[2]
            if stamp is not None:
                token = b64encode(self._files[name]).decode()
                found.append(Anchor(size, f"{TIME_STAMP}{stamp}", token, kept_at))
                continue
            note = Note.parse(self._files[name].decode())
            for signature in note.signatures:
                alone = str(Note(note.text, (signature,)))
                found.append(Anchor(size, signature.name, alone, kept_at))
        return [anchor for anchor in found if anchor.size >= since]

    def proved(self, log: str, sizes: Sequence[int]) -> Proved:
        """What the bundle proves of the trial's log, verified when it was opened."""
        return self._proved

    # ------------------------------------------------------------ what the files hold

    def _read(self) -> None:
        tree = Frontier()
        for line in map(line_of, lines_of(self._files["trial/ledger.txt"])):
            if not isinstance(line, Line):
                raise TypeError(line)
            told, salt = json.loads(line.entry), line.envelope.salt or b""
            if line.envelope.data is not None:
                row = JournalLine(**json.loads(line.envelope.data))
                self._commands[line.position] = to_command(tuple(row))
            self._lines.append(
                StoredLine(
                    line.position,
                    told["stream"],
                    told["version"],
                    told["topic"],
                    told["effective_at"],
                    told["protocol_version"],
                    told["command"],
                    line.fact.data or b"",
                    line.entry.decode(),
                    (line.fact.salt or b"") + salt,
                    b"".join(tree.append(leaf_hash(line.entry))),
                )
            )
