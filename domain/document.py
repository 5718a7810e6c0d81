"""A version of a read model: what one key looked like from one position on."""

from __future__ import annotations

from typing import NamedTuple


class Document(NamedTuple):
    """One version of a read-model row. Versions are only added; the newest at or before a position counts."""

    model: str
    key: str
    position: int
    body: str


AGENDA, AGENDA_UPTO = "agenda.v1", "agenda_upto.v1"
"""Documents that are no read models: what a sweep keeps, so that the next process need not look at everybody.
No question is answered from them, and no fact makes them.
"""
