"""The Mayo Clinic trial, imported from its published data once a process, for tests that only ask."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from adapters.app import App
from adapters.clock import SetClock
from adapters.files.protocol_file import read_protocol
from adapters.imports.mapping_file import read_mapping
from adapters.imports.table_file import read_table
from adapters.imports.table_import import Outcome, TableImport
from domain.clinical_time import ClinicalTime
from domain.record import Attribution, Role
from projections.as_of import View
from protocols import path_of
from trialog.bootstrap import open_app
from workflows import trial as steps

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "pbcseq.csv"
TRIAL = "MAYO-PBC"


@dataclass
class Mayo:
    """The store with the trial imported, and what the import said."""

    app: App
    outcome: Outcome

    @property
    def view(self) -> View:
        """The trial as it stands."""
        return self.app.view(TRIAL)

    def again(self) -> Outcome:
        """Import the file once more."""
        mapping = read_mapping(path_of("mayo-pbc").with_suffix(".mapping.toml"))
        return TableImport(self.app, mapping, read_table(DATA, mapping)).run()


@cache
def mayo() -> Mayo:
    """The trial, imported when it is first asked for."""
    folder = tempfile.mkdtemp(prefix="trialog-mayo-")
    app = open_app(f"{folder}/mayo.db", create=True, clock=SetClock(datetime(2026, 11, 23, tzinfo=UTC)))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(app.close)
    document = read_protocol(path_of("mayo-pbc"))
    version, by = document.protocol.version, Attribution("t.fleming", Role.PRINCIPAL_INVESTIGATOR)
    approved, begun = (
        ClinicalTime.parse(text, zone="America/Chicago") for text in ("1973-12-01", "1974-01-01")
    )
    for command in (
        steps.AdoptProtocol(document=document.text),
        steps.ConfirmAssumptions(version=version, digest=document.digest),
        steps.RecordEthicsApproval(at=approved, version=version, reference="Mayo 1973"),
        steps.ActivateSite(site="MAYO", at=begun),
        steps.ActivateTrial(at=begun),
        steps.OpenEnrolment(),
    ):
        app.engine.execute(TRIAL, command, by)
    imported = Mayo(app, Outcome())
    imported.outcome = imported.again()
    return imported
