"""Consents to be given anew: computed, never stored. What makes one due is a fact; that it is due follows.

Four things ask for it: a request to one participant, a protocol version that the site follows, a document
with new information, and coming of age (ICH E6(R3) 2.8). Whoever needs to know, a rule, an alert or a
person, asks here, with the trial and the participant as of whatever instant.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from domain.clinical_time import ClinicalTime, Precision
from domain.consent_given import Given
from domain.consent_rules import Consent, RenewalHold
from domain.happened import Happened
from domain.participant import Participant
from domain.trial import Trial

OF_AGE = "of_age"
"""The subject of a consent that is due because the participant has come of age."""


class RenewalCause(StrEnum):
    """What asks for a renewed consent."""

    REQUEST = "request"
    PROTOCOL = "protocol"
    DOCUMENT = "document"
    OF_AGE = "of_age"


class Renewal(NamedTuple):
    """A consent to be given anew. `subject` is the version to be signed, or `of_age`; `since` what made it
    due. It is overdue from `deadline` on. `met` is the consent that settled it, None while it is due.
    """

    subject: str
    cause: RenewalCause
    since: Happened
    deadline: datetime
    met: Happened | None
    summary: str = ""

    def is_due(self, moment: datetime) -> bool:
        """Whether it waits to be given at a moment."""
        return self.since.at.earliest <= moment and not self._was_met(moment)

    def is_overdue(self, moment: datetime) -> bool:
        """Whether its time is over at a moment, and it is not given."""
        return self.deadline <= moment and self.is_due(moment)

    def holds(self, hold: RenewalHold, at: ClinicalTime) -> bool:
        """Whether a procedure at a time certainly waits for it, where a protocol holds procedures back so."""
        if hold is RenewalHold.NOTHING or (self.met is not None and self.met.at.earliest < at.latest):
            return False
        return (self.since.at.latest if hold is RenewalHold.DUE else self.deadline) <= at.earliest

    def _was_met(self, moment: datetime) -> bool:
        return self.met is not None and self.met.at.earliest <= moment


def renewals(trial: Trial, participant: Participant) -> tuple[Renewal, ...]:
    """Every renewed consent that was or is asked of a participant, in the order it became due.

    One a version: whatever asks for it first. What comes up after the course has ended asks nothing more.
    """
    ended = participant.ended
    found: dict[str, Renewal] = {}
    everything = (
        *_requested(trial, participant),
        *(_by_protocol(trial, participant) if participant.consents else ()),
        *(_by_document(trial, participant) if participant.consents else ()),
        *(_of_age(trial, participant) if participant.consents else ()),
    )
    for each in sorted(everything, key=lambda each: (each.since.at.earliest, each.since.fact)):
        if ended is None or each.since.at.earliest < ended.at.earliest:
            found.setdefault(each.subject, each)
    return tuple(found.values())


def outstanding(trial: Trial, participant: Participant, moment: datetime) -> tuple[Renewal, ...]:
    """The renewed consents that wait to be given at a moment; none once the course has ended."""
    if participant.ended is not None:
        return ()
    return tuple(each for each in renewals(trial, participant) if each.is_due(moment))


def holding(trial: Trial, participant: Participant, at: ClinicalTime) -> Renewal | None:
    """The renewed consent that holds back a procedure at a time, by the protocol the site followed then.

    Where an imprecise time leaves open what came first, nothing is held back.
    """
    hold = rules_for(trial, participant, at).renewal_hold
    if hold is RenewalHold.NOTHING:
        return None
    return next((each for each in renewals(trial, participant) if each.holds(hold, at)), None)


def rules_for(trial: Trial, participant: Participant, at: ClinicalTime) -> Consent:
    """How the protocol that the participant's site followed at a time has consent given."""
    return (trial.protocol_at(participant.site, at) or trial.protocol).consent


def _deadline(since: Happened, rules: Consent) -> datetime:
    return since.at.latest + timedelta(days=rules.renewal_days)


def _requested(trial: Trial, participant: Participant) -> Iterator[Renewal]:
    answered = ((each.version, each.asked, each.when) for each in participant.consents)
    waiting = ((version, asked, None) for version, asked in participant.reconsent_requested.items())
    for version, asked, met in (*answered, *waiting):
        if asked is not None:
            deadline = _deadline(asked, rules_for(trial, participant, asked.at))
            yield Renewal(version, RenewalCause.REQUEST, asked, deadline, met)


def _by_protocol(trial: Trial, participant: Participant) -> Iterator[Renewal]:
    """What versions the site follows ask of those who consented to none of their forms."""
    site, first = participant.site, participant.consents[0]
    for each in trial.sites.get(site, ()):
        protocol = trial.document(each.version).protocol
        if not protocol.consent.reconsent or trial.admits(protocol, site, first.version):
            continue
        admitted = (given for given in participant.consents if trial.admits(protocol, site, given.version))
        since = _later(each.since, first.when)
        yield Renewal(
            protocol.consent.versions[0].version,
            RenewalCause.PROTOCOL,
            since,
            _deadline(since, protocol.consent),
            _first(admitted),
        )


def _by_document(trial: Trial, participant: Participant) -> Iterator[Renewal]:
    """What documents with something new ask of those who consented before, in the language they chose."""
    site = participant.site
    for form in trial.forms:
        since = Happened(form.valid_from, form.approved.fact)
        before = [each for each in participant.consents if each.when.at.latest <= form.valid_from.earliest]
        if not form.renews or form.withdrawn or form.site != site or not before:
            continue
        if before[-1].language != form.language:
            continue
        newer = {
            other.version
            for other in trial.forms
            if other.site == site and other.valid_from.earliest >= form.valid_from.earliest
        }
        signed = (each for each in participant.consents if each.version in newer and each not in before)
        rules = rules_for(trial, participant, form.valid_from)
        yield Renewal(
            form.version,
            RenewalCause.DOCUMENT,
            since,
            _deadline(since, rules),
            _first(signed),
            form.summary,
        )


def _of_age(trial: Trial, participant: Participant) -> Iterator[Renewal]:
    """An own consent of whoever consented as a minor: asked as soon as they may be of age, overdue once they
    surely have been for the protocol's days.
    """
    born, first = participant.born, participant.consents[0]
    age = rules_for(trial, participant, first.when.at).legal_age
    if born is None or age is None:
        return
    reached = came_of_age(born.at, age)
    if first.when.at.earliest >= reached.earliest:
        return
    own = (each for each in participant.consents if each.when.at.earliest >= reached.earliest)
    since = Happened(reached, born.fact)
    rules = rules_for(trial, participant, reached)
    yield Renewal(OF_AGE, RenewalCause.OF_AGE, since, _deadline(since, rules), _first(own))


def came_of_age(born: ClinicalTime, age: int) -> ClinicalTime:
    """When somebody born in a year, or a month of it, reached an age: as exactly as the birth is known."""
    year = int(str(born)[:4]) + age
    if born.precision is Precision.YEAR:
        return ClinicalTime.parse(f"{year:04}", born.zone)
    month = date.fromisoformat(f"{str(born)[:7]}-01").month
    return ClinicalTime.parse(f"{year:04}-{month:02}", born.zone)


def _later(first: Happened, second: Happened) -> Happened:
    return first if second.at.earliest <= first.at.earliest else second


def _first(consents: Iterator[Given]) -> Happened | None:
    return min((each.when for each in consents), key=lambda when: when.at.earliest, default=None)
