"""What the deviation log would be under another protocol: which deviations vanish, appear and stay."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from domain.aggregates import S
from domain.casebook_record import Records
from domain.clinical_time import Instant
from domain.enrolment import Enrolment
from domain.errors import Invalid, NotFound
from domain.infusion import Infusion
from domain.observation import VisitResults
from domain.outcome import Outcomes
from domain.participant import Participant
from domain.protocol_document import ProtocolDocument, canonical
from domain.trial import Trial
from domain.visit import Visit
from projections.as_of import Axis, View
from projections.deviations import Deviation, deviations
from projections.documents import ResultValue
from projections.ports import Unseal


class Fate(StrEnum):
    """What becomes of a deviation under the other protocol; one that `stays` may be told differently."""

    VANISHES = "vanishes"
    APPEARS = "appears"
    STAYS = "stays"


class Supposition(NamedTuple):
    """A deviation under the versions in force, and under the other protocol."""

    fate: Fate
    before: Deviation | None
    after: Deviation | None

    @property
    def told(self) -> Deviation:
        """The deviation, as the versions in force tell it where they do."""
        known = self.before or self.after
        if known is None:  # pragma: no cover - one of the two is always there
            raise LookupError(self.fate)
        return known


def what_if(
    view: View, document: ProtocolDocument, unseal: Unseal, *, instead_of: str = "", code: str = ""
) -> Iterator[Supposition]:
    """Every deviation of the trial, or of one participant, under either protocol.

    The document takes the place of the version `instead_of`, or of every version there is. Raises Invalid for
    the protocol of another trial or without one of its sites, NotFound for an unknown version.
    """
    supposed = Supposed(view, document, instead_of)
    before = {each.id: each for each in deviations(view, unseal, code)}
    after = {each.id: each for each in deviations(supposed, unseal, code)}
    for each in dict.fromkeys((*before, *after)):
        was, is_now = before.get(each), after.get(each)
        fate = Fate.APPEARS if was is None else Fate.VANISHES if is_now is None else Fate.STAYS
        yield Supposition(fate, was, is_now)


class Supposed:
    """A view in which one protocol version, or every one, says something else. The facts stay as they are."""

    def __init__(self, view: View, document: ProtocolDocument, instead_of: str = "") -> None:
        _check(view.trial, document, instead_of)
        self._view = view
        self._document = document
        self._instead_of = instead_of
        self.trial_id: str = view.trial_id
        self.position: int = view.position
        self.known_at: Instant = view.known_at
        self.moment: datetime = view.moment
        self.axis: Axis = view.axis

    @cached_property
    def trial(self) -> Trial:
        """The trial, its versions by their own labels, under which they are referred to."""
        known = self._view.trial
        versions = tuple(
            each._replace(document=_labelled(self._document, each.version))
            if self._instead_of in ("", each.version)
            else each
            for each in known.versions
        )
        return replace(known, versions=versions)

    @property
    def stood(self) -> Trial:
        """The trial as it stood: what it had gone through is what it was."""
        return self._view.stood

    @property
    def enrolment(self) -> Enrolment:
        """The places taken."""
        return self._view.enrolment

    def participants(self) -> dict[str, Participant]:
        """Every participant by code."""
        return self._view.participants()

    def participant(self, code: str) -> Participant | None:
        """One participant, or None."""
        return self._view.participant(code)

    def visits(self, code: str = "") -> dict[str, dict[str, Visit]]:
        """Visits by participant code and visit id."""
        return self._view.visits(code)

    def results(self, code: str = "") -> dict[str, dict[str, VisitResults]]:
        """Results by participant code, visit id and result id."""
        return self._view.results(code)

    def result_values(self) -> list[ResultValue]:
        """Every standing value."""
        return self._view.result_values()

    def infusions(self, code: str = "") -> dict[str, dict[str, Infusion]]:
        """Infusions by participant code and number."""
        return self._view.infusions(code)

    def outcomes(self, code: str = "") -> dict[str, Outcomes]:
        """Outcomes by participant code."""
        return self._view.outcomes(code)

    def records(self, code: str = "") -> dict[str, Records]:
        """What is said of the records of each casebook."""
        return self._view.records(code)

    def singles(self, kind: type[S], under: str = "") -> dict[str, S]:
        """The states of this class that streams of their own fold to, by key."""
        return self._view.singles(kind, under)

    def single(self, kind: type[S], key: str = "") -> S | None:
        """One such state, or None."""
        return self._view.single(kind, key)


def _labelled(document: ProtocolDocument, label: str) -> str:
    """The document's text as that of the version of this label."""
    raw = json.loads(document.text)
    if isinstance(raw["version"], dict):
        raw["version"]["value"] = label
    else:
        raw["version"] = label
    return canonical(raw)


def _check(trial: Trial, document: ProtocolDocument, instead_of: str) -> None:
    labels = [each.version for each in trial.versions]
    if not labels:
        raise NotFound("protocol.none", "the trial had no protocol then")
    if instead_of and instead_of not in labels:
        remedy = f"It has {', '.join(labels)}."
        raise NotFound(
            "protocol.unknown_version", f"the trial has no protocol version {instead_of}", remedy=remedy
        )
    other = document.protocol
    if other.trial != trial.protocol.trial:
        raise Invalid(
            "protocol.other_trial", f"the file is of trial {other.trial}, not of {trial.protocol.trial}"
        )
    absent = sorted(set(trial.sites) - set(other.site_plans))
    if absent:
        raise Invalid("what_if.no_site", f"the file has no site {', '.join(absent)}, which takes part")
