"""The alerts of a trial as they stood at any instant: those that stand, and what each was told and when."""

from __future__ import annotations

from collections.abc import Iterator

from domain.alert import Alert
from projections.as_of import View
from projections.documents import MODELS, reader
from projections.ports import Reading


def alerts_of(view: View, participant: str = "") -> list[Alert]:
    """The alerts of a trial, or of one participant, in the order they were raised."""
    found = [
        alert for alert in view.singles(Alert).values() if not participant or alert.participant == participant
    ]
    return sorted(found, key=lambda alert: (alert.raised.fact, alert.alert))


def standing(reading: Reading, trial: str, upto: int) -> Iterator[Alert]:
    """The alerts that have not ended. Those that have are many, in time, and only their text is looked at."""
    read = reader("alert")
    for _, body in reading.documents(trial, MODELS["alert"], upto=upto):
        if '"ended":null' in body:
            yield read(body)
