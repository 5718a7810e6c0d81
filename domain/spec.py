"""What the parts of a protocol have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Line = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class Spec(BaseModel):
    """A part of a protocol: frozen, and closed to fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def unique(where: str, names: list[str]) -> None:
    """Raise ValueError for names that stand there more than once."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{where}: {', '.join(twice)} stands there more than once")


def known(where: str, names: Iterable[str], defined: set[str]) -> None:
    """Raise ValueError for names that the protocol does not define."""
    unknown = [name for name in names if name not in defined]
    if unknown:
        raise ValueError(f"{where}: the protocol defines no {', '.join(unknown)}")
