"""Signing and verifying with Ed25519: the keys of logs and witnesses."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from domain.ledger.note import LOG_KEY, TIME_BYTES, WITNESS_KEY, Key, Signature, cosignature_message

SEED_BYTES = 32


def verified(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether an Ed25519 key (32 bytes) made a signature (64 bytes) over a message."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


class LogKey:
    """The key by which one log signs its checkpoints. It bears the log's name.

    A signer keeps one secret and derives the key of each log from it (HKDF-SHA-256, with the log's origin as
    `info`): every log has a key of its own, as C2SP tlog-policy demands, and there is one file to guard.
    """

    def __init__(self, secret: bytes, origin: str) -> None:
        derived = HKDF(SHA256(), SEED_BYTES, None, b"trialog log key\n" + origin.encode()).derive(secret)
        self._private = Ed25519PrivateKey.from_private_bytes(derived)
        self.key = Key(origin, LOG_KEY, self._private.public_key().public_bytes_raw())

    def sign(self, text: str) -> Signature:
        """The signature over a note's text."""
        return Signature(self.key.name, self.key.id, self._private.sign(text.encode()))


class WitnessKey:
    """The key by which a witness cosigns checkpoints."""

    def __init__(self, secret: bytes, name: str) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(secret)
        self.key = Key(name, WITNESS_KEY, self._private.public_key().public_bytes_raw())

    def cosign(self, text: str, seconds: int) -> Signature:
        """The cosignature/v1 over a checkpoint's text, seen at a time in seconds since 1970 (UTC)."""
        made = self._private.sign(cosignature_message(text, seconds))
        return Signature(self.key.name, self.key.id, seconds.to_bytes(TIME_BYTES, "big") + made)
