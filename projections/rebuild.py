"""Rebuilding the read models from the facts, to show that what is stored is what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import NamedTuple

from domain.casebook import TrialFold
from domain.document import AGENDA, AGENDA_UPTO, Document
from domain.record import Record
from projections.documents import project
from projections.ports import Reading


class Difference(NamedTuple):
    """A version of a read model that is not what the facts make it, and in which way."""

    model: str
    key: str
    position: int
    what: str


def rebuilt(reading: Reading, trial: str, upto: int | None = None) -> Iterator[Document]:
    """Every version of every read model, as the facts make them, command by command."""
    return rebuilt_from(reading.replay_commands(trial, upto=upto))


def rebuilt_from(history: Iterable[Sequence[Record]]) -> Iterator[Document]:
    """Every version of every read model, as these facts make them from the beginning, command by command."""
    fold = TrialFold()
    for records in history:
        touched = dict.fromkeys(fold.take(records))
        yield from project(fold, touched, records[-1].position)


_NO_READ_MODELS = frozenset({AGENDA, AGENDA_UPTO})


def compare(
    reading: Reading, trial: str, upto: int | None = None, progress: Callable[[int], None] = lambda _: None
) -> tuple[int, list[Difference]]:
    """How many versions the facts make, and each that the store does not hold to the byte, or holds besides,
    also under the name of no read model.

    What is kept of a version meanwhile is a hash, so that long histories can be compared.
    """
    head = reading.head(trial)[0] if upto is None else upto
    due: set[bytes] = set()
    first: dict[tuple[str, str], int] = {}
    for document in rebuilt(reading, trial, head):
        due.add(_hash(document))
        first.setdefault((document.model, document.key), document.position)
        progress(document.position)
    count = len(due)
    besides: dict[tuple[str, str, int], None] = {}
    for document in reading.versions(trial, upto=head):
        if document.model in _NO_READ_MODELS:
            continue
        made = _hash(document)
        if made in due:
            due.remove(made)
        else:
            besides[document[:3]] = None
    differences = _named(reading, trial, head, due, besides)
    differences += _listed(reading, trial, head, first)
    return count, sorted(differences, key=lambda each: each.position)


def _hash(document: Document) -> bytes:
    model, key, position, body = document
    return blake2b(f"{model}\0{key}\0{position}\0{body}".encode(), digest_size=16).digest()


def _named(
    reading: Reading, trial: str, head: int, due: set[bytes], besides: dict[tuple[str, str, int], None]
) -> list[Difference]:
    """What is missing by the hashes that are still due, and what is there besides, by name."""
    found = []
    if due:
        for document in rebuilt(reading, trial, head):
            if _hash(document) in due:
                place = document[:3]
                what = "differs" if place in besides else "missing"
                besides.pop(place, None)
                found.append(Difference(*place, what))
    return found + [Difference(*place, "not from the facts") for place in besides]


def _listed(
    reading: Reading, trial: str, head: int, first: dict[tuple[str, str], int]
) -> Iterator[Difference]:
    """The list of keys, each from its first version on: what is listed as of then depends on it."""
    for model, key, position in reading.keys(trial, upto=head):
        if model in _NO_READ_MODELS:
            continue
        since = first.pop((model, key), None)
        if since is None:
            yield Difference(model, key, position, "listed, and not from the facts")
        elif since != position:
            yield Difference(model, key, position, "listed from another position on")
    for (model, key), position in first.items():
        yield Difference(model, key, position, "not listed")
