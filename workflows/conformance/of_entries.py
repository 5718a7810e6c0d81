"""What the decisions on originators, transcriptions and uploads ask."""

from __future__ import annotations

from domain.entry import EntryUploaded, PaperTranscribed, Transcription, TranscriptionChecked
from domain.fact import Fact
from domain.originator import OriginatorRegistered, OriginatorRetired
from domain.record import Origin
from workflows.conformance.looking import Asking, Conditions, Seen
from workflows.originator import originators_in


def _registered(fact: OriginatorRegistered, seen: Seen) -> Conditions:
    yield fact.source in originators_in(seen.looking.situation.states).known, "originator.taken"


def _retired(fact: OriginatorRetired, seen: Seen) -> Conditions:
    known = originators_in(seen.looking.situation.states).known.get(fact.source)
    yield known is None, "originator.none"
    yield known is not None and known.retired is not None, "originator.retired_already"


def _copied(fact: PaperTranscribed, seen: Seen) -> Conditions:
    is_own = fact.first <= fact.last == seen.record.position - 1
    yield not is_own or seen.looking.situation.by.origin is not Origin.PAPER, "fact.alone"


def _noted(fact: EntryUploaded, seen: Seen) -> Conditions:
    yield not fact.first <= fact.last <= seen.looking.situation.head, "entry.no_position"


def _checked(fact: TranscriptionChecked, seen: Seen) -> Conditions:
    situation = seen.looking.situation
    known = situation.states.single(Transcription, fact.transcription)
    yield known is None, "transcription.unknown"
    yield known is not None and known.entered_by == situation.by.actor, "transcription.same_person"
    yield known is not None and known.is_checked, "transcription.checked_already"


CONDITIONS: dict[type[Fact], Asking] = {
    OriginatorRegistered: _registered,
    OriginatorRetired: _retired,
    PaperTranscribed: _copied,
    EntryUploaded: _noted,
    TranscriptionChecked: _checked,
}
"""What the way in asks of each of these facts."""
