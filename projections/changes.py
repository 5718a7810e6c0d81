"""What each fact of a history changes, field by field: the one source of comparing and of field histories."""

from __future__ import annotations

from typing import NamedTuple

from domain.casebook import Touched, TrialFold
from domain.record import Record
from projections.fields import Leaf, Place, changed, place_of


class Change(NamedTuple):
    """A field that a fact changed: what stood there before and after, None for nothing."""

    place: Place
    old: Leaf | None
    new: Leaf | None


class Following:
    """Folds facts in order, and tells what each of them changes. Streams may be followed one by one."""

    def __init__(self) -> None:
        self.fold = TrialFold()
        # What a view tells of a trial without facts.
        self._states: dict[Touched, object] = {
            Touched("trial", ""): self.fold.trial,
            Touched("enrolment", ""): self.fold.enrolment,
        }

    def take(self, record: Record) -> list[Change]:
        """Fold one more fact, and tell every field it changes."""
        found = []
        for touched in dict.fromkeys(self.fold.apply(record)):
            before, now = self._states.get(touched), self.fold.state(touched)
            self._states[touched] = now
            found += [Change(place_of(touched, path), old, new) for path, old, new in changed(before, now)]
        return found
