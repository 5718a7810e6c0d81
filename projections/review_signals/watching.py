"""One pass through the audit trail, in which every signal watches for what is striking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from domain.clinical_time import zone_of
from domain.identifiers import SYSTEM_LOG
from domain.protocol import Protocol
from domain.record import Entry
from domain.trial import Trial
from projections.as_of import View, entries_of
from projections.changes import Following
from projections.lateness import Lateness
from projections.ports import Reading
from projections.review_signals.of_access import access
from projections.review_signals.of_changes import changes
from projections.review_signals.of_people import people
from projections.review_signals.of_time import times
from projections.review_signals.signal import Seen, Signal, Thresholds
from projections.sign_offs import SignOffs


def review(
    reading: Reading,
    view: View,
    thresholds: Thresholds,
    progress: Callable[[int], None] = lambda _position: None,
) -> Iterator[Signal]:
    """Every signal of the facts that a view tells of and that were recorded in the period."""
    protocol = view.trial.protocol if view.trial.versions else None
    watches = [*times(thresholds), *changes(thresholds, protocol), *people(thresholds)]
    following, sign_offs, lateness = Following(), SignOffs(), Lateness(reading, view)
    for entry in entries_of(reading, view):
        changed = following.take(entry.record)
        after = sign_offs.after(entry.record, changed)
        if thresholds.period.holds(entry.command.recorded_at.moment):
            local = _local(entry, view.trial, protocol, following)
            seen = Seen(entry, changed, after, local, lateness.of(entry))
            for watch in watches:
                watch.see(seen)
        progress(entry.record.position)
    for watch in watches:
        yield Signal(watch.code, watch.threshold, tuple(watch.findings()), watch.why_not)
    yield access(_of_system(reading, view, thresholds), thresholds)


def _of_system(reading: Reading, view: View, thresholds: Thresholds) -> Iterator[Entry]:
    """The system log's facts of the period, as far as the view knows them and they had happened."""
    for entry in reading.entries(SYSTEM_LOG, upto=reading.position_at(SYSTEM_LOG, view.known_at)):
        had_happened = entry.record.effective_at.earliest <= view.moment
        if thresholds.period.holds(entry.command.recorded_at.moment) and had_happened:
            yield entry


def _local(entry: Entry, trial: Trial, protocol: Protocol | None, following: Following) -> datetime:
    """When a fact was recorded, on the clock of the site where its author acts, or of its participant."""
    moment = entry.command.recorded_at.moment
    if protocol is None:
        return moment
    site = entry.command.attribution.site
    if site not in protocol.site_plans:
        casebook = following.fold.casebooks.get(entry.record.stream.removeprefix("participant/"))
        known = casebook.participant if casebook is not None else None
        site = known.site if known is not None else next(iter(trial.sites), "")
    plan = protocol.site_plans.get(site, protocol.sites[0])
    return moment.astimezone(zone_of(plan.zone))
