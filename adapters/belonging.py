"""Which facts and states of a trial belong to other sites than some: there they may not be seen.

What names a participant or a site is of that site, and so is what is said of it later by an id or a position
alone. What names neither and is no matter of the whole trial, as an export, is of the site where somebody
said it. All else is of the trial, and seen at every site.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from functools import cache, cached_property
from typing import Any

from domain.access import Grant, RoleGranted, RoleRequested, RoleRevoked
from domain.access_review import AccessReviewed
from domain.delegation import DelegationEnded, Standing, TrainingRecorded
from domain.entry import EntryUploaded
from domain.export import ExportMade
from domain.fact import Fact
from domain.identifiers import SYSTEM_LOG
from domain.outage import OUTAGE_STREAM, OutageDeclared, OutageReconciled, Outages
from domain.record import Record
from domain.trail_review import AuditTrailReviewed
from domain.viewing import VIEWING_STREAM
from projections.documents import MODELS, reader
from projections.ports import Reading, entry_at

ELSEWHERE = "elsewhere"
"""Stands for a participant of another site where that there is one must show, as on a bag that is taken."""

OF_ALL_SITES = (AuditTrailReviewed, AccessReviewed)
"""Facts that tell, in counts and in words, of every site at once: nobody sees them who may see some alone."""

Told = dict[str, Any]


class Elsewhere:
    """What of a trial belongs to none of some sites, as of now: nothing comes back from the past either."""

    def __init__(self, reading: Reading, trial: str, sites: frozenset[str]) -> None:
        self._reading = reading
        self._trial = trial
        self._sites = sites
        self._stream = cache(self._of_stream)

    @cached_property
    def participants(self) -> frozenset[str]:
        """The participants of other sites."""
        known = self._reading.documents(self._trial, MODELS["participant"], upto=self._head)
        read = reader("participant")
        return frozenset(code for code, body in known if read(body).site not in self._sites)

    # ------------------------------------------------ facts

    def has(self, record: Record) -> bool:
        """Whether a fact of the trial is another site's."""
        fact, (kind, _, key) = record.fact, record.stream.partition("/")
        if self.participants & {*record.stream.split("/"), *_named(fact)}:
            return True
        if isinstance(fact, OF_ALL_SITES) or self._is_other(getattr(fact, "site", None)):
            return True
        match fact:
            case OutageDeclared() | OutageReconciled():
                return self._is_other(self._packages.get(fact.package))
            case DelegationEnded():
                return self._is_other(self._delegations(key).get(fact.delegation))
            case TrainingRecorded():
                return self.works(fact.account)
            case EntryUploaded():
                return self.at(fact.first)
            case ExportMade() if fact.scope.startswith(_OF_ONE):
                return fact.scope.removeprefix(_OF_ONE) in self.participants
            case ExportMade():
                return self._said_at(record.position)
        if kind == VIEWING_STREAM:
            return not getattr(fact, "participant", "") and self._said_at(record.position)
        return self._stream(kind, key)

    def at(self, position: int) -> bool:
        """Whether the fact at a position is another site's."""
        entry = entry_at(self._reading, self._trial, position)
        return entry is not None and self.has(entry.record)

    def in_system(self, record: Record) -> bool:
        """Whether a fact of the system log is of somebody who works at other sites alone, or of a role that
        is held at other sites.
        """
        kind, _, account = record.stream.partition("/")
        if kind != "account":
            return False
        match record.fact:
            case RoleRequested() | RoleGranted() as fact if fact.trial == self._trial:
                return self._are_others(fact.sites)
            case RoleRevoked() as fact:
                return fact.grant in self._granted_elsewhere.get(account, ())
        return account in self._people

    def _of_stream(self, kind: str, key: str) -> bool:
        """Whether a stream is about another site's, as its state says: the answer to a query names nobody."""
        if kind not in _READS:
            return False
        body = self._reading.document(self._trial, MODELS[kind], key, upto=self._head)
        return body is not None and self.state(kind, key, body) is None

    def _said_at(self, position: int) -> bool:
        """Whether somebody said at another site what stands at a position."""
        entry = entry_at(self._reading, self._trial, position)
        return entry is not None and self._is_other(entry.command.attribution.site)

    # ------------------------------------------------ states

    def state(self, model: str, key: str, body: str) -> str | None:
        """The body of a state as far as it may be seen, None where all of it is another site's."""
        if self.participants & {*key.split("/")}:
            return None
        read = _READS.get(model)
        if read is None:
            return body
        told: Told = json.loads(body)
        left = read(self, key, told)
        return None if left is None else body if left is told else json.dumps(left, ensure_ascii=False)

    def _named(self, _key: str, told: Told) -> Told | None:
        """What names a participant or a site."""
        is_other = told.get("participant") in self.participants or self._is_other(told.get("site"))
        return None if is_other else told

    def _redaction(self, _key: str, told: Told) -> Told | None:
        return None if self.at(told["position"]) else told

    def _transcription(self, _key: str, told: Told) -> Told | None:
        return None if self.at(told["first"]) else told

    def _delivery(self, _key: str, told: Told) -> Told | None:
        kind, what, _ = told["subject"].split("/")
        is_other = self._stream("alert", what) if kind == "alert" else self._is_other(what)
        return None if is_other else told

    def _closings(self, key: str, told: Told) -> Told | None:
        return None if self._is_other(key) else told

    def _lot(self, _key: str, told: Told) -> Told:
        bags = told["bags"].items()
        return {**told, "bags": {bag: self._whose(code) for bag, code in bags}}

    def _outage(self, _key: str, told: Told) -> Told:
        packages = {name: each for name, each in told["packages"].items() if each["site"] in self._sites}
        outages = [each for each in told["outages"] if each[0] in packages]
        return {**told, "packages": packages, "outages": outages}

    def _trial_itself(self, _key: str, told: Told) -> Told:
        sites = {site: each for site, each in told["sites"].items() if site in self._sites}
        return {**told, "sites": sites, "forms": [each for each in told["forms"] if each[0] in self._sites]}

    def _standing(self, key: str, told: Told) -> Told | None:
        here = [each for each in told["delegations"] if each["site"] in self._sites]
        is_other = not here and self.works(key)
        return None if is_other else {**told, "delegations": here}

    def _of_all(self, _key: str, _told: Told) -> None:
        return None

    # ------------------------------------------------ people

    def works(self, account: str) -> bool:
        """Whether somebody works for the trial at other sites alone: by role, or by delegation."""
        sites = self._delegations(account).values()
        return account in self._people or (bool(sites) and self._are_others(sites))

    def _delegations(self, account: str) -> dict[str, str]:
        """The site of each delegation of somebody."""
        body = self._reading.document(self._trial, MODELS["delegation"], account, upto=self._head)
        standing: Standing = Standing(account) if body is None else reader("delegation")(body)
        return {each.delegation: each.site for each in standing.delegations}

    @cached_property
    def _grants(self) -> dict[str, list[Grant | RoleRequested]]:
        """Every role that was ever asked for in the trial, by account."""
        found: dict[str, list[Any]] = {}
        for record in self._reading.replay(SYSTEM_LOG):
            if isinstance(record.fact, RoleRequested) and record.fact.trial == self._trial:
                found.setdefault(record.fact.account, []).append(record.fact)
        return found

    @cached_property
    def _people(self) -> frozenset[str]:
        """Those who have only ever had roles at other sites."""
        each = self._grants.items()
        return frozenset(name for name, asked in each if all(self._are_others(one.sites) for one in asked))

    @cached_property
    def _granted_elsewhere(self) -> dict[str, set[str]]:
        """The roles held at other sites, by account."""
        return {
            name: {one.grant for one in asked if self._are_others(one.sites)}
            for name, asked in self._grants.items()
        }

    # ------------------------------------------------ parts

    @cached_property
    def _head(self) -> int:
        return self._reading.head(self._trial)[0]

    @cached_property
    def _packages(self) -> dict[str, str]:
        """The site of each package for outages."""
        key = OUTAGE_STREAM.partition("/")[2]
        body = self._reading.document(self._trial, MODELS["outage"], key, upto=self._head)
        known: Outages = Outages() if body is None else reader("outage")(body)
        return {name: each.site for name, each in known.packages.items()}

    def _is_other(self, site: str | None) -> bool:
        return bool(site) and site not in self._sites

    def _are_others(self, sites: Iterable[str]) -> bool:
        """Whether these are sites, and none of them an own one; none at all stands for the whole trial."""
        named = set(sites)
        return bool(named) and not named & self._sites

    def _whose(self, code: str) -> str:
        return ELSEWHERE if code in self.participants else code


_OF_ONE = "participant "
"""How the scope of an export begins that holds one participant."""

_READS: dict[str, Callable[[Elsewhere, str, Told], Told | None]] = {
    "alert": Elsewhere._named,
    "correction": Elsewhere._named,
    "query": Elsewhere._named,
    "feed": Elsewhere._named,
    "redaction": Elsewhere._redaction,
    "transcription": Elsewhere._transcription,
    "incident": Elsewhere._named,
    "delivery": Elsewhere._delivery,
    "site_records": Elsewhere._closings,
    "lot": Elsewhere._lot,
    "outage": Elsewhere._outage,
    "trial": Elsewhere._trial_itself,
    "delegation": Elsewhere._standing,
    "trail_review": Elsewhere._of_all,
    "access_review": Elsewhere._of_all,
}
"""What is seen of a state whose key names no participant, by model. Any other state is of the trial."""


def _named(fact: Fact) -> Iterator[Any]:
    """The participants that a fact names."""
    yield getattr(fact, "participant", None)
    yield getattr(fact, "code", None)
    yield from getattr(fact, "participants", ())
