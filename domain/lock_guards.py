"""What stands against locking: open queries, unsigned records, disclosures that nobody has assessed, changes
after them that nobody has signed for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from domain.casebook import Casebook
from domain.casebook_paths import CASEBOOK
from domain.changed_after import unauthorised
from domain.query import Query
from domain.sample import Sample
from domain.sign_off import SignOff, SignOffStatus, sign_offs
from domain.trial import Trial


class Against(StrEnum):
    """Why something may not be locked yet; the value is the stable code it is refused with."""

    QUERY = "lock.query_open"
    UNSIGNED = "lock.unsigned"
    LAPSED = "lock.signature_lapsed"
    DISCLOSURE = "lock.disclosure_unassessed"
    CHANGE = "lock.change_unauthorised"


class Matter(NamedTuple):
    """One matter that stands against locking: whose, which record, and what."""

    against: Against
    participant: str
    record: str
    about: str

    def __str__(self) -> str:
        return " ".join(part for part in (self.participant, self.record, self.about) if part)


def matters(
    trial: Trial,
    casebooks: Iterable[Casebook],
    queries: Iterable[Query],
    samples: Iterable[Sample],
    record: str,
) -> Iterator[Matter]:
    """Everything that stands against locking a record of these participants, or their whole casebooks. The
    queries and the samples are those of the trial.
    """
    taken: dict[str, list[Sample]] = {}
    for sample in samples:
        taken.setdefault(sample.participant, []).append(sample)
    known = {each.code: each for each in casebooks if each.participant is not None}
    for query in sorted(queries, key=lambda query: query.opened.when.fact):
        is_of = query.participant in known and (record == CASEBOOK or record == (query.visit or CASEBOOK))
        if is_of and not query.is_settled:
            yield Matter(Against.QUERY, query.participant, query.visit, query.query)
    for casebook in known.values():
        yield from _unsigned(trial, casebook, record)
        if record == CASEBOOK:
            for each in casebook.known.open_assessments:
                yield Matter(Against.DISCLOSURE, casebook.code, "unblinding", f"of {each.at}")
        for change in unauthorised(trial, casebook, taken.get(casebook.code, ())):
            if record in (CASEBOOK, change.record):
                about = f"changed after unblinding, {change.when.at}"
                yield Matter(Against.CHANGE, casebook.code, change.record, about)


def awaited(trial: Trial, casebook: Casebook) -> Iterator[SignOff]:
    """The planned sign-offs of a participant that are due or have lapsed."""
    return (each for each in planned(trial, casebook) if each.is_open)


def planned(trial: Trial, casebook: Casebook) -> Iterator[SignOff]:
    """The sign-offs that the protocol version in force plans for a participant."""
    if casebook.participant is None:
        return iter(())
    participant = casebook.participant
    protocol = trial.protocol_for(participant.site, participant.consent_versions)
    return sign_offs(protocol, participant, casebook.visits, casebook.records, casebook.changed)


def _unsigned(trial: Trial, casebook: Casebook, record: str) -> Iterator[Matter]:
    """Planned sign-offs that are awaited; the casebook of who was randomized is signed in any case."""
    participant = casebook.known
    for each in planned(trial, casebook):
        if record not in (CASEBOOK, each.plan.id):
            continue
        is_final = each.plan.id == CASEBOOK and participant.randomized is not None
        if each.status is SignOffStatus.LAPSED:
            yield Matter(Against.LAPSED, casebook.code, each.plan.id, "changed since it was signed")
        elif each.status is SignOffStatus.DUE or (is_final and each.status is SignOffStatus.NOT_DUE):
            yield Matter(Against.UNSIGNED, casebook.code, each.plan.id, "not signed")
