"""The audit trail in sentences: one per fact, in English and Chinese, each with who, when and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from domain.record import Entry
from domain.trial import Trial
from projections.as_of import View
from projections.ports import Reading
from projections.trail import Wanted, trail


class Line(NamedTuple):
    """One line of the audit trail."""

    position: int
    event_id: str
    recorded_at: str
    effective_at: str
    stream: str
    topic: str
    actor: str
    name: str
    role: str
    site: str
    origin: str
    reason: str
    sentence: str
    protocol_version: str


def line_of(entry: Entry, language: str = "en") -> Line:
    """The line that tells one fact."""
    record, command = entry
    by = command.attribution
    reason = ": ".join(part for part in (by.reason_code, by.reason_text) if part)
    return Line(
        record.position,
        entry.event_id,
        str(command.recorded_at),
        str(record.effective_at),
        record.stream,
        record.fact.TOPIC,
        by.actor,
        by.name,
        str(by.role),
        by.site,
        str(by.origin),
        reason,
        record.fact.sentence(language),
        record.protocol_version,
    )


def history(reading: Reading, view: View, stream: str, language: str = "en") -> Iterator[Line]:
    """The audit trail of one stream, as of a participant or a lot."""
    wanted = Wanted(stream=stream)
    return (line_of(told.entry, language) for told in trail(reading, view, wanted))


def assumptions_open(trial: Trial) -> int:
    """How many assumed values of the newest protocol version the principal investigator has not confirmed."""
    version = trial.versions[-1]
    return 0 if version.version in trial.confirmed else len(trial.document(version.version).assumptions)
