"""The further rules: safety clocks, queries, access reviews, restores and the server's clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.access_review import AccessReviews
from domain.account_state import Accounts
from domain.alert import Alert
from domain.backup import BackupMade, RestoreFailed, RestoreProved
from domain.clinical_time import Instant
from domain.happened import Happened
from domain.identifiers import SYSTEM_LOG
from domain.query import Query
from domain.record import Attribution, Origin, Role
from domain.server_clock import ClockJumped
from domain.site_calendar import Weekdays, after_working_days
from projections.alerts import alerts_of
from scheduler.clock_watch import ClockWatch
from scheduler.sweep import due, ladders_of
from scheduler.sweeper import SWEEP
from scheduler.watch import Watch
from tests.support.alerts import ALERTS, Told, sweeper, swept, telling, told
from tests.support.scenario import Scenario
from tests.support.trial import active, course, day
from workflows import backup, outcome_correction, participant, query, safety
from workflows.alert import RaiseAlert
from workflows.query import OpenQuery

CODE = "S1-001"
RULES = [
    *ALERTS,
    {
        "id": "sae_report_due",
        "rule": "sae_report_due",
        "hours": 20,
        "roles": ["investigator"],
        "escalation": [{"role": "principal_investigator", "hours": 2}],
    },
    {"id": "sae_report_overdue", "rule": "sae_report_overdue", "hours": 24, "roles": ["sponsor"]},
    {"id": "query_unanswered", "rule": "query_unanswered", "days": 14, "roles": ["coordinator"]},
    {"id": "query_forgotten", "rule": "query_unanswered", "days": 30, "roles": ["data_manager"]},
    {"id": "access_review_overdue", "rule": "access_review_overdue", "days": 90, "roles": ["administrator"]},
    {"id": "verification_failed", "rule": "verification_failed", "roles": ["administrator"]},
    {"id": "clock_drift", "rule": "clock_drift", "roles": ["administrator"]},
]
PLAN = telling({"alerts": RULES})


@pytest.fixture
def infused(scenario: Scenario) -> Scenario:
    scenario.given(active(PLAN), course("started", document=PLAN))
    return scenario


def of(scenario: Scenario, family: str) -> list[Told]:
    return [each for each in told(scenario) if family in each.rule]


# ---------------------------------------------------------------- safety


def serious(**more: object) -> safety.OpenSafetyReport:
    return safety.OpenSafetyReport.model_validate(
        {
            "participant": CODE,
            "at": day(9),
            "term": "Variceal bleeding",
            "severity": "severe",
            "criteria": ("hospitalization",),
            "aware": day(10, "12:00"),
            **more,
        }
    )


def test_the_clock_of_a_serious_event_is_told_at_20_and_24_hours_through_the_night(
    infused: Scenario,
) -> None:
    infused.on(10).given(serious())
    sweep = sweeper(infused)
    for clock, rules in (("07:59", []), ("08:00", ["sae_report_due"]), ("11:59", ["sae_report_due"])):
        swept(infused.on(11, clock), sweep)
        assert [each.rule for each in of(infused, "sae")] == rules, clock
    swept(infused.on(11, "12:00"), sweep)
    assert of(infused, "sae") == [
        Told("ae-1 sae", "sae_report_due", "investigator", "superseded"),
        Told("ae-1 sae", "sae_report_overdue", "sponsor", "raised"),
    ]
    infused.given(
        safety.RecordSubmission(participant=CODE, event="ae-1", at=day(11, "12:30"), recipient="sponsor")
    )
    swept(infused, sweep)
    assert of(infused, "sae")[-1].status == "resolved"


def test_an_event_that_is_serious_again_is_told_again(infused: Scenario) -> None:
    infused.on(10).given(serious())
    sweep = sweeper(infused)
    swept(infused.on(11, "08:00"), sweep)
    news = safety.RecordSafetyFollowUp(
        participant=CODE, event="ae-1", at=day(11, "08:30"), information="seen at once", serious=False
    )
    infused.on(11, "09:00").given(news)
    swept(infused, sweep)
    assert [each.status for each in of(infused, "sae")] == ["resolved"]
    again = {"at": day(11, "09:30"), "serious": True, "criteria": ("hospitalization",)}
    infused.on(11, "10:00").given(news.model_copy(update=again))
    swept(infused, sweep)
    assert of(infused, "sae")[1:] == [Told("ae-1 sae", "sae_report_due", "investigator", "raised")]
    swept(infused, sweep)
    assert len(of(infused, "sae")) == 2


def test_a_serious_event_is_reported_though_the_participant_has_died(infused: Scenario) -> None:
    infused.on(10).given(serious(), participant.RecordDeath(participant=CODE, at=day(10, "13:00")))
    swept(infused.on(11, "09:00"))
    assert of(infused, "sae") == [Told("ae-1 sae", "sae_report_due", "investigator", "raised")]


WHY = Attribution("c", Role.INVESTIGATOR, reason_code="transcription", reason_text="the ward's chart says so")


def test_an_awareness_that_is_put_right_moves_when_people_are_told(infused: Scenario) -> None:
    infused.on(10).given(serious())
    sweep = sweeper(infused)
    swept(infused.on(11, "08:00"), sweep)
    put_right = outcome_correction.CorrectAdverseEvent(participant=CODE, event="ae-1", aware=day(10, "15:00"))
    infused.when(put_right, WHY).receipt  # noqa: B018 - raises when refused
    swept(infused, sweep)
    assert of(infused, "sae")[-1].status == "superseded"
    swept(infused.on(11, "11:00"), sweep)
    assert of(infused, "sae")[-1] == Told("ae-1 sae", "sae_report_due", "investigator", "raised")


def test_people_hear_at_once_that_a_report_which_was_sent_is_void(infused: Scenario) -> None:
    submit = safety.RecordSubmission(participant=CODE, event="ae-1", at=day(10, "12:30"), recipient="sponsor")
    infused.on(10, "13:00").given(serious(), submit)
    sweep = sweeper(infused)
    swept(infused, sweep)
    assert of(infused, "sae") == []
    taken_back = outcome_correction.VoidAdverseEvent(participant=CODE, event="ae-1")
    infused.when(taken_back, WHY).receipt  # noqa: B018 - raises when refused
    swept(infused, sweep)
    name = "ae-1 nullification_sponsor"
    assert of(infused, "sae") == [Told(name, "sae_report_due", "investigator", "raised")]
    infused.on(10, "14:00").given(submit.model_copy(update={"at": day(10, "13:30")}))
    swept(infused, sweep)
    assert [each.status for each in of(infused, "sae")] == ["resolved"]


def test_what_does_not_wait_for_working_days_goes_on_after_hours(infused: Scenario) -> None:
    infused.on(10).given(serious())
    sweep = sweeper(infused)
    swept(infused.on(11, "08:00"), sweep)
    assert swept(infused.on(11, "09:59"), sweep).escalated == 0
    assert swept(infused.on(11, "10:00"), sweep).escalated == 1


# ---------------------------------------------------------------- queries


def test_a_query_nobody_answers_is_told_twice_and_resolved_when_answered(
    infused: Scenario,
) -> None:
    infused.on(5).given(OpenQuery(participant=CODE, text="Is this the right day?"))
    (name,) = infused.view().singles(Query)
    sweep = sweeper(infused)
    swept(infused.on(18, "23:59"), sweep)
    assert of(infused, "query") == []
    swept(infused.on(19, "00:00"), sweep)
    swept(infused.on(35, "00:00"), sweep)
    assert of(infused, "query") == [
        Told(name, "query_unanswered", "coordinator", "superseded"),
        Told(name, "query_forgotten", "data_manager", "raised"),
    ]
    infused.given(query.AnswerQuery(query=name, answer="It is."))
    swept(infused, sweep)
    assert of(infused, "query")[-1].status == "resolved"
    infused.given(query.ReopenQuery(query=name, text="Which day, then?"))
    swept(infused.on(50), sweep)
    assert of(infused, "query")[-1] == Told(name, "query_unanswered", "coordinator", "raised")


def test_a_query_settled_while_nobody_swept_leaves_no_alert(infused: Scenario) -> None:
    infused.on(5).given(OpenQuery(participant=CODE, text="Is this the right day?"))
    (name,) = infused.view().singles(Query)
    swept(infused.on(20))
    assert of(infused, "query")[-1].status == "raised"
    infused.given(query.AnswerQuery(query=name, answer="It is."), query.CloseQuery(query=name))
    swept(infused)
    assert {each.status for each in of(infused, "query")} == {"resolved"}


# ---------------------------------------------------------------- the trial and its server


def of_trial(scenario: Scenario) -> list[tuple[str, str]]:
    return [(alert.rule, alert.status.value) for alert in alerts_of(scenario.view()) if not alert.participant]


def test_a_restore_that_fails_is_told_at_once_and_resolved_by_one_that_is_proved(infused: Scenario) -> None:
    sweep = sweeper(infused)
    swept(infused, sweep)
    by = Attribution("root", Role.SYSTEM, origin=Origin.SYSTEM)

    def system(command: backup.RecordBackup | backup.RecordRestoreProof) -> None:
        infused.clock.advance(minutes=1)
        infused.app.engine.execute(SYSTEM_LOG, command, by)

    system(backup.RecordBackup(backup="one", digest="0" * 64, facts=3))
    swept(infused, sweep)
    assert of_trial(infused) == []
    system(backup.RecordRestoreProof(backup="one", fault="a row is missing"))
    swept(infused, sweep)
    assert of_trial(infused) == [("verification_failed", "raised")]
    system(backup.RecordRestoreProof(backup="one", facts=3))
    swept(infused, sweep)
    assert of_trial(infused) == [("verification_failed", "resolved")]
    topics = {BackupMade.TOPIC, RestoreFailed.TOPIC, RestoreProved.TOPIC}
    assert {entry.record.fact.TOPIC for entry in infused.app.reading.entries(SYSTEM_LOG)} == topics


def test_a_review_of_access_is_due_a_while_after_accounts_began_or_after_the_last(infused: Scenario) -> None:
    trial = infused.view().trial
    begun, later = Happened(day(0, "09:00"), 1), Happened(day(60, "09:00"), 77)

    def raised(on: int, reviews: AccessReviews | None, standing: tuple[Alert, ...] = ()) -> list[RaiseAlert]:
        states: dict[type, Any] = {
            AccessReviews: {"all": reviews} if reviews else {},
            Accounts: {"all": Accounts("root", begun)},
        }
        watch = Watch(
            "T-1",
            trial,
            trial.protocol,
            singles=lambda kind: states.get(kind, {}),
            system=lambda kind: states.get(kind, {}),
        )
        now = day(on, "00:00").earliest
        commands = due(watch, ladders_of(watch), standing, now, Weekdays()).commands
        return [each for each in commands if isinstance(each, RaiseAlert)]

    assert raised(89, None) == []
    (first,) = raised(90, None)
    assert (first.rule, first.participant, first.role) == ("access_review_overdue", None, Role.ADMINISTRATOR)
    assert raised(149, AccessReviews(1, later, 5, "")) == []
    (second,) = raised(150, AccessReviews(1, later, 5, ""))
    assert second.revision != first.revision
    assert second.facts == (77,)


def test_a_clock_that_jumps_is_recorded_and_told_to_the_administrator(infused: Scenario) -> None:
    seconds = [0.0]
    watch = ClockWatch(infused.app.engine, infused.app.reading, lambda: seconds[0])
    sweep = sweeper(infused)

    def beat(wall: float, steady: float) -> None:
        infused.clock.advance(seconds=wall)
        seconds[0] += steady
        watch.beat(Instant.of(infused.clock.moment))
        swept(infused, sweep)

    for _ in range(3):
        beat(60, 60)
    beat(64, 60)
    assert of_trial(infused) == []
    beat(70, 60)
    assert of_trial(infused) == [("clock_drift", "raised")]
    beat(60, 60)
    beat(-3540, 60)
    assert of_trial(infused) == [("clock_drift", "superseded"), ("clock_drift", "raised")]
    jumps = [entry.record.fact for entry in infused.app.reading.entries(SYSTEM_LOG)]
    assert [(jump.seconds, jump.against) for jump in jumps if isinstance(jump, ClockJumped)] == [
        (10, "steady_clock"),
        (-3600, "steady_clock"),
    ]


def test_a_clock_set_back_while_nobody_watched_shows_at_the_start(infused: Scenario) -> None:
    infused.clock.advance(hours=-2)
    jump = ClockWatch(infused.app.engine, infused.app.reading).beat(Instant.of(infused.clock.moment))
    assert jump is not None
    assert jump.against == "newest_fact"
    assert jump.expected.moment - jump.told.moment >= timedelta(hours=2)
    assert SWEEP.role is Role.SYSTEM


def test_whole_working_days_are_counted_from_the_day_after() -> None:
    friday = day(4).day
    assert friday is not None
    assert friday.weekday() == 4
    assert (after_working_days(Weekdays(), friday, 1) - friday).days == 4
    assert (after_working_days(Weekdays(), friday + timedelta(days=1), 2) - friday).days == 5
