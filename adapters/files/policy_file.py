"""Reading what whoever verifies brings along: trust policies, and signed checkpoints."""

from __future__ import annotations

from pathlib import Path

from domain.errors import Invalid, NotFound
from domain.ledger.note import Checkpoint, Note
from domain.ledger.policy import Policy


def read_policy(path: Path) -> Policy:
    """The trust policy of a file (C2SP tlog-policy). Raises NotFound, Invalid."""
    return Policy.parse(_text(path))


def read_note(path: Path) -> tuple[int, Note]:
    """The signed checkpoint of a file, and how many entries it speaks of. Raises NotFound, Invalid."""
    note = Note.parse(_text(path))
    return Checkpoint.parse(note.text).size, note


def read_renewal(path: Path) -> Note:
    """The signed renewal of a file. Raises NotFound, Invalid."""
    return Note.parse(_text(path))


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except FileNotFoundError as error:
        raise NotFound("file.missing", "there is no such file", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise Invalid("file.not_text", "this is no text in UTF-8", where=str(path)) from error
