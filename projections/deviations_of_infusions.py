"""Departures from the protocol in the giving of the product: order, route, lot, bag, number and watch."""

from __future__ import annotations

import json
from collections.abc import Iterator

from domain.dose import dose_of
from domain.product import UseBy
from projections.deviation_codes import WRONG_ROUTE
from projections.deviation_subject import Finding, Subject, before


def order(s: Subject) -> Iterator[Finding]:
    allocated = s.participant.randomized
    for key, infusion in s.infusions.items():
        started = infusion.started
        if started is not None and (allocated is None or before(started, allocated.when)):
            facts = (started.fact, *((allocated.when.fact,) if allocated else ()))
            yield Finding("infusion.before_randomization", f"infusion-{key}", "", str(started.at), facts)


def route(s: Subject) -> Iterator[Finding]:
    allocated = s.participant.randomized
    for key, infusion in s.infusions.items():
        if infusion.started is None or infusion.access is None or allocated is None:
            continue
        arm, details = s.unseal(allocated.allocation), s.unseal(infusion.access)
        if arm is None or details is None:
            continue
        expected, given = s.trial.route_of(s.protocol, arm.strip()), json.loads(details)["route"]
        if expected is not None and given != expected:
            facts = (infusion.started.fact, allocated.when.fact)
            detail = f"given by {given}, allocated {expected}"
            yield Finding(WRONG_ROUTE, f"infusion-{key}", detail, str(infusion.started.at), facts)


def product(s: Subject) -> Iterator[Finding]:
    for key, infusion in s.infusions.items():
        started = infusion.started
        if started is None:
            continue
        subject, on = f"infusion-{key}", str(started.at)
        at_end = s.protocol.product is not None and s.protocol.product.use_by is UseBy.END
        given = infusion.ended if at_end and infusion.ended else started
        if infusion.use_by is not None and given.at.earliest >= infusion.use_by.latest:
            facts = (given.fact, *filter(None, (infusion.use_by_corrected,)))
            yield Finding("infusion.use_by_exceeded", subject, f"use by {infusion.use_by}", on, facts)
        lot = s.lots.get(infusion.lot)
        if lot is None:
            if infusion.lot:
                yield Finding(
                    "infusion.lot_unreleased", subject, f"lot {infusion.lot} is unknown", on, (started.fact,)
                )
            continue
        if lot.released is None or before(started, lot.released):
            facts = (started.fact, (lot.released or lot.registered).fact)
            yield Finding("infusion.lot_unreleased", subject, f"lot {lot.lot}", on, facts)
        for hold in lot.holds:
            if before(hold.since, started) and (hold.until is None or before(started, hold.until)):
                facts = (started.fact, hold.since.fact)
                yield Finding("infusion.lot_withheld", subject, f"lot {lot.lot}", on, facts)
                break
        if started.at.earliest >= lot.expires.latest:
            facts = (started.fact, lot.expiry_fact)
            yield Finding("infusion.lot_expired", subject, f"lot {lot.lot} expired {lot.expires}", on, facts)


def dose(s: Subject) -> Iterator[Finding]:
    """Doses outside the tolerance, by the protocol version under which the infusion was given. Of one that
    was stopped early, not the whole was given: while nobody has recorded how much, that departs too.
    """
    for key, infusion in s.infusions.items():
        when, given = infusion.ended or infusion.started, dose_of(infusion, s.trial)
        if given is None or when is None:
            continue
        is_unknown = infusion.stopped_early and bool(given.lacks)
        if is_unknown or given.departs:
            early = "stopped early, " if infusion.stopped_early else ""
            detail = f"{early}{given.told}, tolerance {given.tolerance:f} %"
            facts = tuple(dict.fromkeys((when.fact, *given.facts))) if is_unknown else given.facts
            yield Finding("infusion.dose_departed", f"infusion-{key}", detail, str(when.at), facts)


def plan(s: Subject) -> Iterator[Finding]:
    """Infusions beyond those planned, from a bag that was not the participant's, or watched too briefly."""
    planned = s.protocol.product
    for key, infusion in s.infusions.items():
        started = infusion.started
        if started is None:
            continue
        subject, on = f"infusion-{key}", str(started.at)
        if planned is None or infusion.number > planned.infusions:
            number = planned.infusions if planned is not None else 0
            yield Finding("infusion.not_planned", subject, f"{number} planned", on, (started.fact,))
        lot = s.lots.get(infusion.lot)
        if lot is not None and infusion.bag and lot.bags.get(infusion.bag) not in ("", s.participant.code):
            detail = f"bag {infusion.bag} of lot {infusion.lot}"
            yield Finding("infusion.bag_of_another", subject, detail, on, (started.fact,))
        hours, watched = planned.observation_hours if planned is not None else None, infusion.watched
        if hours is not None and watched is not None and watched.hours < hours:
            detail = f"{watched.hours} h of {hours} h"
            yield Finding("infusion.observation_short", subject, detail, on, (watched.when.fact,))
