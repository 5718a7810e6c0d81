"""What is refused in the conduct of a trial: deviations handled, looks at allocations, incidents, outages."""

from __future__ import annotations

from domain.clinical_time import ClinicalTime
from domain.entry import PaperTranscribed, TranscriptionChecked
from domain.errors import Denied, Invalid, NotFound
from domain.incident import IncidentAssessed, IncidentClosed, IncidentReported, incident_stream
from domain.outage import OutageDeclared, PackageIssued, package_id
from domain.record import Attribution, NewFact, Origin, Role
from tests.support.trial import active, course, day, person, small
from tests.workflows.refusals import CODE
from tests.workflows.refusals import refused as refused
from workflows import (
    deviation,
    entry,
    incident,
    infusion,
    observation,
    originator,
    outage,
    outcome,
    participant,
    trial,
    viewing,
)
from workflows.command import Command

Given = list[Command | NewFact]

_RANDOMIZED: Given = [*active(), *course("randomized")]
_LOOK = viewing.ViewAllocation(question="participant.show", participant=CODE)

OF_DEVIATIONS = [
    refused(
        "unblinding.names_arm",
        _RANDOMIZED,
        deviation.ExplainDeviation(participant=CODE, deviation="noted-1", cause="given by the artery"),
        Invalid,
    ),
    *(
        refused(
            "unblinding.names_arm",
            _RANDOMIZED,
            outcome.ClassifyDeviation.model_validate(
                {"participant": CODE, "deviation": "noted-1", "classification": "major", **said}
            ),
            Invalid,
        )
        for said in ({"cause": "given by the artery"}, {"correction": "the vein is used next time"})
    ),
    refused(
        "unblinding.names_arm",
        _RANDOMIZED,
        outcome.NoteDeviation(participant=CODE, at=day(1), text="given by the artery"),
        Invalid,
    ),
    refused(
        "unblinding.names_arm",
        _RANDOMIZED,
        participant.RecordMisrandomization(participant=CODE, at=day(1), finding="no artery was open"),
        Invalid,
    ),
]

_SEEN = participant.RecordUnblinding(
    participant=CODE, at=day(1), kind="accidental", informed=("the assessor",), reason="the chart lay open"
)

OF_DISCLOSURES = [
    *(
        refused("unblinding.names_arm", _RANDOMIZED, _SEEN.model_copy(update=said), Invalid)
        for said in ({"reason": "a catheter in the artery"}, {"informed": ("wu, told: vein",)})
    ),
    refused(
        "unblinding.names_arm",
        [*_RANDOMIZED, _SEEN],
        participant.AssessUnblinding(participant=CODE, assessment="the artery is known to all"),
        Invalid,
    ),
]

_OPERATED_BLIND = small({"masking.masked_roles": ["investigator", "outcome_assessor"]})
_PREMEDICATED: Given = [*active(_OPERATED_BLIND), *course("premedicated", document=_OPERATED_BLIND)]

OF_VIEWING = [
    *(
        refused("allocation.masked", _PREMEDICATED, command, Denied, person(Role.INVESTIGATOR))
        for route in ("artery", "vein")  # Whatever the arm is: a refusal of one route would tell it.
        for command in (
            infusion.PlaceAccess(participant=CODE, route=route),
            infusion.RecordInfusion(participant=CODE, at=day(0), route=route),
        )
    ),
    refused("allocation.masked", _RANDOMIZED, _LOOK, Denied, person(Role.OUTCOME_ASSESSOR)),
    refused("allocation.masked", _RANDOMIZED, _LOOK, Denied, person(Role.MASKED_STATISTICIAN)),
    refused("policy.denied", _RANDOMIZED, _LOOK, Denied, person(Role.ADMINISTRATOR)),
    refused(
        "unblinding.names_arm",
        _RANDOMIZED,
        viewing.ViewAllocation(question="participant.show", purpose="is it the artery?"),
        Invalid,
    ),
]

_STOLEN = incident.ReportIncident(at=day(-2), kind="security", what="a notebook was stolen", aware=day(-1))
_ID = "I-20"
_AT = incident_stream(_ID)
_REPORTED: Given = [
    *active(),
    NewFact(_AT, day(-2), "1.0", IncidentReported(incident=_ID, kind="breach", what="x", aware=day(-1))),
]
_SERIOUS = NewFact(
    _AT, day(-1), "1.0", IncidentAssessed(incident=_ID, serious=True, personal_data=False, why="forged")
)
_CLOSED = NewFact(_AT, day(-1), "1.0", IncidentClosed(incident=_ID, measures="none"))
_ASSESS = incident.AssessIncident(incident=_ID, serious=True, why="forged")
_CLOSE = incident.CloseIncident(incident=_ID, measures="trained")

OF_INCIDENTS = [
    refused("incident.unknown", active(), _CLOSE, NotFound),
    refused("incident.aware_before", active(), _STOLEN.model_copy(update={"aware": day(-3)}), Invalid),
    refused("unblinding.names_arm", active(), _STOLEN.model_copy(update={"what": "by-vein"}), Invalid),
    refused("incident.unassessed", _REPORTED, _CLOSE),
    refused("incident.untold", [*_REPORTED, _SERIOUS], _CLOSE),
    refused("incident.closed", [*_REPORTED, _CLOSED], _ASSESS),
    refused("incident.closed", [*_REPORTED, _CLOSED], _CLOSE),
]

_DIGEST = "0e" * 32
_P = package_id(_DIGEST)
_PACKAGES = "outage/packages"
_TEN_PAST = day(0, "12:10")
_ISSUED = NewFact(
    _PACKAGES,
    day(0),
    "1.0",
    PackageIssued(package=_P, site="S1", participants=(CODE,), first=2, last=4, sha256=_DIGEST),
)
_OUT = NewFact(_PACKAGES, day(0), "1.0", OutageDeclared(package=_P, ended=day(0, "13:00")))
_PACKED: Given = [*_RANDOMIZED, *course("eligible", "S1-002", place=2), _ISSUED]
_DECLARED: Given = [*_PACKED, _OUT]


def _issue(**fields: object) -> Command:
    known = {"site": "S1", "participants": (CODE,), "places": 3, "taken": 1, "sha256": _DIGEST}
    return outage.IssuePackage.model_validate(known | fields)


def _allocated(envelope: str, code: str = "S1-002", at: ClinicalTime = _TEN_PAST) -> Command:
    return outage.RecordOfflineAllocation(participant=code, at=at, package=_P, envelope=envelope)


def _unmasked(envelope: str, reason: str = "surgery", at: ClinicalTime = _TEN_PAST) -> Command:
    return outage.RecordOfflineUnblinding(
        participant=CODE,
        at=at,
        package=_P,
        envelope=envelope,
        informed=("Dr Wang",),
        reason=reason,
    )


_BACK = outage.WithdrawPackage(package=_P, ground="shredded, all pages sealed")
_TWO = PackageIssued(package=_P, site="S1", participants=(CODE, "S1-002"), first=2, last=4, sha256=_DIGEST)
_MASKING = small({"masking.masked_roles": ["outcome_assessor", "statistician"]})

OF_OUTAGES = [
    refused("allocation.masked", active(_MASKING), _issue(taken=0), Denied, person(Role.STATISTICIAN)),
    refused("site.not_active", _RANDOMIZED, _issue(site="S2")),
    refused(
        "outage.places_elsewhere",
        [*_PACKED, trial.ActivateSite(site="S2")],
        _issue(site="S2", participants=()),
    ),
    refused("outage.withdrawn_already", [*_PACKED, _BACK], _BACK),
    refused("outage.unaccounted", _DECLARED, _BACK),
    refused("outage.stale", _RANDOMIZED, _issue(taken=0)),
    refused("outage.unknown", _RANDOMIZED, outage.DeclareOutage(package=_P, at=day(0)), NotFound),
    refused("outage.declared_already", _DECLARED, outage.DeclareOutage(package=_P, at=day(0))),
    refused(
        "outage.ends_before_start",
        _PACKED,
        outage.DeclareOutage(package=_P, at=day(0, "11:00"), ended=day(0, "10:00")),
        Invalid,
    ),
    refused(
        "outage.before_issue",
        _PACKED,
        outage.DeclareOutage(package=_P, at=day(-2), ended=day(-1)),
        Invalid,
    ),
    refused("outage.before_issue", _DECLARED, _allocated("A-2", at=day(-1)), Invalid),
    refused("outage.before_issue", _DECLARED, _unmasked(f"U-{CODE}", at=day(-1)), Invalid),
    refused("randomize.outage_open", _DECLARED, participant.Randomize(participant="S1-002")),
    refused("outage.no_envelope", _DECLARED, _allocated("A-9"), NotFound),
    refused("outage.no_envelope", _DECLARED, _unmasked("A-2"), NotFound),
    refused("randomization.recorded_already", _DECLARED, _allocated("A-2", CODE)),
    refused("outage.not_next", _DECLARED, _allocated("A-3")),
    refused(
        "outage.place_taken",
        [*_PACKED, participant.Randomize(participant="S1-002"), *course("eligible", "S1-003"), _OUT],
        _allocated("A-2", "S1-003"),
    ),
    refused("outage.opened_already", [*_DECLARED, _unmasked(f"U-{CODE}")], _unmasked(f"U-{CODE}")),
    refused("outage.of_another", [*_RANDOMIZED, _ISSUED._replace(fact=_TWO), _OUT], _unmasked("U-S1-002")),
    refused("unblinding.names_arm", _DECLARED, _unmasked(f"U-{CODE}", "by the artery"), Invalid),
    refused("outage.not_declared", _PACKED, outage.ReconcileOutage(package=_P)),
    refused("outage.unreconciled", _DECLARED, outage.ReconcileOutage(package=_P, opened=("A-2",))),
    refused("outage.unreconciled", [*_DECLARED, _allocated("A-2")], outage.ReconcileOutage(package=_P)),
]

_DIARY = originator.RegisterOriginator(source="ediary-7", kind="device", about="Model X")
_LABORATORY = originator.RegisterOriginator(source="central-lab", kind="import", about="laboratory files")
_RETIRED = originator.RetireOriginator(source="ediary-7", reason="lost")
_COPY = "transcription/T-5"
_COPIED = PaperTranscribed(transcription="T-5", first=5, last=5, source="sheet", entered_by="an.li")
_TRANSCRIBED: Given = [*active(), NewFact(_COPY, day(0), "1.0", _COPIED)]
_AGREED = NewFact(_COPY, day(0), "1.0", TranscriptionChecked(transcription="T-5", agrees=True))
_CHECK = entry.CheckTranscription(transcription="T-5", agrees=True)


def _from(origin: Origin, source: str) -> Attribution:
    return Attribution("machine", Role.SYSTEM, origin=origin, origin_id=source)


_ENTRY = course("screened")[0]

OF_ENTRIES = [
    refused("originator.taken", [*active(), _DIARY], _DIARY),
    refused("originator.none", active(), _RETIRED, NotFound),
    refused("originator.retired_already", [*active(), _DIARY, _RETIRED], _RETIRED),
    refused("originator.unknown", active(), _ENTRY, Denied, _from(Origin.DEVICE, "ediary-7")),
    refused(
        "originator.unknown", [*active(), _DIARY, _RETIRED], _ENTRY, Denied, _from(Origin.DEVICE, "ediary-7")
    ),
    refused(
        "originator.unknown", [*active(), _LABORATORY], _ENTRY, Denied, _from(Origin.IMPORT, "a.csv line 2")
    ),
    refused(
        "entry.no_position",
        active(),
        entry.NoteUpload(device="d", first=9, last=8, captured=day(0)),
        NotFound,
    ),
    refused("transcription.unknown", active(), _CHECK, NotFound),
    refused(
        "transcription.same_person",
        _TRANSCRIBED,
        _CHECK,
        by=Attribution("an.li", Role.COORDINATOR, site="S1"),
    ),
    refused("transcription.checked_already", [*_TRANSCRIBED, _AGREED], _CHECK),
]

_COLLECTED = small({"randomization.values": ["alt"], "randomization.visit": "baseline"})
_RANDOMIZE = participant.Randomize(participant=CODE)
_REJECTED = observation.RecordResults(
    participant=CODE,
    at=day(0, "10:30"),
    visit="baseline",
    readings=(observation.Reading(item="alt", value="20000", unit="U/L"),),
)
_MEASURED = [each for each in course("eligible") if isinstance(each, observation.RecordResults)]
_UNMEASURED = [each for each in course("eligible") if each not in _MEASURED]

OF_RANDOMIZATION = [
    refused("randomize.value_missing", [*active(_COLLECTED), *_UNMEASURED], _RANDOMIZE),
    refused("randomize.value_missing", [*active(_COLLECTED), *_UNMEASURED, _REJECTED], _RANDOMIZE),
]

OF_CONDUCT = [
    *OF_RANDOMIZATION,
    *OF_ENTRIES,
    *OF_OUTAGES,
    *OF_DEVIATIONS,
    *OF_DISCLOSURES,
    *OF_VIEWING,
    *OF_INCIDENTS,
]
