"""What every door opens onto: commands go in by the engine, questions are asked of views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from adapters.auth.people import People
from adapters.held.standing import Departure
from adapters.privacy import Destruction
from domain.clinical_time import Instant
from domain.errors import Denied, Invalid, NotFound
from domain.privacy import IDENTITY
from domain.record import Role
from domain.sealed import ALLOCATION, Sealed
from domain.trial import Trial
from projections.as_of import Axis, View, view_of
from projections.ports import LedgerKeeping, Reading, Unseal, sealed_to_all
from workflows.engine import Engine
from workflows.ports import Clock, Vault


class Closing(Protocol):
    """Something that is closed when done, and may have a clock of its own."""

    def close(self) -> None:
        """Let go of files and connections."""

    def database_time(self) -> datetime | None:
        """What the clock of the database's server tells; None where it has none of its own."""


@dataclass(frozen=True, slots=True)
class App:
    """An open store with everything wired to it."""

    engine: Engine
    reading: Reading
    vault: Vault
    clock: Clock
    store: Closing
    ledger: LedgerKeeping
    destruction: Destruction
    people: People
    departures: Sequence[Departure] = ()
    """The logs that are not what was signed of them: while there are any, the store is read-only."""

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def sole_trial(self) -> str:
        """The one trial of the store. Raises NotFound when there is none, Invalid when there are several."""
        trials = self.reading.trials()
        if not trials:
            raise NotFound(
                "trial.none", "there is no trial in this store", remedy="Begin with 'trialog trial activate'."
            )
        if len(trials) > 1:
            raise Invalid(
                "trial.several", f"the store holds {', '.join(trials)}", remedy="Say which with --trial."
            )
        return trials[0]

    def view(
        self,
        trial: str,
        as_of: Instant | int | None = None,
        axis: Axis = Axis.RECORDED,
        known_at: Instant | int | None = None,
    ) -> View:
        """The trial's states as of an instant or position, now by default; on the clinical axis as was known
        at another.
        """
        return view_of(self.reading, trial, as_of, axis, self.clock.now(), known_at)

    def unseal(self, trial: Trial, role: Role) -> Unseal:
        """How a role reads sealed values: not at all when the protocol masks it or the key is not here."""
        return sealed_to_all if trial.masks(role) else self._allocation

    def unseal_identity(self, sealed: Sealed) -> str | None:
        """An identity in clear, for a look that shows nothing of it; None when its key is not here."""
        return self._opened(sealed) if sealed.scope.startswith(IDENTITY) else None

    def _allocation(self, sealed: Sealed) -> str | None:
        """What tells an allocation, and nothing else: identities and secrets have other scopes."""
        return self._opened(sealed) if sealed.scope == ALLOCATION else None

    def _opened(self, sealed: Sealed) -> str | None:
        try:
            return self.vault.open(sealed)
        except Denied:
            return None
