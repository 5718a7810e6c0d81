"""The participants of a trial as of any instant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from domain.happened import Happened
from domain.participant import Participant
from domain.privacy import Identity
from projections.as_of import View, protocol_of


class ParticipantRow(NamedTuple):
    """One participant in a list."""

    participant: str
    site: str
    status: str
    sex: str | None
    age: str | None
    protocol_version: str
    consent_version: str | None
    place: int | None
    registered: str
    consented: str | None
    randomized: str | None
    infused: str | None
    transplanted: str | None
    died: str | None
    ended: str | None


def participant_rows(view: View) -> Iterator[ParticipantRow]:
    """Every participant in code order."""
    for participant in view.participants().values():
        yield row_of(view, participant)


def row_of(view: View, participant: Participant) -> ParticipantRow:
    """One participant as a row; times as people wrote them."""
    consents = participant.consents
    return ParticipantRow(
        participant.code,
        participant.site,
        str(participant.status),
        participant.sex,
        None if participant.age is None else str(participant.age),
        protocol_of(view.trial, participant).version,
        consents[-1].version if consents else None,
        participant.randomized.place if participant.randomized else None,
        str(participant.registered.at),
        _at(consents[0].when) if consents else None,
        _at(participant.randomized.when) if participant.randomized else None,
        _at(participant.infused),
        _at(participant.transplanted),
        _at(participant.died),
        _at(participant.ended),
    )


def _at(when: Happened | None) -> str | None:
    return None if when is None else str(when.at)


def restricted(view: View) -> frozenset[str]:
    """The participants whose data are only kept, and left out of every analysis and extract (PR-04)."""
    identities = view.singles(Identity).values()
    return frozenset(known.participant for known in identities if known.restricted is not None)
