"""What is refused about corrections that somebody else decides."""

from __future__ import annotations

from domain.adverse_event import AdverseEventChanged, AdverseEventRecorded
from domain.correction import (
    CorrectionFixApproved,
    CorrectionFixRequested,
    CorrectionProposed,
    CorrectionRejected,
    correction_stream,
)
from domain.errors import NotFound
from domain.fact import Fact
from domain.record import NewFact, Role
from domain.unblinding import Unblinded, UnblindingAssessed
from tests.support.trial import active, course, day, of_participant, person
from tests.workflows.refusals import CODE as CODE
from tests.workflows.refusals import refused as refused
from workflows import correction, observation, trial
from workflows.command import Command

Given = list[Command | NewFact]


def of_correction(*facts: Fact) -> Given:
    """Facts put into a correction's history as they are."""
    return [NewFact(correction_stream("C-1"), day(0, "11:00"), "1.0", fact) for fact in facts]


def said(command: type[Command], **fields: object) -> Command:
    """A command about the participant's result."""
    return command.model_validate({"participant": CODE, **fields})


VALUE = {"visit": "baseline", "result": "alt"}
PROPOSE = said(correction.ProposeCorrection, **VALUE, value="41")
ACCEPT = said(correction.AcceptCorrection, correction="C-1")
REJECT = said(correction.RejectCorrection, correction="C-1", ground="as it is")
APPROVE = said(correction.ApproveFix, correction="C-1")
APPLY = said(correction.ApplyFix, correction="C-1")
_ASKED = {
    "correction": "C-1",
    "participant": CODE,
    **VALUE,
    "was": "40 U/L",
    "value": "41",
    "unit": "U/L",
    "role": "data_manager",
    "ground": "misread",
}
MEASURED: Given = [*active(), *course("measured")]
PROPOSED: Given = [
    *MEASURED,
    *of_correction(CorrectionProposed.model_validate({**_ASKED, "asked_by": "data_manager"})),
]
FIX: Given = [
    *MEASURED,
    *of_correction(
        CorrectionFixRequested.model_validate({**_ASKED, "ticket": "T-1", "asked_by": "somebody"})
    ),
]
HALF: Given = [
    *FIX,
    *of_correction(
        CorrectionFixApproved(correction="C-1", ticket="T-1", approver="sun", role="data_manager")
    ),
]
_TOLD = (
    Unblinded(kind="emergency", informed=("the surgeon",), reason="operation"),
    UnblindingAssessed(assessment="nothing was assessed after it"),
)
UNBLINDED: Given = [*MEASURED, *of_participant(*_TOLD)]
_HAPPENED = AdverseEventRecorded(event="ae-1", term="fever", severity="mild")
_WORSE = AdverseEventChanged(event="ae-1", severity="severe")
CHANGED: Given = [*MEASURED, *of_participant(_HAPPENED, *_TOLD, _WORSE)]
_CHANGE = said(observation.CorrectResult, **VALUE, value="41")
_VOID = said(observation.VoidResult, **VALUE)

_NOT_THERE = said(correction.ProposeCorrection, visit="baseline", result="alt#9")

OF_CORRECTIONS = [
    refused("result.unknown", MEASURED, _NOT_THERE, NotFound),
    refused("result.same_value", MEASURED, said(correction.ProposeCorrection, **VALUE, value="40")),
    refused("result.voided_already", [*MEASURED, _VOID], said(correction.ProposeCorrection, **VALUE)),
    refused("correction.no_reason", MEASURED, PROPOSE, by=person(Role.MONITOR, "")),
    refused("correction.unknown", MEASURED, ACCEPT, NotFound),
    refused(
        "correction.unknown",
        [*PROPOSED, *course("screened", "S1-002")],
        said(correction.AcceptCorrection, correction="C-1", participant="S1-002"),
        NotFound,
    ),
    refused("result.changed_meanwhile", [*PROPOSED, _CHANGE], ACCEPT),
    refused(
        "correction.decided",
        [*PROPOSED, *of_correction(CorrectionRejected(correction="C-1", decided_by="chen", ground="no"))],
        ACCEPT,
    ),
    refused("correction.decided", [*PROPOSED, ACCEPT], REJECT),
    refused("correction.is_fix", FIX, ACCEPT),
    refused("fix.no_fix", PROPOSED, APPROVE),
    refused("fix.not_approved", FIX, APPLY),
    refused("fix.not_approved", HALF, APPLY),
    refused("fix.same_person", [*FIX, APPROVE], APPROVE),
    refused("fix.no_investigator", HALF, APPROVE, by=person(Role.DATA_MANAGER)),
    refused("correction.after_unblinding", UNBLINDED, _CHANGE),
    refused("correction.after_unblinding", UNBLINDED, _VOID),
    refused("correction.nothing_to_authorise", CHANGED, said(correction.AuthoriseChanges, facts=(1,))),
    refused("lock.change_unauthorised", [*CHANGED, trial.CloseEnrolment()], trial.LockTrial()),
]
