"""A signer and witnesses for tests: they sign what the store holds, with keys of their own."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

from adapters.app import App
from adapters.keys.ed25519 import LogKey, WitnessKey
from adapters.store.store import Store
from domain.clinical_time import Instant
from domain.identifiers import SYSTEM_LOG
from domain.ledger.kept import Anchor
from domain.ledger.note import Checkpoint, Note, origin_of
from domain.ledger.tree import root_at
from domain.record import Attribution, Role
from workflows.signed_log import RecordCheckpoint, RegisterKey

SIGNER = Attribution("signer", Role.SYSTEM)
SEEN = 1_800_000_000
"""When witnesses see checkpoints, in seconds since 1970."""


class Signing:
    """Signs the logs of an application's store. Another secret is other keys."""

    def __init__(self, app: App, secret: bytes = b"s" * 32) -> None:
        self.app = app
        self.secret = secret
        self.origins: dict[str, str] = {}
        """Logs that are signed under another name than their first."""

        self.site = WitnessKey(b"w" * 32, "site.example/witness")
        self.sponsor = WitnessKey(b"v" * 32, "sponsor.example/witness")

    @property
    def store(self) -> Store:
        """The store itself."""
        assert isinstance(self.app.store, Store)
        return self.app.store

    def origin(self, log: str) -> str:
        """The name that a log is signed under."""
        return self.origins.get(log, origin_of(log))

    def key(self, log: str) -> LogKey:
        """The key of a log."""
        return LogKey(self.secret, self.origin(log))

    def checkpoint(self, log: str, size: int = 0) -> Checkpoint:
        """The checkpoint of a log at a size, by default of all there is."""
        size = size or self.store.head(log).position
        return Checkpoint(self.origin(log), size, root_at(size, lambda places: self.store.nodes(log, places)))

    def note(self, log: str, size: int = 0, *, witnesses: tuple[WitnessKey, ...] = ()) -> Note:
        """A signed checkpoint, cosigned by witnesses."""
        text = str(self.checkpoint(log, size))
        return Note(text, (self.key(log).sign(text), *(each.cosign(text, SEEN) for each in witnesses)))

    def keep(self, log: str, size: int, holder: str, note: str) -> None:
        """Keep somebody's word in the store."""
        self.store.keep(log, Anchor(size, holder, note, Instant.of(self.app.clock.now().moment)))

    def sign(self, log: str, *witnesses: WitnessKey) -> int:
        """Sign a log to its end and the system log after it; the size that was signed."""
        size = self.store.head(log).position
        self._sign(log, size, witnesses)
        checkpoint, engine = self.checkpoint(log, size), self.app.engine
        vkey = str(self.key(log).key)
        engine.execute(SYSTEM_LOG, RegisterKey(log=log, origin=checkpoint.origin, vkey=vkey), SIGNER)
        own = str(self.key(SYSTEM_LOG).key)
        register = RegisterKey(log=SYSTEM_LOG, origin=origin_of(SYSTEM_LOG), vkey=own)
        engine.execute(SYSTEM_LOG, register, SIGNER)
        signed = RecordCheckpoint(
            log=log, origin=checkpoint.origin, size=size, root=b64encode(checkpoint.root).decode()
        )
        engine.execute(SYSTEM_LOG, signed, SIGNER)
        self._sign(SYSTEM_LOG, self.store.head(SYSTEM_LOG).position, witnesses)
        return size

    def _sign(self, log: str, size: int, witnesses: tuple[WitnessKey, ...]) -> None:
        whole = self.note(log, size, witnesses=witnesses)
        for signature in whole.signatures:
            self.keep(log, size, signature.name, str(Note(whole.text, (signature,))))

    def policy(self, *logs: str, least: str = "any") -> str:
        """A trust policy: the keys of these logs and of the system log, and a quorum of the two witnesses."""
        lines = [f"log {self.key(log).key}" for log in (*logs, SYSTEM_LOG)]
        lines += [f"witness site {self.site.key}", f"witness sponsor {self.sponsor.key}"]
        return "\n".join([*lines, f"group both {least} site sponsor", "quorum both", ""])

    def policy_file(self, folder: Path, *logs: str, least: str = "any") -> Path:
        """The policy as a file."""
        path = folder / f"{least}.policy"
        path.write_text(self.policy(*logs, least=least), "utf-8")
        return path
