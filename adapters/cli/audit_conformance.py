"""`trialog audit conformance`: every stored fact asked of the rules again, held against the deviation log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.cli.audit import Language, fact_line, group
from adapters.cli.commands import Answer, Asked, answers
from adapters.cli.output import Table, instants
from adapters.cli.progress import progress
from adapters.cli.rows import Row
from domain.errors import Broken

if TYPE_CHECKING:
    from adapters.conformance import Conformance, Mirrored, Verdict

COLUMNS = ("position", "about", "sentence", "rule", "words", "move", "state", "protocol_version", "verdict")
LOG_COLUMNS = ("rule", "deviations", "refused", "why_not")


@answers(group, "conformance", example="audit conformance --store trial.db")
def conformance(question: Asked, language: Language = "en") -> Answer:
    """Replay every fact through the rules of the protocol version then in force, and list what they refuse.

    What happened against the rules is explained by its deviation. What is unexplained is a fault of the
    product or of the store: then the exit code is 3.
    """
    from adapters.conformance import conformance as replayed

    view = question.view
    with progress("Replaying", view.position) as bar:
        found = replayed(question.app, view, question.judging, bar)
    rows = [_row(each, language) for each in found.verdicts]
    deviations = [_mirrored(each) for each in found.deviations]
    data = {
        **instants(view),
        "facts": found.facts,
        "refused": len(rows),
        "unexplained": len(found.unexplained),
        "rows": rows,
        "deviations": deviations,
    }
    return Answer(data, tuple(_shown(data)), _failure(view.trial_id, found))


def _row(verdict: Verdict, language: str) -> Row:
    refusal = verdict.refusal
    return {
        "about": refusal.subject or refusal.entry.record.stream,
        "judged": str(refusal.judged),
        "rule": refusal.rule.code,
        "words": refusal.rule.zh if language == "zh" else refusal.rule.en,
        "machine": refusal.machine,
        "move": refusal.move,
        "state": refusal.state,
        "explained": verdict.is_explained,
        "deviation": None if verdict.deviation is None else verdict.deviation.id,
        "deviation_rule": None if verdict.deviation is None else verdict.deviation.rule,
        "verdict": verdict.why,
        **fact_line(refusal.entry, language),
    }


def _mirrored(each: Mirrored) -> Row:
    deviation = each.deviation
    return {
        "deviation": deviation.id,
        "participant": deviation.participant,
        "rule": deviation.rule,
        "subject": deviation.subject,
        "facts": list(deviation.facts),
        "refused_at": list(each.refused_at),
        "why": each.why,
    }


def _shown(data: Row) -> list[Table | str]:
    explained = data["refused"] - data["unexplained"]
    told = (
        f"{data['trial']}: {data['facts']} facts asked of the rules; {data['refused']} refusals,"
        f" {explained} explained by deviations, {data['unexplained']} unexplained"
    )
    shown: list[Table | str] = [told]
    if data["rows"]:
        rows = [{**row, "verdict": _verdict(row)} for row in data["rows"]]
        shown.append(Table(rows, COLUMNS, "Refused"))
    if data["deviations"]:
        shown.append(Table(_counted(data["deviations"]), LOG_COLUMNS, "Deviation log"))
    return shown


def _counted(deviations: list[Row]) -> list[Row]:
    """The log by rule: how many of its deviations the replay refuses too, and why not the others."""
    log: dict[str, Row] = {}
    for each in deviations:
        row = log.setdefault(
            each["rule"], {"rule": each["rule"], "deviations": 0, "refused": 0, "why_not": ""}
        )
        row["deviations"] += 1
        row["refused"] += bool(each["refused_at"])
        row["why_not"] = row["why_not"] or each["why"]
    return list(log.values())


def _verdict(row: Row) -> str:
    return f"{row['verdict']}: {row['deviation']}" if row["explained"] else str(row["verdict"])


def _failure(trial: str, found: Conformance) -> Broken | None:
    if not found.unexplained:
        return None
    first = found.unexplained[0].refusal
    more = len(found.unexplained) - 1
    return Broken(
        "conformance.unexplained",
        f"position {first.entry.record.position}: {first.rule.en} ({first.rule.code})"
        f"{f', and {more} more' if more else ''}",
        where=trial,
        rule="every stored fact is one that the rules allow, or a deviation",
    )
