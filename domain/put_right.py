"""What was put right: the right value and the one before it, in a sentence and in a state."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from domain.happened import Happened

Righted = tuple[str, object, object]
"""A field by its name in a sentence, what is right there, and what stood there."""


class Replaced(NamedTuple):
    """A value that was put right or taken back, and the fact that did so."""

    field: str
    was: str
    by: Happened


def told_right(fields: Iterable[Righted], *, zh: bool = False) -> str:
    """The fields that are put right, in words: `onset 2026-03-05, was 2026-03-04; aware …`."""
    was, between = ("，原为 ", "；") if zh else (", was ", "; ")
    return between.join(f"{name} {now}{was}{before}" for name, now, before in fields if now != before)
