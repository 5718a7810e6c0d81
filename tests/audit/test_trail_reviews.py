"""The review of the audit trail as a fact: planned, by somebody who entered none of it, with what it saw."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.errors import Denied
from domain.query import Query
from domain.record import NewFact, Role
from domain.trail_review import TRAIL_REVIEW_STREAM, AuditTrailReviewed
from projections.review_signals import Thresholds
from projections.review_signals.signal import SIGNALS
from projections.trail_reviews import Material, material, review_rows, review_state
from tests.audit.planted import plant
from tests.audit.test_review import CODE, corrected, entered
from tests.support.scenario import Scenario
from tests.support.trial import READINGS, TRIAL, active, course, day, person, small
from workflows import observation, query, trail_review, trial

MONITOR = person(Role.MONITOR)
STRICT = Thresholds(
    bulk_entries=6,
    bulk_within=timedelta(minutes=8),
    corrections=3,
    monitoring=(date(2026, 3, 12),),
    late=timedelta(days=5),
)


def seen(scenario: Scenario, thresholds: Thresholds = STRICT) -> Material:
    return material(scenario.app.reading, scenario.view(), thresholds)


def reviewed(material: Material, findings: str = "explained by the site") -> trail_review.ReviewAuditTrail:
    return trail_review.ReviewAuditTrail(
        first=material.first,
        last=material.last,
        signals=material.seen,
        material=material.digest,
        enterers=material.enterers,
        findings=findings,
    )


@pytest.fixture
def striking(scenario: Scenario) -> Scenario:
    """A trial in which something of every kind that a review should see was done."""
    change = {
        "id": "alt-change",
        "title": {"en": "ALT"},
        "kind": "change",
        "measure": "alt",
        "visits": ["week-4"],
    }
    scenario.given(active(small({"endpoints": [change]})), course("measured"))
    entered(scenario, *(observation.RecordDialysis(participant=CODE, at=day(0)) for _ in range(6)))
    again = observation.RecordResults(
        participant=CODE, at=day(0, "11:00"), visit="baseline", readings=READINGS[2:], repeat=True
    )
    entered(scenario, again, by=replace(person(Role.OUTCOME_ASSESSOR), actor="coordinator"))
    scenario.on(8, "23:30")
    late = observation.RecordResults(
        participant=CODE, at=day(1, "09:00"), visit="baseline", readings=READINGS[:1], repeat=True
    )
    entered(scenario, late)
    scenario.given(trial.NameDataCut(name="interim"))
    scenario.given(corrected("41"), corrected("42"), corrected("6", "tbil"))
    scenario.given(query.OpenQuery(participant=CODE, visit="baseline", result="tbil", text="right?"))
    asked = next(iter(scenario.view().singles(Query)))
    scenario.given(corrected("7", "tbil").model_copy(update={"query": asked}))
    scenario.given(observation.VoidResult(participant=CODE, visit="baseline", result="alt"))
    return scenario


@pytest.mark.requirement("DR-05")
def test_every_seeded_anomaly_is_seen_and_the_review_says_so(striking: Scenario) -> None:
    found = seen(striking)
    assert {each.code for each in found.signals if each.findings} == set(SIGNALS) - {"access"}
    assert "access not_checked" in found.seen
    assert "coordinator" in found.enterers
    striking.app.engine.execute(TRIAL, reviewed(found), MONITOR)
    (row,) = review_rows(striking.app.reading, striking.view())
    assert (row.reviewer, row.role, row.own_entries) == (MONITOR.actor, "monitor", False)
    assert (row.first, row.last, row.signals) == (1, found.last, found.seen)
    assert row.findings == "explained by the site"
    fact = striking.records()[-1].fact
    assert isinstance(fact, AuditTrailReviewed)
    assert fact.material == found.digest != seen(striking, replace(STRICT, repeated=9)).digest


@pytest.mark.requirement("DR-05")
def test_whoever_entered_data_in_the_period_does_not_review_it(striking: Scenario) -> None:
    """By role, and by name where the same person holds another one."""
    with pytest.raises(Denied) as by_role:
        striking.app.engine.execute(TRIAL, reviewed(seen(striking)), person(Role.COORDINATOR))
    assert by_role.value.code == "policy.denied"
    both = replace(MONITOR, actor="coordinator")
    with pytest.raises(Denied) as by_name:
        striking.app.engine.execute(TRIAL, reviewed(seen(striking)), both)
    assert by_name.value.code == "trail_review.own_entries"


def test_a_review_that_hides_who_entered_is_found_in_the_trail_itself(striking: Scenario) -> None:
    """The command is told who entered data; whoever lies to it is found by asking the trail again."""
    material = seen(striking)
    told = reviewed(material).model_dump(exclude={"at", "enterers"})
    fact = AuditTrailReviewed.model_validate(told)
    by = replace(MONITOR, actor="coordinator")
    plant(
        striking,
        NewFact(TRAIL_REVIEW_STREAM, day(9), "1.0", fact),
        kind=trail_review.ReviewAuditTrail.KIND,
        by=by,
    )
    assert [row.own_entries for row in review_rows(striking.app.reading, striking.view())] == [True]


def test_the_protocol_plans_when_the_next_review_is_due(scenario: Scenario) -> None:
    """From twenty days before the trial began on, when the site was activated."""
    rules = {"review": {"audit_trail_days": 40}}
    scenario.given(active(small(rules)), course("measured"))
    state = review_state(scenario.view())
    assert (state.every_days, state.reviews, state.last, state.overdue) == (40, 0, None, False)
    scenario.on(21)
    assert review_state(scenario.view()).overdue
    scenario.given(reviewed(seen(scenario)))
    done = review_state(scenario.view())
    assert (done.reviews, done.reviewed_to, done.overdue) == (1, scenario.view().position - 1, False)
    scenario.on(60)
    assert not review_state(scenario.view()).overdue
    scenario.on(62)
    assert review_state(scenario.view()).overdue
