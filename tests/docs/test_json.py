"""The JSON that is documented is the JSON that is written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHAPES = json.loads((ROOT / "tests" / "cli" / "shapes.json").read_text("utf-8"))
PAGE = (ROOT / "docs" / "json.md").read_text("utf-8")
OF_ITS_OWN = {"by_status", "by_site", "visits", "deviations", "cuts"}
"""Fields whose own fields are data: statuses, sites, rules, names."""


def fields(shape: object) -> Iterator[str]:
    """Every field name inside a shape."""
    if isinstance(shape, dict):
        for name, inner in shape.items():
            yield name
            if name not in OF_ITS_OWN or isinstance(inner, list):
                yield from fields(inner)
    elif isinstance(shape, list):
        for inner in shape:
            yield from fields(inner)


@pytest.mark.parametrize(
    "answer",
    [
        "trial status",
        "participant list",
        "participant show",
        "visit list",
        "result list",
        "query list",
        "query show",
        "casebook show",
        "casebook sheet",
        "casebook lock-check",
        "sdv list",
        "deviation list",
        "randomization status",
        "randomization verify",
        "audit compare",
        "audit history",
        "audit trail",
        "audit cuts",
        "audit conformance",
        "audit what-if",
        "audit review",
        "export bundle",
        "export table",
        "audit reviews",
        "any command",
    ],
)
def test_every_field_of_an_answer_is_documented(answer: str) -> None:
    missing = sorted(
        {name for name in fields(SHAPES[answer]) if f"`{name}`" not in PAGE and f'"{name}"' not in PAGE}
    )
    assert not missing
