"""Random steps on records of a casebook, corrections and safety reports: each machine keeps its table.

A record's status is computed, so that its machine is held against a model of it that is written here anew.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from domain.correction import Correction
from domain.errors import TrialogError
from domain.record import Role
from domain.safety import SafetyReport
from projections.casebook import record_rows
from projections.rebuild import compare
from tests.support.casebooks import signature, verification
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, course, day, person
from tests.workflows.driven import SETTINGS, Asked, Driven
from tests.workflows.refusals_of_corrections import ACCEPT, APPLY, APPROVE, FIX, PROPOSED, REJECT, Given
from workflows import (
    adverse_event,
    casebook_record,
    correction_machine,
    observation,
    safety,
    safety_report_machine,
)
from workflows.command import Command, Receipt
from workflows.policy import PERMITTED

CODE = "S1-001"
EXAMPLES = 5
STEPS = ("change", "verify", "sign", "freeze", "unfreeze", "lock", "ask_to_unlock", "unlock")


class RecordDriven(RuleBasedStateMachine):
    """The record `baseline`: entered → verified → frozen → signed → locked, and what each step asks."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.scenario = Scenario(Path(self.folder.name))
        self.scenario.given(active(), course("measured"))
        self.alt = 40
        self.is_verified = False
        self.signed_by: set[Role] = set()
        self.closing = ""
        self.asked_by: Role | None = None

    def taken(self, command: Command, role: Role, *, expected: bool) -> bool:
        """Whether a step was taken: as the model says, and a refusal leaves nothing."""
        self.scenario.clock.advance(minutes=1)
        head = self.scenario.app.reading.head(TRIAL)
        try:
            self.scenario.app.engine.execute(TRIAL, command, person(role))
        except TrialogError as refused:
            assert not expected, refused  # noqa: PT017 - others are to be looked at as well
            assert self.scenario.app.reading.head(TRIAL) == head
            return False
        assert expected, f"{command.KIND} was taken"
        return True

    def closed(self, kind: type[casebook_record.OnClosing], role: Role, *, expected: bool) -> bool:
        command = kind.model_validate({"participant": CODE, "record": "baseline"})
        return self.taken(command, role, expected=expected)

    @rule(step=st.sampled_from(STEPS), first=st.booleans())
    def take(self, step: str, first: bool) -> None:
        """Take a step, by the one or the other of two who may."""
        getattr(self, step)(first)

    def change(self, _first: bool) -> None:
        self.alt += 1
        corrected = {"participant": CODE, "visit": "baseline", "result": "alt", "value": str(self.alt)}
        command = observation.CorrectResult.model_validate(corrected)
        if self.taken(command, Role.COORDINATOR, expected=not self.closing):
            self.is_verified, self.signed_by = False, set()

    def verify(self, _first: bool) -> None:
        expected = self.closing != "locked" and not self.is_verified
        self.taken(verification(self.scenario, CODE, "baseline"), Role.MONITOR, expected=expected)
        self.is_verified |= expected

    def sign(self, first: bool) -> None:
        role = Role.INVESTIGATOR if first else Role.PRINCIPAL_INVESTIGATOR
        expected = self.closing != "locked" and role not in self.signed_by
        if self.taken(signature(self.scenario, CODE, "baseline"), role, expected=expected):
            self.signed_by.add(role)

    def freeze(self, _first: bool) -> None:
        if self.closed(casebook_record.FreezeRecord, Role.DATA_MANAGER, expected=not self.closing):
            self.closing = "frozen"

    def unfreeze(self, _first: bool) -> None:
        expected = self.closing == "frozen"
        if self.closed(casebook_record.UnfreezeRecord, Role.DATA_MANAGER, expected=expected):
            self.closing = ""

    def lock(self, _first: bool) -> None:
        expected = self.closing != "locked"
        if self.closed(casebook_record.LockRecord, Role.DATA_MANAGER, expected=expected):
            self.closing = "locked"

    def ask_to_unlock(self, first: bool) -> None:
        role = Role.DATA_MANAGER if first else Role.PRINCIPAL_INVESTIGATOR
        expected = self.closing == "locked" and self.asked_by is None
        if self.closed(casebook_record.RequestRecordUnlock, role, expected=expected):
            self.asked_by = role

    def unlock(self, first: bool) -> None:
        role = Role.DATA_MANAGER if first else Role.PRINCIPAL_INVESTIGATOR
        expected = self.closing == "locked" and self.asked_by not in (None, role)
        if self.closed(casebook_record.UnlockRecord, role, expected=expected):
            self.closing, self.asked_by = "", None

    @invariant()
    def it_stands_where_the_model_says(self) -> None:
        view = self.scenario.view()
        rows = record_rows(self.scenario.app.reading, view, CODE)
        (told,) = [row.status for row in rows if row.record == "baseline"]
        entered = "verified" if self.is_verified else "entered"
        unlocked = "signed" if self.signed_by else self.closing or entered
        assert told == ("locked" if self.closing == "locked" else unlocked)

    def teardown(self) -> None:
        assert compare(self.scenario.app.reading, TRIAL)[1] == []
        self.scenario.close()
        self.folder.cleanup()


class Usual(Driven):
    """A machine that also goes its usual way, so that its deep states are reached."""

    USUAL: ClassVar[tuple[Command, ...]]
    step = 0

    @rule(data=st.data())
    def ask(self, data: st.DataObject) -> None:
        if data.draw(st.booleans()):
            self.attempt(self.USUAL[self.step % len(self.USUAL)])
            self.step += 1
        Driven.ask(self, data)


class CorrectionDriven(Usual):
    """A proposal, decided by whoever may, one after the other."""

    TABLE = correction_machine.TABLE
    GIVEN: ClassVar[list[Command]] = []
    BEFORE: ClassVar[Given] = PROPOSED
    USUAL: ClassVar[tuple[Command, ...]] = (ACCEPT,)
    MOVES: ClassVar[Asked] = {"accept": [ACCEPT], "reject": [REJECT], "approve": [APPROVE], "apply": [APPLY]}
    REPORTS = tuple(
        observation.CorrectResult(participant=CODE, visit="baseline", result="alt", value=value)
        for value in ("42", "43")
    )

    def __init__(self) -> None:
        super().__init__()
        self.turn = 0
        self.scenario.given(self.BEFORE)

    def state(self) -> str:
        return str(self.scenario.view().singles(Correction)["C-1"].status)

    def attempt(self, command: Command) -> Receipt | TrialogError:
        """By another of those who may, each time."""
        self.turn += 1
        may = sorted(PERMITTED[type(command)])
        self.scenario.clock.advance(minutes=1)
        try:
            return self.scenario.app.engine.execute(TRIAL, command, person(may[self.turn % len(may)]))
        except TrialogError as error:
            return error

    @invariant()
    def what_was_applied_two_approved(self) -> None:
        known = self.scenario.view().singles(Correction)["C-1"]
        assert known.status != "applied" or len({each.approver for each in known.approvals}) == 2


class FixDriven(CorrectionDriven):
    """A data fix."""

    BEFORE = FIX
    REPORTS = ()
    USUAL = (APPROVE, APPROVE, APPLY)
    MOVES: ClassVar[Asked] = {"accept": [ACCEPT], "approve": [APPROVE], "apply": [APPLY]}


_ON = {"participant": CODE, "event": "ae-1"}
VOID = safety.VoidSafetyReport.model_validate({**_ON, "why": "opened in error"})


class SafetyReportDriven(Usual):
    """The report on a serious event."""

    TABLE = safety_report_machine.TABLE
    GIVEN: ClassVar[list[Command]] = [
        *active(),
        *course("consented"),
        safety.OpenSafetyReport(
            participant=CODE,
            at=day(0),
            aware=day(0),
            term="bleeding",
            severity="severe",
            criteria=("hospitalization",),
        ),
    ]
    MOVES: ClassVar[Asked] = {
        "submit": [
            safety.RecordSubmission.model_validate({**_ON, "at": day(0, "09:30"), "recipient": whom})
            for whom in ("sponsor", "authority", "ethics")
        ],
        "follow_up": [
            safety.RecordSafetyFollowUp.model_validate(
                {**_ON, "at": day(0, "09:30"), "information": "better", "significant": is_significant}
            )
            for is_significant in (True, False)
        ],
        "learn": [safety.RecordSponsorAwareness.model_validate({**_ON, "at": day(0, "09:30")})],
        "close": [safety.CloseSafetyReport.model_validate(_ON)],
    }
    REPORTS = (
        safety.RecordSafetyFollowUp.model_validate(
            {**_ON, "at": day(0, "09:30"), "information": "over", "outcome": "recovered"}
        ),
        adverse_event.AssessCausality.model_validate({**_ON, "causality": "unlikely", "why": "before it"}),
    )

    USUAL = (*MOVES["submit"], *REPORTS, *MOVES["close"])

    def state(self) -> str:
        return str(self.scenario.view().singles(SafetyReport)[f"{CODE}/ae-1"].status)

    @rule(often=st.integers(0, 9))
    def void(self, often: int) -> None:
        """Seldom, since it ends the report."""
        if often == 5:
            before = self.state()
            outcome = self.attempt(VOID)
            assert isinstance(outcome, Receipt) is (before != "voided")
            assert self.state() == "voided"


@pytest.mark.parametrize("machine", [RecordDriven, CorrectionDriven, FixDriven, SafetyReportDriven])
@pytest.mark.requirement("SQ-01")
def test_no_forbidden_state_is_reached(machine: type[RuleBasedStateMachine]) -> None:
    limits = settings(SETTINGS, max_examples=EXAMPLES, stateful_step_count=25)
    run_state_machine_as_test(machine, settings=limits)
