"""The workload on Trialog, through the commands everyone uses."""

from __future__ import annotations

from collections.abc import Iterable

from adapters.app import App
from benchmarks.raw import Table
from benchmarks.workload import ITEMS, Action
from domain.casebook import TrialFold
from domain.clinical_time import ClinicalTime
from domain.protocol_document import canonical, read_document
from domain.record import Attribution, Role
from projections.documents import ResultValue
from trialog.bootstrap import open_app
from workflows import infusion, observation, participant, trial, visit
from workflows.command import Command, Issue

TRIAL = "BENCH"
ZONE = "Asia/Shanghai"
_SET_UP = Attribution("pi", Role.PRINCIPAL_INVESTIGATOR)


def document() -> str:
    """The protocol of the workload."""
    quantities = [
        {"id": item, "name": {"en": item}, "units": [{"ucum": unit, "factor": "1"}]}
        for item, (unit, *_) in ITEMS.items()
    ]
    grades = {"ascites": ("none", "mild"), "encephalopathy": ("grade-0", "grade-1")}
    graded = [
        {"id": item, "name": {"en": item}, "grades": [{"code": code, "name": {"en": code}} for code in codes]}
        for item, codes in grades.items()
    ]
    visits = (("baseline", 0), ("week-4", 28), ("week-12", 84), ("week-24", 168))
    return canonical(
        {
            "assumed": "a workload",
            "trial": TRIAL,
            "version": "1.0",
            "title": {"en": "Benchmark"},
            "sponsor": {"en": "None"},
            "design": "two arms",
            "sites": [{"id": "S1", "name": {"en": "Site"}, "zone": ZONE}],
            "arms": [{"id": arm, "name": {"en": arm}, "route": arm} for arm in ("vein", "artery")],
            "masking": {"kind": "none"},
            "enrolment": {"target": 1_000_000},
            "randomization": {"method": "external"},
            "consent": {"required": True, "versions": [{"version": "1.0", "language": "en"}]},
            "eligibility": {},
            "schedule": {
                "anchor": "infused",
                "visits": [
                    {"id": name, "name": {"en": name}, "day": day, "before": 7, "after": 7}
                    for name, day in visits
                ],
            },
            "panels": [{"id": "all", "name": {"en": "All"}, "items": [*ITEMS, *grades]}],
            "items": [*quantities, *graded],
            "product": {
                "name": {"en": "Cells"},
                "routes": ["vein", "artery"],
                "infusions": 1,
                "dose": "1",
                "dose_unit": "10*6/kg",
            },
            "retention": {"years": 30, "basis": "none"},
        }
    )


class Trialog:
    """A store with the benchmark's trial in it."""

    def __init__(self, location: str) -> None:
        self.app: App = open_app(location, create=True)
        self._people: dict[tuple[str, str], Attribution] = {}
        text = read_document(document()).text
        approved = ClinicalTime.parse("2024-01-01", ZONE)
        steps: tuple[Command, ...] = (
            trial.AdoptProtocol(document=text),
            trial.RecordEthicsApproval(version="1.0", reference="E-1", at=approved),
            trial.ConfirmAssumptions(version="1.0", digest=read_document(text).digest),
            trial.ActivateSite(site="S1"),
            trial.ActivateTrial(),
            trial.OpenEnrolment(),
        )
        for step in steps:
            self.app.engine.execute(TRIAL, step, _SET_UP)

    def apply(self, action: Action) -> None:
        """One action in one durable commit."""
        self.bulk((action,))

    def bulk(self, actions: Iterable[Action]) -> None:
        """Many actions in one commit."""
        issues = [Issue(command, self._by(action)) for action in actions for command in _commands(action)]
        for outcome in self.app.engine.execute_many(TRIAL, issues):
            if isinstance(outcome, Exception):
                raise outcome

    def _by(self, action: Action) -> Attribution:
        who = (action.actor, action.reason)
        known = self._people.get(who)
        if known is None:
            known = Attribution(
                action.actor, Role.INVESTIGATOR, reason_code="transcription", reason_text=action.reason
            )
            self._people[who] = known
        return known

    def head(self) -> int:
        """The last position."""
        return self.app.reading.head(TRIAL)[0]

    def table(self, position: int) -> list[ResultValue]:
        """The laboratory table as of a position."""
        return self.app.view(TRIAL, position).result_values()

    def replay(self) -> TrialFold:
        """Fold the whole history anew."""
        return TrialFold().run(self.app.reading.replay(TRIAL))

    def close(self) -> None:
        """Close the store."""
        self.app.close()


def as_raw(values: list[ResultValue]) -> Table:
    """The table under the keys of the raw implementation."""
    return {(int(code[2:]), visit, item): value for code, visit, item, value in values}


def _commands(action: Action) -> tuple[Command, ...]:
    code, data = f"S1{action.participant:06d}", action.data
    at = ClinicalTime.on(action.day, ZONE)
    match action.kind:
        case "enrol":
            screened = participant.PreScreen(
                participant=code, site="S1", sex=data["sex"], age=data["age"], at=at
            )
            return (
                screened,
                participant.RecordConsent(participant=code, version="1.0", language="en", at=at),
            )
        case "randomize":
            return (participant.RecordRandomization(participant=code, arm=data["arm"], at=at),)
        case "infuse":
            return (infusion.RecordInfusion(participant=code, route="vein", volume_ml=data["volume"], at=at),)
        case "visit":
            taken = {"participant": code, "visit": data["visit"], "at": at}
            readings = [
                {"item": item, "value": value, "unit": ITEMS[item][0]}
                for item, value in data["values"].items()
            ] + [{"item": item, "value": grade} for item, grade in data["grades"].items()]
            return (
                visit.RecordVisit.model_validate(taken),
                observation.RecordResults.model_validate({**taken, "readings": readings}),
            )
    return (
        observation.CorrectResult(
            participant=code, visit=data["visit"], result=data["item"], value=data["value"]
        ),
    )
