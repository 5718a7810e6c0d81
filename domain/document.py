"""A version of a read model: what one key looked like from one position on."""

from __future__ import annotations

from typing import NamedTuple


class Document(NamedTuple):
    """One version of a read-model row. Versions are only added; the newest at or before a position counts."""

    model: str
    key: str
    position: int
    body: str
