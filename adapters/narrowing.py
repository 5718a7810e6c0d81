"""What a person may see who holds a role at some of the sites: histories and states of own participants.

Narrowed once, where histories and read models are read, so that every question asked of them is narrowed the
same way: the participants of other sites are not there, nor is any fact or state that names one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from adapters.app import App
from adapters.belonging import Elsewhere
from domain.clinical_time import Instant
from domain.document import Document
from domain.identifiers import SYSTEM_LOG
from domain.record import Entry, Record
from projections.ports import Reading


def narrowed(app: App, trial: str, sites: Collection[str]) -> App:
    """The application as it is seen at some sites of a trial; whole where none are named."""
    if not sites:
        return app
    return replace(app, reading=AtSites(app.reading, trial, frozenset(sites)))


class AtSites:
    """Histories and read-model versions of a trial, as far as they may be seen at some sites."""

    def __init__(self, reading: Reading, trial: str, sites: frozenset[str]) -> None:
        self._reading = reading
        self._trial = trial
        self._elsewhere = Elsewhere(reading, trial, sites)

    # ------------------------------------------------ states

    def documents(self, trial: str, model: str, *, upto: int, prefix: str = "") -> list[tuple[str, str]]:
        """Key and body of what may be seen."""
        found = self._reading.documents(trial, model, upto=upto, prefix=prefix)
        if trial != self._trial:
            return found
        seen = ((key, self._body(model, key, body)) for key, body in found)
        return [(key, body) for key, body in seen if body is not None]

    def document(self, trial: str, model: str, key: str, *, upto: int) -> str | None:
        """The body of one key, None where it may not be seen."""
        body = self._reading.document(trial, model, key, upto=upto)
        return body if body is None or trial != self._trial else self._body(model, key, body)

    def versions(self, trial: str, *, upto: int) -> Iterator[Document]:
        """Every stored version of what may be seen."""
        for each in self._reading.versions(trial, upto=upto):
            body = each.body if trial != self._trial else self._body(each.model, each.key, each.body)
            if body is not None:
                yield each._replace(body=body)

    def keys(self, trial: str, *, upto: int) -> Iterator[tuple[str, str, int]]:
        """The keys of what may be seen."""
        for model, key, since in self._reading.keys(trial, upto=upto):
            if self.document(trial, model, key, upto=upto) is not None:
                yield model, key, since

    def _body(self, model: str, key: str, body: str) -> str | None:
        return self._elsewhere.state(model.partition(".")[0], key, body)

    # ------------------------------------------------ histories

    def replay(self, trial: str, *, upto: int | None = None) -> Iterator[Record]:
        """The facts that may be seen, in order."""
        return (each for each in self._reading.replay(trial, upto=upto) if self._may_see(trial, each))

    def replay_commands(self, trial: str, *, upto: int | None = None) -> Iterator[list[Record]]:
        """The same, those of each command together."""
        for records in self._reading.replay_commands(trial, upto=upto):
            seen = [each for each in records if self._may_see(trial, each)]
            if seen:
                yield seen

    def stream(self, trial: str, stream: str, *, upto: int | None = None) -> list[Record]:
        """The facts of one stream that may be seen, in order."""
        return [each for each in self._reading.stream(trial, stream, upto=upto) if self._may_see(trial, each)]

    def entries(
        self, trial: str, *, stream: str | None = None, after: int = 0, upto: int | None = None
    ) -> Iterator[Entry]:
        """The facts that may be seen with their whole envelope, in order."""
        for each in self._reading.entries(trial, stream=stream, after=after, upto=upto):
            if self._may_see(trial, each.record):
                yield each

    def _may_see(self, trial: str, record: Record) -> bool:
        if trial == SYSTEM_LOG:
            return not self._elsewhere.in_system(record)
        return trial != self._trial or not self._elsewhere.has(record)

    # ------------------------------------------------ what is of the trial as a whole

    def trials(self) -> list[str]:
        """The trials in the store."""
        return self._reading.trials()

    def head(self, trial: str) -> tuple[int, str]:
        """The last position and when it was recorded."""
        return self._reading.head(trial)

    def position_at(self, trial: str, instant: Instant) -> int:
        """The last position recorded at or before an instant."""
        return self._reading.position_at(trial, instant)
