"""One verdict on every Python: readers of JSON differ in how long a number and how deep a nesting they take.

Python from 3.10.7 on refuses an integer of more digits than it is set to, by default 4,300, and earlier ones
take any; how deep it reads depends on its version, and on how deep its own calls are.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from adapters.zipped import unzipped
from projections.verification.said import LONGEST, MOST
from tests.support.trial import TRIAL
from tests.verification.rewriting import Rewriting
from tests.verification.shipped import Places, both, resealed
from tests.verification.signed_store import Signed

SETTINGS = (640, 4300, 0)
"""The least that can be set, what is set by default, and no limit, as of Pythons that have none."""


@pytest.fixture
def everywhere() -> Iterator[Callable[[bytes, Path], Places]]:
    """What both verifiers find, the same however Python is set."""
    known = sys.get_int_max_str_digits()

    def found(data: bytes, folder: Path) -> Places:
        verdicts = []
        for digits in SETTINGS:
            sys.set_int_max_str_digits(digits)
            verdicts.append(both(data, folder))
        assert verdicts == verdicts[:1] * len(SETTINGS)
        return verdicts[0]

    yield found
    sys.set_int_max_str_digits(known)


RENEWED = '{"log":"elsewhere","note":"","x":%s}'


def nested(depth: int) -> str:
    """A text of JSON so deep, with brackets in its words that are none, and dropped for a later field."""
    return "[" * (depth - 1) + r'"]\"]]"' + "]" * (depth - 1) + ',"x":1'


@pytest.mark.parametrize(
    ("value", "is_read"),
    [
        ("9" * LONGEST, True),
        ("9" * (LONGEST + 1), False),
        ("9" * 5000, False),
        (nested(MOST), True),
        (nested(MOST + 1), False),
        (nested(950), False),
        ("[" + "[]," * 100 + "[]]", True),
        ('"' + "9" * 5000 + '"', True),
        (r'"\\\"' + "[{" * 5000 + '"', True),
    ],
    ids=["a long number", "too long", "5000", "deep", "too deep", "950", "many", "a long text", "brackets"],
)
def test_a_fact_that_some_pythons_cannot_read_is_read_by_none(
    everywhere: Callable[[bytes, Path], Places],
    bundles: dict[str, bytes],
    signed: Signed,
    tmp_path: Path,
    value: str,
    is_read: bool,
) -> None:
    whole = Rewriting(bundles["whole"]).add("log.renewed.v1", "log/_self", 1, RENEWED % value)
    wrong: Places = set() if is_read else {("trial", signed.head + 1, "fact")}
    assert everywhere(whole.sealed(), tmp_path) == wrong


def test_nor_is_what_a_signature_covers_or_a_default_of_the_manifest(
    everywhere: Callable[[bytes, Path], Places], bundles: dict[str, bytes], tmp_path: Path
) -> None:
    """A signature over a record that has no facts, after a fact of whose path is asked first."""
    own = "participant/S1-009"
    for value, wrong in (("1", set()), ("9" * 5000, {"covered"})):
        whole = Rewriting(bundles["whole"])
        said = f'{{"visit":"baseline","result":"alt","x":{value}}}'
        whole.add("lab.result_recorded.v1", own, 1, said)
        covers = len(whole.entries)
        content = sha256(f"trialog/covered/v1 {TRIAL} S1-009 other\n".encode()).hexdigest()
        word = {"record": "other", "covers": covers, "facts": 0, "content": content}
        data = whole.add("record.signed.v1", own, 2, json.dumps(word)).sealed()
        assert everywhere(data, tmp_path) == {("trial", covers + 1, check) for check in wrong}
    files = dict(unzipped(bundles["whole"]).files)
    long = b'{"infusion":%s}' % (b"9" * 5000)
    files["manifest.txt"] = files["manifest.txt"].replace(b'{"infusion":1}', long)
    assert everywhere(resealed(files), tmp_path) == {("bundle", 0, "manifest")}
