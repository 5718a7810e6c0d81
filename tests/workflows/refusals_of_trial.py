"""What is refused of a trial as a whole: its protocol, sites, list, enrolment, locks and data cuts."""

from __future__ import annotations

from domain.errors import Denied, Invalid, NotFound
from domain.record import Role
from domain.trial import UnlockRequested
from tests.support.trial import DROP, active, adopted, amended, day, of_trial, person, small
from tests.workflows.refusals import CLOSED, ELSEWHERE, death, refused, screening
from workflows import activation, trial
from workflows.command import Command

ASSUMED = small({"enrolment": {"target": 8, "assumed": "a guess"}})
NO_FIRST_SITE = small({"sites.S1": DROP, "version": "2.0"})
LOCKED = [*CLOSED, trial.LockTrial()]
UNLOCKED = [trial.RequestTrialUnlock(), trial.UnlockTrial()]
REVEALED = [*LOCKED, trial.RevealSecret()]
ARCHIVED = [*LOCKED, trial.ArchiveTrial()]


def _without(commands: list[Command], *kinds: type[Command]) -> list[Command]:
    return [command for command in commands if not isinstance(command, kinds)]


def _began(**changes: object) -> activation.CorrectActivation:
    fields: dict[str, object] = {"at": day(-15)} | changes
    return activation.CorrectActivation.model_validate(fields)


OF_TRIAL = [
    refused("trial.no_protocol", [], trial.ActivateTrial()),
    refused("trial.not_active", [], death()),
    refused("trial.not_active", adopted(), screening()),
    refused("trial.adopted_already", adopted(), adopted()[0]),
    refused(
        "protocol.other_trial",
        [],
        trial.AdoptProtocol(document=small({"trial": "T-2"}).text),
        Invalid,
    ),
    refused(
        "protocol.version_taken",
        active(),
        trial.AmendProtocol(document=small({"design": "other"}).text, summary="x"),
    ),
    refused(
        "protocol.other_trial",
        active(),
        trial.AmendProtocol(document=small({"trial": "T-2"}).text, summary="x"),
        Invalid,
    ),
    refused(
        "protocol.unknown_version",
        adopted(),
        trial.RecordEthicsApproval(at=day(0), version="9.0", reference="EC-9"),
        NotFound,
    ),
    refused("protocol.other_digest", adopted(), trial.ConfirmAssumptions(version="1.0", digest="00")),
    refused(
        "trial.assumptions_unconfirmed",
        _without(adopted(ASSUMED), trial.ConfirmAssumptions),
        trial.ActivateTrial(),
    ),
    refused("trial.ethics_missing", adopted()[:1], trial.ActivateSite(site="S1")),
    refused("trial.approved_later", adopted()[:-1], trial.ActivateSite(site="S1", at=day(-31))),
    refused("trial.approved_later", adopted(), trial.ActivateTrial(at=day(-31))),
    refused("trial.approved_later", active(), _began(at=day(-31))),
    refused("trial.activation_same", active(), _began(at=day(-20))),
    refused("site.not_active", active(), _began(site="S2")),
    refused("trial.no_site", _without(adopted(), trial.ActivateSite), trial.ActivateTrial()),
    refused("randomization.not_sealed", _without(adopted(), trial.SealList), trial.ActivateTrial()),
    refused("randomization.external", adopted(ELSEWHERE), trial.SealList(secret="00" * 32)),
    refused("randomization.sealed_already", active(), trial.SealList(secret="00" * 32)),
    refused("randomization.not_locked", [], trial.RevealSecret()),
    refused("randomization.not_locked", CLOSED, trial.RevealSecret()),
    refused("randomization.not_locked", [*CLOSED, trial.FreezeTrial()], trial.RevealSecret()),
    refused(
        "randomization.no_list",
        [*active(ELSEWHERE), trial.CloseEnrolment(), trial.LockTrial()],
        trial.RevealSecret(),
    ),
    refused("randomization.revealed_already", REVEALED, trial.RevealSecret()),
    refused("randomization.revealed_already", [*REVEALED, trial.ArchiveTrial()], trial.RevealSecret()),
    refused("randomization.list_public", [*REVEALED, *UNLOCKED], trial.OpenEnrolment()),
    refused("policy.denied", LOCKED, trial.RevealSecret(), Denied, person(Role.PRINCIPAL_INVESTIGATOR)),
    refused("site.unknown", adopted(), trial.ActivateSite(site="S9"), NotFound),
    refused("site.unknown", [*active(), *amended(NO_FIRST_SITE)[:-1]], amended(NO_FIRST_SITE)[-1], NotFound),
    refused("site.active_already", adopted(), trial.ActivateSite(site="S1")),
    refused("site.not_active", active(), trial.AdoptVersionAtSite(site="S2", version="1.0")),
    refused("site.not_active", active(), screening(site="S2")),
    refused("site.unknown", active(), screening(site="S9"), NotFound),
    refused("site.version_already", active(), trial.AdoptVersionAtSite(site="S1", version="1.0")),
    refused("trial.active_already", active(), trial.ActivateTrial()),
    refused("trial.enrolment_open", active(), trial.OpenEnrolment()),
    refused("trial.enrolment_closed", CLOSED, trial.CloseEnrolment()),
    refused("trial.enrolment_still_open", active(), trial.FreezeTrial()),
    refused("trial.enrolment_still_open", active(), trial.LockTrial()),
    refused("trial.frozen", [*CLOSED, trial.FreezeTrial()], screening()),
    refused("trial.locked", LOCKED, trial.FreezeTrial()),
    refused("trial.locked", LOCKED, screening()),
    refused("trial.archived", ARCHIVED, trial.UnlockTrial()),
    refused("trial.archived", ARCHIVED, screening()),
    refused("trial.unlock.not_when_active", active(), trial.UnlockTrial()),
    refused(
        "trial.no_reason",
        [*LOCKED, trial.RequestTrialUnlock()],
        trial.UnlockTrial(),
        by=person(Role.PRINCIPAL_INVESTIGATOR, ""),
    ),
    refused("trial.no_reason", CLOSED, trial.FreezeTrial(), by=person(Role.DATA_MANAGER, "")),
    refused("trial.no_reason", CLOSED, trial.LockTrial(), by=person(Role.DATA_MANAGER, "")),
    refused("trial.no_reason", LOCKED, trial.RequestTrialUnlock(), by=person(Role.DATA_MANAGER, "x")),
    refused("trial.unlock_not_requested", LOCKED, trial.UnlockTrial()),
    refused(
        "trial.unlock_requested_already", [*LOCKED, trial.RequestTrialUnlock()], trial.RequestTrialUnlock()
    ),
    refused(
        "trial.unlock_same_person",
        [*LOCKED, *of_trial(UnlockRequested(requested_by="data_manager"))],
        trial.UnlockTrial(),
        by=person(Role.DATA_MANAGER),
    ),
    refused(
        "data_cut.name_taken",
        [*active(), trial.NameDataCut(name="interim")],
        trial.NameDataCut(name="interim"),
    ),
    refused("data_cut.name_of_a_moment", active(), trial.NameDataCut(name="12")),
    refused("data_cut.name_of_a_moment", active(), trial.NameDataCut(name="2026-03-05T00:00:00Z")),
    refused("data_cut.no_position", active(), trial.NameDataCut(name="later", position=99), NotFound),
    refused("data_cut.no_position", active(), trial.NameDataCut(name="before", position=0), NotFound),
]
