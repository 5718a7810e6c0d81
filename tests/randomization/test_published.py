"""The algorithm as docs/randomization.md has it: made again from the page alone, it gives the same list."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import allocation
from domain.errors import Broken
from tests.support.trial import small

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "randomization.md").read_text("utf-8")
MANY = settings(max_examples=150, derandomize=True, deadline=None)

# ---------------------------------------------------------------- made from the words of the page


class Stream:
    """ "The numbers": one stream of whole numbers from 0 to 2^32 − 1."""

    def __init__(self, secret: bytes) -> None:
        self.secret = secret
        self.taken = 0

    def next(self) -> int:
        """The number after those that were taken."""
        counter, group = divmod(self.taken, 8)
        message = b"trialog-blocks-1" + bytes(counter >> shift & 0xFF for shift in range(56, -1, -8))
        result = hmac.new(self.secret, message, hashlib.sha256).hexdigest()
        self.taken += 1
        return int(result[8 * group : 8 * group + 8], 16)


def number_below(n: int, following: Callable[[], int]) -> int:
    """ "A number below n"."""
    greatest_multiple = max(multiple for multiple in range(2**32 - n + 1, 2**32 + 1) if multiple % n == 0)
    number = following()
    while not number < greatest_multiple:
        number = following()
    return number - number // n * n


def made_again(secret: bytes, parameters: str) -> list[str]:
    """ "The list"."""
    known = json.loads(parameters)
    stream = Stream(secret)
    ratios = sum(ratio for _, ratio in known["arms"])
    the_list: list[str] = []
    while len(the_list) < known["target"]:
        missing = known["target"] - len(the_list)
        sizes = list(filter(lambda size: size <= missing, known["block_sizes"]))
        if not sizes:
            sizes = [min(known["block_sizes"])]
        size = sizes[number_below(len(sizes), stream.next)]
        block: list[str] = []
        for arm, ratio in known["arms"]:
            block += [arm] * (size * ratio // ratios)
        position = size - 1
        while position >= 1:
            drawn = number_below(position + 1, stream.next)
            at_position, at_drawn = block[position], block[drawn]
            block[position], block[drawn] = at_drawn, at_position
            position -= 1
        the_list += block
    return the_list[: known["target"]]


# ---------------------------------------------------------------- the examples of the page


class Example(NamedTuple):
    """A worked example."""

    secret: bytes
    parameters: str
    commitment: str
    numbers: list[int]
    places: list[str]


def examples() -> list[Example]:
    """The worked examples of the page."""
    found = []
    for block in re.findall(r"<!-- example -->\n```\n(.*?)```", PAGE, re.DOTALL):
        line = dict(each.split(maxsplit=1) for each in block.splitlines())
        numbers = [int(each) for each in line["numbers"].split()]
        secret = bytes.fromhex(line["secret"])
        found.append(Example(secret, line["parameters"], line["commitment"], numbers, line["places"].split()))
    return found


def program() -> str:
    """The program of the page."""
    found = re.search(r"<!-- program -->\n```python\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


def run(text: str, secret: bytes, parameters: str) -> list[str]:
    """What the program of the page prints."""
    words = [sys.executable, "-c", text, secret.hex(), parameters]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize("example", examples(), ids=lambda example: json.loads(example.parameters)["trial"])
def test_the_worked_examples_are_what_the_words_of_the_page_give(example: Example) -> None:
    stream = Stream(example.secret)
    assert [stream.next() for _ in example.numbers] == example.numbers
    assert hashlib.sha256(example.secret + example.parameters.encode()).hexdigest() == example.commitment
    assert len(example.places) == 16
    assert made_again(example.secret, example.parameters)[:16] == example.places


@pytest.mark.parametrize("example", examples(), ids=lambda example: json.loads(example.parameters)["trial"])
def test_the_worked_examples_are_what_the_product_makes(example: Example) -> None:
    assert allocation.commitment(example.secret, example.parameters) == example.commitment
    assert list(allocation.allocation_list(example.secret, example.parameters)[:16]) == example.places


def test_the_page_has_two_examples_and_the_first_has_the_secret_it_says() -> None:
    first, _ = examples()
    assert first.secret == hashlib.sha256(b"trialog-blocks-1 worked example").digest()


def test_the_program_of_the_page_makes_the_lists_of_its_examples_in_twenty_lines() -> None:
    text = program()
    assert len([line for line in text.splitlines() if line.strip()]) <= 20
    for example in examples():
        made = run(text, example.secret, example.parameters)
        assert made == [example.commitment, *made_again(example.secret, example.parameters)]


# ---------------------------------------------------------------- any secret and parameters

SECRETS = st.binary(min_size=32, max_size=32)
ARMS = st.lists(st.integers(1, 3), min_size=2, max_size=4)


@st.composite
def parameters(draw: st.DrawFn) -> str:
    """The parameters of a trial, as the page describes their text."""
    ratios = draw(ARMS)
    sizes = draw(st.sets(st.integers(1, 5), min_size=1, max_size=3))
    members = {
        "algorithm": "trialog-blocks-1",
        "arms": [[f"arm-{number}", ratio] for number, ratio in enumerate(ratios)],
        "block_sizes": sorted(sum(ratios) * size for size in sizes),
        "target": draw(st.integers(1, 120)),
        "trial": "T-1",
    }
    return json.dumps(members, separators=(",", ":"))


@MANY
@given(SECRETS, parameters())
@pytest.mark.requirement("RN-01")
def test_for_any_secret_and_parameters_the_words_of_the_page_give_the_products_list(
    secret: bytes, text: str
) -> None:
    assert tuple(made_again(secret, text)) == allocation.allocation_list(secret, text)
    assert hashlib.sha256(secret + text.encode()).hexdigest() == allocation.commitment(secret, text)


@MANY
@given(st.integers(1, 1000), st.lists(st.integers(2**32 - 2000, 2**32 - 1), max_size=50))
def test_numbers_are_thrown_away_as_the_page_says(n: int, high: list[int]) -> None:
    numbers = [*high, 7]
    theirs, ours = iter(numbers), iter(numbers)
    assert number_below(n, lambda: next(theirs)) == allocation._below(n, ours)
    assert list(theirs) == list(ours)


def test_the_rare_numbers_that_the_page_names_are_thrown_away_or_kept() -> None:
    for below in (lambda n, stream: number_below(n, lambda: next(stream)), allocation._below):
        assert below(3, iter([4294967295, 4294967294])) == 2
        assert below(2, iter([4294967295])) == 1
        left = iter([5, 6])
        assert below(1, left) == 0
        assert list(left) == [6]


def test_the_text_of_the_parameters_is_written_as_the_page_says() -> None:
    document = small({"arms.by-vein.ratio": 2, "randomization.block_sizes": [6, 3]})
    assert allocation.parameters_of(document.protocol) == (
        '{"algorithm":"trialog-blocks-1","arms":[["by-vein",2],["by-artery",1]],'
        '"block_sizes":[3,6],"target":8,"trial":"T-1"}'
    )


def test_parameters_that_stand_no_longer_are_told_as_that() -> None:
    with pytest.raises(Broken, match=r"allocation\.unreadable"):
        allocation.places_of("▮▮▮")
    with pytest.raises(Broken, match=r"allocation\.unreadable"):
        allocation.allocation_list(bytes(32), "▮▮▮")
