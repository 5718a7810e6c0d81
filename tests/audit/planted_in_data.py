"""Faults planted in results, outcomes, queries and records."""

from __future__ import annotations

from domain.casebook_record import RecordFrozen
from domain.decompensation import DecompensationGraded, DecompensationOpened, DecompensationResolved
from domain.deviation import DeviationExplained
from domain.observation import (
    AssessmentGraded,
    EditCheckAnswered,
    EditCheckFired,
    ResultCorrected,
    ResultVoided,
)
from domain.query import QueryOpened
from tests.audit.planted import CODE, CONSENTED, MEASURED, RANDOMIZED, Planted, of, result
from tests.support.trial import day, of_query
from workflows import outcome

IN_DATA = {
    "a result twice": Planted(
        MEASURED, of(result()), "observation.record_results", {"result.recorded_already"}
    ),
    "a result no protocol has": Planted(
        MEASURED, of(result("hair")), "observation.record_results", {"item.unknown"}
    ),
    "a result in a strange unit": Planted(
        MEASURED, of(result("alt#2", unit="mg")), "observation.record_results", {"result.unit_unknown"}
    ),
    "a grade that is none": Planted(
        MEASURED,
        of(AssessmentGraded(visit="baseline", result="ascites#2", grade="huge")),
        "observation.record_results",
        {"result.grade_unknown"},
    ),
    "a correction that forges what stood there": Planted(
        MEASURED,
        of(ResultCorrected(visit="baseline", result="alt", value="41", unit="U/L", was="39 U/L")),
        "observation.correct",
        {"result.changed_meanwhile"},
    ),
    "a correction of nothing": Planted(
        CONSENTED,
        of(ResultVoided(visit="baseline", result="alt", was="40 U/L")),
        "observation.void",
        {"result.unknown"},
    ),
    "an edit check that no value fired": Planted(
        MEASURED,
        of(EditCheckFired(visit="baseline", result="alt", check="query", value="40 U/L", limits="..1 U/L")),
        "observation.record_results",
        {"fact.alone"},
    ),
    "an edit check answered that is not open": Planted(
        MEASURED,
        of(EditCheckAnswered(visit="baseline", result="alt", answer="yes")),
        "observation.answer_edit_check",
        {"edit_check.none_open"},
    ),
    "a decompensation the protocol does not name": Planted(
        CONSENTED,
        of(DecompensationOpened(episode="itch-1", type="itch")),
        "outcome.record_decompensation",
        {"decompensation.type"},
    ),
    "a grade of no episode": Planted(
        CONSENTED,
        of(DecompensationGraded(episode="ascites-9", grade="2")),
        "outcome.grade_decompensation",
        {"decompensation.unknown"},
    ),
    "the end of no episode": Planted(
        CONSENTED,
        of(DecompensationResolved(episode="ascites-9")),
        "outcome.record_decompensation_resolved",
        {"decompensation.unknown"},
    ),
    "a correction to what stands there": Planted(
        MEASURED,
        of(ResultCorrected(visit="baseline", result="alt", value="40", unit="U/L", was="40 U/L")),
        "observation.correct",
        {"result.same_value"},
    ),
    "a result of a visit beside the plan that never was": Planted(
        MEASURED,
        of(result(visit="unscheduled-1")),
        "observation.record_results",
        {"visit.unknown"},
    ),
    "an episode twice": Planted(
        [*CONSENTED, outcome.RecordDecompensation(participant=CODE, type="ascites", at=day(0, "11:00"))],
        of(DecompensationOpened(episode="ascites-2", type="ascites")),
        "outcome.record_decompensation",
        {"decompensation.recorded_already"},
    ),
    "a cause that names an arm": Planted(
        RANDOMIZED,
        of(DeviationExplained(deviation="dev-0123456789ab", cause="given by artery"), at="13:00"),
        "deviation.explain",
        {"unblinding.names_arm"},
    ),
    "a query about a visit and an item that there are none of": Planted(
        MEASURED,
        of_query(QueryOpened(query="Q-1", participant=CODE, visit="week-8", result="hair", text="right?")),
        "query.open",
        {"visit.unknown", "item.unknown"},
    ),
    "an empty record frozen": Planted(
        CONSENTED, of(RecordFrozen(record="week-4")), "record.freeze", {"record.unknown"}
    ),
}
"""Each fault as people would say it."""
