"""How entries came in that were not made at the system: copied from paper, or captured while offline.

The entry's own facts carry the origin in their envelope; the facts here say what the envelope cannot: from
which paper, checked by whom, and when a device captured what it sent later.
"""

from dataclasses import dataclass
from typing import Annotated, NamedTuple

from pydantic import Field, StringConstraints

from domain.clinical_time import ClinicalTime
from domain.fact import Fact, FreeText
from domain.happened import Happened
from domain.record import Record
from domain.replacing import replace

TranscriptionId = Annotated[str, StringConstraints(pattern=r"^T-[1-9][0-9]{0,17}$")]
"""An entry copied from paper by the position of its first fact: `T-412`."""

UPLOAD_STREAM = "upload"
"""The stream of what was captured offline. It has no state: each is a fact of its own."""

Position = Annotated[int, Field(ge=1)]


def transcription_at(position: int) -> str:
    """The id of the transcription whose first fact is at a position."""
    return f"T-{position}"


def transcription_stream(transcription: str) -> str:
    """The stream of one transcription."""
    return f"transcription/{transcription}"


# ---------------------------------------------------------------- facts


class PaperTranscribed(Fact):
    """The facts `first` to `last` were copied from paper by one person (BC-04)."""

    TOPIC = "paper.transcribed.v1"
    EN = "Facts {first} to {last} copied by {entered_by} from paper: {source}"
    ZH = "位置 {first} 至 {last} 由 {entered_by} 自纸质记录转录：{source}"
    transcription: TranscriptionId
    first: Position
    last: Position
    source: FreeText
    entered_by: str


class TranscriptionChecked(Fact):
    """A second person has held what was copied against the paper."""

    TOPIC = "paper.transcription_checked.v1"
    EN = "Transcription {transcription} checked against the paper; it agrees: {agrees}; {note}"
    ZH = "转录 {transcription} 已与纸质记录核对，一致：{agrees}；{note}"
    SILENT = ("note",)
    transcription: TranscriptionId
    agrees: bool
    note: FreeText = ""


class EntryUploaded(Fact):
    """The facts `first` to `last` were captured by a device while offline, at `captured` by its own clock,
    which was `ahead_seconds` ahead of the server's (behind: negative) when it sent them.

    When they were sent is when they were recorded: the envelope says it (TI-05).
    """

    TOPIC = "entry.uploaded.v1"
    EN = "Facts {first} to {last} captured offline by {device} at {captured}, its clock {ahead_seconds} s off"
    ZH = "位置 {first} 至 {last} 由 {device} 于 {captured} 离线采集；其时钟快 {ahead_seconds} 秒"
    device: str
    first: Position
    last: Position
    captured: ClinicalTime
    ahead_seconds: int = 0


# ---------------------------------------------------------------- state


class Check(NamedTuple):
    """A word on a transcription; who gave it stands in the envelope of its fact."""

    agrees: bool
    note: str
    when: Happened


@dataclass(frozen=True, slots=True)
class Transcription:
    """The state of one transcription: which facts, from which paper, by whom, and every check of it."""

    transcription: str
    first: int
    last: int
    source: str
    entered_by: str
    when: Happened
    checks: tuple[Check, ...] = ()

    @property
    def is_checked(self) -> bool:
        """Whether a second person found that it agrees with the paper."""
        return bool(self.checks) and self.checks[-1].agrees


def evolve(transcription: Transcription | None, record: Record) -> Transcription | None:
    """The transcription after one more fact. Total: what it does not know changes nothing."""
    fact, when = record.fact, record.happened
    match fact:
        case PaperTranscribed() if transcription is None:
            return Transcription(
                fact.transcription, fact.first, fact.last, fact.source, fact.entered_by, when
            )
        case TranscriptionChecked() if transcription is not None:
            word = Check(fact.agrees, fact.note, when)
            return replace(transcription, checks=(*transcription.checks, word))
    return transcription
