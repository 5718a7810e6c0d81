"""Signatures and verifications as the doors make them: of exactly what stands in a record."""

from __future__ import annotations

from projections.covering import cover
from projections.signing_sheet import sheet_of
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL
from workflows.casebook_record import SignRecord, VerifyRecord


def signature(
    scenario: Scenario, code: str, record: str = "casebook", meaning: str = "approval"
) -> SignRecord:
    """The signature on a participant's record as it stands."""
    view, app = scenario.view(), scenario.app
    held = cover(app.reading, app.ledger, TRIAL, code, record, view.position)
    sheet = sheet_of(app.reading, view, code, record).digest
    return SignRecord(participant=code, record=record, meaning=meaning, sheet=sheet, **held._asdict())


def verification(scenario: Scenario, code: str, record: str, note: str = "") -> VerifyRecord:
    """The verification of a participant's record or field as it stands."""
    app, position = scenario.app, scenario.view().position
    held = cover(app.reading, app.ledger, TRIAL, code, record, position)
    return VerifyRecord(participant=code, record=record, note=note, **held._asdict())
