"""The planned sign-offs of a trial as of any instant: which are due, overdue, signed, changed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from domain.casebook_paths import within
from domain.casebook_record import Records
from domain.clinical_time import local_day
from domain.participant import Participant
from domain.record import Entry
from domain.sign_off import SignOff, SignOffStatus, sign_offs
from domain.visit import Visit
from projections.as_of import View, protocol_of
from projections.casebook import content_of
from projections.ports import Reading


class MilestoneRow(NamedTuple):
    """A planned sign-off of a participant. Days are the site's calendar days.

    `status` is `not_due`, `due`, `overdue`, `lapsed` (signed, and changed since), `lapsed_overdue`
    or `signed`. A lapsed one is due anew from the day of the first change after the signature. `since` is the
    position of the fact it waits since: the visit, the end, or that change.
    """

    participant: str
    site: str
    record: str
    status: str
    due_on: date | None
    overdue_days: int
    roles: tuple[str, ...]
    critical: bool
    since: int
    signed_by: str | None
    signed_at: str | None

    @property
    def is_overdue(self) -> bool:
        """Whether its signature is awaited for longer than the protocol allows."""
        return self.overdue_days > 0


def milestone_rows(reading: Reading, view: View, code: str = "") -> Iterator[MilestoneRow]:
    """Every planned sign-off of every participant, or of one, in the protocol's order.

    Of a participant's history only what came after the signatures is read.
    """
    if not view.trial.versions:
        return
    visits, records = view.visits(code), view.records(code)
    for whose, participant in view.participants().items():
        if code in ("", whose) and protocol_of(view.trial, participant).review.sign_offs:
            known = records.get(whose)
            yield from _of_one(reading, view, participant, visits.get(whose, {}), known)


def milestones_of(reading: Reading, view: View, participant: Participant) -> Iterator[MilestoneRow]:
    """The planned sign-offs of one participant, in the protocol's order."""
    code = participant.code
    if protocol_of(view.trial, participant).review.sign_offs:
        known = view.records(code).get(code)
        yield from _of_one(reading, view, participant, view.visits(code).get(code, {}), known)


def overdue(reading: Reading, view: View) -> Iterator[MilestoneRow]:
    """The sign-offs that are overdue as of a view."""
    return (row for row in milestone_rows(reading, view) if row.is_overdue)


def _of_one(
    reading: Reading, view: View, participant: Participant, visits: Mapping[str, Visit], known: Records | None
) -> Iterator[MilestoneRow]:
    protocol = protocol_of(view.trial, participant)
    signatures = known.signatures if known else ()
    newer: list[tuple[str, Entry]] = []
    if signatures:
        first = min(each.covers for each in signatures)
        newer = list(content_of(reading, view, participant.code, after=first))
    changed = {path: entry.record.position for path, entry in newer}
    zone = protocol.site_plans[participant.site].zone
    today = local_day(view.moment, zone)
    for each in sign_offs(protocol, participant, visits, known, changed):
        since, begun = _since(each, newer, zone)
        due_on = begun + timedelta(days=each.plan.days) if begun is not None else None
        late = max(0, (today - due_on).days) if due_on is not None and each.is_open else 0
        signature = each.signature
        yield MilestoneRow(
            participant.code,
            participant.site,
            each.plan.id,
            _status(each, late),
            due_on if each.is_open else None,
            late,
            tuple(map(str, each.plan.roles)),
            each.plan.critical,
            since,
            None if signature is None else signature.name,
            None if signature is None else str(signature.when.at),
        )


def _status(each: SignOff, late: int) -> str:
    if not late:
        return str(each.status)
    return "overdue" if each.status is SignOffStatus.DUE else "lapsed_overdue"


def _since(each: SignOff, newer: list[tuple[str, Entry]], zone: str) -> tuple[int, date | None]:
    """The fact that a sign-off waits since, and its day."""
    if each.status is SignOffStatus.LAPSED and each.signature is not None:
        for path, entry in newer:
            if entry.record.position > each.signature.covers and within(each.plan.id, path):
                return entry.record.position, local_day(entry.command.recorded_at.moment, zone)
    if each.reached is None:
        return 0, None
    day = each.reached.at.day
    return each.reached.fact, day if day is not None else local_day(each.reached.at.latest, zone)
