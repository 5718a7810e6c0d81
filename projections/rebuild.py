"""Rebuilding the read models from the facts, to show that what is stored is what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from domain.casebook import Touched, TrialFold
from domain.document import Document
from domain.record import Entry
from projections.documents import MODELS, project
from projections.ports import Reading


class Difference(NamedTuple):
    """A read-model row that is not what the facts make it, at the end of the history asked about."""

    model: str
    key: str
    stored: str | None
    rebuilt: str | None


def rebuilt(reading: Reading, trial: str, upto: int | None = None) -> Iterator[Document]:
    """Every version of every read model, as the facts make them, command by command."""
    return rebuilt_from(reading.entries(trial, upto=upto))


def rebuilt_from(history: Iterable[Entry]) -> Iterator[Document]:
    """Every version of every read model, as these facts make them from the beginning, command by command."""
    fold = TrialFold()
    for last, entries in groupby(history, key=lambda entry: entry.command.last):
        yield from _versions(fold, last, entries)


def _versions(fold: TrialFold, last: int, entries: Iterator[Entry]) -> Iterator[Document]:
    touched: dict[Touched, None] = {}
    for entry in entries:
        for change in fold.apply(entry.record):
            touched[change] = None
    yield from project(fold, touched, last)


def compare(
    reading: Reading, trial: str, upto: int | None = None, progress: Callable[[int], None] = lambda _: None
) -> tuple[int, list[Difference]]:
    """How many versions the facts make, and each the store does not hold to the byte, or holds besides."""
    head = reading.head(trial)[0] if upto is None else upto
    count, differences = 0, []
    newest: dict[tuple[str, str], str] = {}
    for document in rebuilt(reading, trial, head):
        count += 1
        newest[document.model, document.key] = document.body
        stored = reading.document(trial, document.model, document.key, upto=document.position)
        if stored != document.body:
            differences.append(Difference(document.model, document.key, stored, document.body))
        progress(document.position)
    for model in MODELS.values():
        for key, body in reading.documents(trial, model, upto=head):
            if newest.get((model, key)) != body:
                differences.append(Difference(model, key, body, newest.get((model, key))))
    return count, differences
