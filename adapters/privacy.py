"""What facts say must be destroyed, is destroyed: keys of erased identities, and redacted texts.

The fact comes first. When a process dies between the fact and the destruction, carrying out again finishes
it; until then the text is there, and verification finds it as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from domain.document import Document
from domain.errors import Invalid
from domain.fact import FACTS
from domain.ledger.kept import StoredLine
from domain.privacy import (
    ENVELOPE_TEXTS,
    REDACTED,
    Identity,
    Masked,
    Part,
    Redaction,
    identity_scope,
    masked,
    refuse_unless_free,
)
from domain.record import Record
from projections.as_of import View
from projections.ports import LedgerReading, Reading, line_at
from projections.rebuild import rebuilt_from


class Store(Reading, LedgerReading, Protocol):
    """A store that can mask what a redaction names."""

    def redact(self, trial: str, masked: Masked, documents: Iterable[Document]) -> None:
        """Mask a text, in the fact or its envelope and in the versions of read models that held it."""


class Keys(Protocol):
    """Keys that can be destroyed."""

    def holds(self, scope: str) -> bool:
        """Whether the key of a scope is held."""

    def destroy(self, scope: str) -> bool:
        """Destroy a scope's key for good; False when it is not held."""


class Destroyed(NamedTuple):
    """What was destroyed: `identity` with the participant, or `text` with the redaction."""

    what: str
    name: str


@dataclass(frozen=True, slots=True)
class Destruction:
    """Carries out what the facts of a trial say must be destroyed."""

    store: Store
    keys: Keys

    def outstanding(self, view: View) -> Iterator[Identity | Redaction]:
        """What facts say must be destroyed and is still there."""
        for identity in view.singles(Identity).values():
            if identity.erased is not None and self.keys.holds(identity_scope(identity.participant)):
                yield identity
        for redaction in view.singles(Redaction).values():
            if redaction.made is not None and self._stands(view.trial_id, redaction):
                yield redaction

    def carry_out(self, view: View) -> list[Destroyed]:
        """Destroy what must be and is still there; tells what. The engine must then forget the trial."""
        done = []
        for each in list(self.outstanding(view)):
            if isinstance(each, Identity):
                self.keys.destroy(identity_scope(each.participant))
                done.append(Destroyed("identity", each.participant))
            else:
                self._mask(view.trial_id, each)
                done.append(Destroyed("text", each.redaction))
        return done

    def check(self, trial: str, position: int, part: Part, field: str) -> None:
        """Raise Invalid unless a text of that name stands there and is one that a person wrote."""
        if part is Part.FACT:
            line = self._line(trial, position)
            if line is not None:
                refuse_unless_free(position, field, line.topic, line.data)
        elif field not in ENVELOPE_TEXTS:
            texts = ", ".join(sorted(ENVELOPE_TEXTS))
            raise Invalid(
                "redaction.not_free", f"'{field}' is no free text", remedy=f"An envelope has {texts}."
            )

    def _line(self, trial: str, position: int) -> StoredLine | None:
        return line_at(self.store, trial, position)

    def _stands(self, trial: str, redaction: Redaction) -> bool:
        line = self._line(trial, redaction.position)
        if line is None:
            return False
        if redaction.part is Part.FACT:
            return masked(redaction.position, redaction.field, line.topic, line.data) is not None
        (command,) = self.store.commands(trial, line.command, line.command)
        held = {"name": command.attribution.name, "reason_text": command.attribution.reason_text}
        return held[redaction.field] not in (REDACTED, "")

    def _mask(self, trial: str, redaction: Redaction) -> None:
        line = self._line(trial, redaction.position)
        if redaction.part is Part.ENVELOPE:
            self.store.redact(trial, Masked(redaction.position, redaction.field), ())
        elif line is not None:
            change = masked(redaction.position, redaction.field, line.topic, line.data)
            if change is not None:
                self.store.redact(trial, change, list(self._changed(trial, line, change)))

    def _changed(self, trial: str, line: StoredLine, change: Masked) -> Iterator[Document]:
        """The versions of read models that the masked fact makes otherwise than they are stored."""
        fact = FACTS.read(line.topic, change.data or b"")

        def history() -> Iterator[list[Record]]:
            for records in self.store.replay_commands(trial):
                yield [
                    each._replace(fact=fact) if each.position == change.position else each for each in records
                ]

        for document in rebuilt_from(history()):
            model, key, position, body = document
            if position >= change.position and self.store.document(trial, model, key, upto=position) != body:
                yield document
