"""A trial with all scores and endpoints, and short words for what happens to its participants.

Day 0 of every participant is the day of infusion, at noon; baseline is the day before.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal

from domain.protocol_document import ProtocolDocument
from domain.record import Role
from projections.endpoints import Evaluation, evaluate
from projections.endpoints.change import ChangeResult
from projections.endpoints.incidence import IncidenceResult
from projections.endpoints.survival import SurvivalResult
from projections.scores import VisitScore, scores
from tests.support.scenario import Scenario
from tests.support.trial import EXTERNAL, day, small
from workflows import infusion, observation, outcome, participant, visit
from workflows.command import Command

VEIN, ARTERY = "by-vein", "by-artery"
ROUTES = {VEIN: "vein", ARTERY: "artery"}
MELD, CHILD, ALBI = "meld.unos2002", "child_pugh.si_34_51", "albi.2015"


def _measured(item: str, *units: Mapping[str, object], **limits: object) -> dict[str, object]:
    return {"id": item, "name": {"en": item}, "units": list(units), **limits}


def _graded(item: str, *grades: str) -> dict[str, object]:
    return {"id": item, "name": {"en": item}, "grades": [{"code": g, "name": {"en": g}} for g in grades]}


def _means(item: str, *grades: tuple[str, str]) -> dict[str, object]:
    return {"id": item, "item": item, "grades": [{"code": code, "means": means} for code, means in grades]}


VISITS = ["week-4", "week-12"]
LIVER: dict[str, object] = EXTERNAL | {
    "consent": {"required": False},
    "eligibility": {"criteria": []},
    "items": [
        _measured("tbil", {"ucum": "umol/L"}, {"ucum": "mg/dL", "factor": "17.1"}, reject={"high": "1000"}),
        _measured("crea", {"ucum": "umol/L"}, {"ucum": "mg/dL", "factor": "88.4"}, query={"high": "354"}),
        _measured("inr", {"ucum": "{INR}"}),
        _measured("na", {"ucum": "mmol/L"}),
        _measured("alb", {"ucum": "g/L"}, {"ucum": "g/dL", "factor": "10"}),
        _graded("ascites", "none", "mild", "moderate", "severe"),
        _graded("encephalopathy", "grade-0", "grade-1", "grade-2"),
    ],
    "panels": [],
    "schedule.visits.baseline.panels": [],
    "formulas": [MELD, "meld_na.optn2016", "meld_3_0.optn2023", CHILD, ALBI],
    "scores": {
        "inputs": [
            {"id": "bilirubin", "item": "tbil"},
            {"id": "creatinine", "item": "crea"},
            {"id": "inr", "item": "inr"},
            {"id": "sodium", "item": "na"},
            {"id": "albumin", "item": "alb"},
            _means(
                "ascites", ("none", "none"), ("mild", "mild"), ("moderate", "moderate"), ("severe", "severe")
            ),
            _means("encephalopathy", ("grade-0", "0"), ("grade-1", "1"), ("grade-2", "2")),
        ],
        "dialysis": "recorded",
    },
    "decompensation": ["bleeding", "ascites"],
    "decompensation_signs": [{"id": "ascites", "item": "ascites", "present": ["moderate", "severe"]}],
    "endpoints": [
        {
            "id": "survival",
            "title": {"en": "Survival after 12 weeks"},
            "kind": "survival",
            "visits": ["week-12"],
            "horizon_days": 84,
            "transplant": "alive",
        },
        {
            "id": "meld",
            "title": {"en": "Change in MELD"},
            "kind": "change",
            "measure": MELD,
            "visits": VISITS,
            "transplant": "terminal",
        },
        {
            "id": "child",
            "title": {"en": "Change in Child-Pugh"},
            "kind": "change",
            "measure": CHILD,
            "visits": VISITS,
            "transplant": "terminal",
        },
        {
            "id": "bilirubin",
            "title": {"en": "Change in bilirubin"},
            "kind": "change",
            "measure": "tbil",
            "visits": VISITS,
            "transplant": "terminal",
        },
        {
            "id": "decompensation",
            "title": {"en": "Decompensation"},
            "kind": "incidence",
            "measure": "decompensation",
            "visits": VISITS,
            "transplant": "terminal",
            "denominator": "free_at_baseline",
        },
    ],
}


def document(changes: Mapping[str, object] | None = None) -> ProtocolDocument:
    """The protocol, changed at some paths."""
    return small(deepcopy(LIVER) | dict(changes or {}))


# ---------------------------------------------------------------- what happens

VALUES = {
    "tbil": "54 umol/L",
    "crea": "106.08 umol/L",
    "inr": "1.7",
    "na": "135 mmol/L",
    "alb": "28 g/L",
    "ascites": "mild",
    "encephalopathy": "grade-1",
}
"""MELD 18, MELD-Na 19, MELD 3.0 22, Child-Pugh 11 (C), ALBI -1.24."""


def reading(item: str, told: str) -> observation.Reading:
    """A value as it is told: `54 umol/L`, `grade-1`, `1.7`."""
    value, _, unit = told.partition(" ")
    return observation.Reading(item=item, value=value, unit="{INR}" if item == "inr" else unit)


def measured(
    code: str, name: str, on: int, values: Mapping[str, str], clock: str = "10:00", *, repeat: bool = False
) -> Command:
    """Values of a visit, collected together."""
    readings = tuple(reading(item, told) for item, told in values.items())
    when = day(on, clock)
    return observation.RecordResults(participant=code, visit=name, at=when, readings=readings, repeat=repeat)


def seen(code: str, name: str, on: int, values: Mapping[str, str] | None = None) -> list[Command]:
    """A visit with its values."""
    came = visit.RecordVisit(participant=code, visit=name, at=day(on, "10:00"))
    known = VALUES if values is None else values
    return [came, *([measured(code, name, on, known)] if known else [])]


def randomized(code: str, arm: str = VEIN, on: int = 0) -> list[Command]:
    """Somebody with an arm, not yet infused."""
    return [
        participant.PreScreen(participant=code, site="S1", sex="female", age=Decimal(50)),
        participant.RecordRandomization(participant=code, arm=arm, at=day(on - 1, "09:00")),
    ]


def infused(
    code: str, arm: str = VEIN, on: int = 0, baseline: Mapping[str, str] | None = None
) -> list[Command]:
    """Somebody with an arm, a baseline the day before, and the infusion at noon of the day."""
    given = infusion.RecordInfusion(participant=code, route=ROUTES[arm], at=day(on, "12:00"))
    return [*randomized(code, arm, on), *seen(code, "baseline", on - 1, baseline), given]


def died(code: str, on: int) -> Command:
    """A death."""
    return participant.RecordDeath(participant=code, at=day(on))


def transplanted(code: str, on: int) -> Command:
    """A transplantation."""
    return participant.RecordTransplant(participant=code, at=day(on))


def bled(code: str, on: int) -> Command:
    """An episode of bleeding."""
    return outcome.RecordDecompensation(participant=code, type="bleeding", at=day(on))


# ---------------------------------------------------------------- what is asked


def score(liver: Scenario, name: str, formula: str, code: str = "S1-001") -> VisitScore:
    """One score of one visit."""
    found = {(each.visit, each.formula): each for each in scores(liver.view(), code)}
    return found[name, formula]


def evaluated(liver: Scenario, role: Role = Role.STATISTICIAN) -> Evaluation:
    """The endpoints now, as somebody in that role sees them."""
    view = liver.view()
    return evaluate(view, liver.app.unseal(view.trial, role))


def survival_of(liver: Scenario) -> SurvivalResult:
    """The survival endpoint."""
    found = next(each for each in evaluated(liver).endpoints if each.endpoint == "survival")
    assert isinstance(found, SurvivalResult)
    return found


def change_of(liver: Scenario, endpoint: str = "meld") -> ChangeResult:
    """A change endpoint."""
    found = next(each for each in evaluated(liver).endpoints if each.endpoint == endpoint)
    assert isinstance(found, ChangeResult)
    return found


def incidence_of(liver: Scenario) -> IncidenceResult:
    """The incidence endpoint."""
    found = next(each for each in evaluated(liver).endpoints if each.endpoint == "decompensation")
    assert isinstance(found, IncidenceResult)
    return found
