"""The kinds of stream whose facts fold to one state of their own: `lot/L1` to a product lot.

A new kind is a line here: the fold, the workflow's memory, the read models and every view then know it.
(The trial and its participants fold to several states each: `domain.casebook`.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from domain import (
    access_review,
    account_state,
    alert,
    backup,
    calendar_feed,
    casebook_record,
    correction,
    delegation,
    delivery,
    entry,
    incident,
    originator,
    outage,
    privacy,
    product_lot,
    query,
    safety,
    sample,
    server_clock,
    signed_log,
    trail_review,
    upkeep,
)
from domain.identifiers import ACCOUNTS_STREAM
from domain.record import Record

S = TypeVar("S")
"""A class of state that such streams fold to: what a state is looked up by."""


class Aggregate(NamedTuple):
    """A kind of stream: the model of its states, its prefix, the class of its state and its fold; and the key
    of the only stream there is of it in a log, where there is but one.
    """

    model: str
    prefix: str
    state: type
    evolve: Callable[[Any, Record], Any]
    only: str = ""


def _only(stream: str, state: type, evolve: Callable[[Any, Record], Any]) -> Aggregate:
    model, _, key = stream.partition("/")
    return Aggregate(model, f"{model}/", state, evolve, key)


AGGREGATES: tuple[Aggregate, ...] = (
    Aggregate("lot", "lot/", product_lot.ProductLot, product_lot.evolve),
    Aggregate("identity", "identity/", privacy.Identity, privacy.evolve_identity),
    Aggregate("redaction", "redaction/", privacy.Redaction, privacy.evolve_redaction),
    Aggregate("alert", "alert/", alert.Alert, alert.evolve),
    Aggregate("delegation", "delegation/", delegation.Standing, delegation.evolve),
    _only(trail_review.TRAIL_REVIEW_STREAM, trail_review.TrailReviews, trail_review.evolve),
    _only(access_review.REVIEW_STREAM, access_review.AccessReviews, access_review.evolve),
    Aggregate("site_records", "site/", casebook_record.Records, casebook_record.evolve),
    Aggregate("signed_log", "log/", signed_log.SignedLog, signed_log.evolve),
    Aggregate("feed", "feed/", calendar_feed.Feed, calendar_feed.evolve),
    Aggregate("delivery", "delivery/", delivery.Delivery, delivery.evolve),
    Aggregate("correction", "correction/", correction.Correction, correction.evolve),
    Aggregate("sample", "sample/", sample.Sample, sample.evolve),
    Aggregate("query", "query/", query.Query, query.evolve),
    _only(server_clock.CLOCK_STREAM, server_clock.ServerClock, server_clock.evolve),
    Aggregate("backup", "backup/", backup.Backup, backup.evolve),
    _only(upkeep.UPKEEP_STREAM, upkeep.Upkeep, upkeep.evolve),
    _only(ACCOUNTS_STREAM, account_state.Accounts, account_state.evolve_accounts),
    Aggregate("account", "account/", account_state.Account, account_state.evolve),
    Aggregate("safety", "safety/", safety.SafetyReport, safety.evolve),
    _only(originator.ORIGINATOR_STREAM, originator.Originators, originator.evolve),
    Aggregate("transcription", "transcription/", entry.Transcription, entry.evolve),
    _only(outage.OUTAGE_STREAM, outage.Outages, outage.evolve),
    Aggregate("incident", "incident/", incident.Incident, incident.evolve),
)

BY_MODEL = {aggregate.model: aggregate for aggregate in AGGREGATES}
BY_STATE = {aggregate.state: aggregate for aggregate in AGGREGATES}
_BY_PREFIX = {aggregate.prefix: aggregate for aggregate in AGGREGATES}


def aggregate_of(stream: str) -> tuple[Aggregate, str] | None:
    """The kind of a stream and its key within the kind; None for a stream that folds to nothing here."""
    prefix, slash, key = stream.partition("/")
    aggregate = _BY_PREFIX.get(prefix + slash)
    return None if aggregate is None else (aggregate, key)
