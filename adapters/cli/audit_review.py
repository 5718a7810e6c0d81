"""`trialog audit review`: the risk signals of the audit trail, each with its threshold and its facts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.audit import Language, group
from adapters.cli.choices import check_known
from adapters.cli.commands import Answer, Asked, answers
from adapters.cli.output import Table, instants
from adapters.cli.progress import progress
from adapters.cli.rows import Row
from adapters.cli.spans import Begin, End, period, span
from domain.errors import Invalid

if TYPE_CHECKING:
    from projections.review_signals import Signal, Thresholds
    from projections.review_signals.signal import Finding

SIGNAL_COLUMNS = ("signal", "words", "threshold", "found")
FINDING_COLUMNS = ("signal", "about", "field", "actor", "detail", "facts")


Signals = Annotated[
    list[str] | None, typer.Option("--signal", metavar="SIGNAL", help="Only this signal; repeat it.")
]
LateAfter = Annotated[
    str, typer.Option("--late-after", metavar="SPAN", help="Late entries; else as the protocol says.")
]
Bulk = Annotated[int, typer.Option("--bulk", metavar="N", help="So many entries in bulk.")]
BulkWithin = Annotated[
    str, typer.Option("--bulk-within", metavar="SPAN", help="Entries in bulk within this time.")
]
Hours = Annotated[str, typer.Option("--hours", metavar="FROM-TO", help="Working hours of the site.")]
Weekends = Annotated[bool, typer.Option("--weekends", help="Weekends are odd hours too.")]
Repeated = Annotated[int, typer.Option("--repeated", metavar="N", help="So many changes of one value.")]
Corrections = Annotated[
    int, typer.Option("--corrections", metavar="N", help="So many corrections by one person.")
]
Monitoring = Annotated[
    list[str] | None,
    typer.Option("--monitoring", metavar="DAY", help="A day on which a monitor came; repeat it."),
]
BeforeMonitoring = Annotated[
    str, typer.Option("--before-monitoring", metavar="SPAN", help="Entries so shortly before monitoring.")
]
FailedAccess = Annotated[
    int, typer.Option("--failed-access", metavar="N", help="So many failed sign-ins of one account.")
]


@answers(group, "review", example="audit review --from 2026-03-01 --to 2026-03-31 --store trial.db")
def review(
    question: Asked,
    begin: Begin = "",
    end: End = "",
    signal: Signals = None,
    late_after: LateAfter = "",
    bulk: Bulk = 20,
    bulk_within: BulkWithin = "10min",
    hours: Hours = "6-22",
    weekends: Weekends = False,
    repeated: Repeated = 2,
    corrections: Corrections = 10,
    monitoring: Monitoring = None,
    before_monitoring: BeforeMonitoring = "3d",
    failed_access: FailedAccess = 3,
    language: Language = "en",
) -> Answer:
    """Show the risk signals of the audit trail: where a review should look first, with the facts behind.

    A signal is no verdict. Record what a review found with 'trialog audit reviewed'.
    """
    from projections.lateness import late_after as protocol_says
    from projections.review_signals import Thresholds
    from projections.review_signals import review as signals

    view = question.view
    wanted = _wanted(signal)
    begins, ends = _hours(hours)
    thresholds = Thresholds(
        period=period(view, begin, end),
        late=span(late_after, "--late-after") if late_after else protocol_says(view.trial),
        bulk_entries=bulk,
        bulk_within=span(bulk_within, "--bulk-within"),
        day_begins=begins,
        day_ends=ends,
        weekends=weekends,
        repeated=repeated,
        corrections=corrections,
        monitoring=tuple(map(_day, monitoring or ())),
        before_monitoring=span(before_monitoring, "--before-monitoring"),
        failed_access=failed_access,
    )
    with progress("Reviewing", view.position) as bar:
        found = [each for each in signals(question.app.reading, view, thresholds, bar) if each.code in wanted]
    zh = language == "zh"
    data = {
        **instants(view),
        "period": _period(thresholds),
        "signals": [_signal(each, zh=zh) for each in found],
        "rows": [_finding(each.code, finding, zh=zh) for each in found for finding in each.findings],
    }
    return Answer(data, tuple(_shown(data)))


def _wanted(codes: list[str] | None) -> Collection[str]:
    """The signals asked for; without any named, all of them. Raises Invalid for one that there is not."""
    from projections.review_signals.signal import SIGNALS

    check_known(codes or (), SIGNALS, "signal", "usage.signal")
    return codes or SIGNALS


def _hours(text: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    if dash and first.strip().isdigit() and last.strip().isdigit():
        begins, ends = int(first), int(last)
        if 0 <= begins < ends <= 24:
            return begins, ends
    raise Invalid("usage.hours", f"'{text}' are no hours of a day", remedy="Write 6-22.")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid("usage.day", f"'{text}' is no day", remedy="Write 2026-03-05.") from error


def _period(thresholds: Thresholds) -> Row:
    from domain.clinical_time import Instant

    begin, end = thresholds.period
    return {
        "from": None if begin is None else str(Instant.of(begin)),
        "to": None if end is None else str(Instant.of(end)),
    }


def _signal(each: Signal, *, zh: bool) -> Row:
    from projections.review_signals.signal import SIGNALS

    return {
        "signal": each.code,
        "words": SIGNALS[each.code][zh],
        "threshold": each.threshold[zh],
        "checked": each.why_not is None,
        "why_not": None if each.why_not is None else each.why_not[zh],
        "found": len(each.findings),
    }


def _finding(code: str, finding: Finding, *, zh: bool) -> Row:
    return {
        "signal": code,
        "about": finding.about,
        "field": finding.field,
        "actor": finding.actor,
        "detail": finding.detail[zh],
        "facts": list(finding.facts),
    }


def _shown(data: Row) -> list[Table]:
    signals = [
        {**each, "found": each["found"] if each["checked"] else f"not looked for: {each['why_not']}"}
        for each in data["signals"]
    ]
    rows = [{**row, "facts": _few(row["facts"])} for row in data["rows"]]
    tables = [Table(signals, SIGNAL_COLUMNS, "Signals"), Table(rows, FINDING_COLUMNS, "Findings")]
    return [table for table in tables if table.rows]


def _few(facts: list[int]) -> str:
    """Positions as people read them: the first ones, and how many more."""
    told = ", ".join(map(str, facts[:5]))
    return told if len(facts) <= 5 else f"{told} and {len(facts) - 5} more"
