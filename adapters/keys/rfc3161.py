"""Time stamps of RFC 3161 that are kept, held against the authorities that count."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from pathlib import Path

from cryptography.x509 import Certificate, load_pem_x509_certificates
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

from domain.clinical_time import Instant
from domain.errors import Invalid
from projections.verification.signed import Stamped

_GRANTED = b"\x30\x03\x02\x01\x00"
"""The status of an answer that holds a token: what is kept is the token alone."""


def certificates(path: Path) -> list[Certificate]:
    """The certificates of a PEM file. Raises Invalid."""
    try:
        return load_pem_x509_certificates(path.read_bytes())
    except ValueError as error:
        raise Invalid("tsa.root", "this is no certificate in PEM", where=str(path)) from error


def stamped_under(roots: Sequence[Certificate]) -> Stamped:
    """Tells when a text was stamped, by a token of an authority under one of these roots."""
    verifier = VerifierBuilder(roots=list(dict.fromkeys(roots))).build()

    def stamped(token: bytes, text: str) -> str | None:
        try:
            answer = decode_timestamp_response(_answer(token))
            verifier.verify_message(answer, text.encode())
        except (VerificationError, ValueError):
            return None
        return str(Instant.of(answer.tst_info.gen_time.astimezone(UTC)))

    return stamped


def _answer(token: bytes) -> bytes:
    """The whole answer in DER that a token came in."""
    body = _GRANTED + token
    size = len(body)
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    length = bytes([size]) if size < 128 else bytes([128 | len(octets)]) + octets
    return b"\x30" + length + body
