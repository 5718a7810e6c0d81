"""Reading what whoever verifies brings along: trust policies, and signed checkpoints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.errors import Invalid, NotFound, TrialogError
from domain.ledger.note import Checkpoint, Note
from domain.ledger.policy import Policy


def read_policy(path: Path | None, keys: Iterable[str] = ()) -> Policy:
    """The trust policy of a file (C2SP tlog-policy), by default one that demands no cosignature, and in it
    these keys of logs too, each as if a line of it named it. Raises NotFound, Invalid.
    """
    with _named(path or "--key"):
        text = "quorum none" if path is None else _text(path)
        more = (f"log {key}" for key in dict.fromkeys(keys) if key not in text.split())
        return Policy.parse("\n".join((text, *more)))


def read_note(path: Path) -> tuple[int, Note]:
    """The signed checkpoint of a file, and how many entries it speaks of. Raises NotFound, Invalid."""
    with _named(path):
        note = Note.parse(_text(path))
        return Checkpoint.parse(note.text).size, note


def read_renewal(path: Path) -> Note:
    """The signed renewal of a file. Raises NotFound, Invalid."""
    with _named(path):
        return Note.parse(_text(path))


@contextmanager
def _named(path: Path | str) -> Iterator[None]:
    """Within it what is wrong is told with the file's name."""
    try:
        yield
    except TrialogError as error:
        error.where = f"{path}: {error.where}" if error.where else str(path)
        raise


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except FileNotFoundError as error:
        raise NotFound("file.missing", "there is no such file") from error
    except UnicodeDecodeError as error:
        raise Invalid("file.not_text", "this is no text in UTF-8") from error
