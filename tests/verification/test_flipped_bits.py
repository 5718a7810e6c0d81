"""A flipped bit anywhere in a bundle of ten thousand facts is found, by both verifiers."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.bundle.made import Wanted, bundle, evidence
from adapters.store import Store
from adapters.zipped import unzipped, zipped
from tests.store.histories import TRIAL, append, at, known_fact
from tests.support.signing import Signing
from tests.verification.shipped import Places, both, by_product, places
from trialog.bootstrap import open_app

FACTS = 10_000


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A signed log of ten thousand facts as a bundle."""
    folder = tmp_path_factory.mktemp("large")
    app = open_app(str(folder / "large.db"), create=True)
    try:
        assert isinstance(app.store, Store)
        with known_fact():
            for command in range(FACTS // 50):
                with app.store.writing(TRIAL) as transaction:
                    append(transaction, 50, recorded_at=at(command))
                if command in (60, 120):
                    Signing(app).sign(TRIAL)
            Signing(app).sign(TRIAL)
            wanted = Wanted(TRIAL, FACTS, "", "inspector", False, str(at(FACTS // 50 - 1)), "0.0.0")
            pages = {f"report.{language}.html": b"<html></html>" for language in ("en", "zh")}
            return zipped(bundle(wanted, evidence(app.ledger, wanted), pages))
    finally:
        app.close()


def found(data: bytes, folder: Path) -> Places:
    """What both find."""
    return both(data, folder)


def test_it_verifies_as_it_is(large: bytes, tmp_path: Path) -> None:
    assert len(unzipped(large).files["trial/ledger.txt"].splitlines()) == FACTS
    assert found(large, tmp_path) == set()


@settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
@pytest.mark.requirement("EX-02")
def test_a_flipped_bit_anywhere_is_found(large: bytes, tmp_path: Path, place: float, bit: int) -> None:
    at_byte = int(place * len(large))
    flipped = bytearray(large)
    flipped[at_byte] ^= 1 << bit
    assert found(bytes(flipped), tmp_path)


def test_a_flipped_bit_in_every_file_and_between_them_is_found(large: bytes) -> None:
    """In the middle of each file, of each header and of the directory; of a sum, the sums tell."""
    files = unzipped(large).files
    spots = [large.index(data) + len(data) // 2 for data in files.values() if len(data) > 40]
    spots += [large.index(name.encode()) - step for name in files for step in (2, 12, 20, 28)]
    spots += [len(large) - step for step in (1, 8, 20)]
    for spot in spots[:: max(1, len(spots) // 8)]:
        flipped = bytearray(large)
        flipped[spot] ^= 4
        assert places(by_product(bytes(flipped))), spot
