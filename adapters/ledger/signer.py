"""The signer: it signs what continues its own tree, and refuses whatever does not.

It is a process of its own, with its own folder. It believes no head that the store tells: it extends its own
tree from the lines, and compares. The checkpoint stands in the folder before it is kept in the store and told
in the system log; whoever stops in between, the next run begins by finishing that.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from functools import partial

from adapters.app import App
from adapters.held.folder import Folder, Signed
from adapters.held.incarnations import incarnation_of, key_changes, newest
from adapters.keys.ed25519 import LogKey
from domain.clinical_time import Instant
from domain.errors import Broken, Denied, Refused
from domain.identifiers import SYSTEM_LOG
from domain.ledger.cadence import is_due
from domain.ledger.continuity import Held, check_held, continued
from domain.ledger.kept import Anchor
from domain.ledger.note import Checkpoint, Note, log_of, origin_of
from domain.ledger.tree import EMPTY_ROOT, Frontier
from domain.record import Attribution, Origin, Role
from domain.signed_log import SignedLog
from workflows.command import Command
from workflows.signed_log import RecordCheckpoint, RegisterKey, RotateKey

BY_ITSELF = Attribution(
    "signer", Role.SYSTEM, "Signer of the ledger", origin=Origin.SYSTEM, origin_id="signer"
)
"""Who records a checkpoint: nobody asked for it."""


class Signer:
    """Signs the logs of one store from one folder."""

    def __init__(self, folder: Folder, app: App) -> None:
        self._folder = folder
        self._app = app

    def keys_of(self, log: str) -> list[LogKey]:
        """The keys by which a log is signed at present, the oldest first."""
        origin = self._origin(log)
        return [LogKey(secret, origin) for secret in self._folder.seeds()]

    def sign(self, logs: Iterable[str] | None = None) -> list[Signed]:
        """Sign the logs that have news, all by default, and the system log after them: the new checkpoints.

        Raises Broken when a log does not continue what this signer signed of it: `ledger.shrunk`,
        `ledger.rewritten`, `ledger.no_line`, `ledger.tree_differs`, `ledger.undeclared`; Refused
        `log.other_key` when the log is another signer's, `signer.outdated` as `check_newest`.
        """
        with self._folder.locked():
            self.check_newest()
            made = self._finished()
            for log in self._trials() if logs is None else logs:
                if log != SYSTEM_LOG:
                    made += self._signed(log)
            return made + self._signed(SYSTEM_LOG)

    def rotate(self, by: Attribution) -> list[Signed]:
        """Change the secret: each log is told, and its next checkpoint bears the old key and the new one.

        Raises Denied when `by` may not, and then nothing is signed; Refused as `check_newest`, and when a log
        takes no fresh key: then the secret is what it was.
        """
        with self._folder.locked():
            self._check_permitted(by)
            self.check_newest()
            made = self._finished()
            for log in (*self._trials(), SYSTEM_LOG):
                made += self._signed(log)
            self._folder.add_seed()
            try:
                for log in self._begun()[:1]:
                    self._announced(log, by)
            except (
                Denied,
                Refused,
            ):  # No log has heard of the fresh secret; the next run would go on with it.
                self._folder.destroy_newest()
                raise
            return made + self._rotated(by)

    def check_newest(self) -> None:
        """Raise Refused `signer.outdated` where the folder is an older copy of itself, from a backup: a log
        tells that its key was changed for another, or that more was signed than the folder knows.
        """
        for log in (*self._trials(), SYSTEM_LOG):
            origin = self._origin(log)
            since = self._outdated_since(log, origin)
            if since:
                raise Refused(
                    "signer.outdated",
                    f"this is an older copy of the signer's folder: {since}",
                    where=origin,
                    remedy="Put its newest copy in its place. If that is lost, move this one away,"
                    " 'trialog ledger init-signer', then 'trialog ledger declare'.",
                )

    def _outdated_since(self, log: str, origin: str) -> str:
        """What has happened since this copy of the folder, "" where nothing has."""
        ours = {str(key.key) for key in self.keys_of(log)}
        for change in key_changes(self._app.reading, log):
            if change.origin == origin and change.old in ours and change.new not in ours:
                return "the log tells that its key was changed since"
        told = self._app.view(SYSTEM_LOG).single(SignedLog, log) if self._has_system_log() else None
        if told is None or told.origin != origin or not ours.intersection(told.keys):
            return ""
        if told.keys[-1] not in ours:
            return "another key was registered in place of its own since"
        known = self._folder.signed().get(origin)
        if told.size > (known.size if known is not None else 0):
            return f"its key signed {told.size} entries since"
        return ""

    def _has_system_log(self) -> bool:
        return bool(self._app.ledger.head(SYSTEM_LOG)[0])

    def _check_permitted(self, by: Attribution) -> None:
        """Raise Denied unless somebody may register a key and say so in each log."""
        check = self._app.engine.check_permitted
        for log in (*self._trials(), SYSTEM_LOG):
            origin, key = self._origin(log), str(self.keys_of(log)[-1].key)
            check(SYSTEM_LOG, RegisterKey(log=log, origin=origin, vkey=key), by)
            check(log, RotateKey(origin=origin, old=key, new=key), by)

    # ------------------------------------------------ one log

    def _signed(self, log: str) -> list[Signed]:
        """The checkpoint of a log, if it has news."""
        app = self._app
        if not app.ledger.head(log)[0]:
            return []
        origin = self._origin(log)
        known = self._known(origin)
        if known is None or not known.note:
            self._register(log, origin)
        head = app.ledger.head(log)[0]
        held = known.held if known is not None else Held(origin, 0, EMPTY_ROOT)
        lines = app.ledger.stored_lines(log, after=held.size, upto=head)
        edge = continued(held, log, head, lines, partial(app.ledger.nodes, log))
        if known is not None and known.note and edge.size == held.size:
            return []
        signed = self._made(origin, edge, app.clock.now())
        self._folder.keep(signed)
        self._deliver(signed)
        return [signed]

    def _made(self, origin: str, edge: Frontier, now: Instant) -> Signed:
        root = edge.root()
        text = str(Checkpoint(origin, edge.size, root))
        keys = [LogKey(seed, origin) for seed in self._folder.seeds()]
        note = Note(text, tuple(key.sign(text) for key in keys))
        return Signed(origin, edge.size, root, tuple(edge.peaks), str(note), now)

    def _deliver(self, signed: Signed) -> None:
        """Keep a checkpoint in the store, and tell it in the system log. Once more changes nothing."""
        log = signed.log
        self._app.ledger.keep(log, Anchor(signed.size, signed.origin, signed.note, signed.at))
        if log != SYSTEM_LOG:
            root = b64encode(signed.root).decode()
            told = RecordCheckpoint(log=log, origin=signed.origin, size=signed.size, root=root)
            self._tell(SYSTEM_LOG, told)

    def _known(self, origin: str) -> Signed | None:
        """What was last signed under a name. Raises Broken when this signer did not begin that name."""
        signed = self._folder.signed()
        log, incarnation = log_of(origin)
        if origin not in signed and (incarnation > 1 or any(each.log == log for each in signed.values())):
            raise Broken(
                "ledger.undeclared",
                "the log was declared anew without this signer",
                where=origin,
                remedy="Finish it with 'trialog ledger declare'.",
            )
        known = signed.get(origin)
        if known is not None and len(known.peaks) != known.size.bit_count():
            raise self._folder.unreadable()
        return known

    # ------------------------------------------------ what was begun

    def _finished(self) -> list[Signed]:
        """Deliver what was signed and may not have arrived, and end a rotation that was begun."""
        ledger = self._app.ledger
        for signed in newest(self._folder.signed().values()):
            log = signed.log
            self._known(origin_of(log, max(signed.incarnation, incarnation_of(self._app.reading, log))))
            check_held(signed.held, ledger.head(log)[0], partial(ledger.nodes, log))
            if signed.note:
                self._deliver(signed)
        return self._rotated(BY_ITSELF) if len(self._folder.seeds()) > 1 else []

    def _rotated(self, by: Attribution) -> list[Signed]:
        made: list[Signed] = []
        for log in self._begun():
            origin, old, new = self._announced(log, by)
            self._tell(log, RotateKey(origin=origin, old=old, new=new), by)
            made += self._signed(log)
        self._folder.destroy_oldest()
        return made

    def _begun(self) -> list[str]:
        """The logs that this signer has begun to sign."""
        logs = (*self._trials(), SYSTEM_LOG)
        return [log for log in logs if self._known(self._origin(log)) is not None]

    def _announced(self, log: str, by: Attribution) -> tuple[str, str, str]:
        """Register the new key of a log in the system log: its origin, the old key and the new one."""
        origin = self._origin(log)
        known = self._known(origin)
        if known is not None and not known.note:
            self._register(log, origin)
        old, new = (str(key.key) for key in self.keys_of(log))
        self._tell(SYSTEM_LOG, RegisterKey(log=log, origin=origin, vkey=new, instead_of=old), by)
        return origin, old, new

    def _register(self, log: str, origin: str) -> None:
        key = LogKey(self._folder.seeds()[0], origin).key
        self._tell(SYSTEM_LOG, RegisterKey(log=log, origin=origin, vkey=str(key)))

    def _tell(self, log: str, command: Command, by: Attribution = BY_ITSELF) -> None:
        self._app.engine.execute(log, command, by)

    def _origin(self, log: str) -> str:
        return origin_of(log, incarnation_of(self._app.reading, log))

    def _trials(self) -> list[str]:
        return self._app.reading.trials()


class Watch:
    """Tells which logs are due, from one look to the next. It reads each entry once."""

    def __init__(self, folder: Folder, app: App) -> None:
        self._folder = folder
        self._app = app
        self._seen: dict[str, dict[str, int]] = {}

    def due(self) -> list[str]:
        """The logs that are to be signed now."""
        now, signed = self._app.clock.now(), self._folder.signed()
        logs = dict.fromkeys([*self._app.ledger.logs(), *(each.log for each in signed.values())])
        return [log for log in logs if self._is_due(log, signed, now)]

    def _is_due(self, log: str, signed: Mapping[str, Signed], now: Instant) -> bool:
        last = signed.get(origin_of(log, incarnation_of(self._app.reading, log)))
        size, at = (last.size, last.at if last.note else None) if last is not None else (0, None)
        if self._app.ledger.head(log)[0] < size:
            return True  # What is missing is for the signer to say.
        seen = self._seen.setdefault(log, {})  # Each topic and where it was last seen.
        for line in self._app.ledger.stored_lines(log, after=max(size, *seen.values(), 0)):
            seen[line.topic] = line.position
        unsigned = [topic for topic, position in seen.items() if position > size]
        return is_due(size, at, max(size, *seen.values(), 0), unsigned, now)
