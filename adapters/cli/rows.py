"""Rows of the read models as objects with names: the shapes that JSON answers are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import NamedTuple

    from domain.happened import Happened
    from domain.safety_clocks import Clock, ClockStatus
    from projections.deviations import Deviation
    from projections.visit_status import VisitRow

Row = dict[str, Any]
"""One row of an answer: what its JSON holds, by name."""

VISIT_COLUMNS = (
    "participant",
    "visit",
    "status",
    "opens",
    "target",
    "closes",
    "appointment",
    "attended",
    "attended_was",
    "voided",
)
RESULT_COLUMNS = (
    "participant",
    "visit",
    "result",
    "comparator",
    "value",
    "unit",
    "was",
    "taken",
    "taken_was",
    "state",
    "check",
)
CLOCK_COLUMNS = ("clock", "starts", "alert", "due", "status", "met", "ended")
LINE_COLUMNS = ("position", "recorded_at", "effective_at", "actor", "role", "sentence", "reason")
DEVIATION_COLUMNS = (
    "deviation",
    "participant",
    "rule",
    "subject",
    "detail",
    "on",
    "classification",
    "state",
    "overdue",
)


def at(when: Happened | None) -> str | None:
    """When something happened, or None."""
    return None if when is None else str(when.at)


def dated(each: NamedTuple) -> Row:
    """What somebody said or did of something, under its own names, and when."""
    fields = each._asdict()
    return {"at": at(fields.pop("when")), **fields}


def visit_row(row: VisitRow) -> Row:
    """One visit; days are the site's calendar days."""
    window, known = row.window, row.visit_state
    return {
        "participant": row.participant,
        "site": row.site,
        "visit": row.visit,
        "name": row.name,
        "status": str(row.status),
        "opens": None if window is None else window.opens.isoformat(),
        "target": None if window is None else window.target.isoformat(),
        "closes": None if window is None else window.closes.isoformat(),
        "appointment": str(known.appointment) if known is not None and known.appointment else None,
        "attended": at(known.attended) if known is not None else None,
        "attended_was": list(map(str, known.attended_was)) if known is not None else [],
        "voided": known is not None and known.attended is None and bool(known.attended_was),
        "missed": at(known.missed) if known is not None else None,
        "missed_because": known.missed_because if known is not None else "",
        "days_from_target": row.days_from_target,
        "protocol_version": row.protocol_version,
    }


def clock_row(clock: Clock, status: ClockStatus) -> Row:
    """One clock: from when, until when, and how it stands."""
    return {
        "clock": clock.kind,
        "starts": str(clock.starts.at),
        "alert": str(clock.alert),
        "due": str(clock.due),
        "status": str(status),
        "met": at(clock.met),
        "ended": at(clock.ended),
        "fact": clock.starts.fact,
    }


def deviation_row(deviation: Deviation, moment: datetime) -> Row:
    """One deviation, with what people said of it and what of it is overdue at a moment."""
    from projections.deviations import RULES

    word, handling = deviation.classification, deviation.handling
    due = next((each.due for each in deviation.dues if each.what == "ethics_report"), None)
    return {
        "deviation": deviation.id,
        "participant": deviation.participant,
        "rule": deviation.rule,
        "sentence": RULES[deviation.rule].en,
        "subject": deviation.subject,
        "detail": deviation.detail,
        "on": deviation.on,
        "facts": list(deviation.facts),
        "classification": word.classification if word else None,
        "cause": deviation.cause or None,
        "correction": word.correction if word else None,
        "classified": at(word.when) if word else None,
        "state": str(deviation.state),
        "actions": len(handling.actions),
        "hazard": handling.hazard or None,
        "ethics_due": None if due is None else str(due),
        "ethics_reported": at(handling.first_told("ethics")),
        "overdue": [each.what for each in deviation.overdue(moment)],
    }


_MARKS = ("attended_was", "replaced", "taken_was", "voided")


def marked(columns: tuple[str, ...], rows: Sequence[Row]) -> tuple[str, ...]:
    """The columns, without those that mark what was put right or taken back, where no row has any."""
    return tuple(each for each in columns if each not in _MARKS or any(row[each] for row in rows))


def without(columns: tuple[str, ...], *left_out: str) -> tuple[str, ...]:
    """The columns except some."""
    return tuple(column for column in columns if column not in left_out)
