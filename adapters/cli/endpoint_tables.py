"""An evaluation of endpoints as tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from adapters.cli.output import Table
from adapters.cli.rows import Row

if TYPE_CHECKING:
    from projections.endpoints import Evaluation
    from projections.endpoints.change import ChangeResult, Summary
    from projections.endpoints.estimates import Test
    from projections.endpoints.incidence import Count, IncidenceResult, Prevalence
    from projections.endpoints.survival import Analysis, Competing, SurvivalResult

Names = Mapping[str, str]

HORIZON = (
    "group",
    "surviving",
    "died",
    "transplanted",
    "unknown",
    "awaited",
    "of known",
    "share",
    "95% interval",
)
TESTS = ("arms", "log-rank chi2", "log-rank p", "Fisher p", "Boschloo p")
CHANGE = (
    "visit",
    "group",
    "n",
    "mean",
    "95% interval",
    "sd",
    "median",
    "range",
    "died",
    "transplanted",
    "missing",
)
REASONS = ("visit", "group", "why missing", "participants")
SHIFTS = ("visit", "group", "from", "to", "participants")
BASELINE = ("type", "group", "participants", "free", "present", "unknown")
INCIDENCE = (
    "visit",
    "group",
    "incident",
    "new or worse",
    "present",
    "died",
    "transplanted",
    "unknown",
    "awaited",
)


def tables(found: Evaluation) -> Iterator[Table | str]:
    """What people are shown: each endpoint under its title, its numbers by group."""
    from projections.endpoints.change import ChangeResult
    from projections.endpoints.survival import SurvivalResult

    names = {group.id: group.name for group in found.groups}
    told = ", ".join(f"{group.name} {group.participants}" for group in found.groups)
    error = f"; {found.misrandomized} in error" if found.misrandomized else ""
    kept = f"; {found.restricted} left out, their processing is restricted" if found.restricted else ""
    yield f"Protocol {found.protocol_version}. Randomized: {told}{error}{kept}"
    for result in found.endpoints:
        yield ""
        yield f"{result.endpoint}: {result.title}"
        if isinstance(result, SurvivalResult):
            yield from _survival(result, names)
        elif isinstance(result, ChangeResult):
            yield from _change(result, names)
        else:
            yield from _incidence(result, names)


# ---------------------------------------------------------------- survival


def _survival(result: SurvivalResult, names: Names) -> Iterator[Table | str]:
    if result.imprecise_dates:
        yield f"{result.imprecise_dates} participants have a date whose day is not known"
    for analysis in result.analyses:
        yield from _analysis(analysis, names)
    days = [each.day for each in result.competing[0].estimates] if result.competing else []
    columns = ("group", *(f"day {day}" for day in days))
    for cause in dict.fromkeys(each.cause for each in result.competing):
        rows = [_competing(each, names) for each in result.competing if each.cause == cause]
        yield from _upright(
            rows, columns, f"Cumulative incidence: {cause}, the other cause competing (Aalen-Johansen)"
        )


def _analysis(analysis: Analysis, names: Names) -> Iterator[Table]:
    told = "Survival without transplantation" if analysis.transplant == "event" else "Survival"
    handled = {
        "alive": "the transplanted who live count as surviving",
        "event": "transplantation counts as death does",
        "censored": "observation ends at transplantation",
        "terminal": "observation ends at transplantation",
    }[analysis.transplant]
    rows = []
    for each in analysis.groups:
        count = each.at_horizon
        if count is not None:
            share = "" if count.proportion is None else _percent(count.proportion)
            rows.append(
                {"group": names[each.group], **count._asdict(), "of known": count.known, "share": share}
                | {"95% interval": _interval(count.low, count.high, percent=True)}
            )
    if rows:
        day = next(each.at_horizon.day for each in analysis.groups if each.at_horizon is not None)
        yield Table(rows, HORIZON, f"{told} at day {day} ({handled}; exact interval)")
    days = [each.day for each in analysis.groups[0].estimates]
    curves = []
    for group in analysis.groups:
        row: Row = {
            "group": names[group.group],
            "n": group.participants,
            "events": group.events,
            "median": "not reached" if group.median is None else f"day {group.median}",
        }
        for at in group.estimates:
            interval = _interval(at.low, at.high, percent=True)
            row[f"day {at.day}"] = (
                "" if at.survival is None else f"{_percent(at.survival)} {interval}".strip()
            )
        curves.append(row)
    columns = ("group", "n", "events", "median", *(f"day {day}" for day in days))
    title = f"{told}, Kaplan-Meier with log-log interval ({handled})"
    yield from _upright(curves, columns, title)
    tests = [
        {"arms": " / ".join(names[arm] for arm in each.groups)}
        | {"log-rank chi2": _number(each.log_rank.statistic if each.log_rank else None)}
        | {"log-rank p": _p(each.log_rank), "Fisher p": _p(each.fisher), "Boschloo p": _p(each.boschloo)}
        for each in analysis.comparisons
    ]
    if tests:
        yield Table(tests, TESTS, "Arms compared")


def _upright(rows: Sequence[Row], columns: Sequence[str], title: str) -> Iterator[Table]:
    """A table turned by a quarter where it has many columns: a group a column."""
    groups = [row["group"] for row in rows]
    turned = [
        {"": column, **{row["group"]: row.get(column) for row in rows}}
        for column in columns
        if column != "group"
    ]
    yield Table(turned, ("", *groups), title)


def _competing(each: Competing, names: Names) -> Row:
    days = {f"day {at.day}": "" if at.incidence is None else _percent(at.incidence) for at in each.estimates}
    return {"group": names[each.group], **days}


# ---------------------------------------------------------------- change


def _change(result: ChangeResult, names: Names) -> Iterator[Table | str]:
    rows: list[Row] = [
        {"visit": "Baseline", "group": names[group.group], **_summary(group.baseline, signed=False)}
        for group in result.groups
    ]
    reasons: list[Row] = []
    shifts: list[Row] = []
    for place, at in enumerate(result.groups[0].visits):
        for group in result.groups:
            here = group.visits[place]
            where = {"visit": at.name, "group": names[group.group]}
            undefined = {name: here.undefined.get(name, 0) for name in ("died", "transplanted")}
            missing = {"missing": sum(here.missing.values())}
            rows.append({**where, **_summary(here.change, signed=True), **undefined, **missing})
            reasons += [
                {**where, "why missing": why, "participants": count} for why, count in here.missing.items()
            ]
            shifts += [
                {**where, "from": each.from_, "to": each.to, "participants": each.n} for each in here.shifts
            ]
    yield Table(rows, CHANGE, f"Change from baseline in {result.name}; nothing is imputed")
    if reasons:
        yield Table(reasons, REASONS, "Missing")
    if shifts:
        yield Table(shifts, SHIFTS, "Classes, from baseline to the visit")


def _summary(summary: Summary, *, signed: bool) -> Row:
    def told(value: float | None) -> str:
        if value is None:
            return ""
        shown = round(value, 2) + 0.0  # no minus zero
        return f"{shown:+.2f}" if signed else f"{shown:.2f}"

    ends = (summary.lowest, summary.highest)
    return {
        "n": summary.n,
        "mean": told(summary.mean),
        "95% interval": _interval(summary.mean_low, summary.mean_high),
        "sd": "" if summary.sd is None else f"{summary.sd:.2f}",
        "median": told(summary.median),
        "range": " to ".join(str(end) for end in ends if end is not None),
    }


# ---------------------------------------------------------------- incidence


def _incidence(result: IncidenceResult, names: Names) -> Iterator[Table | str]:
    primary = result.primary.replace("_", " ")
    yield f"The protocol asks for '{primary}' first. Counts by the visit, in brackets since the one before"
    begin = [
        {
            "type": kind.type.replace("_", " "),
            "group": names[group.group],
            "participants": group.participants,
            "free": group.free_at_baseline,
            "present": group.present_at_baseline,
            "unknown": group.unknown_at_baseline,
        }
        for kind in result.types
        for group in kind.groups
    ]
    yield Table(begin, BASELINE, "At baseline")
    for kind in result.types:
        rows = []
        for place, at in enumerate(kind.groups[0].visits):
            for group in kind.groups:
                here = group.visits[place]
                count = here.new_or_worse
                rows.append(
                    {"visit": at.name, "group": names[group.group], **count._asdict()}
                    | {"incident": _counted(here.incident), "new or worse": _counted(count)}
                    | {"present": _present(here.prevalence)}
                )
        found_by = f", assessed at visits as '{kind.sign}'" if kind.sign else ", by episodes alone"
        yield Table(rows, INCIDENCE, f"{kind.type.replace('_', ' ').capitalize()}{found_by}")


def _counted(count: Count) -> str:
    interval = _interval(count.low, count.high, percent=True)
    return f"{count.cumulative} ({count.interval}) of {count.denominator} {interval}".strip()


def _present(found: Prevalence) -> str:
    return f"{found.present} of {found.denominator} {_interval(found.low, found.high, percent=True)}".strip()


# ---------------------------------------------------------------- words


def _percent(value: float) -> str:
    return f"{100 * value:.1f}%"


def _interval(low: float | None, high: float | None, *, percent: bool = False) -> str:
    if low is None or high is None:
        return ""
    return f"[{100 * low:.1f}, {100 * high:.1f}]" if percent else f"[{low:.2f}, {high:.2f}]"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _p(test: Test | None) -> str:
    if test is None:
        return ""
    return "<0.001" if test.p < 0.001 else f"{test.p:.3f}"
