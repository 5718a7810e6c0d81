"""The commands about entries copied from paper and captured offline, and what each decides."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, StringConstraints

from domain.clinical_time import ClinicalTime, Instant
from domain.entry import (
    UPLOAD_STREAM,
    EntryUploaded,
    PaperTranscribed,
    Position,
    Transcription,
    TranscriptionChecked,
    TranscriptionId,
    transcription_at,
    transcription_stream,
)
from domain.errors import NotFound, Refused
from domain.identifiers import SYSTEM_LOG
from domain.originator import Source
from domain.record import NewFact, Origin
from workflows.command import Step, Untimed
from workflows.situation import Situation, decides


class CheckTranscription(Step):
    """Hold what somebody else copied against the paper, and say whether it agrees."""

    KIND = "transcription.check"
    WHILE_FROZEN = True
    transcription: TranscriptionId
    agrees: bool
    note: Annotated[str, StringConstraints(max_length=500, strip_whitespace=True)] = ""


class NoteUpload(Untimed):
    """The facts `first` to `last` were captured offline by a device, and just sent: when, by its own clock.

    `device_time` is what that clock told when it sent them.
    """

    KIND = "entry.note_upload"
    ANY_TIME = True
    device: Source
    first: Position
    last: Position
    captured: ClinicalTime
    device_time: Annotated[Instant | None, Field()] = None


def _stored(first: int, last: int, situation: Situation) -> None:
    if not first <= last <= situation.head:
        raise NotFound("entry.no_position", f"there are no facts {first} to {last}")


def transcribed(decided: Sequence[NewFact], situation: Situation) -> list[NewFact]:
    """What stands beside facts that somebody copied from paper: from which, for a second person to check."""
    if not decided or situation.by.origin is not Origin.PAPER or situation.states.trial_id == SYSTEM_LOG:
        return []
    first = situation.head + 1
    name = transcription_at(first)
    fact = PaperTranscribed(
        transcription=name,
        first=first,
        last=situation.head + len(decided),
        source=situation.by.origin_id,
        entered_by=situation.by.actor,
    )
    return situation.facts_in(transcription_stream(name), situation.when_now(), fact)


@decides(CheckTranscription)
def check_transcription(command: CheckTranscription, situation: Situation) -> list[NewFact]:
    known = situation.states.single(Transcription, command.transcription)
    if known is None:
        raise NotFound("transcription.unknown", f"there is no transcription {command.transcription}")
    if situation.by.actor == known.entered_by:
        raise Refused(
            "transcription.same_person",
            f"{known.entered_by} has copied it: somebody else checks it",
            where=command.transcription,
        )
    if known.is_checked:
        raise Refused("transcription.checked_already", "it was found to agree", where=command.transcription)
    fact = TranscriptionChecked(transcription=command.transcription, agrees=command.agrees, note=command.note)
    at = situation.when_of_trial(command)
    return situation.facts_in(transcription_stream(command.transcription), at, fact)


@decides(NoteUpload)
def note_upload(command: NoteUpload, situation: Situation) -> list[NewFact]:
    _stored(command.first, command.last, situation)
    ahead = 0
    if command.device_time is not None:
        ahead = round((command.device_time.moment - situation.now.moment).total_seconds())
    fact = EntryUploaded(
        device=command.device,
        first=command.first,
        last=command.last,
        captured=command.captured,
        ahead_seconds=ahead,
    )
    return situation.facts_in(UPLOAD_STREAM, situation.when_now(), fact)
