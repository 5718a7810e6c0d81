"""Faults planted in the facts of a trial as a whole, and in what no command could have said."""

from __future__ import annotations

from domain.activation import Activated, SiteActivated
from domain.export import EXPORT_STREAM, ExportMade
from domain.outage import OUTAGE_STREAM, EnvelopeOpened, OutageDeclared, package_id
from domain.participant import Died
from domain.record import NewFact
from domain.trial import (
    DataCutNamed,
    EthicsApproved,
    ProtocolAdopted,
    SiteVersionAdopted,
    Unlocked,
)
from tests.audit.planted import ACTIVE, CODE, CONSENTED, LOCKED, RANDOMIZED, Planted, of, result
from tests.support.trial import day, of_participant, of_trial, small
from workflows import outage

IN_TRIAL = {
    "data after the lock": Planted(
        LOCKED, of(result("alt#2")), "observation.record_results", {"trial.locked"}
    ),
    "a protocol adopted twice": Planted(
        ACTIVE,
        of_trial(ProtocolAdopted(version="9", digest="", document=small().text)),
        "trial.adopt_protocol",
        {"trial.adopt_protocol.not_when_active"},
    ),
    "a trial activated twice": Planted(
        ACTIVE, of_trial(Activated()), "trial.activate", {"trial.active_already"}
    ),
    "an approval of no version": Planted(
        ACTIVE,
        of_trial(EthicsApproved(version="9", reference="E")),
        "trial.record_ethics_approval",
        {"protocol.unknown_version"},
    ),
    "a site twice": Planted(
        ACTIVE,
        of_trial(SiteActivated(site="S1", version="1.0")),
        "trial.activate_site",
        {"site.active_already"},
    ),
    "a version at a site that ethics has not seen": Planted(
        ACTIVE,
        of_trial(SiteVersionAdopted(site="S1", version="9")),
        "trial.adopt_version_at_site",
        {"trial.ethics_missing", "protocol.unknown_version"},
    ),
    "a data cut of the future": Planted(
        ACTIVE,
        of_trial(DataCutNamed(name="x", position=999)),
        "trial.name_data_cut",
        {"data_cut.no_position"},
    ),
    "unlocking what is not locked": Planted(
        ACTIVE, of_trial(Unlocked()), "trial.unlock", {"trial.unlock.not_when_active"}
    ),
    "an export of what has not come": Planted(
        ACTIVE,
        [
            NewFact(
                EXPORT_STREAM,
                day(0, "11:00"),
                "1.0",
                ExportMade(
                    kind="bundle",
                    scope="all",
                    reader="inspector",
                    purpose="x",
                    position=999,
                    sha256="0f" * 32,
                ),
            )
        ],
        "export.record",
        {"export.no_position"},
    ),
    "an envelope opened before its package was issued": Planted(
        [
            *RANDOMIZED,
            outage.IssuePackage(
                site="S1", participants=(CODE,), places=0, taken=1, sha256="0e" * 32, at=day(0, "13:00")
            ),
        ],
        [
            NewFact(
                OUTAGE_STREAM,
                day(0, "12:50"),
                "1.0",
                EnvelopeOpened(package=package_id("0e" * 32), envelope=f"U-{CODE}", participant=CODE),
            ),
            NewFact(
                OUTAGE_STREAM,
                day(0, "12:40"),
                "1.0",
                OutageDeclared(package=package_id("0e" * 32), ended=day(0, "12:55")),
            ),
        ],
        "outage.record_unblinding",
        {"outage.before_issue"},
    ),
    "a data cut with the name of a position": Planted(
        ACTIVE,
        of_trial(DataCutNamed(name="12", position=3)),
        "trial.name_data_cut",
        {"data_cut.name_of_a_moment"},
    ),
    "a fact of tomorrow": Planted(
        CONSENTED, of_participant(Died(), when=day(2)), "participant.record_death", {"time.in_future"}
    ),
    "a fact under another protocol": Planted(
        CONSENTED, of(Died(), version="9"), "participant.record_death", {"protocol.not_in_force"}
    ),
    "a fact of no command": Planted(CONSENTED, of(Died()), "database.insert", {"command.unknown"}),
}
"""Each fault as people would say it."""
