"""A signed trial, made once, and its bundles."""

from pathlib import Path

import pytest

from domain.record import Role
from projections.verification import bundle_stretch
from tests.support.fixtures import scenario
from tests.verification.signed_store import Signed, asked, build, bundle_of, copied

__all__ = ["scenario"]

KINDS = ("whole", "participant", "masked", "masked participant", "earlier")


@pytest.fixture(scope="session")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Signed:
    """A signed trial that nobody changes."""
    return build(tmp_path_factory.mktemp("signed"))


@pytest.fixture
def file(signed: Signed, tmp_path: Path) -> Path:
    """A copy of its store, to do harm to."""
    return copied(signed, tmp_path)


@pytest.fixture(scope="session")
def bundles(signed: Signed, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Bundles of every kind."""
    file = copied(signed, tmp_path_factory.mktemp("bundles"))
    masked = Role.OUTCOME_ASSESSOR
    asks = {
        "whole": asked(signed.head),
        "participant": asked(signed.head, participant="S1-001"),
        "masked": asked(signed.head, reader=masked),
        "masked participant": asked(signed.head, participant="S1-002", reader=masked),
        "earlier": asked(signed.first),
    }
    return {kind: bundle_of(file, ask) for kind, ask in asks.items()}


@pytest.fixture(autouse=True)
def _short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    """So short that these small logs have several, and most ends of stretches lie inside commands."""
    monkeypatch.setattr(bundle_stretch, "ENTRIES", 8)
