"""Proofs of identity by the `cryptography` library: argon2id hashes (RFC 9106), codes by time (RFC 6238)."""

from __future__ import annotations

import base64
import hmac
import os
from datetime import datetime

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.twofactor.totp import TOTP

ITERATIONS, LANES, MEMORY_KIB = 3, 4, 64 * 1024
"""RFC 9106 §4, the second recommended option: three passes over 64 MiB."""
DIGITS = 6
STEP_SECONDS = 30
SEED_BYTES = 20
SALT_BYTES = 16
HASH_BYTES = 32


class SlowCredentials:
    """Implements `workflows.ports.Credentials`. The parameters are in each hash: old ones fit when they
    change.
    """

    def __init__(
        self, iterations: int = ITERATIONS, lanes: int = LANES, memory_kib: int = MEMORY_KIB
    ) -> None:
        self._cost = (iterations, lanes, memory_kib)

    def hashed(self, password: str) -> str:
        """A salted argon2id hash in the PHC form."""
        iterations, lanes, memory = self._cost
        hasher = Argon2id(
            salt=os.urandom(SALT_BYTES),
            length=HASH_BYTES,
            iterations=iterations,
            lanes=lanes,
            memory_cost=memory,
        )
        return hasher.derive_phc_encoded(_bytes(password))

    def fits(self, password: str, hashed: str) -> bool:
        """Whether the password is the one that was hashed."""
        try:
            Argon2id.verify_phc_encoded(_bytes(password), hashed)
        except InvalidKey:
            return False
        return True

    def decoy(self) -> str:
        """A hash that no password fits and that is as dear to check as any."""
        iterations, lanes, memory = self._cost
        salt, digest = (
            base64.b64encode(os.urandom(size)).decode().rstrip("=") for size in (SALT_BYTES, HASH_BYTES)
        )
        return f"$argon2id$v=19$m={memory},t={iterations},p={lanes}${salt}${digest}"

    def step_of(self, seed: str, code: str, moment: datetime) -> int:
        """The time step whose code this is: the present one, the one before or the one after; 0 for none."""
        try:
            totp = TOTP(base64.b32decode(seed), DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 - RFC 6238, what devices do
        except ValueError:
            return 0
        now = int(moment.timestamp()) // STEP_SECONDS
        fitting = 0
        for step in (now - 1, now, now + 1):
            if hmac.compare_digest(totp.generate(step * STEP_SECONDS), code.strip().encode()):
                fitting = step
        return fitting


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def fresh_seed() -> str:
    """A new seed of a second factor, in base32 as devices take it."""
    return base64.b32encode(os.urandom(SEED_BYTES)).decode()


def device_address(seed: str, account: str, issuer: str) -> str:
    """The `otpauth:` address of a seed, which devices read as text or as a square."""
    totp = TOTP(base64.b32decode(seed), DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 - as above
    return totp.get_provisioning_uri(account, issuer)
