"""The allocation list: what its description says, and nothing that the description does not."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.allocation import allocation_list, commitment, parameters_of, places_of
from tests.support.trial import SECRET, small

SECRETS = st.binary(min_size=32, max_size=32)
BY_DEFAULT = settings(max_examples=60, derandomize=True, deadline=None)


def described(secret: bytes, arms: list[str], sizes: list[int], target: int) -> list[str]:
    """The list by the published description alone, for arms of equal share."""

    def drawn() -> Iterator[int]:
        for block in count():
            digest = hmac.new(secret, b"trialog-blocks-1" + block.to_bytes(8, "big"), hashlib.sha256).digest()
            yield from (int.from_bytes(digest[n : n + 4], "big") for n in range(0, 32, 4))

    stream = drawn()

    def below(bound: int) -> int:
        while (number := next(stream)) >= 2**32 // bound * bound:
            pass
        return number % bound

    places: list[str] = []
    while len(places) < target:
        fits = [size for size in sorted(sizes) if size <= target - len(places)] or [min(sizes)]
        size = fits[below(len(fits))]
        block = [arm for arm in arms for _ in range(size // len(arms))]
        for last in reversed(range(1, size)):
            other = below(last + 1)
            block[last], block[other] = block[other], block[last]
        places += block
    return places[:target]


@BY_DEFAULT
@given(SECRETS, st.sampled_from([[2], [2, 4], [4, 2, 6]]), st.integers(1, 40))
def test_anyone_can_derive_the_list_from_its_description(
    secret: bytes, sizes: list[int], target: int
) -> None:
    changes = {"randomization.block_sizes": sizes, "enrolment.target": target}
    parameters = parameters_of(small(changes).protocol)
    expected = described(secret, ["by-vein", "by-artery"], sizes, target)
    assert list(allocation_list(secret, parameters)) == expected
    assert places_of(parameters) == target


@BY_DEFAULT
@given(SECRETS)
def test_arms_are_balanced_after_every_block(secret: bytes) -> None:
    places = allocation_list(
        secret, parameters_of(small({"randomization.block_sizes": [4], "enrolment.target": 32}).protocol)
    )
    for start in range(0, 32, 4):
        assert Counter(places[start : start + 4]) == {"by-vein": 2, "by-artery": 2}


def test_arms_of_unequal_share_keep_it_in_every_block() -> None:
    unequal = small({"arms.by-vein.ratio": 2, "randomization.block_sizes": [3, 6], "enrolment.target": 30})
    counted = Counter(allocation_list(bytes(32), parameters_of(unequal.protocol)))
    assert counted == {"by-vein": 20, "by-artery": 10}


def test_the_list_is_the_same_for_good() -> None:
    """A changed list would deny every allocation made from it."""
    places = allocation_list(bytes.fromhex(SECRET), parameters_of(small().protocol))
    assert places == GOLDEN


def test_the_commitment_is_of_the_secret_and_the_parameters() -> None:
    parameters = parameters_of(small().protocol)
    whole = commitment(bytes(32), parameters)
    assert whole == hashlib.sha256(bytes(32) + parameters.encode()).hexdigest()
    assert whole != commitment(b"\x01" + bytes(31), parameters)
    assert whole != commitment(bytes(32), parameters_of(small({"enrolment.target": 9}).protocol))


@pytest.mark.parametrize("change", ["trial", "design", "version"])
def test_the_list_depends_on_the_trial_and_not_on_the_wording_of_its_protocol(change: str) -> None:
    same = parameters_of(small().protocol) == parameters_of(small({change: "T-9"}).protocol)
    assert same is (change != "trial")


V, A = "by-vein", "by-artery"
GOLDEN = (A, V, V, A, V, A, V, A)
