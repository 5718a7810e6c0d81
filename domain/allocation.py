"""The allocation list: permuted blocks from a secret, by an algorithm anyone can repeat.

`trialog-blocks-1`: a stream of 32-bit big-endian numbers is read from HMAC-SHA-256(secret, "trialog-blocks-1"
‖ counter), counter = 0, 1, 2, … as eight big-endian bytes, eight numbers from each digest. A number below n
is drawn by rejection: numbers at or above the greatest multiple of n not above 2^32 are skipped, the rest
taken modulo n. Until the target is reached: the block size is drawn among those sizes, in ascending order,
that fit what is left (if none fits, the smallest is taken and cut off); the block holds the arms in the
protocol's order, each as often as its ratio says; it is shuffled by Fisher–Yates from its end.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

from domain.errors import Broken
from domain.protocol import Protocol

ALGORITHM = "trialog-blocks-1"
SECRET_BYTES = 32


def parameters_of(protocol: Protocol) -> str:
    """What the list depends on besides the secret, as canonical JSON."""
    return json.dumps(
        {
            "algorithm": ALGORITHM,
            "arms": [[arm.id, arm.ratio] for arm in protocol.arms],
            "block_sizes": sorted(protocol.randomization.block_sizes),
            "target": protocol.enrolment.target,
            "trial": protocol.trial,
        },
        sort_keys=True,
        separators=(",", ":"),
    )


def commitment(secret: bytes, parameters: str) -> str:
    """SHA-256 of the secret and then the parameters, hexadecimal: published before the first allocation."""
    return hashlib.sha256(secret + parameters.encode()).hexdigest()


def _read(parameters: str) -> dict[str, Any]:
    """The parameters as they were written. Raises Broken where they stand no longer, as once redacted."""
    try:
        given: dict[str, Any] = json.loads(parameters)
    except ValueError as error:
        raise Broken("allocation.unreadable", "the parameters of the sealed list cannot be read") from error
    return given


def places_of(parameters: str) -> int:
    """How many places the list of these parameters has."""
    return int(_read(parameters)["target"])


def allocation_list(secret: bytes, parameters: str) -> tuple[str, ...]:
    """The arm of every place of the list, first place first."""
    given = _read(parameters)
    sizes, target = given["block_sizes"], given["target"]
    ratio = sum(weight for _, weight in given["arms"])
    numbers = _numbers(secret)
    places: list[str] = []
    while len(places) < target:
        fitting = [size for size in sizes if size <= target - len(places)] or sizes[:1]
        size = fitting[_below(len(fitting), numbers)]
        block = [arm for arm, weight in given["arms"] for _ in range(weight * size // ratio)]
        for last in range(size - 1, 0, -1):
            other = _below(last + 1, numbers)
            block[last], block[other] = block[other], block[last]
        places.extend(block)
    return tuple(places[:target])


def _numbers(secret: bytes) -> Iterator[int]:
    counter = 0
    while True:
        digest = hmac.digest(secret, ALGORITHM.encode() + counter.to_bytes(8, "big"), "sha256")
        for start in range(0, 32, 4):
            yield int.from_bytes(digest[start : start + 4], "big")
        counter += 1


def _below(bound: int, numbers: Iterator[int]) -> int:
    limit = 2**32 - 2**32 % bound
    return next(number for number in numbers if number < limit) % bound
