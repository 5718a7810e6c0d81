"""Whatever is sent or given out is the same, to the byte, when every allocation is swapped: each message in
each language and by each channel, to each role, each morning's digest, each calendar feed; and how many of
them there are, in which order, under which ids.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adapters.exports.calendar import calendar, digest_of, feed_in
from adapters.notify import mail, webhook
from adapters.notify.courier import Courier
from adapters.notify.settings import Mail, Person, Settings, Webhook
from domain.clinical_time import Instant
from domain.delivery import Delivery, Outcome
from domain.record import Role
from projections.alerts import alerts_of
from projections.deviation_codes import WRONG_ROUTE
from projections.deviations import deviation_id
from projections.notices import Words
from tests.audit.course import ARMS, SWAPPED, participants
from tests.support.alerts import ALERTS, sweeper, swept, telling
from tests.support.scenario import Scenario
from tests.support.trial import EXTERNAL, TRIAL, active, day
from workflows import incident, outcome, query, safety
from workflows.calendar_feed import IssueFeed

TOKEN = "t" * 43
ROLES = [Role.COORDINATOR, Role.OUTCOME_ASSESSOR, Role.SPONSOR]
PLAN = telling(
    EXTERNAL
    | {
        "alerts": [
            *({**rule, "roles": ROLES, "escalation": []} for rule in ALERTS),
            {"id": "sae_due", "rule": "sae_report_due", "hours": 20, "roles": ROLES},
            {"id": "query", "rule": "query_unanswered", "days": 2, "roles": ROLES},
            {"id": "sign_off", "rule": "sign_off_overdue", "roles": ROLES},
            {"id": "trail", "rule": "audit_trail_review_overdue", "roles": ROLES},
            {"id": "incident", "rule": "incident_report_due", "roles": ROLES},
            {"id": "untold", "rule": "deviation_report_overdue", "roles": ROLES},
        ],
        "review": {"sign_offs": [{"id": "baseline", "days": 14}]},
    }
)
MAIL = Mail(host="127.0.0.1", port=1, sender="trialog@hospital.example", security="none")
HOOK = Webhook(url="https://ward.example/hook", secret="a secret of the house")  # noqa: S106 - of a test


def _people() -> tuple[Person, ...]:
    """Each role by mail at once, by webhook, and by mail in the morning, in both languages."""
    fields = {"site": "S1", "email": "somebody@hospital.example"}
    ways: dict[str, dict[str, Any]] = {
        "mail": fields,
        "hook": {"webhook": "ward", "language": "zh"},
        "morning": {**fields, "digest": True, "language": "zh"},
    }
    return tuple(
        Person(name=f"{role.replace('_', '-')}-{way}", role=role, **how)
        for role in ROLES
        for way, how in ways.items()
    )


DEPARTED = deviation_id("S1-003", WRONG_ROUTE, "infusion-1")
"""What somebody entitled weighed, and a reminder names: it departed in both worlds (D-1 of the defects)."""
SETTINGS = Settings(mail=MAIL, webhooks={"ward": HOOK}, contacts=_people())


def given_out(folder: Path, arms: dict[str, str]) -> tuple[list[bytes], list[bytes], list[Any]]:
    """Every message and every feed of two days, and the alerts behind them."""
    folder.mkdir()
    scenario = Scenario(folder)
    messages: list[bytes] = []
    feeds: list[bytes] = []

    def taken(delivery: Delivery, words: Words, person: Person, now: Instant) -> tuple[Outcome, str]:
        if person.webhook:
            body = webhook.body_of(delivery, words)
            messages.append(body + webhook.signature(HOOK.secret, now, body).encode())
        else:
            messages.append(mail.message_of(delivery, words, MAIL, person.email, now).as_bytes())
        return Outcome.ACCEPTED, "250"

    scenario.given(
        active(PLAN), participants(arms), IssueFeed(digest=digest_of(TOKEN), site="S1", holder="x")
    )
    serious = {"participant": "S1-001", "at": day(9), "term": "fever", "severity": "severe", "aware": day(10)}
    scenario.on(10).given(
        safety.OpenSafetyReport.model_validate({**serious, "criteria": ("hospitalization",)}),
        query.OpenQuery(participant="S1-002", text="Is this the right day?"),
        incident.ReportIncident(at=day(9), kind="breach", what="a leak", aware=day(10), serious=True),
        outcome.ClassifyDeviation(participant="S1-003", deviation=DEPARTED, classification="critical"),
    )
    sweep, courier = sweeper(scenario), Courier(scenario.app, TRIAL, SETTINGS, taken)
    for number in (16, 37):
        swept(scenario.on(number, "09:00"), sweep)
        courier.run()
        feed = feed_in(scenario.view(), TOKEN)
        assert feed is not None
        feeds += [calendar(scenario.view(), feed, language) for language in ("en", "zh")]
    alerts = [
        (each.alert, each.subject, each.told, each.status, each.raised) for each in alerts_of(scenario.view())
    ]
    scenario.close()
    return messages, feeds, alerts


@pytest.mark.requirement("RN-04")
def test_nothing_that_is_sent_or_given_out_depends_on_an_allocation(tmp_path: Path) -> None:
    one, other = given_out(tmp_path / "one", ARMS), given_out(tmp_path / "other", SWAPPED)
    assert one == other
    messages, feeds, alerts = one
    assert len({name for name, *_ in alerts}) == len(alerts) > 10
    assert DEPARTED in {subject for _, subject, *_ in alerts}
    assert len(messages) > 60
    for each in (*messages, *feeds):
        assert not any(
            word in each for word in (b"vein", b"artery", b"arm-", b"Is this the right day", b"a leak")
        )
