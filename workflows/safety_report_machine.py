"""The safety report's machine: open → reported → closed, open again by follow-up, or voided.

Whoever a voided report was sent to is told that it is void; when that, or the report itself, was sent can be
put right, and that it was sent at all. Nothing else follows it.
"""

from __future__ import annotations

from domain.adverse_event import Assessment
from domain.fact import Fact
from domain.safety import (
    SafetyFollowUpReceived,
    SafetyReport,
    SafetyReportClosed,
    SafetyReportCorrected,
    SafetyReportOpened,
    SafetyReportStatus,
    SafetyReportSubmitted,
    SafetyReportVoided,
    SafetySubmissionVoided,
    SafetyTimeCorrected,
    SponsorAssessed,
    SponsorAware,
)
from domain.safety_clocks import clocks
from domain.safety_rules import SafetyRules
from workflows.machine import Cursor, Machine, Move, Rule, Table, every, guard

S = SafetyReportStatus
NONE = "none"
_LIVING = (S.OPEN, S.REPORTED)
_STANDING = (S.OPEN, S.REPORTED, S.CLOSED)

TABLE = Table(
    "safety_report",
    (NONE, *every(S)),
    (
        Move("open", (NONE,), S.OPEN),
        Move("submit", _LIVING, S.REPORTED),
        Move("submit", (S.CLOSED,), None),
        Move("submit", (S.VOIDED,), None, ("was_sent_to",)),
        Move("correct", _STANDING, None),
        Move("correct_time", every(S), None),
        Move("void_submission", (S.REPORTED, S.CLOSED), S.REPORTED),
        Move("void_submission", (S.VOIDED,), None),
        Move("follow_up", _LIVING, None),
        Move("follow_up", (S.CLOSED,), S.REPORTED),
        Move("learn", _STANDING, None, ("sponsor_not_aware_yet",)),
        Move("assess", _STANDING, None),
        Move("close", (S.REPORTED,), S.CLOSED, ("outcome_known", "causality_assessed", "told_in_full")),
        Move("void", _STANDING, S.VOIDED),
    ),
    {
        **{
            ("open", state): Rule(
                "safety.reported_already", "there is a report on this event", "该事件已有报告"
            )
            for state in every(S)
        },
        ("close", S.OPEN): Rule("safety.not_reported", "nothing has been reported yet", "尚未报告"),
        ("*", S.VOIDED): Rule("safety.voided", "the report is voided", "报告已作废"),
    },
)
MACHINE = Machine(TABLE)

STEPS: dict[type[Fact], str] = {
    SafetyReportOpened: "open",
    SafetyReportSubmitted: "submit",
    SafetyReportCorrected: "correct",
    SafetyTimeCorrected: "correct_time",
    SafetySubmissionVoided: "void_submission",
    SafetyFollowUpReceived: "follow_up",
    SponsorAware: "learn",
    SponsorAssessed: "assess",
    SafetyReportClosed: "close",
    SafetyReportVoided: "void",
}
"""The move that each fact says was made: what a replay of the history asks of this machine."""


class SafetyReportCursor(Cursor):
    """A report at the moment of a step, with the investigator's assessments of the event."""

    def __init__(
        self,
        report: SafetyReport | None,
        assessments: tuple[Assessment, ...],
        rules: SafetyRules,
        recipient: str = "",
    ) -> None:
        super().__init__(NONE if report is None else report.status)
        self.report = report
        self.assessments = assessments
        self.rules = rules
        self.recipient = recipient

    @guard("safety.sponsor_aware_already", "the sponsor's awareness is recorded", "申办者获知时间已记录")
    def sponsor_not_aware_yet(self) -> bool:
        return self.report is not None and self.report.sponsor_aware is None

    @guard("safety.voided_unsent", "the voided report was not sent to them", "作废的报告未曾送交该方")
    def was_sent_to(self) -> bool:
        return self.report is not None and bool(self.report.sent_to(self.recipient))

    @guard("safety.outcome_missing", "the outcome of the event is not recorded", "尚未记录事件转归")
    def outcome_known(self) -> bool:
        return self.report is not None and self.report.now.outcome != ""

    @guard("safety.causality_missing", "nobody has assessed the causality", "尚未评价因果关系")
    def causality_assessed(self) -> bool:
        return bool(self.assessments) or (self.report is not None and bool(self.report.sponsor_assessments))

    @guard("safety.untold", "something is still to be reported", "仍有待报告事项")
    def told_in_full(self) -> bool:
        if self.report is None:
            return False
        running = clocks(self.report, self.assessments, self.rules)
        return all(clock.met or clock.ended for clock in running)
