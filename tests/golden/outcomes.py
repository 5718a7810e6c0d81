"""What is told of outcomes and safety in the golden trial, and of what went wrong."""

from __future__ import annotations

from domain.incident import Incident
from projections.deviations import deviation_id
from tests.support.scenario import Scenario
from tests.support.trial import day
from workflows import (
    adverse_event,
    deviation,
    incident,
    outcome,
    outcome_correction,
    safety,
    safety_correction,
)
from workflows.command import Command


def outcomes(code: str) -> list[Command]:
    def said(kind: type[Command], **fields: object) -> Command:
        return kind.model_validate({"participant": code, **fields})

    return [
        said(outcome.RecordDecompensation, at=day(20), type="ascites", subtype="new", grade="2"),
        said(outcome.GradeDecompensation, at=day(22), episode="ascites-1", grade="3"),
        said(outcome.RecordDecompensationResolved, at=day(27), episode="ascites-1"),
        said(adverse_event.RecordAdverseEvent, at=day(20), term="Fever", severity="moderate", serious=True),
        *_safety(code),
        said(outcome.ClassifyDeviation, deviation="noted-1", classification="minor", cause="pump"),
        *_handled(code),
    ]


def _safety(code: str) -> list[Command]:
    def said(kind: type[Command], **fields: object) -> Command:
        return kind.model_validate({"participant": code, "event": "ae-1", **fields})

    why = "a day after the infusion"
    return [
        said(adverse_event.AssessCausality, causality="possible", expected=False, why=why),
        said(safety.RecordSubmission, at=day(20, "15:20"), recipient="sponsor", reference="F-1"),
        said(safety.RecordSponsorAwareness, at=day(20, "15:30")),
        said(
            safety.RecordSponsorAssessment,
            at=day(20, "16:00"),
            assessor="Dr Gao",
            causality="unlikely",
            expected=True,
            why="seen with the disease",
        ),
        said(
            adverse_event.RecordAdverseEventChange, at=day(21), criteria=("hospitalization",), aware=day(21)
        ),
        said(
            safety.RecordSafetyFollowUp,
            at=day(22),
            information="the fever is gone",
            outcome="recovered",
            criteria=("hospitalization",),
            note="given by artery",
        ),
        said(safety_correction.CorrectSafetyTime, step="submission", at=day(20, "15:00")),
        said(safety_correction.CorrectSafetyTime, step="sponsor_aware", at=day(20, "15:10")),
        said(safety.RecordSubmission, at=day(20, "16:00"), recipient="institution"),
        said(safety_correction.VoidSubmission, recipient="institution"),
        said(safety.CloseSafetyReport),
        adverse_event.RecordAdverseEvent(
            participant=code, at=day(23), term="Fever", severity="mild", criteria=("medically_important",)
        ),
        safety.VoidSafetyReport(participant=code, event="ae-2", why="the same event"),
        *_outcomes_put_right(code),
    ]


def _outcomes_put_right(code: str) -> list[Command]:
    """Of each kind one that was recorded in error, or otherwise than it was."""

    def said(command: type[Command], **fields: object) -> Command:
        return command.model_validate({"participant": code, **fields})

    return [
        said(outcome_correction.CorrectAdverseEvent, event="ae-1", at=day(19, "21:00")),
        said(outcome_correction.VoidAdverseEvent, event="ae-2"),
        said(outcome_correction.CorrectDecompensation, episode="ascites-1", at=day(19), grade="1"),
        said(outcome_correction.CorrectDecompensationGrade, episode="ascites-1", grade="2", at=day(23)),
        said(outcome_correction.CorrectDecompensationResolution, episode="ascites-1", at=day(26)),
        said(outcome_correction.VoidDecompensation, episode="ascites-1", part="resolution"),
    ]


def _handled(code: str) -> list[Command]:
    def said(command: type[Command], **fields: object) -> Command:
        name = deviation_id(code, "noted", "noted-1")
        return command.model_validate({"participant": code, "deviation": name, **fields})

    return [
        said(deviation.ExplainDeviation, cause="a pump failed", hazard="bleeding"),
        said(deviation.RecordDeviationAction, at=day(28), kind="preventive", action="a spare pump"),
        said(deviation.RecordDeviationReport, at=day(28), recipient="ethics", reference="EC-17"),
        said(deviation.RecordHazardNotice, at=day(28), recipient="sponsor"),
    ]


def incidents(scenario: Scenario) -> None:
    what = {"kind": "security", "what": "a notebook was stolen", "serious": True, "personal_data": True}
    scenario.given(incident.ReportIncident.model_validate({"at": day(38), "aware": day(39), **what}))
    [known] = scenario.view().singles(Incident)
    scenario.given(
        incident.AssessIncident(incident=known, serious=False, personal_data=True, why="its disk is sealed"),
        incident.RecordIncidentNotice(
            incident=known, at=day(40), recipient="data_protection", reference="P-1"
        ),
        incident.CloseIncident(incident=known, measures="notebooks stay in the ward"),
    )
