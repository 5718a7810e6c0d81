"""Alerts reach people at least once, or are given up in sight: servers that refuse, drop, hang, redirect."""

from __future__ import annotations

import hashlib
import hmac
import json
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from adapters.notify import mail, webhook
from adapters.notify.courier import Courier, Round
from adapters.notify.settings import Mail, Person, Settings, Webhook, read_settings
from domain.alert_plan import AlertRule
from domain.clinical_time import Instant
from domain.delivery import MINUTES, Delivery, DeliveryStatus, Outcome, delivery_id
from domain.errors import Denied, Invalid
from domain.record import Role
from projections.notices import Words
from tests.endpoints.liver import ARTERY, VEIN, document, infused
from tests.notify.servers import Mailbox, Web, free_port, mail_server, web_server
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, course, day
from workflows import alert

CODE = "S1-001"
SECRET = "a secret of the house"  # noqa: S105 - of a test
RAISED = alert.RaiseAlert(
    rule="visit_due",
    about=AlertRule.VISIT_DUE,
    role=Role.COORDINATOR,
    participant=CODE,
    site="S1",
    subject="week-4",
    revision="1-1",
    due_at=Instant.of(day(0).earliest),
    deadline=day(35),
    version="1.0",
)


def by_mail(port: int, **more: Any) -> Settings:
    """Settings by which the coordinator of S1 is told by mail."""
    person = Person(name="crc", role=Role.COORDINATOR, site="S1", email="crc@hospital.example", **more)
    server = Mail(host="127.0.0.1", port=port, sender="trialog@hospital.example", security="none")
    return Settings(mail=server, contacts=(person,))


def by_webhook(url: str, *, inner: bool = True) -> Settings:
    """Settings by which the coordinator of S1 is told by webhook."""
    person = Person(name="crc", role=Role.COORDINATOR, site="S1", webhook="ward")
    return Settings(webhooks={"ward": Webhook(url=url, secret=SECRET, inner=inner)}, contacts=(person,))


@pytest.fixture
def raised(scenario: Scenario) -> Scenario:
    """A trial with one alert that stands."""
    return scenario.given(active(), course("screened"), RAISED)


def deliveries(scenario: Scenario) -> list[Delivery]:
    """Every delivery."""
    return list(scenario.view().singles(Delivery).values())


def rounds(scenario: Scenario, settings: Settings, minutes: tuple[int, ...]) -> list[Round]:
    """A round now, and one after each span of minutes."""
    courier = Courier(scenario.app, TRIAL, settings)
    done = [courier.run()]
    for span in minutes:
        scenario.clock.advance(minutes=span, seconds=1)
        done.append(courier.run())
    return done


@pytest.mark.requirement("SF-08")
def test_a_server_that_puts_off_and_hangs_up_gets_the_message_again_until_it_takes_it(
    raised: Scenario,
) -> None:
    mailbox = Mailbox("451 later", "421 closing", "drop")
    with mail_server(mailbox) as port:
        rounds(raised, by_mail(port), MINUTES[:3])
    (delivery,) = deliveries(raised)
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.DELIVERED, 4)
    (received,) = mailbox.received
    message = message_from_bytes(received, policy=default)
    assert message["Message-ID"] == f"<{delivery.delivery}@hospital.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert CODE in message["Subject"]


def test_nothing_is_tried_before_its_time(raised: Scenario) -> None:
    with mail_server(Mailbox("451 later")) as port:
        first, soon = rounds(raised, by_mail(port), (0,))
    assert (first.deferred, soon.deferred, soon.delivered) == (1, 0, 0)
    assert deliveries(raised)[0].attempts == 1


def test_a_refusal_for_good_is_exhausted_at_once(raised: Scenario) -> None:
    with mail_server(Mailbox("550 no such person")) as port:
        rounds(raised, by_mail(port), MINUTES[:1])
    (delivery,) = deliveries(raised)
    assert (delivery.status, delivery.attempts, delivery.last_detail) == (DeliveryStatus.EXHAUSTED, 1, "550")


def test_a_server_that_is_not_there_is_tried_as_often_as_is_useful_and_then_given_up(
    raised: Scenario,
) -> None:
    rounds(raised, by_mail(free_port()), MINUTES)
    (delivery,) = deliveries(raised)
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.EXHAUSTED, len(MINUTES) + 1)


def test_a_message_taken_over_before_a_crash_is_sent_again_under_the_same_id(raised: Scenario) -> None:
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        settings = by_mail(port)
        sent = Courier(raised.app, TRIAL, settings)

        def crashing(delivery: Delivery, words: Words, person: Person, now: Instant) -> Any:  # noqa: ANN401
            sent._by_channel(delivery, words, person, now)
            raise SystemExit

        with pytest.raises(SystemExit):
            Courier(raised.app, TRIAL, settings, crashing).run()
        assert sent.run().delivered == 1
    ids = {message_from_bytes(each, policy=default)["Message-ID"] for each in mailbox.received}
    assert (len(mailbox.received), len(ids)) == (2, 1)
    assert len(deliveries(raised)) == 1


def test_two_couriers_ask_for_one_delivery(raised: Scenario) -> None:
    other = raised.opened()
    try:
        accept = lambda *_: (Outcome.ACCEPTED, "250")  # noqa: E731 - a hand-over that always works
        settings = by_mail(1)
        first, second = (Courier(app, TRIAL, settings, accept) for app in (raised.app, other))
        assert (first.run().requested, second.run().requested) == (1, 0)
    finally:
        other.close()


def test_an_alert_that_has_ended_is_not_sent(raised: Scenario) -> None:
    refusing = by_mail(free_port())
    Courier(raised.app, TRIAL, refusing).run()
    raised.given(alert.ResolveAlert(alert=alert.id_of(RAISED, TRIAL), reason="visit_attended"))
    raised.clock.advance(minutes=5)
    assert Courier(raised.app, TRIAL, refusing).run().ended == 1
    assert deliveries(raised)[0].status is DeliveryStatus.CANCELLED


def test_an_escalation_tells_the_further_role(raised: Scenario) -> None:
    people = (
        Person(name="crc", role=Role.COORDINATOR, email="a@x.example"),
        Person(name="pi", role=Role.PRINCIPAL_INVESTIGATOR, email="b@x.example"),
    )
    settings = by_mail(1).model_copy(update={"contacts": people})
    told: list[str] = []

    def taken(_delivery: Delivery, _words: Words, person: Person, _now: Instant) -> tuple[Outcome, str]:
        told.append(person.name)
        return Outcome.ACCEPTED, "250"

    courier = Courier(raised.app, TRIAL, settings, taken)
    courier.run()
    due = Instant.of(raised.clock.moment)
    raised.given(
        alert.EscalateAlert(
            alert=alert.id_of(RAISED, TRIAL), level=1, role=Role.PRINCIPAL_INVESTIGATOR, due_at=due
        )
    )
    courier.run()
    courier.run()
    assert told == ["crc", "pi"]


def test_a_webhook_is_signed_and_tried_again_after_a_fault(raised: Scenario) -> None:
    web = Web(500, 503)
    with web_server(web) as url:
        rounds(raised, by_webhook(url), MINUTES[:2])
    (delivery,) = deliveries(raised)
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.DELIVERED, 3)
    for headers, body in web.requests:
        assert headers["Idempotency-Key"] == delivery.delivery
        seconds, made = (part.partition("=")[2] for part in headers["Trialog-Signature"].split(","))
        expected = hmac.new(SECRET.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
        assert hmac.compare_digest(made, expected)
    assert len({body for _, body in web.requests}) == 1


def test_a_webhook_that_hangs_is_put_off(raised: Scenario) -> None:
    with web_server(Web("hang")) as url:
        settings = by_webhook(url)
        subject = "digest/S1/2026-03-02"
        known = Delivery(delivery_id(TRIAL, subject, "crc"), subject, "crc", "webhook", _NEVER)
        ended = webhook.post(
            known, Words("t", ()), settings.webhooks["ward"], Instant.of(day(0).earliest), seconds=0.2
        )
    assert ended[0] is Outcome.DEFERRED


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_webhook_where_nobody_listens_is_put_off(raised: Scenario, scheme: str) -> None:
    rounds(raised, by_webhook(f"{scheme}://127.0.0.1:{free_port()}/hook"), MINUTES[:1])
    (delivery,) = deliveries(raised)
    assert (delivery.attempts, delivery.last_detail) == (2, "ConnectionRefusedError")
    assert delivery.status is not DeliveryStatus.EXHAUSTED


def test_a_redirection_to_an_inner_address_is_refused_and_never_followed(raised: Scenario) -> None:
    inner = Web()
    with web_server(inner) as target, web_server(Web(target)) as url:
        rounds(raised, by_webhook(url), ())
    (delivery,) = deliveries(raised)
    assert (delivery.status, delivery.last_detail) == (DeliveryStatus.EXHAUSTED, "redirect 302")
    assert inner.requests == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.8", "169.254.169.254"])
def test_an_inner_address_is_not_connected_to_unless_the_settings_allow_it(
    raised: Scenario, host: str
) -> None:
    rounds(raised, by_webhook(f"http://{host}:9/hook", inner=False), ())
    (delivery,) = deliveries(raised)
    assert (delivery.status, delivery.last_detail) == (DeliveryStatus.EXHAUSTED, "inner_address")


def test_a_site_gets_one_digest_a_morning_in_its_language(raised: Scenario) -> None:
    settings = by_mail(1, digest=True, language="zh")
    told: list[Words] = []

    def taken(_delivery: Delivery, words: Words, _person: Person, _now: Instant) -> tuple[Outcome, str]:
        told.append(words)
        return Outcome.ACCEPTED, "250"

    courier = Courier(raised.app, TRIAL, settings, taken)
    for on, clock in ((1, "06:59"), (1, "07:00"), (1, "12:00"), (2, "06:00"), (2, "08:00")):
        raised.on(on, clock)
        courier.run()
    assert [each.title for each in told] == ["T-1 S1：1 项提醒"] * 2
    assert CODE in told[0].lines[0]
    subjects = [each.subject for each in deliveries(raised)]
    assert sorted(subjects) == ["digest/S1/2026-03-03", "digest/S1/2026-03-04"]


@pytest.mark.requirement("RN-04")
def test_no_message_depends_on_the_arm(tmp_path: Path) -> None:
    told: list[list[str]] = []
    for arm in (VEIN, ARTERY):
        (tmp_path / arm).mkdir()
        scenario = Scenario(tmp_path / arm)
        scenario.given(active(document()), infused(CODE, arm), RAISED)
        messages: list[str] = []

        def taken(
            delivery: Delivery, words: Words, _person: Person, _now: Instant, kept: list[str] = messages
        ) -> tuple[Outcome, str]:
            kept.append(json.dumps([delivery.delivery, *words]))
            return Outcome.ACCEPTED, "250"

        Courier(scenario.app, TRIAL, by_mail(1), taken).run()
        told.append(messages)
        scenario.close()
    assert told[0] == told[1] != []
    assert not any(word in told[0][0] for word in ("vein", "artery"))


def test_settings_that_others_can_read_or_that_are_wrong_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "notify.toml"
    assert read_settings(file) == Settings()
    file.write_text('[[contacts]]\nname = "crc"\nrole = "coordinator"\nemail = "a@b.example"\n')
    file.chmod(0o644)
    with pytest.raises(Denied):
        read_settings(file)
    file.chmod(0o600)
    with pytest.raises(Invalid, match="needs a mail server"):
        read_settings(file)


def test_no_address_stands_in_the_history(raised: Scenario) -> None:
    with mail_server(Mailbox("550 crc@hospital.example unknown")) as port:
        rounds(raised, by_mail(port), ())
    assert "hospital.example" not in raised.contents()


def test_a_server_that_cannot_be_trusted_is_not_given_the_message(raised: Scenario) -> None:
    with mail_server(Mailbox()) as port:
        settings = by_mail(port).mail
        assert settings is not None
        known = Delivery(delivery_id(TRIAL, "alert/x/0", "crc"), "alert/x/0", "crc", "mail", _NEVER)
        message = mail.message_of(known, Words("t", ()), settings, "a@b.example", Instant.of(day(0).earliest))
        ended = mail.send(message, settings.model_copy(update={"security": "starttls"}))
    assert ended[0] is Outcome.DEFERRED


_NEVER: Any = None
