"""`trialog audit …`: the auditor's questions. Each has a file of its own, `audit_….py`, that adds it here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.cli.commands import noun
from adapters.cli.options import Language as Language
from adapters.cli.rows import Row

if TYPE_CHECKING:
    from domain.record import Entry

group = noun("audit", "Ask what changed, who changed it and why, and whether it was allowed.")


def fact_line(entry: Entry, language: str) -> Row:
    """A fact with who, when and why, and its sentence."""
    from projections.audit import line_of

    return line_of(entry, language)._asdict()
