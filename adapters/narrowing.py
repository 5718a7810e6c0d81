"""What a person may see who holds a role at some of the sites: histories and states of own participants.

Narrowed once, where histories and read models are read, so that every question asked of them is narrowed the
same way: the participants of other sites are not there, nor is any fact or state that names one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

from adapters.app import App
from domain.aggregates import aggregate_of
from domain.clinical_time import Instant
from domain.document import Document
from domain.fact import Fact
from domain.record import Entry, Record
from projections.documents import MODELS, reader
from projections.ports import Reading

ELSEWHERE = "elsewhere"
"""Stands for a participant of another site where that there is one must show, as on a bag that is taken."""

_NAMING = ("alert", "correction", "query")
"""Kinds of state whose key names no participant, and whose body does."""

_POINTING = {"redaction": "position", "transcription": "first"}
"""Kinds of state that name neither, but in a field the position of a fact."""


def narrowed(app: App, trial: str, sites: Iterable[str]) -> App:
    """The application as it is seen at some sites of a trial."""
    return replace(app, reading=AtSites(app.reading, trial, frozenset(sites)))


class AtSites:
    """Histories and read-model versions of a trial, as far as they are of participants of some sites."""

    def __init__(self, reading: Reading, trial: str, sites: frozenset[str]) -> None:
        self._reading = reading
        self._trial = trial
        self._sites = sites
        self._elsewhere: dict[str, bool] = {}

    @cached_property
    def _hidden(self) -> frozenset[str]:
        """The participants of other sites, as of now: nobody comes back from the past either."""
        head, _ = self._reading.head(self._trial)
        known = self._reading.documents(self._trial, MODELS["participant"], upto=head)
        read = reader("participant")
        return frozenset(code for code, body in known if read(body).site not in self._sites)

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
        """The list of keys."""
        for model, key, since in self._reading.keys(trial, upto=upto):
            if trial != self._trial or key.partition("/")[0] not in self._hidden:
                yield model, key, since

    def _body(self, model: str, key: str, body: str) -> str | None:
        if key.partition("/")[0] in self._hidden:
            return None
        kind = model.partition(".")[0]
        if kind in _NAMING:
            told = json.loads(body)
            elsewhere = told.get("participant") in self._hidden
            return None if elsewhere or told.get("site", "") not in ("", *self._sites) else body
        if kind in _POINTING:
            return body if self._stands_here(json.loads(body)[_POINTING[kind]]) else None
        if kind == "lot":
            told = json.loads(body)
            told["bags"] = {
                bag: ELSEWHERE if whose in self._hidden else whose for bag, whose in told["bags"].items()
            }
            return json.dumps(told, ensure_ascii=False)
        if kind == "outage":
            told = json.loads(body)
            told["packages"] = {
                name: each for name, each in told["packages"].items() if each["site"] in self._sites
            }
            return json.dumps(told, ensure_ascii=False)
        return body

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
        self,
        trial: str,
        *,
        stream: str | None = None,
        after: int = 0,
        upto: int | None = None,
        limit: int | None = None,
    ) -> Iterator[Entry]:
        """The facts that may be seen with their whole envelope, in order."""
        count = 0
        for each in self._reading.entries(trial, stream=stream, after=after, upto=upto):
            if self._may_see(trial, each.record):
                yield each
                count += 1
                if count == limit:
                    return

    def _may_see(self, trial: str, record: Record) -> bool:
        if trial != self._trial:
            return True
        parts = record.stream.split("/")
        return not (self._hidden & {*parts, *_named(record.fact)}) and not self._is_elsewhere(record.stream)

    def _stands_here(self, position: int) -> bool:
        """Whether the fact at a position may be seen."""
        return next(self.entries(self._trial, after=position - 1, upto=position), None) is not None

    def _is_elsewhere(self, stream: str) -> bool:
        """Whether a stream is about another site's, as its state says: the answer to a query names nobody."""
        found = aggregate_of(stream)
        if found is None or found[0].model not in {*_NAMING, *_POINTING}:
            return False
        if stream not in self._elsewhere:
            model, key = MODELS[found[0].model], found[1]
            head, _ = self._reading.head(self._trial)
            body = self._reading.document(self._trial, model, key, upto=head)
            self._elsewhere[stream] = body is not None and self._body(model, key, body) is None
        return self._elsewhere[stream]

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


def _named(fact: Fact) -> Iterator[Any]:
    """The participants that a fact names."""
    yield getattr(fact, "participant", None)
    yield getattr(fact, "code", None)
    yield from getattr(fact, "participants", ())
