"""The vault: AES-256-GCM under one key per scope."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.errors import Broken, Denied
from domain.sealed import ALLOCATION, Sealed

NONCE_BYTES = 12
KEY_BYTES = 32


class Keys(Protocol):
    """Where the keys are kept."""

    def read(self) -> dict[str, bytes]:
        """Every key that is held, by scope."""

    def add(self, scope: str, key: bytes) -> bytes:
        """Keep a new key before it is used. Returns the one that is kept: another may have come first."""

    def destroy(self, scope: str) -> bool:
        """Destroy a key; False when it is not held."""


class KeyVault:
    """Seals and opens. `entropy` gives random bytes; demonstrations seed it.

    A scope gets its key when something is first sealed under it; that of the allocation comes with the store
    and is never made anew, so that a lost key is noticed.
    """

    def __init__(self, keys: Keys, entropy: Callable[[int], bytes]) -> None:
        self._keys = keys
        self._entropy = entropy
        self._ciphers: dict[str, AESGCM] = {}
        self._read()

    def seal(self, scope: str, plain: str) -> Sealed:
        """Encrypt a text under the scope's key with a fresh nonce. Raises Denied when the key is not held."""
        if scope not in self._ciphers and scope != ALLOCATION:
            self._ciphers[scope] = AESGCM(self._keys.add(scope, self._entropy(KEY_BYTES)))
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

    def destroy(self, scope: str) -> bool:
        """Destroy a scope's key for good: nothing sealed under it opens again. False when it is not held."""
        self._ciphers.pop(scope, None)
        return self._keys.destroy(scope)

    def holds(self, scope: str) -> bool:
        """Whether the key of a scope is held."""
        return scope in self._keys.read()

    def _read(self) -> None:
        self._ciphers = {scope: AESGCM(key) for scope, key in self._keys.read().items()}

    def _cipher(self, scope: str) -> AESGCM:
        cipher = self._ciphers.get(scope)
        if cipher is None:
            self._read()  # Another process may have made it since.
            cipher = self._ciphers.get(scope)
        if cipher is None:
            raise Denied(
                "seal.no_key",
                f"the key '{scope}' is not held here",
                remedy="Put the key file beside the store.",
            )
        return cipher
