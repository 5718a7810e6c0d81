"""The verifier's own Ed25519 against RFC 8032 and against `cryptography`, malformed signatures included."""

from __future__ import annotations

from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.keys.ed25519 import verified
from tests.verification.shipped import VERIFY

# RFC 8032 section 7.1: secret, public key, message, signature.
VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            "d25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            "387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
            "4a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]


@pytest.mark.parametrize(("secret", "public", "message", "signature"), VECTORS)
def test_the_vectors_of_rfc_8032(secret: str, public: str, message: str, signature: str) -> None:
    key, made, said = (bytes.fromhex(each) for each in (public, signature, message))
    assert VERIFY.ed25519(key, made, said)
    assert verified(key, made, said)
    assert Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret)).sign(said) == made
    assert not VERIFY.ed25519(key, made, said + b"x")


def cases(random: Random, count: int) -> list[tuple[bytes, bytes, bytes]]:
    """Right signatures, and such as are wrong in every way that bytes can be."""
    found = []
    edges = [
        number.to_bytes(32, "little")
        for number in (
            0,
            1,
            VERIFY.L - 1,
            VERIFY.L,
            VERIFY.L + 1,
            VERIFY.P - 1,
            VERIFY.P,
            VERIFY.P + 1,
            2**255,
            2**256 - 1,
        )
    ]
    for _ in range(count):
        private = Ed25519PrivateKey.from_private_bytes(random.randbytes(32))
        public, message = private.public_key().public_bytes_raw(), random.randbytes(random.randrange(60))
        signature = private.sign(message)
        s = int.from_bytes(signature[32:], "little")
        over = (s + VERIFY.L).to_bytes(32, "little")
        flip = random.randrange(512)
        flipped = bytearray(signature)
        flipped[flip // 8] ^= 1 << flip % 8
        found += [
            (public, signature, message),
            (public, bytes(flipped), message),
            (public, signature[:32] + over, message),
            (public, signature[:32] + random.choice(edges), message),
            (public, random.choice(edges) + signature[32:], message),
            (random.choice(edges), signature, message),
            (random.randbytes(32), signature, message),
            (public, signature[: random.randrange(64)], message),
            (public[:31], signature, message),
        ]
    return found


def test_thousands_of_cases_agree_with_cryptography() -> None:
    right = 0
    for public, signature, message in cases(Random(8032), 230):
        expected = verified(public, signature, message)
        assert VERIFY.ed25519(public, signature, message) is expected, (public.hex(), signature.hex())
        right += expected
    assert right >= 230


def test_every_key_that_is_no_point_or_one_of_small_order_agrees_with_cryptography() -> None:
    """Non-canonical and small-order keys are where implementations differ."""
    private = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    signature = private.sign(b"said")
    numbers = [
        *range(20),
        *(VERIFY.P + each for each in range(-3, 19)),
        *(2**255 + each for each in range(4)),
    ]
    zero = bytes(32)
    identity = (1).to_bytes(32, "little")
    for number in numbers:
        public = number.to_bytes(32, "little")
        for made in (signature, identity + zero, zero + zero, public + zero):
            expected = verified(public, made, b"said")
            assert VERIFY.ed25519(public, made, b"said") is expected, (number, made.hex())
