"""How a trial stands, as one answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from adapters.cli.output import Answer, Table, instants, pairs
from adapters.cli.rows import Row, at

if TYPE_CHECKING:
    from adapters.cli.question import Asked
    from domain.trial import Trial


ENROLMENT_COLUMNS = (
    "site",
    "screened",
    "consented",
    "eligible",
    "screen_failed",
    "randomized",
    "infused",
    "completed",
)


def status_of(question: Asked) -> Answer:
    """The trial's status, protocol versions, sites, counts, and the end of its history."""
    from projections.deviations import deviations
    from projections.enrolment import enrolment
    from projections.visit_status import visit_rows

    view, trial = question.view, question.view.stood
    head, recorded_at = question.app.reading.head(view.trial_id)
    total, by_site = enrolment(view)
    protocol = trial.protocol if trial.versions else None
    data: Row = {
        **instants(view),
        "status": str(trial.status),
        "enrolling": trial.enrolling,
        "title": None if protocol is None else protocol.title.en,
        "versions": _versions(trial),
        "assumptions_open": _assumptions_open(trial),
        "activated": at(trial.activated),
        "list_sealed": trial.allocation_list is not None,
        "sites": [
            {"site": site, "version": known[-1].version, "since": str(known[0].since.at)}
            for site, known in sorted(trial.sites.items())
        ],
        "enrolment": {
            "target": None if protocol is None else protocol.enrolment.target,
            "places_taken": view.enrolment.allocated,
            "total": total._asdict(),
            "by_site": {site: counts._asdict() for site, counts in by_site.items()},
        },
        "visits": _counted(str(row.status) for row in visit_rows(view)),
        "deviations": _counted(each.rule for each in deviations(view, question.judging)),
        "cuts": dict(trial.cuts),
        "head": {"position": head, "recorded_at": str(recorded_at)},
    }
    return Answer(data, _shown(data))


def _shown(data: Row) -> tuple[Table, ...]:
    enrolment = data["enrolment"]
    about = {
        "trial": data["trial"],
        "title": data["title"],
        "status": data["status"],
        "enrolment": f"{'open' if data['enrolling'] else 'not open'}, {enrolment['places_taken']} of"
        f" {enrolment['target'] or 0} places taken",
        "activated": data["activated"],
        "assumptions_open": data["assumptions_open"],
        "as_of": f"position {data['position']}, {data['as_of']} ({data['axis']})",
        "history_ends": f"position {data['head']['position']}, {data['head']['recorded_at']}",
    }
    counts = [{"site": "all", **enrolment["total"]}]
    counts += [{"site": site, **each} for site, each in enrolment["by_site"].items()]
    tables = [
        pairs(about),
        Table(data["versions"], ("version", "since", "confirmed", "approved", "digest"), "Protocol"),
        Table(data["sites"], ("site", "version", "since"), "Sites"),
        Table(counts, ENROLMENT_COLUMNS, "Enrolment"),
        Table(_rows(data["visits"], "status"), ("status", "count"), "Visits"),
        Table(_rows(data["deviations"], "rule"), ("rule", "count"), "Deviations"),
        Table(_rows(data["cuts"], "name", "position"), ("name", "position"), "Data cuts"),
    ]
    return tuple(table for table in tables if table.rows)


def _rows(counted: dict[str, int], name: str, number: str = "count") -> list[Row]:
    return [{name: each, number: count} for each, count in counted.items()]


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _versions(trial: Trial) -> list[Row]:
    return [
        {
            "version": each.version,
            "digest": each.digest,
            "since": str(each.since.at),
            "confirmed": each.version in trial.confirmed,
            "approved": each.version in trial.approved,
        }
        for each in trial.versions
    ]


def _assumptions_open(trial: Trial) -> int:
    from projections.audit import assumptions_open

    return assumptions_open(trial) if trial.versions else 0
