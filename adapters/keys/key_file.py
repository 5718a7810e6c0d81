"""The key file beside a store: one key per scope, readable by its owner alone."""

from __future__ import annotations

import base64
import json
import os
import re
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from adapters.keys.vault import KEY_BYTES
from adapters.lock import sole_holder
from domain.errors import Conflict, Denied, Invalid
from domain.sealed import ALLOCATION

_WAIT_SECONDS = 30


def key_file_of(store: str) -> Path:
    """Where the keys of a store lie: where TRIALOG_KEYS says, else beside a SQLite file, else (a server's) in
    the owner's configuration folder, one file for each database.
    """
    given = os.environ.get("TRIALOG_KEYS")
    return Path(given) if given else beside(store, "keys")


def beside(store: str, kind: str) -> Path:
    """What belongs to a store and lies beside it: `trial.db.keys` for a file; for a database on a server in
    the owner's configuration folder.
    """
    if "://" not in store:
        return Path(f"{store}.{kind}")
    url = urlsplit(store)
    host = url.hostname or dict(parse_qsl(url.query)).get("host", "local")
    name = re.sub(r"[^A-Za-z0-9.-]+", "_", f"{host}_{url.port or ''}{url.path}").strip("_")
    return Path.home() / ".config" / "trialog" / f"{name}.{kind}"


def read_keys(path: Path) -> dict[str, bytes]:
    """The keys of a file; none when there is no file.

    Raises Denied when others may read it, Invalid when it is no key file.
    """
    if not path.exists():
        return {}
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Denied(
            "keys.readable", "the key file may be read by others", where=str(path), remedy="chmod 600 it."
        )
    try:
        known = json.loads(path.read_text("utf-8"))["keys"]
        keys = {scope: base64.b64decode(text, validate=True) for scope, text in known.items()}
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise Invalid("keys.unreadable", "this is no key file", where=str(path)) from error
    if any(len(key) != KEY_BYTES for key in keys.values()):
        raise Invalid("keys.length", f"a key has {KEY_BYTES} bytes", where=str(path))
    return keys


def write_keys(path: Path, keys: dict[str, bytes]) -> None:
    """Write a new key file, for its owner alone. Keys are never replaced: raises Invalid if there is one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        _write(path, keys)
    except FileExistsError as error:
        raise Invalid("keys.exist", "there is a key file already", where=str(path)) from error


class KeyFile:
    """The keys of one store in its key file. Safe to change from several processes at once."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, bytes]:
        """Every key that is held, by scope; none when there is no file. Raises Denied, Invalid."""
        return read_keys(self._path)

    def add(self, scope: str, key: bytes) -> bytes:
        """Keep a new key before it is used. Returns the one kept: another process may have come first.

        Raises Denied when there is no key file to add to: a store's lost file is not begun anew.
        """
        with self._locked():
            keys = self.read()
            if scope not in keys:
                if not keys:
                    raise Denied("keys.none", "there is no key file to add a key to", where=str(self._path))
                self._replace({**keys, scope: key})
                return key
            return keys[scope]

    def destroy(self, scope: str) -> bool:
        """Destroy a key; False when it is not held. Copies of the file elsewhere are for their keeper."""
        with self._locked():
            keys = self.read()
            if scope not in keys:
                return False
            del keys[scope]
            self._replace(keys)
            return True

    def _locked(self) -> AbstractContextManager[None]:
        busy = Conflict("keys.busy", "others are changing the key file", where=str(self._path))
        return sole_holder(Path(f"{self._path}.lock"), _WAIT_SECONDS, busy)

    def _replace(self, keys: dict[str, bytes]) -> None:
        """Put a new file in the place of the old one at once: a crash leaves the one or the other."""
        fresh = self._path.with_name(f"{self._path.name}.new")
        fresh.unlink(missing_ok=True)
        _write(fresh, keys)
        fresh.replace(self._path)
        if os.name == "posix":
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def _write(path: Path, keys: dict[str, bytes]) -> None:
    text = json.dumps({"keys": {scope: base64.b64encode(key).decode() for scope, key in keys.items()}})
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:  # as on a full disk: half a key file would bar the way to trying again
        path.unlink(missing_ok=True)
        error.filename = error.filename or str(path)
        raise


def fresh_keys(entropy: Callable[[int], bytes]) -> dict[str, bytes]:
    """New keys for a new store."""
    return {ALLOCATION: entropy(KEY_BYTES)}
