"""A stored read model that is not what was stored is told as such, and what to do."""

from __future__ import annotations

import pytest

from domain.errors import Broken
from projections.documents import reader


@pytest.mark.parametrize(
    ("state", "body"), [("trial", '{"status'), ("trial", "[]"), ("results", '{"alb": 3}')]
)
def test_a_document_that_cannot_be_read_is_told(state: str, body: str) -> None:
    with pytest.raises(Broken, match=f"a stored {state} cannot be read") as error:
        reader(state)(body)
    assert error.value.code == "document.unreadable"
