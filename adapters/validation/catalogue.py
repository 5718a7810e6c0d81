"""What a GCP inspection asks of trial records, as far as software can answer it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import NamedTuple

from domain.errors import Invalid

_FILE = Path(__file__).with_name("requirements.toml")


class Requirement(NamedTuple):
    """One requirement: its id, what it asks, by which clause, and why no test shows it, where none does."""

    id: str
    asks: str
    source: str
    not_covered: str = ""


def catalogue() -> dict[str, Requirement]:
    """Every requirement by id, in the order of the file. Raises Invalid when the file is no catalogue."""
    try:
        found = tomllib.loads(_FILE.read_text("utf-8"))
        return {name: Requirement(name, **fields) for name, fields in found.items()}
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise Invalid("validation.catalogue", f"this is no catalogue: {error}", where=str(_FILE)) from error
