"""A departure from the protocol and its near miss, as tests tell them, and what most of them begin with."""

from __future__ import annotations

from typing import NamedTuple

from domain.clinical_time import ClinicalTime
from domain.fact import Fact
from domain.infusion import InfusionReported
from domain.record import NewFact
from tests.support.trial import EXTERNAL, LOT, READINGS, active, arm_routes, course, day, small
from workflows import infusion, observation, participant, product_lot, visit
from workflows.command import Command

CODE = "S1-001"
ALLOCATED = arm_routes(small())[0]
OTHER = "vein" if ALLOCATED == "artery" else "artery"
Given = list[Command | NewFact]
Place = tuple[type[Fact], int]


class Case(NamedTuple):
    """A rule, what it is about, the facts that make it, what was done, and what was nearly done."""

    rule: str
    subject: str
    facts: tuple[Place, ...]
    given: Given
    near: Given
    on: int = 40
    near_on: int | None = None


def came(when: ClinicalTime, name: str | None = None) -> Command:
    return visit.RecordVisit(participant=CODE, at=when, visit=name)


def infused(when: ClinicalTime, **fields: object) -> Command:
    known = {"participant": CODE, "at": when, "route": ALLOCATED, "lot": LOT, "bag": "B30"}
    return infusion.RecordInfusion.model_validate(known | fields)


def consented(**fields: object) -> Command:
    known = {"participant": CODE, "at": day(0, "09:00"), "version": "1.0", "language": "zh-CN"}
    return participant.RecordConsent.model_validate(known | fields)


def allocated(code: str = CODE, when: ClinicalTime | None = None) -> Command:
    return participant.RecordRandomization(participant=code, at=when or day(0, "12:45"), arm="by-vein")


def withdrew(scope: str, when: ClinicalTime) -> Command:
    return participant.RecordWithdrawal(participant=CODE, at=when, scope=scope)


def second_lot(*, expires: int = 300, release: int | None = -5) -> Given:
    registered: Command = product_lot.RegisterLot(lot="L2", bags=("X1",), expires=day(expires), at=day(-10))
    released = [] if release is None else [product_lot.ReleaseLot(lot="L2", at=day(release))]
    return [registered, *released]


OF_L2 = {"lot": "L2", "bag": "X1"}
RANDOMIZED: Given = [*active(), *course("randomized")]
INFUSED: Given = [*active(), *course("infused")]
ELSEWHERE: Given = [*active(small(EXTERNAL))]


def measured(*items: str, visit: str = "baseline") -> Given:
    readings = tuple(each for each in READINGS if each.item in items)
    when = day(0, "10:30") if visit == "baseline" else day(3, "12:00")
    return [observation.RecordResults(participant=CODE, at=when, visit=visit, readings=readings)]


NOON = day(1, "10:00")
REPORTED: Place = (InfusionReported, 1)
