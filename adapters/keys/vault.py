"""Keys beside the store: AES-256-GCM under one key per scope, in a file only its owner may read."""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import stat
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.errors import Broken, Denied, Invalid
from domain.sealed import ALLOCATION, Sealed

NONCE_BYTES = 12
KEY_BYTES = 32


class KeyVault:
    """Seals and opens with keys held in memory. `entropy` gives random bytes; demonstrations seed it."""

    def __init__(self, keys: dict[str, bytes], entropy: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._ciphers = {scope: AESGCM(key) for scope, key in keys.items()}
        self._entropy = entropy

    def seal(self, scope: str, plain: str) -> Sealed:
        """Encrypt a text under the scope's key with a fresh nonce. Raises Denied when the key is not held."""
        nonce = self._entropy(NONCE_BYTES)
        text = self._cipher(scope).encrypt(nonce, plain.encode(), scope.encode())
        return Sealed(
            scope=scope, nonce=base64.b64encode(nonce).decode(), text=base64.b64encode(text).decode()
        )

    def open(self, sealed: Sealed) -> str:
        """Decrypt. Raises Denied when the key is not held, Broken when the seal does not fit the key."""
        cipher = self._cipher(sealed.scope)
        try:
            nonce, text = base64.b64decode(sealed.nonce), base64.b64decode(sealed.text)
            return cipher.decrypt(nonce, text, sealed.scope.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise Broken(
                "seal.broken", f"a value sealed under '{sealed.scope}' does not open with its key"
            ) from error

    def _cipher(self, scope: str) -> AESGCM:
        cipher = self._ciphers.get(scope)
        if cipher is None:
            raise Denied(
                "seal.no_key",
                f"the key '{scope}' is not held here",
                remedy="Put the key file beside the store.",
            )
        return cipher


def key_file_of(store: str) -> Path:
    """Where the keys of a store lie: where TRIALOG_KEYS says, else beside a SQLite file, else (a server's) in
    the owner's configuration folder, one file for each database.
    """
    given = os.environ.get("TRIALOG_KEYS")
    if given:
        return Path(given)
    if "://" not in store:
        return Path(f"{store}.keys")
    url = urlsplit(store)
    host = url.hostname or dict(parse_qsl(url.query)).get("host", "local")
    name = re.sub(r"[^A-Za-z0-9.-]+", "_", f"{host}_{url.port or ''}{url.path}").strip("_")
    return Path.home() / ".config" / "trialog" / f"{name}.keys"


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
        held = json.loads(path.read_text("utf-8"))["keys"]
        keys = {scope: base64.b64decode(text, validate=True) for scope, text in held.items()}
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise Invalid("keys.unreadable", "this is no key file", where=str(path)) from error
    if any(len(key) != KEY_BYTES for key in keys.values()):
        raise Invalid("keys.length", f"a key has {KEY_BYTES} bytes", where=str(path))
    return keys


def write_keys(path: Path, keys: dict[str, bytes]) -> None:
    """Write a new key file, for its owner alone. Keys are never replaced: raises Invalid if there is one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"keys": {scope: base64.b64encode(key).decode() for scope, key in keys.items()}})
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Invalid("keys.exist", "there is a key file already", where=str(path)) from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def fresh_keys(entropy: Callable[[int], bytes] = secrets.token_bytes) -> dict[str, bytes]:
    """New keys for a new store."""
    return {ALLOCATION: entropy(KEY_BYTES)}
