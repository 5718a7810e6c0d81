"""Names of things: short codes that carry no personal data."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

TrialId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
"""The trial's registry id or the sponsor's number, as `NCT01234567`."""

SiteId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,19}$")]
"""A trial site, as `SY01`."""

ParticipantCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{0,31}$")]
"""A pseudonym, as `SY01-007`. Never a name, initials or a hospital number."""

LotId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
"""A lot of cell product, as the manufacturer labels it."""

LogId = Annotated[str, StringConstraints(pattern=r"^(_system|[A-Za-z0-9][A-Za-z0-9._-]{0,39})$")]
"""A log of the ledger: a trial's, by the trial's id, or the system log."""

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,47}$")]
"""The id of an arm, visit, item, criterion or endpoint inside a protocol."""

VersionLabel = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._ -]{0,39}$")]
"""The label of a protocol or consent version, as `1.0`."""

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
"""A language of a document, as BCP 47 tags it: `zh-CN`."""

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256, in hexadecimal."""

AlertId = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$")
]
"""An alert: a UUID that follows from what it is about and whom it tells (`domain.alert.alert_id`)."""

AccountName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*([._-][a-z0-9]+)*$", max_length=40)]
"""The name a person or machine signs in by, as `li.wei`. Given once, and never to anybody else."""

TRIAL_STREAM = "trial"

ACCOUNTS_STREAM = "accounts/all"
"""What concerns all accounts of the store together, in the system log."""

SYSTEM_LOG = "_system"
"""The log that is of no trial: accounts, and the checkpoints of every trial's log. No trial id begins so."""


def participant_stream(code: str) -> str:
    """The stream that holds everything that happens to one participant."""
    return f"participant/{code}"


def lot_stream(lot: str) -> str:
    """The stream of one lot of cell product."""
    return f"lot/{lot}"


def site_stream(site: str) -> str:
    """The stream of what is said of all casebooks of a site."""
    return f"site/{site}"


def alert_stream(alert: str) -> str:
    """The stream of one alert."""
    return f"alert/{alert}"


def account_stream(name: str) -> str:
    """The stream of one account, in the system log."""
    return f"account/{name}"


def delegation_stream(name: str) -> str:
    """The stream of one person's delegations and training, in the trial's log."""
    return f"delegation/{name}"


def query_stream(query: str) -> str:
    """The stream of one query."""
    return f"query/{query}"


def feed_stream(feed: str) -> str:
    """The stream of one calendar feed."""
    return f"feed/{feed}"


def log_stream(log: str) -> str:
    """The stream that tells of a signed log (`domain.signed_log`)."""
    return f"log/{log}"
