"""What is to be sent, and to whom: a pure question of the alerts that stand and the contacts there are.

A message holds a participant code, a visit and a day, and nothing that a masked reader may not see.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from domain.alert import Alert, Gravity
from domain.clinical_time import local_day, zone_of
from domain.delivery import Delivery
from domain.protocol import Protocol, Site
from domain.record import Role


class Contact(NamedTuple):
    """Somebody who is told, by the name in the settings: in a role, for a site or all (""), by a channel."""

    name: str
    role: Role
    site: str = ""
    channel: str = "mail"
    language: str = "en"
    digest: bool = False


class Notice(NamedTuple):
    """A message to a contact."""

    subject: str
    contact: str
    channel: str


class Words(NamedTuple):
    """A message as people read it."""

    title: str
    lines: tuple[str, ...]


def alert_notices(standing: Iterable[Alert], contacts: Iterable[Contact]) -> Iterator[Notice]:
    """One notice for each role that a standing alert was raised for or escalated to, and each contact."""
    known = tuple(contacts)
    for alert in standing:
        for level, role in enumerate(alert.told):
            for contact in _of(role, alert.site, known):
                yield Notice(f"alert/{alert.alert}/{level}", contact.name, contact.channel)


def digest_notices(
    sites: Iterable[Site], standing: Collection[Alert], contacts: Iterable[Contact], hour: int, now: datetime
) -> Iterator[Notice]:
    """One notice a site and day from that hour of the site's own clock on, while any alert stands there."""
    known = [contact for contact in contacts if contact.digest]
    for site in sites if known else ():
        day = local_day(now, site.zone)
        if now >= _digest_at(site, day, hour) and any(each.site in ("", site.id) for each in standing):
            for contact in known:
                if contact.site in ("", site.id):
                    yield Notice(f"digest/{site.id}/{day}", contact.name, contact.channel)


def next_digest(site: Site, hour: int, now: datetime) -> datetime:
    """When the next digest of a site may go out."""
    day = local_day(now, site.zone)
    today = _digest_at(site, day, hour)
    return today if now < today else _digest_at(site, day + timedelta(days=1), hour)


def _digest_at(site: Site, day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=zone_of(site.zone)).astimezone(UTC)


def ended(delivery: Delivery, alert: Alert | None, sites: Iterable[Site], now: datetime) -> str:
    """Why a delivery that is open has lost its cause; empty while it has one. `alert` is that of its subject,
    while it stands.
    """
    kind, name, rest = delivery.subject.split("/", 2)
    if kind == "alert":
        return "alert_ended" if alert is None else ""
    site = next((each for each in sites if each.id == name), None)
    return "" if site is not None and str(local_day(now, site.zone)) == rest else "day_passed"


def words_of(
    delivery: Delivery, alert: Alert | None, protocol: Protocol, language: str, standing: Iterable[Alert]
) -> Words:
    """The message of a delivery in a language: of its alert, or as a digest of the alerts that stand."""
    if alert is not None:
        return Words(title_of(alert, protocol, language), tuple(_lines(alert, language)))
    name = delivery.subject.split("/", 2)[1]
    told = [each for each in standing if each.site in ("", name)]
    told.sort(key=lambda each: (_WEIGHT[each.gravity], each.due_at, each.alert))
    title = (
        f"{protocol.trial} {name}：{len(told)} 项提醒"
        if language == "zh"
        else f"{protocol.trial} {name}: {len(told)} alerts"
    )
    return Words(title, tuple(title_of(each, protocol, language) for each in told))


_WEIGHT = {Gravity.CRITICAL: 0, Gravity.WARNING: 1, Gravity.NOTICE: 2}
_ABOUT = {
    "en": {
        "window_opens": "visit window opens",
        "visit_due": "visit due",
        "window_closing": "visit window closes soon",
        "visit_overdue": "visit overdue",
        "visit_missed": "visit missed",
        "reconsent_overdue": "renewed consent overdue",
        "sae_report_due": "report of a serious event due",
        "sae_report_overdue": "report of a serious event overdue",
        "product_use_by": "use-by time of the product near",
        "query_unanswered": "query unanswered",
        "sign_off_overdue": "sign-off overdue",
        "deviation_report_overdue": "report of a deviation overdue",
        "incident_report_due": "report of an incident due",
        "incident_report_overdue": "report of an incident overdue",
        "access_review_overdue": "access review overdue",
        "audit_trail_review_overdue": "audit-trail review overdue",
        "verification_failed": "verification failed",
        "backup_overdue": "backup overdue",
        "clock_drift": "clock drift",
    },
    "zh": {
        "window_opens": "访视窗开启",
        "visit_due": "访视到期",
        "window_closing": "访视窗即将关闭",
        "visit_overdue": "访视逾期",
        "visit_missed": "访视缺失",
        "reconsent_overdue": "再次知情同意逾期",
        "sae_report_due": "严重不良事件报告到期",
        "sae_report_overdue": "严重不良事件报告逾期",
        "product_use_by": "产品使用期限临近",
        "query_unanswered": "质疑未答复",
        "sign_off_overdue": "签署逾期",
        "deviation_report_overdue": "方案偏离报告逾期",
        "incident_report_due": "事件报告到期",
        "incident_report_overdue": "事件报告逾期",
        "access_review_overdue": "权限审查逾期",
        "audit_trail_review_overdue": "稽查轨迹审查逾期",
        "verification_failed": "校验失败",
        "backup_overdue": "备份逾期",
        "clock_drift": "时钟偏差",
    },
}


def _of(role: Role, site: str, contacts: tuple[Contact, ...]) -> Iterator[Contact]:
    for contact in contacts:
        if contact.role is role and (not site or contact.site in ("", site)) and not contact.digest:
            yield contact


def title_of(alert: Alert, protocol: Protocol, language: str) -> str:
    """What an alert is about, in a line."""
    about = _ABOUT["zh" if language == "zh" else "en"][alert.about]
    names = {visit.id: visit.name for visit in protocol.schedule.visits}
    name = names.get(alert.subject)
    subject = alert.subject if name is None else (language == "zh" and name.zh) or name.en
    who = f" {alert.participant}" if alert.participant else ""
    return f"{protocol.trial}{who}: {subject}, {about}"


def _lines(alert: Alert, language: str) -> Iterator[str]:
    zh = language == "zh"
    if alert.deadline is not None:
        yield f"{'期限' if zh else 'Deadline'}: {alert.deadline}"
    yield f"{'应于' if zh else 'Due'}: {alert.due_at}"
    yield f"{'提醒编号' if zh else 'Alert'}: {alert.alert}"
