"""Signals of changes: repeated, after a sign-off, on account of a query, voids, inputs of endpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from domain import decompensation
from domain.adverse_event import AdverseEventVoided
from domain.decompensation import DecompensationVoided
from domain.endpoint import EndpointKind
from domain.fact import Fact
from domain.infusion_put_right import InfusionTimeCorrected, InfusionVoided, NotGivenVoided
from domain.observation import ResultVoided, TreatmentVoided, item_of
from domain.protocol import Protocol
from domain.query import QueryLedToChange
from domain.sample import SampleVoided
from domain.scores import FORMULAS
from domain.visit import VisitVoided
from domain.voided import RECORDS, EventVoided
from projections.review_signals.signal import Finding, Seen, Thresholds, Watch, Words


def changes(thresholds: Thresholds, protocol: Protocol | None) -> Iterator[Watch]:
    """The watches for these signals."""
    inputs = endpoint_inputs(protocol) if protocol is not None else frozenset()

    kinds = {each.kind for each in protocol.endpoints} if protocol is not None else set()
    survival, incidence = (each in kinds for each in (EndpointKind.SURVIVAL, EndpointKind.INCIDENCE))

    def of_endpoint(seen: Seen) -> Words | None:
        fact = seen.entry.record.fact
        if isinstance(fact, EventVoided) and RECORDS[fact.event] == "course" and survival:
            return fact.what, fact.what_zh
        if isinstance(fact, decompensation.PUT_RIGHT) and incidence:
            return "decompensation", "失代偿事件"
        if survival and (isinstance(fact, InfusionVoided) or _is_start(fact)):
            return "start of an infusion", "输注开始时间"
        item = item_of(seen.field.rpartition("/")[2])
        return (item, item) if seen.is_change and item in inputs else None

    yield RepeatedChanges(thresholds)
    yield Each("after_sign_off", ("any change", "任何更改"), _after_sign_off)
    yield Each("after_query", ("any change", "任何更改"), _after_query)
    yield Each("voided", ("any void", "任何作废"), _voided)
    of_events = [name for name, holds in (("survival", survival), ("decompensation", incidence)) if holds]
    told = ", ".join((*sorted(inputs), *of_events)) or "none"
    yield Each("endpoint_input", (f"any change of {told}", f"{told} 的任何更改"), of_endpoint)


@dataclass
class Each:
    """Every fact that is striking by itself: `strikes` says how, or None."""

    code: str
    threshold: Words
    strikes: Callable[[Seen], Words | None]
    why_not: Words | None = None
    _found: list[Finding] = field(default_factory=list)

    def see(self, seen: Seen) -> None:
        """Take note of a fact that strikes."""
        detail = self.strikes(seen)
        if detail is not None:
            self._found.append(Finding(seen.about, seen.field, seen.actor, detail, (seen.position,)))

    def findings(self) -> Iterator[Finding]:
        """Each of them."""
        return iter(self._found)


def _after_sign_off(seen: Seen) -> Words | None:
    if not seen.sign_offs or not seen.about:
        return None
    named = ", ".join(f"{each.kind.replace('_', ' ')} {each.name}".strip() for each in seen.sign_offs)
    return f"after: {named}", f"在此之后：{named}"


def _after_query(seen: Seen) -> Words | None:
    fact = seen.entry.record.fact
    if not isinstance(fact, QueryLedToChange):
        return None
    place = f"{fact.query}: {fact.visit} {fact.result}, {fact.was} → {fact.now}"
    return place, place


def _voided(seen: Seen) -> Words | None:
    fact = seen.entry.record.fact
    if isinstance(fact, EventVoided):
        return f"{fact.what}, {fact.was}", f"{fact.what_zh}，{fact.was}"
    if isinstance(fact, AdverseEventVoided):
        return f"adverse event {fact.event}, {fact.was}", f"不良事件 {fact.event}，{fact.was}"
    if isinstance(fact, DecompensationVoided):
        return f"{fact.part} {fact.which}, {fact.was}", f"{fact.part_zh} {fact.which}，{fact.was}"
    if isinstance(fact, VisitVoided):
        return f"visit {fact.visit}, {fact.was}", f"访视 {fact.visit}，{fact.was}"
    if isinstance(fact, SampleVoided):
        return f"{fact.what}, {fact.was}", f"{fact.what_zh}，{fact.was}"
    if isinstance(fact, TreatmentVoided):
        return f"{fact.treatment}, {fact.was}", f"{fact.treatment}，{fact.was}"
    if isinstance(fact, ResultVoided | InfusionVoided | NotGivenVoided):
        return f"was {fact.was}", f"原值 {fact.was}"
    return None


def _is_start(fact: Fact) -> bool:
    return isinstance(fact, InfusionTimeCorrected) and fact.step == "started"


@dataclass
class RepeatedChanges:
    """Values changed more than once after they were entered."""

    thresholds: Thresholds
    code: str = "repeated_changes"
    why_not: Words | None = None
    _changes: dict[tuple[str, str], list[Seen]] = field(default_factory=dict)

    @property
    def threshold(self) -> Words:
        """What counts as striking."""
        return f"{self.thresholds.repeated} changes or more", f"{self.thresholds.repeated}次及以上更改"

    def see(self, seen: Seen) -> None:
        """Take note of a change."""
        if seen.is_change:
            self._changes.setdefault((seen.about, seen.field), []).append(seen)

    def findings(self) -> Iterator[Finding]:
        """By field."""
        for (about, name), seen in self._changes.items():
            if len(seen) >= self.thresholds.repeated:
                who = ", ".join(dict.fromkeys(each.actor for each in seen))
                detail = (f"{len(seen)} changes", f"{len(seen)}次更改")
                yield Finding(about, name, who, detail, tuple(each.position for each in seen))


def endpoint_inputs(protocol: Protocol) -> frozenset[str]:
    """The items that the endpoints of a protocol are computed from."""
    items: set[str] = set()
    by_input = {each.id.value: each.item for each in protocol.scores.inputs}
    for endpoint in protocol.endpoints:
        if endpoint.measure in FORMULAS:
            items.update(by_input[name] for name in FORMULAS[endpoint.measure].inputs if name in by_input)
        elif endpoint.measure in protocol.item_plans:
            items.add(endpoint.measure)
        if endpoint.kind is EndpointKind.INCIDENCE:
            items.update(sign.item for sign in protocol.decompensation_signs)
    return frozenset(items)
