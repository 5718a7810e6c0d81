"""A small trial for tests: its protocol, times, people and course, and facts that nobody commanded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from domain.allocation import allocation_list, parameters_of
from domain.clinical_time import ClinicalTime
from domain.fact import Fact
from domain.identifiers import SYSTEM_LOG, TRIAL_STREAM, lot_stream, participant_stream, query_stream
from domain.protocol_document import ProtocolDocument, canonical, read_document
from domain.record import Attribution, NewFact, Role
from domain.sealed import ALLOCATION, Sealed
from workflows import infusion, observation, participant, product_lot, trial, visit
from workflows.command import Command, OfSystem
from workflows.policy import PERMITTED

TRIAL = "T-1"
ZONE = "Asia/Shanghai"
SECRET = "5e" * 32
LOT = "L1"
SEALED = Sealed(scope=ALLOCATION, nonce="", text="")
"""Stands in expected facts for any sealed value: its nonce is random."""

START = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
"""Where the clock of a scenario starts: noon of day 0 at site S1."""

DROP = object()
"""As the new value of a path: take what stands there out of the protocol."""

_SMALL: dict[str, Any] = {
    "registered": "the registration",
    "trial": TRIAL,
    "version": "1.0",
    "title": {"en": "A small trial", "zh": "小型试验"},
    "sponsor": {"en": "A sponsor"},
    "design": "two arms",
    "sites": [
        {"id": "S1", "name": {"en": "First site"}, "zone": ZONE},
        {"id": "S2", "name": {"en": "Second site"}, "zone": "Europe/Berlin"},
    ],
    "arms": [
        {"id": "by-vein", "name": {"en": "By vein"}, "route": "vein"},
        {"id": "by-artery", "name": {"en": "By artery"}, "route": "artery"},
    ],
    "masking": {"kind": "single", "masked_roles": ["outcome_assessor"]},
    "enrolment": {"target": 8},
    "randomization": {"method": "permuted_blocks", "block_sizes": [2, 4]},
    "consent": {"required": True, "versions": [{"version": "1.0", "language": "zh-CN"}]},
    "eligibility": {
        "minimum_age": 18,
        "maximum_age": 80,
        "criteria": [
            {"id": "disease", "kind": "inclusion", "text": {"en": "Has the disease"}},
            {"id": "pregnant", "kind": "exclusion", "text": {"en": "Is pregnant"}},
        ],
    },
    "schedule": {
        "anchor": "infused",
        "upcoming_days": 7,
        "closing_days": 3,
        "missed_after_days": 14,
        "visits": [
            {
                "id": "baseline",
                "name": {"en": "Baseline"},
                "day": 0,
                "before": 0,
                "after": 28,
                "anchor": "consented",
                "panels": ["liver"],
            },
            {"id": "week-4", "name": {"en": "Week 4"}, "day": 28, "before": 7, "after": 7},
            {"id": "week-12", "name": {"en": "Week 12"}, "day": 84, "before": 14, "after": 14},
        ],
    },
    "panels": [{"id": "liver", "name": {"en": "Liver"}, "items": ["alt", "tbil", "ascites"]}],
    "items": [
        {
            "id": "alt",
            "name": {"en": "ALT"},
            "units": [{"ucum": "U/L"}],
            "reject": {"low": "1", "high": "10000"},
            "query": {"high": "4000"},
        },
        {
            "id": "tbil",
            "name": {"en": "Total bilirubin"},
            "units": [{"ucum": "umol/L"}, {"ucum": "mg/dL", "aliases": ["mg/dl"], "factor": "17.1"}],
        },
        {
            "id": "ascites",
            "name": {"en": "Ascites"},
            "grades": [{"code": "none", "name": {"en": "None"}}, {"code": "mild", "name": {"en": "Mild"}}],
        },
    ],
    "product": {
        "name": {"en": "Cells"},
        "routes": ["vein", "artery"],
        "infusions": 1,
        "dose": "1",
        "dose_unit": "10*6/kg",
    },
    "decompensation": ["ascites", "bleeding"],
    "retention": {"years": 30, "basis": "the law"},
}

RENEWED = {
    "version": "2.0",
    "consent.versions": [{"version": "2.0", "language": "zh-CN"}],
    "consent.reconsent": True,
}
"""What makes a second version that asks for renewed consent."""

REVIEWED = {"review": {"automatic_queries": True}}
"""What makes a trial whose edit checks open queries."""

EXTERNAL = {"randomization": {"method": "external"}}
"""What makes a trial whose allocation is made elsewhere."""


def small(changes: Mapping[str, object] | None = None) -> ProtocolDocument:
    """The small protocol, changed at some paths: `{"schedule.visits.week-4.after": 3}`. `DROP` takes out."""
    name = repr(changes)
    if name not in _MADE:
        _MADE[name] = _made(changes)
    return _MADE[name]


_MADE: dict[str, ProtocolDocument] = {}


def _made(changes: Mapping[str, object] | None) -> ProtocolDocument:
    document = deepcopy(_SMALL)
    for path, value in (changes or {}).items():
        *folders, last = path.split(".")
        node: Any = document
        for name in folders:
            node = node[_index(node, name)]
        if value is DROP:
            del node[_index(node, last)]
        elif isinstance(node, list):
            node.append(value)
        else:
            node[last] = value
    return read_document(canonical(document))


def _index(node: object, name: str) -> Any:  # noqa: ANN401 - a key of a mapping or a place in a list
    if isinstance(node, list):
        return next(number for number, each in enumerate(node) if each["id"] == name)
    return name


def arm_routes(document: ProtocolDocument) -> list[str]:
    """The route of every place of the sealed list, first place first."""
    arms = allocation_list(bytes.fromhex(SECRET), parameters_of(document.protocol))
    return [str(document.protocol.arm_plans[arm].route) for arm in arms]


# ---------------------------------------------------------------- times and people


def at(text: str, zone: str = ZONE) -> ClinicalTime:
    """A clinical time at the first site."""
    return ClinicalTime.parse(text, zone=zone)


def day(number: int, clock: str = "") -> ClinicalTime:
    """Day 0 is the day a scenario starts on; `clock` is the local time, none for the whole day."""
    date = (START + timedelta(days=number)).date().isoformat()
    return at(f"{date}T{clock}" if clock else date)


def person(role: Role, reason: str = "typing error", code: str = "transcription") -> Attribution:
    """Somebody in that role, with a reason at hand."""
    return Attribution(
        actor=role.value,
        role=role,
        name=role.value.title(),
        site="S1",
        reason_code=code,
        reason_text=reason,
        session="s-1",
    )


_LIKELY = (Role.COORDINATOR, Role.INVESTIGATOR, Role.PRINCIPAL_INVESTIGATOR)


def entitled(command: Command) -> Attribution:
    """The person who would usually issue this command."""
    allowed = PERMITTED[type(command)]
    if type(command) in (infusion.PlaceAccess, infusion.RecordInfusion):  # Others may be masked in a trial.
        return person(Role.INFUSION_OPERATOR)
    return person(next((role for role in _LIKELY if role in allowed), min(allowed)))


# ---------------------------------------------------------------- the course of a trial


def adopted(document: ProtocolDocument | None = None) -> list[Command]:
    """The commands up to a trial that could be activated."""
    document = document or small()
    version = document.protocol.version
    made_here = document.protocol.randomization.block_sizes
    return [
        trial.AdoptProtocol(document=document.text),
        trial.ConfirmAssumptions(version=version, digest=document.digest),
        trial.RecordEthicsApproval(at=day(-30), version=version, reference="EC-1"),
        *([trial.SealList(secret=SECRET)] if made_here else []),
        trial.ActivateSite(site="S1", at=day(-20)),
    ]


def active(document: ProtocolDocument | None = None) -> list[Command]:
    """The commands up to a trial that enrols, with a released lot of forty bags."""
    return [
        *adopted(document),
        trial.ActivateTrial(at=day(-20)),
        trial.OpenEnrolment(),
        product_lot.RegisterLot(lot=LOT, bags=bags(), expires=day(300), at=day(-10)),
        product_lot.ReleaseLot(lot=LOT, at=day(-5)),
    ]


def bags() -> tuple[str, ...]:
    """The bags of the lot."""
    return tuple(f"B{number}" for number in range(1, 41))


def amended(document: ProtocolDocument, site: str = "S1") -> list[Command]:
    """The commands that bring a further version to a site."""
    version = document.protocol.version
    return [
        trial.AmendProtocol(document=document.text, summary="an amendment"),
        trial.ConfirmAssumptions(version=version, digest=document.digest),
        trial.RecordEthicsApproval(at=day(0), version=version, reference="EC-2"),
        trial.AdoptVersionAtSite(site=site, version=version),
    ]


READINGS = (
    observation.Reading(item="alt", value="40", unit="U/L"),
    observation.Reading(item="tbil", value="<5.1", unit="umol/L"),
    observation.Reading(item="ascites", value="mild"),
)


def _course(code: str, place: int, document: ProtocolDocument) -> Iterator[tuple[str, Command]]:
    bag = f"B{place}"
    yield "screened", participant.PreScreen(participant=code, site="S1", sex="male", age=Decimal(50))
    yield (
        "consented",
        participant.RecordConsent(participant=code, at=day(0, "09:00"), version="1.0", language="zh-CN"),
    )
    yield "baseline", visit.RecordVisit(participant=code, at=day(0, "10:00"), visit="baseline")
    yield (
        "measured",
        observation.RecordResults(participant=code, at=day(0, "10:30"), visit="baseline", readings=READINGS),
    )
    answers: dict[str, bool | None] = {"disease": True, "pregnant": False}
    yield "answered", participant.AnswerCriteria(participant=code, answers=answers)
    yield "eligible", participant.SignEligibility(participant=code)
    yield "randomized", participant.Randomize(participant=code)
    yield "ordered", infusion.OrderInfusion(participant=code, weight_kg=Decimal(60))
    yield "assigned", infusion.AssignLot(participant=code, lot=LOT, bag=bag)
    yield "released", infusion.ReleaseInfusion(participant=code)
    yield "received", infusion.ReceiveProduct(participant=code, bag=bag)
    yield "thawed", infusion.ThawProduct(participant=code, use_by=day(0, "23:00"))
    yield "checked", infusion.CheckIdentity(participant=code, bag=bag, checkers=("nurse A", "nurse B"))
    yield "premedicated", infusion.Premedicate(participant=code)
    route = arm_routes(document)[place - 1]
    yield "accessed", infusion.PlaceAccess(participant=code, route=route)
    yield "started", infusion.StartInfusion(participant=code)
    yield "infused", infusion.CompleteInfusion(participant=code, volume_ml=Decimal(50))
    yield "observed", infusion.ObserveInfusion(participant=code, hours=1)
    yield "closed", infusion.CloseInfusion(participant=code)


def course(
    upto: str, code: str = "S1-001", place: int = 1, document: ProtocolDocument | None = None
) -> list[Command]:
    """The commands of one participant's course, all on day 0, up to a stage: `screened`, `consented`,
    `baseline`, `measured`, `answered`, `eligible`, `randomized`, `ordered`, `assigned`, `released`,
    `received`, `thawed`, `checked`, `premedicated`, `accessed`, `started`, `infused`, `observed`, `closed`.
    """
    commands = []
    for stage, command in _course(code, place, document or small()):
        commands.append(command)
        if stage == upto:
            return commands
    raise KeyError(upto)


# ---------------------------------------------------------------- facts nobody commanded


def of_participant(
    *facts: Fact, when: ClinicalTime | None = None, code: str = "S1-001", version: str = "1.0"
) -> list[NewFact]:
    """Facts put into a participant's history as they are, past every rule."""
    return [NewFact(participant_stream(code), when or day(0, "11:00"), version, fact) for fact in facts]


def of_trial(*facts: Fact, when: ClinicalTime | None = None, version: str = "1.0") -> list[NewFact]:
    """Facts put into the trial's own history as they are."""
    return [NewFact(TRIAL_STREAM, when or day(0, "11:00"), version, fact) for fact in facts]


def of_lot(*facts: Fact, lot: str = LOT, when: ClinicalTime | None = None) -> list[NewFact]:
    """Facts put into a lot's history as they are."""
    return [NewFact(lot_stream(lot), when or day(0, "11:00"), "1.0", fact) for fact in facts]


def of_log(key: str, *facts: Fact, when: ClinicalTime | None = None) -> list[NewFact]:
    """Facts about a signed log put into the history as they are."""
    return [NewFact(f"log/{key}", when or day(0, "11:00"), "", fact) for fact in facts]


def log_of(command: Command) -> str:
    """The log that a command belongs in: the system's, or the small trial's."""
    return SYSTEM_LOG if isinstance(command, OfSystem) else TRIAL


def of_query(
    *facts: Fact, query: str = "Q-1", when: ClinicalTime | None = None, version: str = "1.0"
) -> list[NewFact]:
    """Facts put into a query's history as they are."""
    return [NewFact(query_stream(query), when or day(0, "11:00"), version, fact) for fact in facts]
