"""Random steps, sensible or not, of each machine: it keeps its table, and no forbidden state is reached."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from domain.alert import Alert
from domain.clinical_time import Instant
from domain.incident import Incident, IncidentReported, incident_stream
from domain.product_lot import ProductLot
from domain.query import Query, QueryOpened
from domain.record import NewFact, Role
from domain.trial import TrialStatus
from tests.support.commands import ALERTS
from tests.support.trial import (
    LOT,
    SECRET,
    TRIAL,
    active,
    adopted,
    amended,
    arm_routes,
    course,
    day,
    of_query,
    small,
)
from tests.workflows.driven import SETTINGS, Asked, Driven
from workflows import (
    alert,
    alert_machine,
    incident,
    incident_machine,
    infusion,
    infusion_machine,
    observation,
    participant,
    participant_machine,
    product_lot,
    product_lot_machine,
    query,
    query_machine,
    trial,
    trial_machine,
    visit,
    visit_machine,
)
from workflows.command import Command, Receipt

CODE = "S1-001"
EXAMPLES = 20

V2 = small({"version": "2.0"})


class TrialDriven(Driven):
    TABLE = trial_machine.TABLE
    GIVEN: ClassVar[list[Command]] = []
    MOVES: ClassVar[Asked] = {
        "adopt_protocol": adopted()[:1],
        "amend_protocol": amended(V2)[:1],
        "confirm_assumptions": [adopted()[1], amended(V2)[1]],
        "approve_ethics": [adopted()[2], amended(V2)[2]],
        "seal_list": [trial.SealList(secret=SECRET)],
        "reveal_allocation_secret": [trial.RevealSecret()],
        "activate_site": [trial.ActivateSite(site="S1"), trial.ActivateSite(site="S2")],
        "adopt_version_at_site": amended(V2)[3:],
        "activate": [trial.ActivateTrial()],
        "open_enrolment": [trial.OpenEnrolment()],
        "close_enrolment": [trial.CloseEnrolment()],
        "name_data_cut": [trial.NameDataCut(name="interim")],
        "freeze": [trial.FreezeTrial()],
        "lock": [trial.LockTrial()],
        "request_unlock": [trial.RequestTrialUnlock()],
        "unlock": [trial.UnlockTrial()],
        "archive": [trial.ArchiveTrial()],
    }

    def state(self) -> str:
        if not self.scenario.records():
            return str(TrialStatus.PLANNED)
        return str(self.scenario.view().trial.status)

    @invariant()
    def an_active_trial_has_all_it_needs(self) -> None:
        if self.state() in ("active", "frozen", "locked", "archived"):
            known = self.scenario.view().trial
            assert known.sites
            assert known.approved
            assert known.allocation_list is not None


class ParticipantDriven(Driven):
    TABLE = participant_machine.TABLE
    GIVEN: ClassVar[list[Command]] = [*active(), *course("screened")]
    MOVES: ClassVar[Asked] = {
        "schedule_visit": [
            visit.ScheduleVisit(participant=CODE, visit="week-4", appointment=day(30, "09:00"))
        ],
        "answer_criterion": [
            participant.AnswerCriteria(participant=CODE, answers={"disease": True, "pregnant": no})
            for no in (False, True)
        ],
        "sign_eligibility": [participant.SignEligibility(participant=CODE)],
        "randomize": [participant.Randomize(participant=CODE)],
        "order_infusion": [infusion.OrderInfusion(participant=CODE, weight_kg=Decimal(60))],
        "complete": [participant.CompleteParticipant(participant=CODE)],
    }
    REPORTS = (
        course("consented")[-1],
        course("consented")[-1],
        participant.RecordWithdrawal(participant=CODE, at=day(0), scope="treatment"),
        participant.RecordTransplant(participant=CODE, at=day(0)),
        infusion.RecordInfusion(participant=CODE, at=day(0), route="vein"),
        participant.RecordDeath(participant=CODE, at=day(0)),
    )

    def state(self) -> str:
        return str(self.scenario.view().participants()[CODE].status)

    def nobody_is_randomized_without_consent_and_signed_eligibility(self) -> None:
        known = self.scenario.view().participants()[CODE]
        assert known.randomized is None or (known.consents and known.eligible is not None)


class VisitDriven(Driven):
    TABLE = visit_machine.TABLE
    GIVEN: ClassVar[list[Command]] = [*active(), *course("consented")]
    MOVES: ClassVar[Asked] = {
        "schedule": [
            visit.ScheduleVisit(participant=CODE, visit="week-4", appointment=day(d, "09:00"))
            for d in (30, 31)
        ],
        "attend": [visit.RecordVisit(participant=CODE, at=day(0), visit="week-4")],
        "miss": [visit.RecordMissedVisit(participant=CODE, at=day(0), visit="week-4")],
    }

    def state(self) -> str:
        return visit_machine.state_of(self.scenario.view().visits(CODE).get(CODE, {}).get("week-4"))


class InfusionDriven(Driven):
    TABLE = infusion_machine.TABLE
    GIVEN: ClassVar[list[Command]] = [*active(), *course("randomized")]
    MOVES: ClassVar[Asked] = {
        "order": [infusion.OrderInfusion(participant=CODE, weight_kg=Decimal(60))],
        "assign_lot": [infusion.AssignLot(participant=CODE, lot=LOT, bag=bag) for bag in ("B1", "B2")],
        "release": [infusion.ReleaseInfusion(participant=CODE)],
        "receive": [infusion.ReceiveProduct(participant=CODE, bag=bag) for bag in ("B1", "B2")],
        "thaw": [infusion.ThawProduct(participant=CODE, use_by=day(0, "23:00"))],
        "check_identity": [
            infusion.CheckIdentity(participant=CODE, bag=bag, checkers=("a", "b")) for bag in ("B1", "B2")
        ],
        "premedicate": [infusion.Premedicate(participant=CODE)],
        "place_access": [infusion.PlaceAccess(participant=CODE, route=arm_routes(small())[0])],
        "start": [infusion.StartInfusion(participant=CODE)],
        "pause": [infusion.PauseInfusion(participant=CODE)],
        "resume": [infusion.ResumeInfusion(participant=CODE)],
        "complete": [infusion.CompleteInfusion(participant=CODE)],
        "stop_early": [infusion.StopInfusion(participant=CODE, reason="fever")],
        "skip": [infusion.SkipInfusion(participant=CODE, reason="fever")],
        "observe": [infusion.ObserveInfusion(participant=CODE)],
        "close": [infusion.CloseInfusion(participant=CODE)],
    }

    def state(self) -> str:
        known = self.scenario.view().infusions(CODE).get(CODE, {}).get("1")
        return infusion_machine.NONE if known is None else str(known.status)

    @rule()
    def go_on(self) -> None:
        """Take the next step of the usual course, so that deep states are reached often."""
        for command in course("closed"):
            if isinstance(command, infusion.OnInfusion) and isinstance(self.attempt(command), Receipt):
                return

    @invariant()
    def what_flows_was_checked(self) -> None:
        known = self.scenario.view().infusions(CODE).get(CODE, {}).get("1")
        if known is not None and known.started is not None:
            assert known.lot == LOT
            assert known.bag
            assert known.use_by is not None
            assert known.access is not None


class LotDriven(Driven):
    TABLE = product_lot_machine.TABLE
    GIVEN: ClassVar[list[Command]] = active()
    MOVES: ClassVar[Asked] = {
        "register": [product_lot.RegisterLot(lot="L2", bags=("X1",), expires=day(9))],
        "test": [
            product_lot.RecordLotTest(lot="L2", test="sterility", result="-", passed=passed)
            for passed in (True, False)
        ],
        "release": [product_lot.ReleaseLot(lot="L2")],
        "quarantine": [product_lot.QuarantineLot(lot="L2", reason="spill")],
        "reject": [product_lot.RejectLot(lot="L2", reason="growth")],
    }

    def state(self) -> str:
        known = self.scenario.view().singles(ProductLot).get("L2")
        return product_lot_machine.NONE if known is None else str(known.status)

    @rule(data=st.data())
    def ask(self, data: st.DataObject) -> None:
        """As before; a lot that is not registered is not found."""
        if self.state() == product_lot_machine.NONE:
            outcome = self.attempt(data.draw(st.sampled_from([c for cs in self.MOVES.values() for c in cs])))
            assert isinstance(outcome, Receipt) is (self.state() != product_lot_machine.NONE)
        else:
            self.ask_registered(data)

    def ask_registered(self, data: st.DataObject) -> None:
        trigger = data.draw(st.sampled_from(sorted(self.MOVES)))
        command = data.draw(st.sampled_from(self.MOVES[trigger]))
        before = self.state()
        outcome = self.attempt(command)
        moves = [m for m in self.TABLE.moves if m.trigger == trigger and before in m.sources]
        if isinstance(outcome, Receipt):
            assert self.state() in {move.target or before for move in moves}
        else:
            assert self.state() == before


class AlertDriven(Driven):
    TABLE = alert_machine.TABLE
    GIVEN: ClassVar[list[Command]] = active()
    ALERT = alert.id_of(ALERTS[0], TRIAL)
    MOVES: ClassVar[Asked] = {
        "escalate": [
            alert.EscalateAlert(
                alert=ALERT, level=1, role=Role.INVESTIGATOR, due_at=Instant.of(day(1).earliest)
            )
        ],
        "acknowledge": [alert.AcknowledgeAlert(alert=ALERT, reason="seen")],
        "resolve": [alert.ResolveAlert(alert=ALERT, reason="visit_attended")],
        "supersede": [alert.SupersedeAlert(alert=ALERT, reason="graver")],
    }

    def __init__(self) -> None:
        super().__init__()
        self.scenario.given(ALERTS[0])

    def state(self) -> str:
        return str(self.scenario.view().singles(Alert)[self.ALERT].status)

    @rule(data=st.data())
    def ask(self, data: st.DataObject) -> None:
        """As before; what the sweep asks for once more changes nothing and is no error."""
        trigger = data.draw(st.sampled_from(sorted(self.MOVES)))
        command = data.draw(st.sampled_from(self.MOVES[trigger]))
        before = self.state()
        outcome = self.attempt(command)
        moves = [m for m in self.TABLE.moves if m.trigger == trigger and before in m.sources]
        if isinstance(outcome, Receipt) and outcome.first:
            assert self.state() in {str(move.target) for move in moves}
        else:
            assert self.state() == before
            assert isinstance(outcome, Receipt) is (trigger != "acknowledge")


class QueryDriven(Driven):
    TABLE = query_machine.TABLE
    GIVEN: ClassVar[list[Command]] = [*active(), *course("measured")]
    MOVES: ClassVar[Asked] = {
        "answer": [query.AnswerQuery(query="Q-1", answer=words) for words in ("yes", "no")],
        "change": [
            observation.CorrectResult(
                participant=CODE, visit="baseline", result="alt", value=value, query="Q-1"
            )
            for value in ("41", "42")
        ],
        "close": [query.CloseQuery(query="Q-1")],
        "reopen": [query.ReopenQuery(query="Q-1", text="still open")],
        "cancel": [query.CancelQuery(query="Q-1", reason="in error")],
    }
    REPORTS = (query.OpenQuery(participant=CODE, visit="baseline", text="another one"),)

    def __init__(self) -> None:
        super().__init__()
        asked = QueryOpened(query="Q-1", participant=CODE, visit="baseline", result="alt", text="right?")
        self.scenario.given(of_query(asked))

    def state(self) -> str:
        return str(self.scenario.view().singles(Query)["Q-1"].status)

    @invariant()
    def what_is_closed_was_answered_or_led_to_a_change(self) -> None:
        known = self.scenario.view().singles(Query)["Q-1"]
        if known.status == "closed":
            assert {turn.kind for turn in known.turns} & {"answered", "changed"}


class IncidentDriven(Driven):
    TABLE = incident_machine.TABLE
    GIVEN: ClassVar[list[Command]] = active()
    MOVES: ClassVar[Asked] = {
        "assess": [
            incident.AssessIncident(incident="I-1", serious=serious, why="looked into")
            for serious in (True, False)
        ],
        "notify": [
            incident.RecordIncidentNotice(incident="I-1", at=day(0), recipient=recipient)
            for recipient in ("authority", "ethics")
        ],
        "close": [incident.CloseIncident(incident="I-1", measures="trained")],
    }

    def __init__(self) -> None:
        super().__init__()
        reported = IncidentReported(incident="I-1", kind="breach", what="forged", aware=day(0))
        self.scenario.given(NewFact(incident_stream("I-1"), day(-1), "1.0", reported))

    def state(self) -> str:
        return str(self.scenario.view().singles(Incident)["I-1"].status)

    @invariant()
    def what_is_closed_is_assessed_and_what_was_serious_when_it_was_closed_is_told(self) -> None:
        known = self.scenario.view().singles(Incident)["I-1"]
        if known.status == "closed":
            assert len(known.judged) > 1
            assert not known.judged[-1].serious or known.told("authority") is not None


@pytest.mark.parametrize(
    "machine",
    [
        TrialDriven,
        ParticipantDriven,
        VisitDriven,
        InfusionDriven,
        LotDriven,
        QueryDriven,
        AlertDriven,
        IncidentDriven,
    ],
)
@pytest.mark.requirement("SQ-01")
def test_no_forbidden_state_is_reached(machine: type[RuleBasedStateMachine]) -> None:
    examples = EXAMPLES // 3 if machine is IncidentDriven else EXAMPLES  # of three states
    run_state_machine_as_test(machine, settings=settings(SETTINGS, max_examples=examples))
