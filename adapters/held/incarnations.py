"""What a log's own facts say of its signing: which incarnation it is in, and how its keys were changed; and
what is held of its newest incarnation.
"""

from __future__ import annotations

from collections.abc import Iterable

from adapters.held.folder import Signed
from domain.identifiers import SYSTEM_LOG, log_stream
from domain.signed_log import SELF, IncarnationDeclared, KeyRotated
from projections.ports import Reading


def newest(signed: Iterable[Signed]) -> list[Signed]:
    """Of each log the newest incarnation, the system log last."""
    by_log: dict[str, Signed] = {}
    for each in signed:
        if each.log not in by_log or by_log[each.log].incarnation < each.incarnation:
            by_log[each.log] = each
    return sorted(by_log.values(), key=lambda each: (each.log == SYSTEM_LOG, each.log))


def declarations(reading: Reading, log: str) -> list[IncarnationDeclared]:
    """The incarnations of a log after its first, by its own facts."""
    facts = (record.fact for record in reading.stream(log, log_stream(SELF)))
    return [fact for fact in facts if isinstance(fact, IncarnationDeclared)]


def incarnation_of(reading: Reading, log: str) -> int:
    """Which incarnation a log is in."""
    return max((fact.incarnation for fact in declarations(reading, log)), default=1)


def key_changes(reading: Reading, log: str) -> list[KeyRotated]:
    """The changes of a log's keys, by its own facts."""
    facts = (record.fact for record in reading.stream(log, log_stream(SELF)))
    return [fact for fact in facts if isinstance(fact, KeyRotated)]
